/** Register readings of an exchange are stored whatever happens between the registry and the store. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, Quality, ReadingBatch, systemAccess } from '@openami/model';
import { afterAll, describe, expect, it } from 'vitest';
import { serverErrors } from '../src/errors.ts';
import { PendingReadings } from '../src/services/pending-readings.ts';
import { fixtureNow, startServer, type TestServer } from './helpers/start-server.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'openami-pending-'));
const at = '2026-03-31T08:00:00Z';
const atS = Date.parse(at) / 1000;
let server: TestServer | undefined;

afterAll(async () => {
  await server?.close();
  await rm(dataDir, { recursive: true, force: true });
});

const start = (clock = new ManualClock(Date.parse(fixtureNow))) => startServer({ meters: 3, dataDir, clock });
const post = (path: string, body: unknown) =>
  server!.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const json = async (path: string) => (await server!.fetch(path)).json();

async function registerOf(serial: string): Promise<{ meter: number; point: number; channel: number }> {
  const { items } = await json(`/api/v1/meters?q=${serial}`);
  const meter = await json(`/api/v1/meters/${items[0].id}`);
  const { id } = meter.channels.find((one: { intervalS: number }) => one.intervalS === 0);
  return { meter: meter.id, point: meter.usagePoint?.id, channel: id };
}

const versionsOf = async (channel: number): Promise<number[]> => [
  ...(await server!.running.context.store.readings.revisions(systemAccess, channel, atS)).value,
];
const waiting = () => server!.running.context.registry.pendingReadings.list(systemAccess);

describe('register readings of an exchange', () => {
  it('wait in the registry while they cannot be stored, and are stored after a restart', async () => {
    server = await start();
    const made = await post('/api/v1/meters', {
      serial: 'NEW1',
      commodity: 'electricity',
      channels: [{ quantity: '1.8.0', intervalS: 0, unit: 'kWh', decimals: 1 }],
    });
    expect(made.status).toBe(201);
    const [old, fresh] = [await registerOf('T1001'), await registerOf('NEW1')];
    // the lease is lost between the two stores
    server.running.context.store.writer.fence(() => {
      throw serverErrors.NOT_WRITER();
    });
    const exchange = await post(`/api/v1/usage-points/${old.point}/exchange`, {
      newMeterId: fresh.meter,
      at,
      finalReads: [{ channelId: old.channel, value: 123.456 }],
      initialReads: [{ channelId: fresh.channel, value: 0.1 }],
    });
    expect(exchange.status).toBe(200);
    expect([await versionsOf(old.channel), await versionsOf(fresh.channel)]).toEqual([[], []]);
    expect(await waiting()).toMatchObject([{ count: 123_456 }, { count: 1 }]);
    await server.close();

    server = await start();
    await expect.poll(waiting, { timeout: 10_000 }).toEqual([]);
    expect([await versionsOf(old.channel), await versionsOf(fresh.channel)]).toEqual([[123_456], [1]]);
    expect(server.running.context.heard.of(fresh.meter)).toBe(atS);
  }, 90_000);

  it('are delivered once: a delivery that comes again takes no correction back', async () => {
    const { registry, store, heard, log } = server!.running.context;
    const { channel } = await registerOf('T1002');
    const received = new Date(fixtureNow);
    const row = { id: 1, channelId: channel, at: new Date(at), count: 700, resolution: 1000, received };
    let kept = [row];
    const delivery = (remove: () => Promise<void>) =>
      new PendingReadings({
        ...{ store, heard, log, requireWriter: () => undefined },
        registry: { pendingReadings: { list: async () => kept, remove } },
      });
    // it dies after storing them and before it takes them away
    const dies = () => Promise.reject(new Error('killed'));
    await expect(delivery(dies).deliver()).rejects.toThrow('killed');
    expect(await versionsOf(channel)).toEqual([700]);
    await expect(delivery(dies).deliver()).rejects.toThrow('killed');
    expect(await versionsOf(channel)).toEqual([700]);
    const corrected = new ReadingBatch();
    corrected.push(channel, atS, 701, 1000, Quality.edited, 0);
    await store.writer.commit({ readings: corrected, receivedMs: received.getTime() + 60_000 });
    const gone = async () => {
      kept = [];
    };
    await delivery(gone).deliver();
    expect(await versionsOf(channel)).toEqual([700, 701]);
    expect(await registry.pendingReadings.list(systemAccess)).toEqual([]);
  });
});
