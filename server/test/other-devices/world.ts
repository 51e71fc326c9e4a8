/** Meters with a register of energy each, and how tests ask the server about them. */
import { systemAccess } from '@openami/model';
import { connectAsync, type MqttClient } from 'mqtt';
import type { DeviceCredential } from '../../src/contract/identity.ts';
import { askerOf } from '../helpers/ask.ts';
import type { TestServer } from '../helpers/start-server.ts';

/** Registers meters by serial, with other addresses. */
export async function registerMeters(
  { running }: TestServer,
  meters: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const { registry, directory } = running.context;
  const common = { commodity: 'electricity', state: 'active', protocol: 'mqtt' };
  const rows = Object.entries(meters).map(([serial, addresses]) => ({ ...common, serial, addresses }));
  await registry.meters.upsertMany(systemAccess, rows);
  const channel = { alias: 'energy', obis: '1-0:1.8.0*255', intervalS: 0, resolution: 1_000, unit: 'kWh' };
  const readingType = '0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0';
  await registry.channels.upsertMany(
    systemAccess,
    rows.map(({ serial }) => ({ serial, ...channel, readingType, quantityKeys: [] })),
  );
  await directory.refresh();
}

/** Readings of a meter's register, in kWh, by instant. */
export async function energyOf({ running }: TestServer, serial: string): Promise<[string, number][]> {
  const { directory, store } = running.context;
  const { id } = directory.memory.find(serial, '1-0:1.8.0*255', 0)!.channel;
  const found = await store.readings.profile(systemAccess, id, { fromS: 0, toS: 4_000_000_000 });
  return Array.from({ length: found.length }, (_, row) => [
    new Date(found.end[row]! * 1_000).toISOString(),
    (found.value[row]! * found.resolution[row]!) / 1e6,
  ]);
}

export function asking(server: () => TestServer) {
  const send = async (method: string, path: string, body: string, type: string) => {
    const answer = await server().fetch(path, { method, headers: { 'content-type': type }, body });
    return { status: answer.status, text: await answer.text() };
  };
  const ask = askerOf(server);
  const rejections = async () =>
    (await ask<{ code: string; device: string; detail: string }[]>('GET', '/api/v1/rejections')).body;
  /** Names that are seen and not registered. */
  const seen = async () => JSON.stringify((await ask<unknown>('GET', '/api/v1/unregistered')).body);
  /** A connection with a credential that is issued for it. */
  const login = async (name: string, may: object, more = {}): Promise<MqttClient> => {
    const { body } = await ask<DeviceCredential>('POST', `/api/v1/devices/${name}/credential`, may);
    const client = await connectAsync(server().mqttUrl, { ...body, reconnectPeriod: 0, ...more });
    client.on('error', () => undefined);
    return client;
  };
  return { send, ask, rejections, seen, login };
}
