import { setTimeout as sleep } from 'node:timers/promises';
import type { ExchangeItem } from '@openami/exchange';
import type { Ingest } from '@openami/headend';
import { systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RejectFile } from '../../src/imports/reject-file.ts';
import { emptyCounts, runImport } from '../../src/imports/runner.ts';
import { finished, importFile, rejectsOf } from '../helpers/imports.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ meters: 0 });
}, 90_000);
afterAll(() => server?.close());

const importAll = (body: string, query: Record<string, string> = {}) =>
  importFile(server, body, { registerMissing: 'true', ...query });

function exported(query: Record<string, string>): Promise<Response> {
  const span = { from: '2020-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' };
  return server.fetch(`/api/v1/export?${new URLSearchParams({ ...span, ...query })}`);
}

const hours = (n: number, row: (i: number, stamp: string) => string): string =>
  Array.from({ length: n }, (_, i) => row(i, new Date(Date.UTC(2026, 0, 1, i + 1)).toISOString())).join('\n');

describe('one series that cannot be taken', () => {
  it('costs only itself when it has no unit or an unknown one', async () => {
    const file = `time,meter,energy [kWh],heat,odd [kWh]\n${hours(24, (i, t) => `${t},U1,${i},${i},${i}`)}\n`;
    const mapping = {
      ...{ version: 1, delimiter: ',', device: 'meter', intervalS: 3600 },
      time: { column: 'time', pattern: 'iso' },
      values: [
        { column: 2, quantity: 'energy', unit: 'kWh', kind: 'interval' },
        { column: 3, kind: 'interval' },
        { column: 4, quantity: 'odd', unit: 'furlong', kind: 'interval' },
      ],
    };
    const job = await importAll(file, { mapping: JSON.stringify(mapping) });
    expect(job).toMatchObject({ state: 'done', error: null });
    expect(job.counts).toMatchObject({ rows: 72, stored: 24, rejected: 48, unregistered: 0 });
    const codes = (await rejectsOf(server, job)).map((line) => line.split(',')[5]);
    expect(codes.filter((code) => code === 'IMPORT_UNIT')).toHaveLength(24);
    expect(codes.filter((code) => code === 'UNIT_UNKNOWN')).toHaveLength(24);
    expect((await server.fetch('/health/ready')).status).toBeLessThan(500);
  });

  it('a line of 10 MB costs itself, also before all others', async () => {
    const rows = hours(12, (i, t) => `L1,${t},${i % 3}`);
    const job = await importAll(`meter,time,kWh\nL1,${'x'.repeat(10_000_000)},1\n${rows}\n`);
    expect(job.counts).toMatchObject({ stored: 12, rejected: 1 });
    expect((await rejectsOf(server, job))[0]).toMatch(/^2,.*CSV_RECORD_TOO_LONG/);
  });

  it('is told by a dry run as well', async () => {
    const file = `meter,time,value\n${hours(12, (i, t) => `D1,${t},${i % 3}`)}\n`;
    const job = await importAll(file, { dryRun: 'true' });
    expect(job.counts).toMatchObject({ rows: 12, rejected: 12, unregistered: 0 });
  });

  it('of another commodity never writes into the meter that has its serial', async () => {
    const file = (value: number) => `time,K1,K2\n${hours(24, (_, t) => `${t},${value},${value}`)}\n`;
    const first = await importAll(file(1), { unit: 'kWh', commodity: 'electricity' });
    expect(first.counts.stored).toBe(48);
    const others: readonly Record<string, string>[] = [
      { unit: 'kWh', commodity: 'gas' },
      { unit: 'kWh', name: 'gas_2026.csv' },
      { unit: 'm3' },
    ];
    for (const query of others) {
      const job = await importAll(file(5), query);
      expect(job.counts, JSON.stringify(query)).toMatchObject({ stored: 0, corrections: 0, rejected: 48 });
      expect((await rejectsOf(server, job))[0]).toMatch(/IMPORT_COMMODITY.*K1/);
    }
    const csv = (await (await exported({ format: 'csv', meter: 'K1,K2' })).text()).trim().split('\r\n');
    expect(csv.slice(1).map((line) => line.split(',')[4])).toEqual(new Array(48).fill('1'));
  });

  it('of a device whose name no registry can hold says so in plain words', async () => {
    const job = await importAll(
      'meter,time,quantity,kWh\nN\u0000UL,2026-03-10T01:00:00Z,import,1\n' +
        'N2,2026-03-10T01:00:00Z,import,1\nN2,2026-03-10T01:00:00Z,im\u0000port,1\n',
      { format: 'csv', unit: 'kWh' },
    );
    expect(job.counts).toMatchObject({ stored: 1, rejected: 2 });
    for (const line of await rejectsOf(server, job)) {
      expect(line).toMatch(/IMPORT_REGISTER.*NUL character/);
      expect(line).not.toMatch(/unicode|converted|sequence/i);
    }
    const made = await server.fetch('/api/v1/meters', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ serial: 'N\u0000', commodity: 'gas' }),
    });
    expect([made.status, (await made.json()).detail]).toEqual([
      422,
      expect.stringContaining('NUL character'),
    ]);
  });

  it('whose file says its commodity is refused under another', async () => {
    const file = `meter,time,obis,kWh\n${hours(12, (i, t) => `O1,${t},7-0:3.0.0,${i % 3}`)}\n`;
    const job = await importAll(file, { commodity: 'electricity', unit: 'kWh' });
    expect(job.counts).toMatchObject({ stored: 0, rejected: 12 });
  });
});

