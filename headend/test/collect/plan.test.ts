import { zoneTable } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deadlinesOf,
  gridOf,
  itemsFor,
  openUntilS,
  type PlanMeter,
  parsePlan,
  parsePlans,
  selects,
} from '../../src/index.ts';

const good = () => ({
  code: 'home-quarter-hours',
  meters: {
    commodity: ['electricity'],
    protocol: ['dlms'],
    attributes: { route: ['7', '8'] },
  },
  read: [
    { kind: 'profile', obis: '1.0.99.1.0.255', period: 900 },
    { kind: 'registers', obis: ['1-0:1.8.0', '1-0:2.8.0'], period: 'day' },
    { kind: 'events', obis: ['0.0.99.98.0.255'], period: 'day', zone: '+01:00' },
  ],
  every: { each: 'day', delayS: 300, spreadS: 3_600 },
  due: {
    after: 'day',
    levels: [
      { share: 0.95, withinS: 28_800 },
      { share: 0.99, withinS: 86_400 },
    ],
  },
  value: 2,
});

const meter: PlanMeter = {
  id: 7,
  commodity: 'electricity',
  model: 'MA304',
  protocol: 'dlms',
  attributes: { route: 7, tags: ['a', 'b'] },
  segment: 'plc-1',
  zone: 'Europe/Berlin',
};

