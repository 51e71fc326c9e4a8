/** What a NEM12 file says of its readings is said again when they are exported. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readNem12, type SeriesChunk } from '@openami/exchange';
import { ManualClock, Quality, ReadingBatch } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importFile } from '../helpers/imports.ts';
import { fixtureNow, startServer, type TestServer } from '../helpers/start-server.ts';

const clock = new ManualClock(Date.parse(fixtureNow));
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ meters: 0, clock });
}, 90_000);
afterAll(() => server?.close());

const named = { name: 'file.nem12', registerMissing: 'true' };

async function exported(nmi: string): Promise<string> {
  const span = { from: '2000-01-01T00:00:00Z', to: '2026-03-31T00:00:00Z' };
  const answer = await server.fetch(
    `/api/v1/export?${new URLSearchParams({ ...span, format: 'nem12', meter: nmi })}`,
  );
  expect(answer.status, await answer.clone().text()).toBe(200);
  return answer.text();
}

/** Records of a kind without the fields that are made anew. */
const records = (text: string, kind: string): string[] =>
  text.split(/\r?\n/).filter((line) => line.startsWith(`${kind},`));

/** A row by stream and end: value in the smallest unit, quality, the file's words, the labels of its stream. */
async function rowsOf(text: string): Promise<Map<string, unknown>> {
  const rows = new Map<string, unknown>();
  const source = (async function* () {
    yield new TextEncoder().encode(text);
  })();
  for await (const item of readNem12(source)) {
    if (item.kind === 'series') for (let row = 0; row < item.length; row++) put(rows, item, row);
  }
  return rows;
}

function put(rows: Map<string, unknown>, chunk: SeriesChunk, row: number): void {
  const { device, quantity, unit, stream, end, value, quality, flags, stated } = chunk;
  // a stream without a unit is refused
  if (unit === '') return;
  const factor = unit.startsWith('k') ? 1000 : 1;
  rows.set(`${device} ${quantity} ${end[row]}`, {
    value: Math.round(value[row]! * factor * 1e4) / 1e4,
    ...{ quality: quality[row], flags: flags[row], stated: stated?.[row], stream },
  });
}

const values = (n: number, of: (i: number) => number) => Array.from({ length: n }, (_, i) => of(i)).join(',');
const file = [
  '100,NEM12,202401030000,MDA,RET',
  '200,NMI1234567,E1B1,7,E1,N1,METER77,kWh,30,',
  `300,20240101,${values(48, (i) => i + 0.5)},V,,,20240102000000,`,
  '400,1,20,F14,76,',
  '400,21,24,A,,',
  '400,25,40,S57,0,Agreed with the customer',
  '400,41,48,A,43,',
  `300,20240102,${values(48, () => 2)},F19,21,,20240103000000,`,
  '200,NMI1234567,E1B1,8,B1,N2,METER77,kWh,30,',
  `300,20240101,${values(48, () => 0)},E52,,,20240102000000,`,
  '900',
].join('\n');

describe('NEM12 in and out again', () => {
  it('keeps method, final mark, reason and its text, meter serial and stream ids', async () => {
    const job = await importFile(server, file, named);
    expect(job.counts).toMatchObject({ stored: 144, rejected: 0 });
    const text = await exported('NMI1234567');
    expect(records(text, '200')).toEqual(records(file, '200'));
    expect(records(text, '400')).toEqual(records(file, '400'));
    expect(records(text, '300').map((line) => line.split(',').slice(50, 53))).toEqual([
      ['V', '', ''],
      ['F19', '21', ''],
      ['E52', '', ''],
    ]);
    expect(await rowsOf(text)).toEqual(await rowsOf(file));
    // and what went out comes in again as a repeat
    expect((await importFile(server, text, named)).counts).toMatchObject({ repeats: 144, corrections: 0 });
  });

  it('says of a reading that was changed since only what is true of it now', async () => {
    const { store, directory } = server.running.context;
    const { channel } = directory.memory.find('NMI1234567', 'E1', 1800)!;
    const at = (place: number) => Date.parse('2023-12-31T14:00:00Z') / 1000 + place * 1800;
    const changed = new ReadingBatch();
    // another value of the same state, the same value of another state
    changed.push(
      channel.id,
      at(1),
      900 * (1000 / channel.resolution),
      channel.resolution,
      Quality.estimated,
      0,
    );
    changed.push(channel.id, at(2), 1500 * (1000 / channel.resolution), channel.resolution, Quality.valid, 0);
    await store.writer.commit({ readings: changed });
    const text = await exported('NMI1234567');
    expect(records(text, '400').slice(0, 4)).toEqual([
      ...['400,1,1,S18,0,Substituted', '400,2,2,A,,', '400,3,20,F14,76,', '400,21,24,A,,'],
    ]);
    // the file again: its words hold again, and other words for the same values replace them
    await importFile(server, file, named);
    expect(records(await exported('NMI1234567'), '400')).toEqual(records(file, '400'));
    const other = file.replace('F14,76,', 'S14,0,Checked').replaceAll('METER77', 'METER78');
    await importFile(server, other, named);
    const again = await exported('NMI1234567');
    expect([records(again, '200'), records(again, '400')]).toEqual([
      records(other, '200'),
      records(other, '400'),
    ]);
  });

  it('is in the backup', async () => {
    const { store } = server.running.context;
    const dir = `${server.dataDir}/backup`;
    // a backup is as of a second that has passed
    clock.advanceMs(5_000);
    const { rows } = await store.backup(dir);
    expect(rows.stated_quality).toBe(20 + 16 + 8 + 48 + 48);
  });
});

const samples = fileURLToPath(new URL('../../../../shared/standards/nem/', import.meta.url));
const names = existsSync(samples)
  ? readdirSync(samples).filter((name) => /^Example_NEM12.*csv$/.test(name))
  : [];
if (names.length === 0) console.log('NEM12 samples skipped: ../shared is not there');

describe.skipIf(names.length === 0)('NEM12 samples in and out again', () => {
  it.each(names)('%s', async (name) => {
    const text = readFileSync(samples + name, 'utf8');
    const job = await importFile(server, text, named);
    expect(job.state).toBe('done');
    const given = await rowsOf(text);
    const back = new Map<string, unknown>();
    const nmis = new Set([...given.keys()].map((key) => key.split(' ')[0]!));
    for (const nmi of nmis) for (const [key, row] of await rowsOf(await exported(nmi))) back.set(key, row);
    for (const [key, row] of given) expect(back.get(key), key).toEqual(row);
  });
});