describe('what a file says twice or otherwise', () => {
  it('takes the last of two values for an interval, tells the other, and repeats without a change', async () => {
    const file = `meter,time,kWh\n${hours(12, (i, t) => `W1,${t},${i % 3}`)}\n${hours(12, (i, t) => `W1,${t},${(i % 3) + 1}`)}\n`;
    const first = await importAll(file);
    expect(first.counts).toMatchObject({ rows: 24, stored: 12, rejected: 12 });
    const again = await importAll(file);
    expect(again.counts).toMatchObject({ stored: 0, corrections: 0, repeats: 12, rejected: 12 });
    expect((await rejectsOf(server, again))[0]).toMatch(/^2,W1,.*IMPORT_SUPERSEDED/);
  });

  it('keeps negative values of an electricity quantity that says no direction', async () => {
    const file = `meter,time,net [kWh]\n${hours(12, (i, t) => `N1,${t},${i - 6}`)}\n`;
    expect((await importAll(file, { quantity: 'net' })).counts).toMatchObject({ stored: 12, rejected: 0 });
  });

  it('takes a stream whose interval length changes as a channel of its own', async () => {
    const day = (date: string, n: number) => `300,${date},${new Array(n).fill('1').join(',')},A,,,,\n`;
    const stream = (minutes: number) => `200,NMI2222222,E1,1,E1,N1,M,kWh,${minutes},\n`;
    const file = `100,NEM12,202101010000,A,B\n${stream(30)}${day('20210930', 48)}${stream(5)}${day('20211001', 288)}900\n`;
    const job = await importAll(file, { name: 'a.nem12', format: 'nem12' });
    expect(job.counts).toMatchObject({ rows: 336, stored: 336, rejected: 0 });
    expect((await importAll(file, { name: 'a.nem12' })).counts).toMatchObject({ repeats: 336, stored: 0 });
  });

  it('gives all meters of a quantity the decimals that the finest needs', async () => {
    const rows = hours(12, (i, t) => `Z1,${t},0\nZ2,${t},${(i % 3) + 0.12345}`);
    const later = hours(12, (i, t) => `Z1,${t.replace('2026', '2025')},${(i % 3) + 0.12345}`);
    await importAll(`meter,time,kWh\n${rows}\n`);
    await importAll(`meter,time,kWh\n${later}\n`);
    const csv = await (await exported({ format: 'csv', meter: 'Z1', to: '2026-01-01T00:30:00Z' })).text();
    expect(csv.trim().split('\r\n')[1]!.split(',')[4]).toBe('0.12345');
  });
});

