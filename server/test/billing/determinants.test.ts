import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTariff } from '@openami/billing';
import {
  billingMonthOf,
  ManualClock,
  parseDay,
  Quality,
  ReadingBatch,
  systemAccess,
  zoneTable,
} from '@openami/model';
import { type BilledAgreement, openReadingStore, type ReadingStore } from '@openami/store';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BillTask,
  type Calculated,
  calculate,
  readyTasks,
  windowOf,
} from '../../src/services/billing/calculate.ts';
import { contentText } from '../../src/services/billing/content.ts';
import { gridOf } from '../../src/services/billing/grid.ts';
import type { InputRegistry } from '../../src/services/billing/inputs.ts';
import { PageHeads } from '../../src/services/billing/packed-lines.ts';
import { groupsOf, sqlDeterminants } from '../../src/services/billing/sql-determinants.ts';
import type { BookedTariff } from '../../src/services/billing/tariff-book.ts';
import { yearDeterminants } from '../../src/services/billing/what-if/year-determinants.ts';

/** What tariffs of these tests do not need. */
/** Not asked: the tariffs here need nothing but readings. */
const registry = {} as InputRegistry;
const silent = { info: () => {}, warn: () => {}, error: () => {} };
const clock = new ManualClock(Date.parse('2026-06-01T00:00:00Z'));
let dir: string;
let store: ReadingStore;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openami-determinants-'));
  store = await openReadingStore({
    dataDir: dir,
    clock,
    log: silent,
    engine: { limits: { minFreeBytes: 0 } },
  });
}, 60_000);
afterAll(async () => {
  await store?.close();
  await rm(dir, { recursive: true, force: true });
});

function booked(charges: readonly unknown[], hours: readonly unknown[], unit = 'kWh'): BookedTariff {
  const calendar = {
    schedules: [
      {
        id: 'tou',
        rows: [
          { days: ['weekday'], hours },
          { days: ['weekend'], period: 'low' },
        ],
      },
    ],
  };
  const compiled = readTariff({
    ...{ id: 't', commodity: 'electricity', currency: 'EUR', unit, versions: [{ calendar, charges }] },
  });
  return {
    record: {
      ...{
        id: 1,
        code: 't',
        name: '',
        commodity: 'electricity',
        unit,
        currency: 'EUR',
        zone: null,
        version: 1,
      },
      ...{ createdBy: '', createdAt: new Date(0) },
    },
    compiled,
    numberOf: () => 1,
    versionOf: () => compiled.versions[0],
  };
}

function agreementOf(channel: number, zone: string, intervalS: number, more: object = {}): BilledAgreement {
  return {
    ...{
      id: channel,
      code: `G${channel}`,
      accountId: 1,
      account: 'A',
      usagePointId: 1,
      usagePoint: 'P',
      zone,
    },
    ...{ commodity: 'electricity', serviceClass: '', anchorDay: 1, fromS: 0, untilS: null },
    tariffs: [{ tariff: 't', validFrom: '2020-01-01', validUntil: null, persons: 2 }],
    channels: [
      {
        ...{
          channelId: channel,
          meterId: channel,
          serial: `M${channel}`,
          role: 'main',
          readingType: '',
          obis: '',
        },
        ...{ intervalS, resolution: 1_000, unit: 'kWh', digits: null, multiplier: '1', virtual: false },
        ...{ fromS: 0, untilS: null, ...more },
      },
    ],
  };
}

function taskOf(agreement: BilledAgreement, day: string): BillTask {
  const cycle = billingMonthOf(parseDay(day), 1);
  return { agreement, cycle, window: windowOf(agreement, cycle)! };
}

const hoursOf = (cuts: readonly [number, number]) => {
  const clockText = (half: number) =>
    `${String(Math.floor(half / 2)).padStart(2, '0')}:${half % 2 ? '30' : '00'}`;
  const [a, b] = [Math.min(...cuts), Math.max(...cuts)];
  return [
    { from: clockText(a), to: clockText(b), period: 'high' },
    { from: clockText(b), to: clockText(a), period: 'mid' },
  ];
};

/** Window and, for one that rolls, by how much: it must divide the window. */
const windows = [[15], [30], [30, 15], [60], [60, 15], [60, 30], [120], [120, 60]] as const;
const demand = fc.record({
  kind: fc.constant('demand'),
  price: fc.constant('2'),
  window: fc.constantFrom(...windows),
  straddle: fc.boolean(),
  estimatedCanPeak: fc.boolean(),
  tou: fc.boolean(),
});
const energy = fc.record({
  method: fc.constantFrom('proportional', 'running'),
  tiers: fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 3 }),
  unit: fc.constantFrom('unit', 'daily', 'per-person'),
});

