/** Meters that report counters: what the portal shows of them is what bills make of the same reads. */
import { billingMonthOf, formatDay, Quality, systemAccess, zoneTable } from '@openami/model';
import type { BilledAgreement, BilledChannel, Readings } from '@openami/store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculate, windowOf } from '../../src/services/billing/calculate.ts';
import { unstored } from '../../src/services/billing/test-bill.ts';
import { nowOf } from '../../src/services/portal/now.ts';
import type { Own } from '../../src/services/portal/own.ts';
import type { RatingParts } from '../../src/services/portal/rated-days.ts';
import { usageOf } from '../../src/services/portal/usage.ts';

const zone = zoneTable('Europe/Berlin');
/** 1 March 2026. */
const march = 20_513;
const [firstS, endS] = [zone.dayStart(march), zone.dayStart(march + 31)];
const day = 86_400;

const water = unstored({
  ...{ id: 'water', commodity: 'water', currency: 'EUR' },
  versions: [
    { effectiveTo: '2026-03-20', charges: [{ id: 'use', kind: 'energy', price: '2' }] },
    {
      effectiveFrom: '2026-03-20',
      charges: [
        { id: 'base', kind: 'fixed', price: '9', per: 'month' },
        { id: 'use', kind: 'energy', price: '2.5' },
      ],
    },
  ],
});

const channelOf = (channelId: number, fromS: number, untilS: number | null): BilledChannel => ({
  ...{ channelId, meterId: channelId, serial: `W${channelId}`, role: 'main', readingType: '', obis: '' },
  ...{ intervalS: 0, resolution: 1_000, unit: 'm3', digits: 5, multiplier: '1', virtual: false },
  ...{ fromS, untilS },
});

/** End, value in litres, and quality. */
type Read = readonly [atS: number, value: number, quality?: number];

function readingsOf(id: number, reads: readonly Read[]): Readings {
  const u32 = (values: readonly number[]) => Uint32Array.from(values);
  return {
    ...{ length: reads.length, channel: u32(reads.map(() => id)), end: u32(reads.map(([atS]) => atS)) },
    value: Float64Array.from(reads, ([, value]) => value),
    resolution: u32(reads.map(() => 1_000)),
    quality: Uint8Array.from(reads, ([, , quality = Quality.valid]) => quality),
    ...{ flags: u32(reads.map(() => 0)), revision: u32(reads.map(() => 1)) },
  };
}

interface World {
  readonly channels: readonly BilledChannel[];
  readonly reads: Readonly<Record<number, readonly Read[]>>;
}

