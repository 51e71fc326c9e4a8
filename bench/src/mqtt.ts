/**
 * MQTT QoS 1 to PUBACK through the whole path: broker, pipeline, writer, fsync; load from a process of its
 * own on the same cores. The ceiling beside it is the bare broker, acknowledging at once, same load.
 */
import { InMemoryDirectory } from '@openami/headend';
import { readingTypes } from '@openami/model';
import { benchSerial } from './mqtt-load.ts';
import { runThroughBroker } from './mqtt-run.ts';
import { peakRssMb } from './rss.ts';
import { progressOf } from './types.ts';

export interface MqttBenchOptions {
  readonly seconds?: number;
  readonly connections?: number;
  readonly window?: number;
  readonly meters?: number;
  /** ClickHouse server instead of the embedded engine. */
  readonly url?: string;
  readonly progress?: (line: string) => void;
}

export interface MqttBenchResult {
  readonly [key: string]: number;
  /** Stored for good and acknowledged. */
  readonly messagesPerSecond: number;
  /** Bare broker, same load. */
  readonly bareMessagesPerSecond: number;
  readonly ratio: number;
  readonly readingsStored: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Peak of this process and the engine. */
  readonly rssMb: number;
}

/** Runs both and compares. */
export async function benchMqtt(options: MqttBenchOptions = {}): Promise<MqttBenchResult> {
  const { seconds = 10, connections = 100, window = 200, meters = 10_000, url } = options;
  const { perSecond, barePerSecond, stored, cost, ...figures } = await runThroughBroker({
    load: { form: 'push', connections, window, meters, firstEnd: 1_600_000_200 },
    ...{ seconds, url, directory: directory(meters), progress: progressOf(options) },
    broker: () => ({ verify: async (name) => ({ name, reportsFor: ['OA*'] }) }),
    watch: (store) => () => peakRssMb(process.pid, store.engine.status().pid),
  });
  return {
    ...{ messagesPerSecond: perSecond, bareMessagesPerSecond: barePerSecond },
    ...{ ...figures, readingsStored: stored, rssMb: cost },
  };
}

function directory(meters: number): InMemoryDirectory {
  const all = new InMemoryDirectory();
  for (let n = 0; n < meters; n++) {
    const channel = {
      ...{ id: n + 1, meterId: n + 1, commodity: 'electricity' as const, obis: '1-0:1.8.0*255' },
      ...{ readingType: readingTypes.delivered15Min, intervalS: 900, resolution: 1_000, unit: 'kWh' },
    };
    const installed = { installedFrom: 0, installedUntil: Number.POSITIVE_INFINITY };
    all.put({ devices: [benchSerial(n)], channel, ...installed });
  }
  return all;
}
