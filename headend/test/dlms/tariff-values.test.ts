import { decodeData, encodeData } from '@openami/wire/dlms';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActivityCalendar } from '../../src/commands/calendar.ts';
import { type CommandKindName, paramProblems } from '../../src/commands/kinds.ts';
import {
  activationAt,
  activationOf,
  type CalendarValues,
  decodeCalendar,
  decodeDestination,
  decodePushObjects,
  decodeSpecialDays,
  encodeCalendar,
  encodeDestination,
  encodePushObjects,
  encodeSpecialDays,
  neverActivated,
} from '../../src/dlms/tariff-values.ts';

const two = (n: number) => String(n).padStart(2, '0');
const name = fc.oneof(
  fc.stringMatching(/^[!-~]{1,16}$/).filter((text) => !/^0x([0-9a-f]{2})+$/.test(text)),
  fc
    .uint8Array({ minLength: 1, maxLength: 16 })
    .map((bytes) => `0x80${Buffer.from(bytes.slice(1)).toString('hex')}`),
);
const monthDay = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
  .map((of) => of.map(two).join('-'));
const obis = fc.array(fc.nat(255), { minLength: 6, maxLength: 6 }).map((of) => of.join('.'));
const dayId = fc.nat(255);
const at = fc.tuple(fc.nat(23), fc.nat(59)).map((of) => of.map(two).join(':'));
const calendar: fc.Arbitrary<ActivityCalendar> = fc.record({
  name,
  seasons: fc.array(fc.record({ name, start: monthDay, week: name }), { maxLength: 4 }),
  weeks: fc.array(fc.record({ name, days: fc.array(dayId, { minLength: 7, maxLength: 7 }) }), {
    maxLength: 4,
  }),
  days: fc.array(
    fc.record({
      id: dayId,
      switches: fc.uniqueArray(fc.record({ at, script: obis, selector: fc.nat(65_535) }), {
        selector: (one) => one.at,
        maxLength: 6,
      }),
    }),
    { maxLength: 4 },
  ),
});
/** Through the bytes, as a meter keeps it. */
const kept = <T extends Parameters<typeof encodeData>[0]>(value: T) => decodeData(encodeData(value));

describe('tables of meters', () => {
  it('keep a calendar as it was, its switches in the order of time', () => {
    fc.assert(
      fc.property(calendar, (given) => {
        const values = encodeCalendar(given).map(kept) as unknown as CalendarValues;
        const days = given.days.map(({ id, switches }) => ({
          id,
          switches: [...switches].sort((a, b) => (a.at < b.at ? -1 : 1)),
        }));
        expect(decodeCalendar(values)).toEqual({ ...given, days });
      }),
    );
  });

  it('keep special days, push objects and destinations', () => {
    const date = fc
      .tuple(fc.oneof(fc.constant('****'), fc.integer({ min: 2020, max: 2099 }).map(String)), monthDay)
      .map((of) => of.join('-'));
    const object = fc.tuple(
      fc.integer({ min: 1, max: 65_535 }),
      obis,
      fc.integer({ min: 1, max: 127 }),
      fc.nat(9),
    );
    const transport = fc.constantFrom('tcp', 'udp', 'sms', 'hdlc');
    fc.assert(
      fc.property(
        fc.array(fc.record({ date, dayId })),
        fc.array(object.map(([id, of, index, part]) => [id, of, index, ...(part ? [part] : [])].join('/'))),
        fc.stringMatching(/^[!-/;-~]{1,50}:[1-9][0-9]{0,3}$/),
        transport,
        (days, objects, destination, service) => {
          expect(decodeSpecialDays(kept(encodeSpecialDays(days)))).toEqual(days);
          expect(decodePushObjects(kept(encodePushObjects(objects)))).toEqual(objects);
          const value = kept(encodeDestination(destination, service, undefined));
          if (!destination.startsWith('0x')) {
            expect(decodeDestination(value)).toEqual({ destination, transport: service });
          }
        },
      ),
    );
  });

  it('keep the way a message is written, which no command changes', () => {
    const before = encodeDestination('a:1', 'tcp', undefined);
    if (!('elements' in before)) throw new Error('no structure');
    const other = {
      type: 'structure',
      elements: [...before.elements.slice(0, 2), { type: 'enum', value: 2 }],
    } as const;
    expect(encodeDestination('b:2', 'udp', other)).toMatchObject({ elements: [{}, {}, { value: 2 }] });
  });

  it('know the time of an activation in any way that meters write it, and that none is set', () => {
    const quirk = fc.constantFrom('standard' as const, 'negated' as const, 'ignored' as const);
    const atS = fc.integer({ min: 1_577_836_800, max: 4_000_000_000 });
    fc.assert(
      fc.property(atS, quirk, fc.integer({ min: -720, max: 840 }), (when, way, offset) => {
        expect(activationOf(kept(activationAt(when, way, offset)), way, offset)).toBe(when);
        expect(activationOf(kept(neverActivated), way, offset)).toBeNull();
      }),
    );
  });

  it('say what is no table, and take from people what they can write', () => {
    const empty = { type: 'null' } as const;
    const wrong = expect.objectContaining({ code: 'DLMS_BAD_VALUE' });
    expect(() => decodeCalendar([empty, empty, empty, empty])).toThrow(wrong);
    expect(() => decodeSpecialDays(empty)).toThrow(wrong);
    expect(() => decodeDestination(empty)).toThrow(wrong);
    const problems = (kind: CommandKindName, params: object) => paramProblems(kind, params);
    const push = {
      obis: '0.0.25.9.0.255',
      destination: 'hés:1',
      transport: 'tcp',
      objects: ['1/0.0.42.0.0.255/2/3'],
    };
    expect(problems('push-setup', push)).toEqual(['destination must look like [!-~]+:\\d{1,5}']);
    expect(problems('push-setup', { ...push, destination: 'hes:1' })).toEqual([]);
  });
});
