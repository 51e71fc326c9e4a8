import { Quality, ReadingBatch, systemAccess } from '@openami/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ClosedDays, ReadingStore } from '../../src/clickhouse/index.ts';
import { openTestStore, Scratch, TestClock } from './support.ts';

const scratch = new Scratch();
const clock = new TestClock();
let store: ReadingStore;

beforeAll(async () => {
  store = await openTestStore(scratch.dir(), clock);
});

afterAll(async () => {
  await store?.close();
  scratch.clean();
});

function days(
  rows: readonly { channel: number; day: number; total: number; estimated: number }[],
): ClosedDays {
  const u16 = (pick: (row: (typeof rows)[number]) => number) => Uint16Array.from(rows, pick);
  return {
    length: rows.length,
    channel: Uint32Array.from(rows, (row) => row.channel),
    day: u16((row) => row.day),
    total: Float64Array.from(rows, (row) => row.total),
    maximum: Float64Array.from(rows, () => -7),
    maximumEnd: Uint32Array.from(rows, () => 1_700_000_000),
    resolution: Uint32Array.from(rows, () => 1_000),
    expected: u16(() => 96),
    measured: u16((row) => 96 - row.estimated),
    questionable: u16(() => 1),
    estimated: u16((row) => row.estimated),
    edited: u16(() => 0),
    worst: Uint8Array.from(rows, () => 2),
    suspended: new Uint8Array(rows.length),
    basis: Uint32Array.from(rows, () => 1_700_000_001),
  };
}

it('keeps the last closing of a day, and sums days over channels', async () => {
  const first = [
    { channel: 5, day: 20_000, total: 2 ** 52, estimated: 0 },
    { channel: 5, day: 20_001, total: -3, estimated: 4 },
    { channel: 6, day: 20_001, total: 10, estimated: 96 },
  ];
  await store.days.put(days(first), 1_000);
  await store.days.put(days([{ channel: 5, day: 20_001, total: 9, estimated: 1 }]), 2_000);
  const found = await store.days.of(systemAccess, [5], { fromDay: 20_000, toDay: 20_002 });
  expect(found).toEqual(days([first[0]!, { channel: 5, day: 20_001, total: 9, estimated: 1 }]));
  const sums = await store.days.sums(systemAccess, { fromDay: 20_001, toDay: 20_002 });
  expect([...sums.day, ...sums.channels, ...sums.expected, ...sums.estimated]).toEqual([20_001, 2, 192, 97]);
  const one = await store.days.sums(systemAccess, { fromDay: 20_000, toDay: 20_002 }, [6]);
  expect([...one.day, ...one.measured]).toEqual([20_001, 0]);
});

it('keeps what was learnt of channels, the last state of each', async () => {
  const state = (byte: number) => new Uint8Array(256).fill(byte);
  await store.days.putStatistics(Uint32Array.of(7, 8), [state(1), state(200)], 1_000);
  await store.days.putStatistics(Uint32Array.of(7), [state(255)], 2_000);
  const { channel, state: states } = await store.days.statistics(systemAccess);
  expect([...channel]).toEqual([7, 8]);
  expect(states.map((bytes) => [bytes.length, bytes[9]])).toEqual([
    [256, 255],
    [256, 200],
  ]);
});

it('finds what changed since, and takes work of validation only for what did not', async () => {
  const end = 1_700_000_100;
  const put = (rows: readonly [number, number][], basis?: readonly number[]) => {
    const readings = new ReadingBatch();
    for (const [at, value] of rows) {
      readings.push(9, at, value, 1_000, basis === undefined ? Quality.valid : Quality.estimated, 0);
    }
    return store.writer.commit(
      basis === undefined ? { readings } : { readings, basis: Uint32Array.from(basis) },
    );
  };
  await put([
    [end, 1],
    [end + 900, 900],
  ]);
  const sinceS = Math.floor(clock.ms / 1_000);
  clock.ms += 5_000;
  await put([
    [end, 2],
    [end + 1_800, 3],
  ]);
  const untilS = Math.floor(clock.ms / 1_000);
  const changed = await store.days.changedSince(systemAccess, {
    ...{ sinceS, untilS, afterChannel: 8, channels: 10 },
    endS: end + 900,
  });
  expect([...changed.channel, ...changed.end]).toEqual([9, end]);
  // Worked out before the second commit: the reading it changed is left alone, the others are taken.
  const outcome = await put(
    [
      [end, 70],
      [end + 900, 71],
      [end + 2_700, 72],
    ],
    [sinceS, sinceS, 0],
  );
  expect(outcome).toEqual({ stored: 2, corrections: 1, repeats: 0, stale: 1 });
  const found = await store.readings.profile(systemAccess, 9, { fromS: end - 900, toS: end + 2_700 });
  expect([...found.value]).toEqual([2, 71, 3, 72]);
  // The meter says once more what was put aside: that is known.
  expect(await put([[end + 900, 900]])).toEqual({ stored: 0, corrections: 0, repeats: 1, stale: 0 });
});

it('finds the first end of channels that is more than said to be missing', async () => {
  const readings = new ReadingBatch();
  readings.push(31, 1_700_000_100, 0, 1_000, Quality.missing, 0);
  readings.push(31, 1_700_001_000, 5, 1_000, Quality.raw, 0);
  readings.push(31, 1_700_001_900, 6, 1_000, Quality.raw, 0);
  readings.push(32, 1_700_000_100, 0, 1_000, Quality.missing, 0);
  await store.writer.commit({ readings });
  const first = await store.days.firstEnds(systemAccess);
  expect([first.get(31), first.get(32)]).toEqual([1_700_001_000, undefined]);
});
