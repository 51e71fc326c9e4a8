import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ExceptionItem,
  groupExceptions,
  groupWeight,
  type MeterPlaces,
  rankGroups,
  Severity,
} from '../../src/index.ts';

const MISSING = 4;
const SPIKE = 11;

function item(meter: number, changes: Partial<ExceptionItem> = {}): ExceptionItem {
  return {
    id: meter,
    channel: meter,
    meter,
    rule: MISSING,
    severity: Severity.fail,
    day: 20_000,
    atStake: 1_000,
    blocking: false,
    ...changes,
  };
}

/** 1000 meters on 10 concentrators, 2 routes and 4 firmwares. */
const population = new Map<number, MeterPlaces>(
  Array.from({ length: 1_000 }, (_, meter) => [
    meter,
    {
      concentrator: `c${Math.floor(meter / 100)}`,
      route: meter < 500 ? 'north' : 'south',
      firmware: `f${meter % 4}`,
    },
  ]),
);

const meters = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => item(from + i));

describe('groups', () => {
  it('make one item of a dead concentrator', () => {
    const groups = groupExceptions([...meters(300, 400), item(17), item(905)], population);
    expect(groups.map(({ cause, name, meters: n }) => [cause, name, n])).toEqual([
      ['concentrator', 'c3', 100],
      ['meter', '17', 1],
      ['meter', '905', 1],
    ]);
  });

  it('find several concentrators, and take those that are mostly dead', () => {
    const groups = groupExceptions([...meters(0, 80), ...meters(200, 290), ...meters(700, 720)], population);
    expect(
      groups
        .filter(({ cause }) => cause !== 'meter')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['c0', 'c2']);
    expect(groups.filter(({ cause }) => cause === 'meter')).toHaveLength(20);
  });

  it('blame the firmware when it is the firmware, and the time when it is everybody', () => {
    const bad = [...population.keys()].filter((meter) => meter % 4 === 2).map((meter) => item(meter));
    expect(groupExceptions(bad, population).map(({ cause, name }) => [cause, name])).toEqual([
      ['firmware', 'f2'],
    ]);
    const all = groupExceptions(meters(0, 1_000), population);
    expect(all.map(({ cause, meters: n }) => [cause, n])).toEqual([['time', 1_000]]);
    expect(groupExceptions(meters(0, 500), population).map(({ name }) => name)).toEqual(['north']);
  });

  it('keep kinds apart, and days that are far apart', () => {
    const days = [20_000, 20_002, 20_009, 20_017].map((day, i) => item(1, { id: 10 + i, day }));
    const groups = groupExceptions([...days, item(1, { id: 2, rule: SPIKE })], population);
    expect(groups.map(({ kind, day, lastDay, items }) => [kind, day, lastDay, items.length])).toEqual([
      ['missing', 20_000, 20_009, 3],
      ['missing', 20_017, 20_017, 1],
      ['value', 20_000, 20_000, 1],
    ]);
  });

  it('make one item of a concentrator that is dead for days, with all its meters; not of two storms', () => {
    const on = (day: number, from: number, to: number) =>
      meters(from, to).map((one) => ({ ...one, id: one.id + day * 10_000, day }));
    const dead = groupExceptions([...on(1, 300, 400), ...on(2, 310, 400), ...on(3, 300, 390)], population);
    expect(
      dead.map(({ name, meters: n, items, day, lastDay }) => [name, n, items.length, day, lastDay]),
    ).toEqual([['c3', 100, 280, 1, 3]]);
    expect(groupExceptions([...on(1, 0, 1_000), ...on(2, 0, 1_000)], population)).toHaveLength(2);
  });

  it('hold every exception once, however they lie', () => {
    const any = fc.record({
      meter: fc.nat(1_100),
      rule: fc.constantFrom(MISSING, SPIKE, 31),
      day: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 400 }), (list) => {
        const items = list.map((part, id) => item(part.meter, { ...part, id }));
        const ids = groupExceptions(items, population).flatMap((group) => group.items.map(({ id }) => id));
        expect(ids.sort((a, b) => a - b)).toEqual(items.map(({ id }) => id));
      }),
    );
  });
});

describe('ranking', () => {
  it('puts first what moves bills most and soonest', () => {
    const groups = groupExceptions(
      [
        item(1, { atStake: 5_000 }),
        item(2, { atStake: 5_000, billInDays: 30 }),
        item(3, { atStake: 5_000, billInDays: 1 }),
        item(4, { atStake: 5_000, billInDays: 1, blocking: true }),
        item(5, { atStake: 90_000, billInDays: 30 }),
      ],
      population,
      { leastMeters: 10 },
    );
    expect(rankGroups(groups).map(({ name }) => name)).toEqual(['4', '5', '3', '2', '1']);
  });

  it('never puts a lighter group before a heavier one, and leaves out what is only worth knowing', () => {
    const any = fc.record({
      meter: fc.nat(900),
      atStake: fc.nat(1_000_000),
      severity: fc.constantFrom(1, 2, 3),
      billInDays: fc.option(fc.integer({ min: -3, max: 40 }), { nil: undefined }),
      blocking: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 60 }), (list) => {
        const items = list.map((part, id) => item(part.meter, { ...part, id } as Partial<ExceptionItem>));
        const weights = rankGroups(groupExceptions(items, population)).map((group) => {
          expect(group.items.some(({ severity }) => severity > 1)).toBe(true);
          return groupWeight(group);
        });
        expect(weights).toEqual([...weights].sort((a, b) => b - a));
      }),
    );
  });
});
