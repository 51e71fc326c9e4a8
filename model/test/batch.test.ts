import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadingBatch } from '../src/index.ts';

type Row = [channel: number, end: number, value: number, resolution: number, quality: number, flags: number];

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const anyRow: fc.Arbitrary<Row> = fc.tuple(u32, u32, fc.maxSafeInteger(), u32, fc.nat(255), u32);
const rows = fc.array(anyRow, { maxLength: 200 });

function batchOf(list: readonly Row[], capacity?: number): ReadingBatch {
  const batch = new ReadingBatch(capacity);
  for (const row of list) batch.push(...row);
  return batch;
}

function rowsOf(batch: ReadingBatch): Row[] {
  return Array.from({ length: batch.length }, (_, i) => [
    batch.channel[i]!,
    batch.end[i]!,
    batch.value[i]!,
    batch.resolution[i]!,
    batch.quality[i]!,
    batch.flags[i]!,
  ]);
}

describe('ReadingBatch', () => {
  it('gives back what was pushed, from any starting capacity', () => {
    fc.assert(
      fc.property(rows, fc.nat(100), (list, capacity) => {
        const batch = batchOf(list, capacity);
        expect(batch.length).toBe(list.length);
        expect(batch.capacity).toBeGreaterThanOrEqual(list.length);
        expect(rowsOf(batch)).toEqual(list);
      }),
      { numRuns: 50 },
    );
  });

  it('appends batches, itself too', () => {
    fc.assert(
      fc.property(rows, rows, (a, b) => {
        const batch = batchOf(a, 0);
        batch.append(batchOf(b));
        expect(rowsOf(batch)).toEqual([...a, ...b]);
        batch.append(batch);
        expect(rowsOf(batch)).toEqual([...a, ...b, ...a, ...b]);
      }),
      { numRuns: 50 },
    );
  });

  it('appends only the rows in use', () => {
    const other = batchOf([[1, 2, 3, 4, 5, 6]], 64);
    const batch = new ReadingBatch(0);
    batch.append(other);
    expect(batch.length).toBe(1);
    batch.append(new ReadingBatch());
    expect(batch.length).toBe(1);
  });

  it('doubles, so that growing stays cheap', () => {
    const batch = new ReadingBatch(64);
    const capacities = new Set<number>();
    for (let i = 0; i < 1_000; i++) {
      batch.push(i, i, i, 1, 1, 0);
      capacities.add(batch.capacity);
    }
    expect([...capacities]).toEqual([64, 128, 256, 512, 1_024]);
    expect(batch.channel[999]).toBe(999);
  });

  it('views share memory, slices do not', () => {
    fc.assert(
      fc.property(rows, fc.nat(200), fc.nat(200), (list, x, y) => {
        const from = Math.min(x, y, list.length);
        const to = Math.min(Math.max(x, y), list.length);
        const batch = batchOf(list);
        const view = batch.view(from, to);
        const slice = batch.slice(from, to);
        expect(rowsOf(view)).toEqual(list.slice(from, to));
        expect(rowsOf(slice)).toEqual(list.slice(from, to));
        expect(view.value.buffer).toBe(batch.value.buffer);
        expect(slice.value.buffer).not.toBe(batch.value.buffer);
        if (to === from) return;
        batch.value[from] = 42;
        expect(view.value[0]).toBe(42);
        expect(slice.value[0]).toBe(list[from]![2]);
        view.flags[0] = 7;
        expect(batch.flags[from]).toBe(7);
      }),
      { numRuns: 50 },
    );
  });

  it('views and slices run to the last row in use', () => {
    const batch = batchOf([
      [1, 1, 1, 1, 1, 1],
      [2, 2, 2, 2, 2, 2],
    ]);
    expect(rowsOf(batch.view(1))).toEqual([[2, 2, 2, 2, 2, 2]]);
    expect(batch.view(1, 50).length).toBe(1);
    expect(rowsOf(batch.slice(1))).toEqual([[2, 2, 2, 2, 2, 2]]);
  });

  it('a view that grows leaves its batch alone', () => {
    const batch = batchOf([
      [1, 1, 1, 1, 1, 1],
      [2, 2, 2, 2, 2, 2],
    ]);
    const view = batch.view(0, 1);
    view.push(9, 9, 9, 9, 9, 9);
    expect(batch.channel[1]).toBe(2);
    expect(rowsOf(view)[1]).toEqual([9, 9, 9, 9, 9, 9]);
  });

  it('clear keeps the memory', () => {
    const batch = batchOf([[1, 2, 3, 4, 5, 6]], 8);
    const memory = batch.value.buffer;
    batch.clear();
    expect(batch.length).toBe(0);
    batch.push(6, 5, 4, 3, 2, 1);
    expect(batch.value.buffer).toBe(memory);
    expect(rowsOf(batch)).toEqual([[6, 5, 4, 3, 2, 1]]);
  });

  it('reserves without losing rows, and never shrinks', () => {
    const batch = batchOf([[1, 2, 3, 4, 5, 6]], 1);
    batch.reserve(500);
    expect(batch.capacity).toBe(500);
    batch.reserve(10);
    expect(batch.capacity).toBe(500);
    expect(rowsOf(batch)).toEqual([[1, 2, 3, 4, 5, 6]]);
  });
});
