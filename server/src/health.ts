/** How the server does: values for the metrics page, and whether it serves. */
import { statfs } from 'node:fs/promises';
import type { MqttFront } from '@openami/headend';
import { systemAccess } from '@openami/model';
import type { AppContext, Check } from './context.ts';
import type { WriterLease } from './lease.ts';
import type { LorawanService } from './services/lorawan/service.ts';

type GaugeSources = Pick<
  AppContext,
  'store' | 'hub' | 'directory' | 'mappings' | 'sparkplug' | 'coap' | 'radioTcp'
>;

/** Values of the metrics page. */
export function gaugesOf(
  { store, hub, directory, mappings, sparkplug, coap, radioTcp }: GaugeSources,
  mqtt: readonly MqttFront[],
): Record<string, number> {
  const gauges: Record<string, number> = {
    stream_clients: hub.size,
    stream_clients_dropped: hub.dropped,
    directory_meters: directory.memory.meters,
    directory_channels: directory.memory.channels,
  };
  for (const [name, value] of Object.entries(store.writer.stats())) gauges[`writer_${name}`] = value;
  for (const front of mqtt) {
    for (const [name, value] of Object.entries(front.counters)) {
      gauges[`mqtt_${name}`] = (gauges[`mqtt_${name}`] ?? 0) + value;
    }
  }
  const others = {
    mapping: { ...mappings.counters, threads_ended: mappings.threadsEnded },
    sparkplug: { ...sparkplug.counters, ...sparkplug.kept },
    coap: coap.counters,
    radio_tcp: radioTcp.counters,
  };
  for (const [part, counters] of Object.entries(others)) {
    for (const [name, value] of Object.entries(counters)) gauges[`${part}_${name}`] = value;
  }
  return gauges;
}

const minFreeBytes = 256 * 2 ** 20;

/** The lease in words. */
export function leaseState(lease: WriterLease): string {
  if (lease.lost()) return 'lost to another server';
  return lease.held() ? 'held' : 'not renewed in time; trying again';
}

/** The broker of a LoRaWAN network server, where there is one. */
function brokerChecks(lorawan: LorawanService): Check[] {
  const ok = lorawan.connected();
  const detail = ok ? 'connected' : 'the broker of the network server is out of reach';
  return ok === undefined ? [] : [{ name: 'lorawan', ok, detail }];
}

type CheckSources = Pick<AppContext, 'config' | 'registry' | 'store' | 'lorawan' | 'radioTcp'>;

/** What must be well. */
export async function checksOf(
  { config, registry, store, lorawan, radioTcp }: CheckSources,
  mqtt: readonly MqttFront[],
  lease: WriterLease | undefined,
): Promise<Check[]> {
  const alive = (promise: Promise<unknown>) => promise.then(Boolean, () => false);
  const [postgres, clickhouse, disk] = await Promise.all([
    alive(registry.ping()),
    alive(store.upkeep.counts(systemAccess)),
    statfs(config.dataDir),
  ]);
  const freeBytes = disk.bavail * disk.bsize;
  const checks: Check[] = [
    { name: 'registry', ok: postgres, detail: postgres ? 'answers' : 'does not answer' },
    { name: 'readings', ok: clickhouse, detail: clickhouse ? 'answers' : 'does not answer' },
    { name: 'disk', ok: freeBytes > minFreeBytes, detail: `${Math.floor(freeBytes / 2 ** 20)} MiB free` },
  ];
  if (lease) checks.push({ name: 'lease', ok: lease.held(), detail: leaseState(lease) });
  for (const front of mqtt) {
    const ok = front.connected();
    const name = front.kind === 'embedded' && front.url.startsWith('mqtts:') ? 'mqtt-tls' : 'mqtt';
    checks.push({ name, ok, detail: ok ? front.kind : 'the broker is out of reach' });
  }
  return [...checks, ...brokerChecks(lorawan), ...radioTcp.checks()];
}