/** The portal and the bill of the same reads, at an instant. */
function at({ channels, reads }: World, nowS: number) {
  const known = (id: number, { fromS, toS }: { readonly fromS: number; readonly toS: number }) =>
    readingsOf(
      id,
      (reads[id] ?? []).filter(([endS]) => endS > fromS && endS <= Math.min(toS, nowS)),
    );
  const joined = (parts: readonly Readings[]): Readings => {
    const u32 = (pick: (one: Readings) => ArrayLike<number>) =>
      Uint32Array.from(parts.flatMap((one) => Array.from(pick(one))));
    const lengths = parts.reduce((sum, { length }) => sum + length, 0);
    return {
      ...{ length: lengths, channel: u32((one) => one.channel), end: u32((one) => one.end) },
      value: Float64Array.from(parts.flatMap(({ value }) => [...value])),
      resolution: u32((one) => one.resolution),
      quality: Uint8Array.from(parts.flatMap(({ quality }) => [...quality])),
      ...{ flags: u32((one) => one.flags), revision: u32((one) => one.revision) },
    };
  };
  const always = { fromS: 0, toS: nowS };
  const store = {
    writer: { horizon: () => 10 },
    readings: {
      profiles: async (_ctx: unknown, ids: readonly number[], span: typeof always) =>
        joined(ids.map((id) => known(id, span))),
      profile: async (_ctx: unknown, id: number, span: typeof always) => known(id, span),
      latest: async (_ctx: unknown, ids: readonly number[]) =>
        readingsOf(ids[0]!, (reads[ids[0]!] ?? []).filter(([endS]) => endS <= nowS).slice(-1)),
    },
  };
  const tariffs = new Map([['water', water]]);
  const parts = {
    ...{ registry: {}, store },
    book: { many: async () => tariffs },
  } as unknown as RatingParts;
  const agreement: BilledAgreement = {
    ...{ id: 1, code: 'G', accountId: 1, account: 'A', usagePointId: 1, usagePoint: 'U', anchorDay: 1 },
    ...{ zone: 'Europe/Berlin', commodity: 'water', serviceClass: '', fromS: 0, untilS: null, channels },
    tariffs: [{ tariff: 'water', validFrom: '2020-01-01', validUntil: null, persons: 1 }],
  };
  const own: Own = { ctx: systemAccess, agreements: [] };
  const usage = (by: 'month' | 'day') =>
    usageOf(parts, own, agreement, { by, from: '2026-03-01', to: '2026-04-01' }, nowS);
  const bill = async (toS: number) => {
    const cycle = billingMonthOf(march, 1);
    const window = { fromS: windowOf(agreement, cycle)!.fromS, toS };
    const [made] = await calculate(systemAccess, [{ agreement, cycle, window }], {
      ...{ registry: parts.registry, store: parts.store, tariffs, revision: 10 },
    });
    return made!.bill!.parts.reduce(
      (sum, { determinants, rated, version }) => ({
        used: sum.used + determinants.energy[0]!.import[0]! / 1e6,
        cost:
          sum.cost + rated.lines.reduce((all, { amount }) => all + Number(amount), 0) / 10 ** version.digits,
        known: sum.known + determinants.present,
      }),
      { used: 0, cost: 0, known: 0 },
    );
  };
  return { now: () => nowOf(parts, own, agreement, nowS), usage, bill };
}

/** Where a counter stood, from 40 days before March to its end or later: irregular, days without a read. */
const points = fc
  .array(
    fc.tuple(
      fc.oneof(fc.integer({ min: 60, max: 7_200 }), fc.integer({ min: 3_600, max: 4 * day })),
      fc.nat(900),
    ),
    {
      ...{ minLength: 30, maxLength: 90 },
    },
  )
  .map((steps) => {
    let [atS, total] = [firstS - 3 * day, 99_000];
    return steps.map(([seconds, moved]) => {
      atS += seconds;
      total += moved;
      return [atS, total] as const;
    });
  });

type Change = 'none' | 'exchange' | 'no-final-read' | 'reset';

/** The reads of a counter of five digits, which rolls over, is exchanged or starts anew at a read. */
function worldOf(line: readonly (readonly [number, number])[], change: Change, place: number): World {
  const shown = (total: number) => total % 100_000;
  const cut = Math.min(line.length - 2, Math.max(1, place));
  const [cutS, stood] = line[cut]!;
  const before = line.slice(0, cut + 1).map(([atS, total]): Read => [atS, shown(total)]);
  const rest = line.slice(cut + 1).map(([atS, total]): Read => [atS, total - stood]);
  if (change === 'none')
    return {
      channels: [channelOf(1, 0, null)],
      reads: { 1: line.map(([atS, total]) => [atS, shown(total)]) },
    };
  if (change === 'reset') return { channels: [channelOf(1, 0, null)], reads: { 1: [...before, ...rest] } };
  return {
    channels: [channelOf(1, 0, cutS), channelOf(2, cutS, null)],
    reads: { 1: change === 'exchange' ? before : before.slice(0, -1), 2: [[cutS, 0], ...rest] },
  };
}

const lastRead = ({ reads }: World, nowS: number): number =>
  Math.max(
    firstS,
    ...Object.values(reads).flatMap((of) => of.flatMap(([atS]) => (atS <= nowS ? [atS] : []))),
  );
