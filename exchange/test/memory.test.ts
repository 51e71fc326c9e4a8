import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Collector } from '../src/collector.ts';
import { type CsvMapping, readCsv, readNem12 } from '../src/index.ts';
import { chunkRows, type ExchangeItem } from '../src/series.ts';

const mapping: CsvMapping = {
  version: 1,
  delimiter: ',',
  time: { column: 'time', pattern: 'iso' },
  device: 'device',
  intervalS: 900,
  values: [{ column: 'value', kind: 'interval', unit: 'kWh', quantity: 'import' }],
};

function heapMb(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

test('the names of many devices do not keep the text of their file in memory', async () => {
  async function* file() {
    yield Buffer.from('device,time,value,note\n');
    const note = 'x'.repeat(65_000);
    for (let i = 0; i < 1_000; i++) {
      yield Buffer.from(`meter of a long name ${i},2026-01-01T00:15:00Z,1,${note}\n`);
    }
  }
  const beforeMb = heapMb();
  let accepted = 0;
  let grownMb = 0;
  for await (const item of readCsv(file(), { mapping })) {
    if (item.kind === 'series') accepted += item.length;
    // The last look before the columns are handed out: every series is still held.
    if (item.kind === 'progress' && item.lines === 1_001 && !item.done) grownMb = heapMb() - beforeMb;
  }
  expect(accepted).toBe(1_000);
  expect(grownMb).toBeGreaterThan(0);
  expect(grownMb).toBeLessThan(20);
});

test('what NEM12 says of many data streams does not either', async () => {
  let grownMb = Number.NaN;
  const beforeMb = heapMb();
  async function* file() {
    yield Buffer.from('100,NEM12,202601010000,A,B\r\n');
    const values = '1,'.repeat(24);
    const blank = '\r\n'.repeat(30_000);
    for (let i = 0; i < 600; i++) {
      const nmi = `NMI${String(i).padStart(7, '0')}`;
      const stream = `200,${nmi},E1E2B1B2Q1Q2K1K2,E1,E1,N1,METER${i},kWh,60,\r\n`;
      yield Buffer.from(`${stream}300,20260101,${values}A,,,20260102000000,\r\n${blank}`);
    }
    // the last look before the columns are handed out: every series is still held
    grownMb = heapMb() - beforeMb;
    yield Buffer.from('900\r\n');
  }
  const streams = new Set<string>();
  for await (const item of readNem12(file())) {
    if (item.kind === 'series') streams.add(`${item.device} ${item.stream?.configuration}`);
  }
  expect(streams.size).toBe(600);
  expect(streams).toContain('NMI0000599 E1E2B1B2Q1Q2K1K2');
  expect(grownMb).toBeLessThan(20);
});

test('columns of series that were handed out are given back', () => {
  const out = new Collector();
  let handedOut = 0;
  let misplaced = 0;
  const next = new Map<string, number>();
  const take = (items: Iterable<ExchangeItem>) => {
    for (const item of items) {
      if (item.kind !== 'series') continue;
      handedOut += item.length;
      for (let i = 0; i < item.length; i++) {
        const expected = next.get(item.device) ?? item.end[i]!;
        if (item.end[i] !== expected) misplaced += 1;
        next.set(item.device, expected + 1);
      }
    }
  };
  const rows = 300 * chunkRows;
  let most = 0;
  const buffers = Array.from({ length: 300 }, (_, i) =>
    out.buffer({ device: `meter ${i}`, quantity: 'import', unit: 'kWh', intervalS: 900 }),
  );
  for (let row = 0; row < rows; row++) {
    out.push(buffers[Math.floor(row / chunkRows)]!, row, 1, 1, 0, row);
    if (!out.due) continue;
    take(out.drain());
    most = Math.max(
      most,
      buffers.reduce((sum, { end }) => sum + end.length, 0),
    );
  }
  take(out.drainAll());
  expect([handedOut, misplaced]).toEqual([rows, 0]);
  expect(most).toBeGreaterThan(chunkRows);
  expect(most).toBeLessThanOrEqual(2 ** 20 + chunkRows);
});
