/** What a server tells of itself: gauges, and whether each part that it needs is well. */
import { statfs } from 'node:fs/promises';
import type { MqttFront } from '@openami/headend';
import { systemAccess } from '@openami/model';
import type { ReadingStore, RegistryStore } from '@openami/store';
import type { Config } from './config.ts';
import type { Check } from './context.ts';
import type { SseHub } from './http/sse.ts';
import type { WriterLease } from './lease.ts';
import type { LiveDirectory } from './services/live-directory.ts';
import type { LorawanService } from './services/lorawan/service.ts';

export function gaugesOf(
  store: ReadingStore,
  hub: SseHub,
  directory: LiveDirectory,
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
  return gauges;
}

const minFreeBytes = 256 * 2 ** 20;

export function leaseState(lease: WriterLease): string {
  if (lease.lost()) return 'lost to another server';
  return lease.held() ? 'held' : 'not renewed in time; trying again';
}

export function brokerChecks(lorawan: LorawanService): Check[] {
  const ok = lorawan.connected();
  const detail = ok ? 'connected' : 'the broker of the network server is out of reach';
  return ok === undefined ? [] : [{ name: 'lorawan', ok, detail }];
}

export async function checksOf(
  config: Config,
  registry: RegistryStore,
  store: ReadingStore,
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
    checks.push({ name: 'mqtt', ok, detail: ok ? front.kind : 'the broker is out of reach' });
  }
  return checks;
}
