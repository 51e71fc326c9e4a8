import { ReadingBatch } from '@openami/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decodeBlocks,
  encodeBlock,
  measureBlock,
  type ReadingStore,
  RevisedBatch,
  readingBlock,
} from '../../src/clickhouse/index.ts';
import { openTestStore, Scratch, TestClock } from './support.ts';

const scratch = new Scratch();
let store: ReadingStore;

beforeAll(async () => {
  store = await openTestStore(scratch.dir(), new TestClock());
});

afterAll(async () => {
  await store?.close();
  scratch.clean();
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

describe('Native blocks', () => {
  it.each([
    [[{ name: 'a', type: 'UInt8', data: Uint8Array.of(1, 255) }], 2, '010201610555496e743801ff'],
    [
      [{ name: 'v', type: 'Int64', data: Float64Array.of(-1, 2 ** 40 + 5) }],
      2,
      '0102017605496e743634ffffffffffffffff0500000000010000',
    ],
    [
      [{ name: 's', type: 'String', data: ['é', new Uint8Array([0])] }],
      2,
      '0102017306537472696e6702c3a90100',
    ],
    [
      [{ name: 't', type: "DateTime('UTC')", data: Uint32Array.of(1_700_000_000) }],
      1,
      '010101740f4461746554696d652827555443272900f15365',
    ],
  ] as const)('has the golden bytes %#', (columns, rows, golden) => {
    expect(hex(encodeBlock(columns, rows))).toBe(golden);
  });

  it('encodes a batch without looking at spare capacity', () => {
    const revised = new RevisedBatch(1_000);
    const batch = new ReadingBatch(500);
    batch.push(1, 2, 3, 4, 5, 6);
    revised.append(batch, 7);
    const table = decodeBlocks(readingBlock(revised));
    expect(table.rows).toBe(1);
    expect([table.u32('channel')[0], table.u32('revision')[0], table.f64('value')[0]]).toEqual([1, 7, 3]);
  });

  it('finds the end of every block', () => {
    const block = encodeBlock([{ name: 's', type: 'String', data: ['abc', ''] }], 2);
    for (let cut = 0; cut < block.length; cut++) expect(measureBlock(block.subarray(0, cut))).toBeUndefined();
    expect(measureBlock(Buffer.concat([block, block]))).toEqual({ rows: 2, bytes: block.length });
  });

  it('reads any bytes or raises its own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeBlocks(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: 'NATIVE_FORMAT' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('goes through the engine unchanged', async () => {
    const name = 'native_round_trip';
    await store.client.command(
      `CREATE TABLE openami.${name} (run UInt32, i UInt32, a UInt8, b UInt32, c Int64, d Float64, s String,
       t DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY (run, i)`,
    );
    const cell = fc.record({
      a: fc.integer({ min: 0, max: 255 }),
      b: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      c: fc.maxSafeInteger(),
      d: fc.double({ noNaN: true }),
      s: fc.uint8Array({ maxLength: 300 }),
      t: fc.integer({ min: 0, max: 4_102_444_800_000 }),
    });
    let run = 0;
    const one = await store.client.select('SELECT toUInt32(1) AS n');
    expect(() => one.u32('typo')).toThrow(expect.objectContaining({ code: 'NATIVE_FORMAT' }));
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 50 }), async (cells) => {
        run++;
        const block = encodeBlock(
          [
            { name: 'run', type: 'UInt32', data: new Uint32Array(cells.length).fill(run) },
            { name: 'i', type: 'UInt32', data: Uint32Array.from(cells, (_, i) => i) },
            { name: 'a', type: 'UInt8', data: Uint8Array.from(cells, (row) => row.a) },
            { name: 'b', type: 'UInt32', data: Uint32Array.from(cells, (row) => row.b) },
            { name: 'c', type: 'Int64', data: Float64Array.from(cells, (row) => row.c) },
            { name: 'd', type: 'Float64', data: Float64Array.from(cells, (row) => row.d) },
            { name: 's', type: 'String', data: cells.map((row) => row.s) },
            { name: 't', type: "DateTime64(3, 'UTC')", data: Float64Array.from(cells, (row) => row.t) },
          ],
          cells.length,
        );
        await store.client.insert(`openami.${name}`, block);
        const sql = `SELECT a, b, c, d, s, t FROM openami.${name} WHERE run = {run:UInt32} ORDER BY i`;
        const table = await store.client.select(sql, { run });
        expect(Array.from(table.u8('a'))).toEqual(cells.map((row) => row.a));
        expect(Array.from(table.u32('b'))).toEqual(cells.map((row) => row.b));
        expect(Array.from(table.f64('c'))).toEqual(cells.map((row) => row.c + 0));
        expect(Array.from(table.f64('d'))).toEqual(cells.map((row) => row.d));
        expect(table.bytes('s').map(hex)).toEqual(cells.map((row) => hex(row.s)));
        expect(Array.from(table.f64('t'))).toEqual(cells.map((row) => row.t));
      }),
      { numRuns: 25 },
    );
  });
});
