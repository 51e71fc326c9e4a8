import { Quality, ReadingBatch, systemAccess } from '@openami/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DeterminantSpec, ReadingStore } from '../../src/clickhouse/index.ts';
import { openTestStore, Scratch, TestClock } from './support.ts';

const scratch = new Scratch();
const clock = new TestClock();
let store: ReadingStore;
const startS = 1_700_000_100;
const slots = 8;

beforeAll(async () => {
  store = await openTestStore(scratch.dir(), clock);
});
afterAll(async () => {
  await store?.close();
  scratch.clean();
});

async function put(channel: number, values: readonly (number | undefined)[], more: readonly number[] = []) {
  const readings = new ReadingBatch();
  for (const [slot, value] of values.entries()) {
    if (value === undefined) continue;
    const quality = more.includes(slot) ? Quality.estimated : Quality.valid;
    readings.push(channel, startS + (slot + 1) * 900, value, 100, quality, 0);
  }
  // beside the window and off its grid: none of it counts
  readings.push(channel, startS, 5_000, 100, Quality.valid, 0);
  readings.push(channel, startS + slots * 900 + 1, 5_000, 100, Quality.valid, 0);
  readings.push(channel, startS + 60, 5_000, 100, Quality.valid, 0);
  await store.writer.commit({ readings });
}

const spec = (more: Partial<DeterminantSpec> = {}): DeterminantSpec => ({
  ...{ startS, intervalS: 900, slots, asOf: Math.floor(clock.ms / 1_000) + 100 },
  schedules: [
    { periods: 1, of: new Uint16Array(slots) },
    { periods: 2, of: Uint16Array.of(0, 0, 0, 1, 1, 1, 0, 0) },
  ],
  ...{ demands: [], running: [], ...more },
});

it('adds up periods, and finds the first of the largest windows', async () => {
  await put(1, [1, 2, 3, 4, 9, 9, 9, 1], [4]);
  const every = new Uint8Array(slots).fill(1);
  const [single, pair, straddling, measured] = [
    { schedule: 1, length: 1, ends: every, straddle: false, estimatedCanPeak: true },
    { schedule: 1, length: 2, ends: every, straddle: false, estimatedCanPeak: true },
    { schedule: 1, length: 2, ends: every, straddle: true, estimatedCanPeak: true },
    {
      schedule: 0,
      length: 2,
      ends: Uint8Array.of(0, 1, 0, 1, 0, 1, 0, 1),
      straddle: false,
      estimatedCanPeak: false,
    },
  ] as const;
  const running = [{ schedule: 1, filling: [true, false], limits: [400, 1_000] }];
  const demands = [single, pair, straddling, measured];
  const [row, ...others] = await store.determinants.of(systemAccess, [1, 99], spec({ demands, running }));
  expect(others).toEqual([]);
  expect(row).toEqual({
    ...{ channel: 1, resolution: 100, present: 8, estimated: 1, odd: false },
    energy: [[38], [16, 22]],
    estimatedEnergy: [[9], [0, 9]],
    peaks: [
      [
        { counts: 9, slot: 6, estimated: false },
        { counts: 9, slot: 4, estimated: true },
      ],
      [
        { counts: 10, slot: 7, estimated: false },
        { counts: 18, slot: 5, estimated: true },
      ],
      // from the fifth and sixth slot on, in period 1, though the last of it ends in period 0
      [
        { counts: 10, slot: 7, estimated: false },
        { counts: 18, slot: 5, estimated: true },
      ],
      [{ counts: 10, slot: 7, estimated: false }],
    ],
    // 100, 200 and 300 fill the first tier to 400 and go on; the rest of 900 and 100 crosses 1,000
    running: [[400, 600, 600, 0, 0, 0]],
  });
});

it('says of whom it cannot be sure', async () => {
  await put(2, [1, 2, 3, 4, 5, 6, 7, undefined]);
  await put(3, [1, 2, 3, 4, 5, 6, 7, -8]);
  await put(4, [1, 2, 3, 4, 5, 6, 7, 2 ** 42]);
  await put(5, [1, 2, 3, 4, 5, 6, 7, 8]);
  const odd = async (more: Partial<DeterminantSpec> = {}) =>
    (await store.determinants.of(systemAccess, [2, 3, 4, 5], spec(more))).map((row) => row.odd);
  expect(await odd()).toEqual([true, true, true, false]);
  expect(await odd({ asOf: Math.floor(clock.ms / 1_000) - 1 })).toEqual([true, true, true, true]);
  const narrow = { ...systemAccess, scope: { usagePoints: new Set([1]) } };
  await expect(store.determinants.of(narrow, [2], spec())).rejects.toMatchObject({ code: 'OUT_OF_SCOPE' });
});
