import { Quality, ReadingBatch, systemAccess } from '@openami/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadingStore } from '../../src/clickhouse/index.ts';
import { GridHashes, intHash64 } from '../../src/clickhouse/queries/grid-hashes.ts';
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

const startS = Date.parse('2026-03-02T00:00:00Z') / 1000;
const endOf = (k: number) => startS + k * 900;
const span = { fromS: startS, toS: endOf(96) };
const grid = { stepS: 900, phaseS: 0 };

async function put(
  rows: readonly (readonly [channel: number, end: number, value?: number])[],
): Promise<void> {
  const batch = new ReadingBatch();
  for (const [channel, end, value = 1] of rows) batch.push(channel, end, value, 1_000, Quality.raw, 0);
  await store.writer.commit({ readings: batch });
}

async function coverageOf(channels: readonly number[]) {
  const found = await store.readings.coverage(systemAccess, channels, span, grid);
  return Array.from({ length: found.length }, (_, i) => [
    ...[found.channel[i], (found.first[i]! - startS) / 900, (found.last[i]! - startS) / 900],
    found.isGapless[i] === 1,
  ]);
}

const steps = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('coverage', () => {
  it('says from where to where, and whether anything lies in between that is missing', async () => {
    await put([
      ...steps(1, 96).map((k) => [1, endOf(k)] as const),
      ...steps(5, 40).map((k) => [2, endOf(k)] as const),
      ...steps(1, 96).flatMap((k) => (k === 50 ? [] : [[3, endOf(k)] as const])),
      // off the grid, one instead of another
      ...steps(1, 96).map((k) => [4, endOf(k) + (k === 50 ? 1 : 0)] as const),
      // outside of the span, on both sides
      ...steps(-5, 105).map((k) => [5, endOf(k)] as const),
    ]);
    expect(await coverageOf([1, 2, 3, 4, 5, 6])).toEqual([
      [1, 1, 96, true],
      [2, 5, 40, true],
      [3, 1, 96, false],
      [4, 1, 96, false],
      [5, 1, 96, true],
    ]);
  });

  it('is not deceived by rows that were replaced and are there twice', async () => {
    await put(steps(1, 96).flatMap((k) => (k === 7 ? [] : [[11, endOf(k)] as const])));
    clock.ms += 5_000;
    // as many rows as were owed, and one of them is still missing
    await put([[11, endOf(8), 2]]);
    expect(await coverageOf([11])).toEqual([[11, 1, 96, false]]);
    clock.ms += 5_000;
    await put([[11, endOf(7)]]);
    await store.client.command('OPTIMIZE TABLE openami.reading FINAL');
    expect(await coverageOf([11])).toEqual([[11, 1, 96, true]]);
  });

  it('hashes as the engine does', async () => {
    const values = [0, 1, 899, 900, 1_772_409_600, 0xffff_ffff];
    const table = await store.client.select(
      `SELECT toUInt32(h % 4294967296) AS low, toUInt32(intDiv(h, 4294967296)) AS high FROM (
        SELECT intHash64(toUInt32(arrayJoin([${values.join(', ')}]))) AS h)`,
    );
    const [low, high] = [table.u32('low'), table.u32('high')];
    expect(values.map((_, i) => (BigInt(high[i]!) << 32n) | BigInt(low[i]!))).toEqual(values.map(intHash64));
  });

  it('takes nothing but a whole stretch of the grid for one', () => {
    const hashes = new GridHashes(span, grid);
    const sum = (ends: readonly number[]) =>
      ends.reduce((all, end) => (all + intHash64(end)) & 0xffff_ffff_ffff_ffffn, 0n);
    const ends = fc.array(fc.integer({ min: 1, max: 96 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(ends, fc.boolean(), (some, whole) => {
        const [low, high] = [Math.min(...some), Math.max(...some)];
        const given = (whole ? steps(low, high) : some).map(endOf);
        const isStretch = given.length === high - low + 1 && new Set(given).size === given.length;
        expect(hashes.isWhole(endOf(low), endOf(high), given.length, sum(given))).toBe(isStretch);
      }),
    );
  });
});

describe('presence with clips', () => {
  it('counts each channel in its own time, in several times where it has them', async () => {
    await put(steps(1, 96).flatMap((k) => [21, 22, 23].map((channel) => [channel, endOf(k)] as const)));
    const channels = [
      { id: 21, intervalS: 900 },
      { id: 22, intervalS: 900, fromS: endOf(10), toS: endOf(20) },
      { id: 23, intervalS: 900, fromS: endOf(90) },
      { id: 23, intervalS: 900, toS: endOf(3) },
    ];
    const found = await store.readings.presence(systemAccess, channels, 'UTC', span, [0]);
    expect([found.length, found.readings[0]]).toEqual([1, 96 + 10 + 6 + 3]);
    const none = await store.readings.presence(systemAccess, [], 'UTC', span, [0]);
    expect(none.length).toBe(0);
  });
});