describe('an import that fails or kills the server', () => {
  it('fails with the error of the batch, which is never unhandled', async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listen);
    const rows = 70_000;
    const chunk: ExchangeItem = {
      ...{ kind: 'series', device: 'X', quantity: 'import', unit: 'kWh', intervalS: 900, length: rows },
      ...{ end: new Float64Array(rows), value: new Float64Array(rows), quality: new Uint8Array(rows) },
      ...{ flags: new Uint32Array(rows), line: new Uint32Array(rows) },
    };
    const items = async function* (): AsyncGenerator<ExchangeItem> {
      yield chunk;
      await sleep(50); // the batch fails while the parser is awaited
      yield { ...chunk, length: 1 };
    };
    const rejects = await RejectFile.open(`${server.dataDir}/imports/unit.rejects.csv`, 0);
    const failing = runImport({
      ...{ items: items(), name: 'x', rejects, counts: emptyCounts },
      ingest: { acceptSeries: () => Promise.reject(new Error('no')) } as unknown as Ingest,
      position: { rows: 0, rejects: 0, rejectBytes: 0, starts: 0 },
      defaults: { unit: '', quantity: () => 'import' },
      admit: async () => new Map(),
      writerTotals: () => ({ repeats: 0, corrections: 0 }),
      onStored: async () => true,
    });
    await expect(failing).rejects.toThrow('no');
    await sleep(20);
    await rejects.close();
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  it('is given up after three starts without a batch stored, and can be resumed', async () => {
    const { registry, imports } = server.running.context;
    const { id } = await registry.imports.create(systemAccess, { name: 'killer.csv', format: 'csv' });
    await registry.imports.update(systemAccess, id, { position: { rows: 0, starts: 3 } });
    imports.wake();
    const job = await finished(server, id);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'IMPORT_CRASHED' } });
  });
});

describe('export', () => {
  it('says before the first byte what a format cannot hold', async () => {
    const file = `time,NMI0000001,villa-west\n${hours(48, (i, t) => `${t},${i % 4},${i % 5}`)}\n`;
    await importAll(file, { unit: 'kWh', quantity: 'import' });
    const refused = await exported({ format: 'nem12', meter: 'NMI0000001,villa-west' });
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({
      code: 'FILE_VALUE_UNWRITABLE',
      detail: expect.stringContaining('villa-west'),
    });
    const good = await exported({ format: 'nem12', meter: 'NMI0000001' });
    expect((await good.text()).trim()).toMatch(/900$/);
    expect((await exported({ format: 'csv', meter: 'NOBODY' })).status).toBe(404);
  });

  it('writes units of different kinds in a column, and what it writes comes in again as a repeat', async () => {
    const rows = hours(24, (i, t) => `H1,${t},${1000 + i},${500 + i}`);
    const first = await importAll(`meter,time,energy_kwh,volume_m3\n${rows}\n`, { commodity: 'heat' });
    expect(first.counts.stored).toBe(48);
    const csv = await (await exported({ format: 'csv', meter: 'H1' })).text();
    expect(csv).toMatch(/,value,unit,quality\r\n/);
    const again = await importAll(csv, { commodity: 'heat' });
    expect(again.counts).toMatchObject({ rows: 48, repeats: 48, stored: 0, rejected: 0 });
    const meters = await (await server.fetch('/api/v1/meters?q=H1')).json();
    const meter = await (await server.fetch(`/api/v1/meters/${meters.items[0].id}`)).json();
    expect(meter.channels).toHaveLength(2);
  });
});