const sum = (texts: readonly (string | null)[]) => texts.reduce((all, text) => all + Number(text ?? 0), 0);

describe('counters in the portal', () => {
  it('come to the same by day, by month and on the bill so far, and never to less than nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        points,
        fc.constantFrom<Change[]>('none', 'none', 'exchange', 'no-final-read', 'reset'),
        fc.nat(80),
        fc.integer({ min: firstS + 1, max: endS - 1 }),
        async (line, change, place, nowS) => {
          const world = worldOf(line, change, place);
          const { now, usage, bill } = at(world, nowS);
          const throughS = lastRead(world, nowS);
          const [days, months, today] = [await usage('day'), await usage('month'), await now()];
          const billed = throughS > firstS ? await bill(throughS) : { used: 0, cost: 0 };
          for (const { bars, total } of [days, months]) {
            expect(sum(bars.map((bar) => bar.usage))).toBeCloseTo(billed.used, 6);
            expect(Number(total.usage)).toBeCloseTo(billed.used, 6);
            expect(sum(bars.map((bar) => bar.cost))).toBeCloseTo(billed.cost, 6);
            for (const bar of bars) {
              expect(Number(bar.usage)).toBeGreaterThanOrEqual(0);
              expect(bar.present === 0).toBe(bar.usage === null);
              // what came after the last read is not known, and costs nothing yet
              if (Date.parse(bar.start) / 1_000 >= throughS)
                expect(bar).toMatchObject({ usage: null, cost: null, present: 0 });
            }
          }
          const on = zone.localDayOf(nowS);
          expect(days.bars).toHaveLength(on - march + 1);
          expect(Number(today.month?.usage ?? 0)).toBeCloseTo(billed.used, 6);
          expect(Number(today.today!.usage)).toBeGreaterThanOrEqual(0);
          expect(today.today!.usage).toBe(days.bars.at(-1)!.usage);
          if (throughS <= zone.dayStart(on)) expect(today.today).toEqual({ usage: null, cost: null });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('never fall while time goes on', async () => {
    await fc.assert(
      fc.asyncProperty(
        points,
        fc.constantFrom<Change[]>('none', 'exchange'),
        fc.nat(80),
        fc.array(fc.integer({ min: firstS + 1, max: endS - 1 }), { minLength: 2, maxLength: 6 }),
        async (line, change, place, instants) => {
          const world = worldOf(line, change, place);
          let before = 0;
          for (const nowS of instants.sort((a, b) => a - b)) {
            const { month } = await at(world, nowS).now();
            expect(Number(month?.usage ?? 0)).toBeGreaterThanOrEqual(before);
            before = Number(month?.usage ?? 0);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('tell a day by its share of what lies between two reads, and say so', async () => {
    const noon = firstS + day / 2;
    const reads: Read[] = [-1, 1, 2, 3, 6].map((days) => [noon + days * day, 1_000 + 100 * days]);
    const doubtful: Read = [noon + 6.5 * day, 9_000, Quality.questionable];
    const world = { channels: [channelOf(1, 0, null)], reads: { 1: [...reads, doubtful] } };
    const { usage, now } = at(world, noon + 7 * day);
    const { bars } = await usage('day');
    expect(bars.map((bar) => bar.usage)).toEqual(['0.1', '0.1', '0.1', '0.1', '0.1', '0.1', '0.05', null]);
    expect(bars.map(({ estimated }) => estimated)).toEqual([1, 1, 1, 1, 1, 1, 1, 0]);
    expect(bars[6]!.end).toBe(new Date((noon + 6 * day) * 1_000).toISOString().replace('.000', ''));
    expect(await now()).toMatchObject({
      ...{ today: { usage: null, cost: null }, month: { usage: '0.65', to: formatDay(march + 8) } },
    });
  });
});
