import { setTimeout as sleep } from 'node:timers/promises';
import { systemAccess } from '@openami/model';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServer, type TestServer } from './helpers/start-server.ts';

let writer: TestServer;
let reader: TestServer;
beforeAll(async () => {
  writer = await startServer({ meters: 3 });
  const { store, registry } = writer.running.context;
  const readings = new URL(store.engine.url);
  [readings.username, readings.password] = [store.engine.username, store.engine.password];
  const env = {
    OPENAMI_ROLES: 'api',
    OPENAMI_CLICKHOUSE_URL: readings.href,
    OPENAMI_POSTGRES_URL: registry.engine.url,
  };
  reader = await startServer({ env });
}, 120_000);
afterAll(async () => {
  await reader?.close();
  await writer?.close();
});

const push = (serial: string, ends: string, values: number[], events: unknown[] = []) =>
  writer.fetch('/api/v1/readings', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      meter: serial,
      series: [{ quantity: 'import', unit: 'kWh', interval: 900, first: ends, values }],
      events,
    }),
  });

const heardBy = (server: TestServer, serial: string) => {
  const { heard, directory } = server.running.context;
  return heard.of(directory.memory.meter(serial));
};

/** Data of the named events of a live stream, as they come. */
async function listen(path: string): Promise<{ name: string; data: string }[]> {
  const answer = await reader.fetch(path);
  const found: { name: string; data: string }[] = [];
  const take = async () => {
    let text = '';
    for await (const chunk of answer.body!) {
      text += Buffer.from(chunk).toString();
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const name = /^event: (.*)$/m.exec(text.slice(0, end))?.[1] ?? '';
        found.push({ name, data: /^data: (.*)$/m.exec(text.slice(0, end))?.[1] ?? '' });
        text = text.slice(end + 2);
      }
    }
  };
  take().catch(() => undefined);
  return found;
}

it('a process that does not write shows what another one stores', async () => {
  expect(heardBy(reader, 'T1001')).toBe(heardBy(writer, 'T1001'));
  const { memory } = writer.running.context.directory;
  const { channel } = memory.find('T1001', 'import', 900)!;
  const live = await listen(`/api/v1/stream?meter=${channel.meterId}`);
  await sleep(4_000);
  const event = { code: '3.26.0.85', at: '2026-03-31T09:40:00Z' };
  expect((await push('T1001', '2026-03-31T09:30:00Z', [1, 2], [event])).status).toBe(200);
  const newest = Date.parse('2026-03-31T09:45:00Z') / 1000;
  await expect.poll(() => heardBy(reader, 'T1001'), { timeout: 10_000 }).toBe(newest);
  const sent = (name: string) => live.filter((one) => one.name === name);
  const ends = () => sent('reading').map(({ data }) => (JSON.parse(data) as { end: number }).end);
  await expect.poll(ends, { timeout: 5_000 }).toEqual([newest - 900, newest]);
  await expect.poll(() => sent('meter-event').length, { timeout: 5_000 }).toBe(1);
  expect((await push('T1001', '2026-03-31T10:00:00Z', [5])).status).toBe(200);
  await expect.poll(() => ends().length, { timeout: 10_000 }).toBe(3);
  expect(JSON.parse(sent('reading').at(-1)!.data)).toMatchObject({ channel: channel.id, value: 5 });
  // nothing comes twice
  await sleep(4_000);
  expect(ends()).toEqual([newest - 900, newest, newest + 900]);
  expect(sent('meter-event')).toHaveLength(1);
}, 60_000);

it('asks only for what is new', async () => {
  const { store } = reader.running.context;
  const first = await store.upkeep.recentMarks(systemAccess, 1_000);
  expect(first.length).toBe(6);
  const later = await store.upkeep.recentMarks(systemAccess, first.atS + 3_600);
  expect(later.length).toBe(0);
});

it.each(['look', 'preview'])(
  'a process that talks to no meter leaves a %s to the one that does',
  async (what) => {
    const answer = await reader.fetch(`/api/v1/commands/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ meterId: 1, kind: 'clock-set', params: { toleranceS: 5 } }),
    });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: 'NO_HEADEND' });
  },
);