describe('reading plan', () => {
  it('reads a plan, with codes in one spelling', () => {
    const plan = parsePlan(JSON.parse(JSON.stringify(good())));
    expect(plan.read.map(({ obis }) => obis)).toEqual([
      ['1-0:99.1.0*255'],
      ['1-0:1.8.0*255', '1-0:2.8.0*255'],
      ['0-0:99.98.0*255'],
    ]);
    expect(plan.due.levels[1]).toEqual({ share: 0.99, withinS: 86_400 });
    expect(parsePlan({ ...good(), meters: undefined, value: undefined }).value).toBe(1);
  });

  const wrong: [string, object | null | string, string, string][] = [
    ['no object', null, 'COLLECT_PLAN_INVALID', 'plan'],
    ['no code', { code: ' ' }, 'COLLECT_PLAN_INVALID', 'plan.code'],
    ['a stray member', { often: 1 }, 'COLLECT_PLAN_UNKNOWN_MEMBER', 'plan.often'],
    ['no commodity', { meters: { commodity: ['coal'] } }, 'COLLECT_PLAN_INVALID', 'plan.meters.commodity'],
    ['an empty list', { meters: { model: [] } }, 'COLLECT_PLAN_INVALID', 'plan.meters.model'],
    ['nothing to read', { read: [] }, 'COLLECT_PLAN_INVALID', 'plan.read'],
    [
      'a period of 7 s',
      { read: [{ kind: 'profile', obis: '1-0:99.1.0', period: 7 }] },
      'COLLECT_PLAN_PERIOD',
      'plan.read[0].period',
    ],
    [
      'no OBIS code',
      { read: [{ kind: 'events', obis: ['x'], period: 'day' }] },
      'COLLECT_PLAN_INVALID',
      'plan.read[0].obis',
    ],
    [
      'no zone',
      { read: [{ kind: 'events', obis: ['1.8.0'], period: 'day', zone: 'Mars/Base' }] },
      'COLLECT_PLAN_INVALID',
      'plan.read[0].zone',
    ],
    ['half a second', { every: { each: 'day', delayS: 0.5 } }, 'COLLECT_PLAN_INVALID', 'plan.every.delayS'],
    ['no levels', { due: { after: 'day', levels: [] } }, 'COLLECT_PLAN_INVALID', 'plan.due.levels'],
    [
      'a share of 2',
      { due: { after: 'day', levels: [{ share: 2, withinS: 9_000 }] } },
      'COLLECT_PLAN_INVALID',
      'plan.due.levels[0].share',
    ],
    [
      'levels out of order',
      {
        due: {
          after: 'day',
          levels: [
            { share: 0.9, withinS: 9_000 },
            { share: 0.95, withinS: 8_000 },
          ],
        },
      },
      'COLLECT_PLAN_LEVELS',
      'plan.due.levels',
    ],
    [
      'due before it is read',
      { due: { after: 'day', levels: [{ share: 0.9, withinS: 3_900 }] } },
      'COLLECT_PLAN_LEVELS',
      'plan',
    ],
    [
      'intervals due sooner than read',
      { due: { after: 'interval', levels: [{ share: 0.9, withinS: 7_200 }] } },
      'COLLECT_PLAN_LEVELS',
      'plan',
    ],
    ['no value', { value: 0 }, 'COLLECT_PLAN_INVALID', 'plan.value'],
  ];
  it.each(wrong)('says where it is wrong: %s', (_, change, code, path) => {
    const value = change === null ? null : { ...good(), ...(change as object) };
    expect(() => parsePlan(value)).toThrow(expect.objectContaining({ code, data: { path } }));
  });

  it('never raises anything but its own errors', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...Object.keys(good())), (value, member) => {
        for (const given of [value, { ...good(), [member]: value }]) {
          try {
            parsePlan(given);
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(/^COLLECT_PLAN_/);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses two plans of one code', () => {
    expect(() => parsePlans([good(), good()])).toThrow(
      expect.objectContaining({ code: 'COLLECT_PLAN_INVALID' }),
    );
    expect(parsePlans([good(), { ...good(), code: 'other' }])).toHaveLength(2);
  });
});

describe('selector', () => {
  it('holds when every member that is given holds', () => {
    expect(selects({}, meter)).toBe(true);
    expect(selects(parsePlan(good()).meters, meter)).toBe(true);
    expect(selects({ commodity: ['gas'] }, meter)).toBe(false);
    expect(selects({ model: ['MA304', 'X'] }, meter)).toBe(true);
    expect(selects({ segment: ['plc-2'] }, meter)).toBe(false);
    expect(selects({ protocol: ['mbus'] }, meter)).toBe(false);
    expect(selects({ attributes: { tags: ['b'] } }, meter)).toBe(true);
    expect(selects({ attributes: { tags: ['c'] } }, meter)).toBe(false);
    expect(selects({ attributes: { toString: ['c'] } }, meter)).toBe(false);
  });
});

describe('items of a meter', () => {
  const codes = (...plans: object[]) =>
    itemsFor(parsePlans(plans), meter).map(({ plan, item }) => [plan.code, item.kind]);
  const soon = { after: 'day', levels: [{ share: 0.9, withinS: 7_200 }] };
  const one = { read: [{ kind: 'profile', obis: '1-0:99.1.0', period: 900 }] };

  it('are read once, by the plan that is due sooner', () => {
    const later = { ...good(), ...one, code: 'later' };
    const sooner = { ...good(), ...one, code: 'sooner', due: soon };
    expect(codes(later, sooner)).toEqual([['sooner', 'profile']]);
    expect(codes(sooner, later)).toEqual([['sooner', 'profile']]);
    const own = { ...sooner, code: 'own', every: { each: 900 }, due: { ...soon, after: 'interval' } };
    expect(codes(own, sooner)).toEqual([['own', 'profile']]);
    expect(codes(sooner, own)).toEqual([['own', 'profile']]);
  });

  it('are those of every plan that selects the meter', () => {
    const other = { ...good(), code: 'gas', meters: { commodity: ['gas'] } };
    const clock = { ...good(), code: 'clock', read: [{ ...one.read[0], zone: '+01:00' }] };
    expect(codes(good(), other, clock)).toEqual([
      ['home-quarter-hours', 'profile'],
      ['home-quarter-hours', 'registers'],
      ['home-quarter-hours', 'events'],
      ['clock', 'profile'],
    ]);
  });
});

describe('times of a plan', () => {
  const table = zoneTable('Europe/Berlin');
  const at = (text: string) => Date.parse(text) / 1_000;

  it('counts deadlines from the close of the local day', () => {
    const plan = parsePlan(good());
    const close = at('2026-03-29T22:00Z');
    const wanted = [close + 28_800, close + 86_400];
    expect(deadlinesOf(plan, table, at('2026-03-28T23:15Z'))).toEqual(wanted);
    expect(deadlinesOf(plan, table, close)).toEqual(wanted);
    expect(deadlinesOf(plan, table, close + 1)[0]).toBe(close + 86_400 + 28_800);
  });

  it('counts deadlines from the interval', () => {
    const plan = parsePlan({
      ...good(),
      every: { each: 'interval' },
      due: { after: 'interval', levels: [{ share: 0.9, withinS: 600 }] },
    });
    expect(deadlinesOf(plan, table, 900)).toEqual([1_500]);
    expect(openUntilS(plan, table, 7, 5_000)).toBe(5_000);
  });

  it('opens a day for a meter at its place in the spread, once and for all', () => {
    const plan = parsePlan(good());
    const close = at('2026-03-29T22:00Z');
    const opened = (meterId: number) => {
      for (let s = 0; ; s++) if (openUntilS(plan, table, meterId, close + s) === close) return s;
    };
    const places = Array.from({ length: 50 }, (_, i) => opened(i + 1));
    expect(Math.min(...places)).toBeGreaterThanOrEqual(300);
    expect(Math.max(...places)).toBeLessThan(3_900);
    const quarters = [0, 1, 2, 3].map((q) => places.filter((s) => Math.floor((s - 300) / 900) === q).length);
    for (const n of quarters) expect(n).toBeGreaterThan(9);
  });

  it('opens each so many seconds of the wall clock', () => {
    const plan = parsePlan({ ...good(), every: { each: 14_400 } });
    expect(openUntilS(plan, table, 1, at('2026-06-01T11:59Z'))).toBe(at('2026-06-01T10:00Z'));
    expect(openUntilS(plan, table, 1, at('2026-06-01T10:00Z'))).toBe(at('2026-06-01T10:00Z'));
  });

  it('lays an item on the clock of its meter', () => {
    const plan = parsePlan(good());
    expect(gridOf(plan.read[2]!, 'Europe/Berlin').startOf(at('2026-06-01T12:00Z'))).toBe(
      at('2026-05-31T23:00Z'),
    );
    expect(gridOf(plan.read[1]!, 'Europe/Berlin').startOf(at('2026-06-01T12:00Z'))).toBe(
      at('2026-05-31T22:00Z'),
    );
  });
});
