/**
 * MQTT QoS 1 to PUBACK through the whole path: broker, pipeline, writer, fsync; load from a process of its
 * own on the same cores. The ceiling beside it is the bare broker, acknowledging at once, same load.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIngest, InMemoryDirectory, startBareBroker, startEmbeddedBroker } from '@openami/headend';
import { readingTypes, systemClock } from '@openami/model';
import { openReadingStore } from '@openami/store';
import { runLoadProcess } from './load-process.ts';
import { benchSerial } from './mqtt-load.ts';
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

const log = {
  info: () => undefined,
  warn: (data: object, message: string) => console.error(message, data),
  error: (data: object, message: string) => console.error(message, data),
};

/** Runs both and compares. */
export async function benchMqtt(options: MqttBenchOptions = {}): Promise<MqttBenchResult> {
  const { seconds = 10, connections = 100, window = 200, meters = 10_000 } = options;
  const progress = progressOf(options);
  const load = { form: 'push' as const, connections, window, meters, firstEnd: 1_600_000_200 };
  progress('bare broker');
  const bare = await startBareBroker();
  const port = (url: string) => Number(new URL(url).port);
  const bareResult = await runLoadProcess({ ...load, seconds: seconds / 2, port: port(bare.url) });
  await bare.close();

  progress('broker, pipeline, writer, fsync');
  const dataDir = await mkdtemp(join(tmpdir(), 'openami-bench-'));
  const store = await openReadingStore({ dataDir, url: options.url, clock: systemClock, log });
  const ingest = createIngest({ directory: directory(meters), sink: store.writer, clock: systemClock, log });
  const verify = async (name: string) => ({ name, reportsFor: ['OA*'] });
  const front = await startEmbeddedBroker({ ingest, clock: systemClock, log, verify, port: 0 });
  try {
    // The engine and the code warm up; merges of what this stores go on during the measurement.
    await runLoadProcess({ ...load, seconds: seconds / 5, port: port(front.url) });
    const before = store.writer.stats().stored;
    const firstEnd = load.firstEnd + 900 * 100_000;
    const result = await runLoadProcess({ ...load, firstEnd, seconds, port: port(front.url) });
    const readingsStored = store.writer.stats().stored - before;
    if (readingsStored !== result.messages) {
      throw new Error(`${result.messages} messages acknowledged, ${readingsStored} readings stored`);
    }
    const messagesPerSecond = Math.round(result.messages / result.seconds);
    const bareMessagesPerSecond = Math.round(bareResult.messages / bareResult.seconds);
    return {
      messagesPerSecond,
      bareMessagesPerSecond,
      ratio: Number((messagesPerSecond / bareMessagesPerSecond).toFixed(3)),
      readingsStored,
      p50Ms: Math.round(result.p50Ms),
      p99Ms: Math.round(result.p99Ms),
      rssMb: peakRssMb(process.pid, store.engine.status().pid),
    };
  } finally {
    await front.close();
    await ingest.close();
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
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