const scenario = fc.record({
  zone: fc.constantFrom('Europe/Berlin', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns', 'UTC'),
  day: fc.constantFrom('2026-03-01', '2026-10-01', '2026-04-01', '2026-02-01'),
  intervalS: fc.constantFrom(900, 1_800, 3_600),
  cuts: fc.uniqueArray(fc.integer({ min: 1, max: 47 }), { minLength: 2, maxLength: 2 }),
  demands: fc.array(demand, { maxLength: 2 }),
  energy,
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
  most: fc.constantFrom(3, 50, 4_000),
  resolution: fc.constantFrom(1, 100, 1_000),
  estimated: fc.constantFrom(0, 0.05),
  odd: fc.constantFrom('', '', '', 'missing', 'negative', 'mixed', 'late', 'stray'),
});

/** A small generator, so that a thousand values cost the shrinker one number. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

let nextChannel = 1;

describe('determinants by SQL', () => {
  it('are those of the intervals, to the last count, and what they cannot say exactly they leave', async () => {
    let [bySql, left, byPass] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(scenario, async (one) => {
        const agreement = agreementOf(nextChannel++, one.zone, one.intervalS);
        const task = taskOf(agreement, one.day);
        await store.writer.commit({ readings: readingsOf(agreement, task, one) });
        clock.advanceMs(5_000);
        const revision = store.writer.horizon();
        clock.advanceMs(5_000);
        if (one.odd === 'late') {
          const late = new ReadingBatch();
          late.push(
            agreement.channels[0]!.channelId,
            task.window.fromS + one.intervalS,
            999,
            one.resolution,
            Quality.valid,
            0,
          );
          await store.writer.commit({ readings: late });
          clock.advanceMs(5_000);
        }
        const tariffs = new Map([['t', tariffOf(one)]]);
        const sql = sqlDeterminants(store);
        // its tariffs ask for nothing but readings
        const asked = { made: 0 };
        const counting = {
          of: async (...given: Parameters<typeof sql.of>) => {
            const made = await sql.of(...given);
            asked.made += made.size;
            return made;
          },
        };
        const [slow] = await calculate(systemAccess, [task], { registry, store, tariffs, revision });
        const [fast] = await calculate(systemAccess, [task], {
          ...{ registry, store, tariffs, revision },
          sql: counting,
        });
        bySql += asked.made;
        left += 1 - asked.made;
        expect(billText(fast!, one.zone)).toEqual(billText(slow!, one.zone));
        // the same as two stretches of one pass, as a year is of twelve
        const middleS = zoneTable(one.zone).dayStart(task.cycle.from + 11);
        const halves: BillTask[] = [
          { ...task, window: { fromS: task.window.fromS, toS: middleS } },
          { ...task, window: { fromS: middleS, toS: task.window.toS } },
        ];
        const windows = halves.map(({ window }) => window);
        const year = { sides: [agreement], windows };
        const pass = await yearDeterminants(store, systemAccess, [year], [tariffs], revision, undefined);
        const passing = {
          of: async (...given: Parameters<typeof pass.of>) => {
            const made = await pass.of(...given);
            byPass += made.size;
            return made;
          },
        };
        const slowly = await calculate(systemAccess, halves, { registry, store, tariffs, revision });
        const passed = await calculate(systemAccess, halves, {
          ...{ registry, store, tariffs, revision },
          sql: passing,
        });
        const text = (made: Calculated) => billText(made, one.zone);
        expect(passed.map(text)).toEqual(slowly.map(text));
      }),
      { numRuns: 60 },
    );
    expect(bySql).toBeGreaterThan(15);
    expect(left).toBeGreaterThan(5);
    expect(byPass).toBeGreaterThan(5);
  }, 120_000);

  it('of days that are kept make the same bills, whatever is revised when', async () => {
    let [added, left] = [0, 0];
    await fc.assert(
      fc.asyncProperty(dayScenario, history, async (one, events) => {
        const agreement = agreementOf(nextChannel++, one.zone, one.intervalS);
        const channel = agreement.channels[0]!.channelId;
        const task = taskOf(agreement, one.day);
        await store.writer.commit({ readings: readingsOf(agreement, task, one) });
        const tariffs = new Map([['t', tariffOf(one)]]);
        const { dayDeterminants: days } = store;
        let revision = 0;
        for (const { kind, at, value, estimated } of events) {
          clock.advanceMs(5_000);
          if (kind === 'revise') {
            const readings = new ReadingBatch();
            const end =
              task.window.fromS + one.intervalS * (1 + Math.floor((at * 2_592_000) / one.intervalS));
            const quality = estimated ? Quality.edited : Quality.valid;
            readings.push(channel, end, value, one.resolution, quality, 0);
            await store.writer.commit({ readings });
          } else if (kind === 'follow') await days.follow(systemAccess, store.writer.horizon());
          else if (kind === 'note') revision = store.writer.horizon();
          else {
            for (const group of groupsOf(readyTasks([task], tariffs), 0)) {
              const lacking = await days.lacking(systemAccess, group.channels, group.spec, group.days);
              await days.make(systemAccess, lacking.channels, group.spec, lacking.days);
            }
          }
          clock.advanceMs(5_000);
        }
        const asked = {
          registry,
          store,
          tariffs,
          revision: revision > 0 ? revision : store.writer.horizon(),
        };
        const counting: typeof days.of = async (...given) => {
          const kept = await days.of(...given);
          added += kept.length;
          left += given[1].length - kept.length;
          return kept;
        };
        const sql = sqlDeterminants({
          determinants: store.determinants,
          dayDeterminants: Object.assign(Object.create(days), { of: counting }),
        });
        const [slow] = await calculate(systemAccess, [task], asked);
        const [fast] = await calculate(systemAccess, [task], { ...asked, sql });
        expect(billText(fast!, one.zone)).toEqual(billText(slow!, one.zone));
      }),
      { numRuns: 60 },
    );
    expect(added).toBeGreaterThan(8);
    expect(left).toBeGreaterThan(8);
  }, 180_000);
});

/** What happens to readings and to days that are kept; `note`: the run begins and goes by what is known now. */
const event = fc.record({
  kind: fc.constantFrom('revise', 'follow', 'follow', 'make', 'make', 'note'),
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  value: fc.integer({ min: 0, max: 9_000 }),
  estimated: fc.boolean(),
});

/** Nearly always what days can tell. */
const dayScenario = fc.tuple(scenario, fc.boolean()).map(([one, plain]) => ({
  ...one,
  energy: { ...one.energy, method: 'proportional' },
  demands: plain ? one.demands.filter(({ window }) => window.length === 1) : one.demands,
  odd: plain ? '' : one.odd,
}));
const always = (...kinds: readonly string[]) =>
  kinds.map((kind) => ({ kind, at: 0, value: 0, estimated: false }));
const history = fc
  .tuple(fc.boolean(), fc.array(event, { maxLength: 6 }), fc.boolean())
  .map(([before, between, after]) => [
    ...(before ? always('make', 'follow') : []),
    ...between,
    ...(after ? always('follow', 'make') : []),
  ]);

function billText({ bill, channels, holds }: Calculated, zone: string): string {
  return JSON.stringify([holds, bill && contentText(bill, new PageHeads(), { month: 0, zone, channels })]);
}

function readingsOf(
  agreement: BilledAgreement,
  { window }: BillTask,
  one: {
    zone: string;
    intervalS: number;
    seed: number;
    most: number;
    resolution: number;
    estimated: number;
    odd: string;
  },
): ReadingBatch {
  const readings = new ReadingBatch();
  const random = randomOf(one.seed);
  const channel = agreement.channels[0]!.channelId;
  // the month before and after have readings of their own
  const around = { fromS: window.fromS - 86_400, toS: window.toS + 86_400 };
  for (const { startS, length } of gridOf(zoneTable(one.zone), around, one.intervalS)) {
    for (let i = 0; i < length; i++) {
      const end = startS + (i + 1) * one.intervalS;
      const guess = random() < one.estimated;
      let value = Math.floor(random() * one.most);
      const hit = random() < 0.002;
      if (hit && one.odd === 'missing') continue;
      if (hit && one.odd === 'negative') value = -value;
      const resolution = hit && one.odd === 'mixed' ? one.resolution * 10 : one.resolution;
      readings.push(channel, end, value, resolution, guess ? Quality.estimated : Quality.valid, 0);
      if (hit && one.odd === 'stray') readings.push(channel, end + 60, 77, resolution, Quality.valid, 0);
    }
  }
  return readings;
}

function tariffOf({
  cuts,
  demands,
  energy: { method, tiers, unit },
}: {
  cuts: number[];
  demands: readonly { tou: boolean; window: readonly number[]; price: string }[];
  energy: { method: string; tiers: number[]; unit: string };
}): BookedTariff {
  const limits = [...tiers].sort((a, b) => a - b);
  const prices = limits.map((_, i) => `0.${i + 1}`).concat('0.9');
  const charges = [
    { id: 'base', kind: 'fixed', price: '5', per: 'month' },
    {
      ...{ id: 'energy', kind: 'energy', schedule: 'tou', method },
      tiers: [...limits.map((upTo) => ({ upTo, unit })), {}],
      prices: { high: prices, mid: prices, low: prices },
    },
    ...demands.map(({ tou, window: [windowMinutes, rollingMinutes], price, ...rest }, i) => ({
      ...{ id: `d${i}`, ...rest, windowMinutes, ...(rollingMinutes === undefined ? {} : { rollingMinutes }) },
      ...(tou ? { schedule: 'tou', prices: { high: price, mid: '1', low: '0' } } : { price }),
    })),
  ];
  return booked(charges, hoursOf([cuts[0]!, cuts[1]!]));
}
