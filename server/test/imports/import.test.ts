import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImportJob } from '../../src/contract/imports.ts';
import { finished, importFile, upload } from '../helpers/imports.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ meters: 2 });
}, 90_000);
afterAll(() => server?.close());

/** Quarter hours of a day for some meters, long form. */
function longCsv(meters: readonly string[], value: (meter: number, row: number) => string): string {
  const lines = ['meter,time,kWh'];
  for (const [m, meter] of meters.entries()) {
    for (let row = 1; row <= 96; row++) {
      const time = new Date(Date.parse('2026-03-10T00:00:00Z') + row * 900_000).toISOString();
      lines.push(`${meter},${time},${value(m, row)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

async function totalOf(serial: string): Promise<number> {
  const list = await (await server.fetch(`/api/v1/meters?q=${serial}`)).json();
  const meter = await (await server.fetch(`/api/v1/meters/${list.items[0].id}`)).json();
  const channel = meter.channels.find((one: { intervalS: number }) => one.intervalS === 900);
  const path = `/api/v1/channels/${channel.id}/profile?from=2026-03-10T00:00:00Z&to=2026-03-11T00:00:00Z`;
  const { value } = await (await server.fetch(path)).json();
  return value.reduce((sum: number, one: number) => sum + Math.round(one * 1000), 0);
}

describe('imports', () => {
  const body = longCsv(['CSV1', 'CSV2'], (m, row) => (((row * 7) % 13) * 0.001 + m).toFixed(3));
  const sum = (m: number) => {
    let total = m * 96_000;
    for (let row = 1; row <= 96; row++) total += (row * 7) % 13;
    return total;
  };

  it('previews a file and proposes a mapping', async () => {
    const answer = await server.fetch('/api/v1/imports/preview?name=file.csv', {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body,
    });
    expect(answer.status).toBe(200);
    const preview = await answer.json();
    expect(preview.format).toBe('csv');
    expect(preview.columns.map((one: { role: string }) => one.role)).toEqual(['device', 'time', 'value']);
    expect(preview.mapping.version).toBe(1);
  });

  it('checks without storing', async () => {
    const job = await importFile(server, body, { dryRun: 'true' });
    expect(job).toMatchObject({ state: 'done', dryRun: true });
    expect(job.counts.rows).toBe(192);
    expect((await (await server.fetch('/api/v1/meters?q=CSV1')).json()).total).toBe(0);
  });

  it('fills an empty system from a file, and a repeat changes nothing', async () => {
    const first = await importFile(server, gzipSync(body), { registerMissing: 'true' });
    expect(first.counts).toMatchObject({ rows: 192, stored: 192, repeats: 0, rejected: 0, unregistered: 0 });
    expect(first.progress).toBe(1);
    expect(await totalOf('CSV1')).toBe(sum(0));
    expect(await totalOf('CSV2')).toBe(sum(1));
    const again = await importFile(server, body, { registerMissing: 'true' });
    expect(again.counts).toMatchObject({ rows: 192, stored: 0, repeats: 192, corrections: 0, rejected: 0 });
    expect(await totalOf('CSV1')).toBe(sum(0));
  });

  it('counts the days of meters it makes in the zone it was given, and in no other', async () => {
    const zoneOf = async (serial: string) => {
      const { items } = await (await server.fetch(`/api/v1/meters?q=${serial}`)).json();
      const meter = await (await server.fetch(`/api/v1/meters/${items[0].id}`)).json();
      const { id } = meter.channels[0];
      const daily = await (await server.fetch(`/api/v1/channels/${id}/daily?to=2026-03-11`)).json();
      return [meter.zone, daily.zone];
    };
    const made = { registerMissing: 'true' };
    const site = server.running.context.config.zone;
    await importFile(
      server,
      longCsv(['ZONE1'], () => '1'),
      { ...made, zone: 'Asia/Tokyo' },
    );
    await importFile(
      server,
      longCsv(['ZONE2'], () => '1'),
      { ...made, zone: '+05:00' },
    );
    const preview = await server.fetch('/api/v1/imports/preview?name=a.csv&zone=America/New_York', {
      ...{ method: 'POST', body, headers: { 'content-type': 'text/csv' } },
    });
    const mapping = JSON.stringify((await preview.json()).mapping);
    await importFile(
      server,
      longCsv(['ZONE3'], () => '1'),
      { ...made, mapping },
    );
    expect([await zoneOf('ZONE1'), await zoneOf('ZONE2'), await zoneOf('ZONE3')]).toEqual([
      ['Asia/Tokyo', 'Asia/Tokyo'],
      [site, site],
      ['America/New_York', 'America/New_York'],
    ]);
    // a zone that does not exist is told before anything is taken
    for (const path of ['/api/v1/imports/preview', '/api/v1/imports']) {
      const answer = await server.fetch(`${path}?name=a.csv&zone=Mars/Base`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body,
      });
      expect([answer.status, (await answer.json()).code]).toEqual([422, 'ZONE_UNKNOWN']);
    }
  });

  it('keeps readings of unknown meters as seen, not registered', async () => {
    const job = await importFile(
      server,
      longCsv(['CSV9'], () => '0.5'),
    );
    expect(job.counts).toMatchObject({ unregistered: 96, stored: 0 });
    const { items: seen } = await (await server.fetch('/api/v1/unregistered')).json();
    expect(seen.find((one: { device: string }) => one.device === 'CSV9').count).toBe(96);
  });

  it('tells each refused row with line and reason, and takes the others', async () => {
    const broken = longCsv(['CSV3'], (_m, row) => (row === 5 ? '=1+1' : row === 7 ? 'abc' : '0.1'));
    const job = await importFile(server, broken, { registerMissing: 'true' });
    expect(job.counts).toMatchObject({ stored: 94, rejected: 2 });
    const lines = (await (await server.fetch(`/api/v1/imports/${job.id}/rejects`)).text()).trim().split('\n');
    expect(lines[0]).toBe('line,device,quantity,end,value,code,reason');
    expect(lines.slice(1).map((line) => line.split(',')[0])).toEqual(['6', '8']);
    expect(lines[1]).toContain("'=1+1");
  });

  it.each([
    ['a truncated gzip', gzipSync(body).subarray(0, 300), {}, 'failed'],
    ['nothing', '', {}, 400],
    ['a picture', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]), {}, 400],
    ['a mapping that is not JSON', body, { mapping: '{' }, 400],
    ['a mapping of another shape', body, { mapping: '{"version":9}' }, 422],
  ] as const)('answers %s with a code and a next step', async (_name, bytes, query, expected) => {
    const answer = await upload(server, bytes, query);
    const shown = await answer.json();
    if (expected === 'failed') {
      const job = await finished(server, shown.id);
      expect(job.state).toBe('failed');
      expect(job.error).toMatchObject({ code: 'FILE_GZIP_TRUNCATED', hint: expect.any(String) });
    } else {
      expect(answer.status).toBe(expected);
      expect(shown).toMatchObject({ code: expect.stringMatching(/^[A-Z_0-9]+$/), hint: expect.any(String) });
    }
  });

  it('cancels, refuses what makes no sense, and goes on', async () => {
    const big = longCsv(
      Array.from({ length: 400 }, (_, i) => `B${i}`),
      () => '0.001',
    );
    const job = (await (await upload(server, big, { registerMissing: 'true' })).json()) as ImportJob;
    await server.fetch(`/api/v1/imports/${job.id}/cancel`, { method: 'POST' });
    expect((await finished(server, job.id)).state).toBe('cancelled');
    const again = await server.fetch(`/api/v1/imports/${job.id}/cancel`, { method: 'POST' });
    expect(again.status).toBe(409);
    expect((await server.fetch(`/api/v1/imports/${job.id}/resume`, { method: 'POST' })).status).toBe(200);
    const done = await finished(server, job.id);
    expect(done.state).toBe('done');
    const { stored, repeats } = done.counts;
    expect(stored + repeats).toBe(400 * 96);
  }, 60_000);

  it('leaves no file behind after it is done', async () => {
    const { items } = await (await server.fetch('/api/v1/imports?limit=100')).json();
    expect(items.length).toBeGreaterThan(5);
    const { readdir } = await import('node:fs/promises');
    const kept = (await readdir(`${server.dataDir}/imports`)).filter((name) => name.endsWith('.data'));
    const open = items.filter((job: ImportJob) => job.state !== 'done').length;
    expect(kept.length).toBeLessThanOrEqual(open);
    expect(readFileSync(`${server.dataDir}/server.json`, 'utf8')).toContain('"pid"');
  });
});
