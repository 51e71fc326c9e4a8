import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActivityCalendar } from '../../src/commands/calendar.ts';
import { differenceText } from '../../src/commands/difference-words.ts';
import type { Observation } from '../../src/commands/kind-shape.ts';
import { type CommandKindName, changesFrom } from '../../src/commands/kinds.ts';

const at00 = { at: '00:00', script: '0.0.10.0.100.255', selector: 1 };
const before: ActivityCalendar = {
  name: 'T1',
  seasons: [{ name: 'all', start: '01-01', week: 'w' }],
  weeks: [{ name: 'w', days: [1, 1, 1, 1, 1, 2, 2] }],
  days: [
    { id: 1, switches: [at00, { ...at00, at: '06:00', selector: 2 }] },
    { id: 2, switches: [at00] },
  ],
};
const now = { active: before, passive: null, activateAtS: null };
const texts = (kind: CommandKindName, params: object, found: unknown) =>
  changesFrom(kind, params, found as Observation).map(differenceText);

describe('what would change, in words', () => {
  it.each<[object, string[]]>([
    [{}, []],
    [{ name: 'T2' }, ['The calendar is called “T2” instead of “T1”.']],
    [
      { seasons: [{ name: 'all', start: '02-01', week: 'w' }] },
      ['Season “all”: from 02-01 week “w” instead of from 01-01 week “w”.'],
    ],
    [
      { weeks: [{ name: 'w', days: [1, 1, 1, 1, 2, 2, 1] }] },
      ['Week “w”: Friday follows day 2 instead of 1, Sunday follows day 1 instead of 2.'],
    ],
    [
      {
        days: [
          { id: 1, switches: [{ ...at00, selector: 3 }] },
          { id: 2, switches: [at00] },
        ],
      },
      [
        'Day 1 switches at 00:00 to script 3 of 0.0.10.0.100.255 instead of script 1 of 0.0.10.0.100.255.',
        'Day 1 switches no more at 06:00; it ran script 2 of 0.0.10.0.100.255.',
      ],
    ],
    [
      { days: [...before.days, { id: 3, switches: [at00] }] },
      ['Day 3 is new: 00:00 script 1 of 0.0.10.0.100.255.'],
    ],
  ])('of a calendar: %j', (change, wanted) => {
    expect(texts('activity-calendar', { calendar: { ...before, ...change } }, now)).toEqual(wanted);
  });

  it.each<[CommandKindName, object, unknown, string[]]>([
    [
      'special-days',
      { days: [{ date: '2026-12-25', dayId: 2 }] },
      {
        days: [
          { date: '2026-12-25', dayId: 1 },
          { date: '****-05-01', dayId: 3 },
        ],
      },
      [
        '2026-12-25 follows day 2 instead of day 1.',
        'Every 05-01 is no special day any more; it followed day 3.',
      ],
    ],
    [
      'push-setup',
      { obis: '0.0.25.9.0.255', destination: 'a:1', transport: 'tcp', objects: ['1/x/2'] },
      { destination: '', transport: 'udp', objects: ['3/y/2'] },
      [
        'It pushes to a:1 instead of nowhere.',
        'It pushes over tcp instead of udp.',
        '1/x/2 is pushed in addition; 3/y/2 is pushed no more.',
      ],
    ],
    ['clock-set', { toleranceS: 5 }, { driftMs: -61_000 }, ['The clock is 61 s behind; it is set right.']],
    ['connect', {}, { outputOn: false }, ['The supply is off and comes on.']],
  ])('of %s', (kind, params, found, wanted) => {
    expect(texts(kind, params, found)).toEqual(wanted);
  });

  it('has a sentence for each change of any calendar', () => {
    const name = fc.constantFrom('a', 'a.b', 'w 1');
    const script = fc.constantFrom('0.0.10.0.100.255', '0.0.10.0.101.255');
    const calendar = fc.record({
      name,
      seasons: fc.uniqueArray(fc.record({ name, start: fc.constantFrom('01-01', '10-01'), week: name }), {
        selector: (one) => one.name,
      }),
      weeks: fc.uniqueArray(fc.record({ name, days: fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }) }), {
        selector: (one) => one.name,
      }),
      days: fc.uniqueArray(
        fc.record({
          id: fc.nat(3),
          switches: fc.uniqueArray(
            fc.record({ at: fc.constantFrom('00:00', '06:00'), script, selector: fc.nat(3) }),
            { selector: (one) => one.at },
          ),
        }),
        { selector: (one) => one.id },
      ),
    });
    fc.assert(
      fc.property(calendar, calendar, (active, wanted) => {
        const found = { active, passive: null, activateAtS: null };
        const said = texts('activity-calendar', { calendar: wanted }, found);
        for (const text of said) expect(text).toMatch(/^(The calendar|Season|Week|Day) .*\.$/);
        expect(new Set(said).size).toBe(said.length);
      }),
    );
  });
});
