/**
 * A load on the broker from a process of its own on the same cores: first on the bare broker, which
 * acknowledges at once, then through the whole path to the disk.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createIngest,
  type EmbeddedBrokerOptions,
  type Ingest,
  type InMemoryDirectory,
  startBareBroker,
  startEmbeddedBroker,
} from '@openami/headend';
import { systemClock } from '@openami/model';
import { openReadingStore, type ReadingStore } from '@openami/store';
import { runLoadProcess } from './load-process.ts';
import type { LoadJob } from './mqtt-load.ts';
import { faultLog as log } from './types.ts';

export interface BrokerRun<T> {
  readonly load: Omit<LoadJob, 'port' | 'seconds'>;
  readonly seconds: number;
  /** A ClickHouse server instead of the embedded engine. */
  readonly url?: string | undefined;
  readonly directory: InMemoryDirectory;
  readonly broker: (ingest: Ingest) => Pick<EmbeddedBrokerOptions, 'verify' | 'takers'>;
  /** Begins to watch what the run costs; the returned function says it, when it is over. */
  readonly watch: (store: ReadingStore) => (messages: number) => T;
  readonly progress: (line: string) => void;
}

export interface BrokerFigures {
  readonly perSecond: number;
  readonly barePerSecond: number;
  readonly ratio: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Readings; as many as messages were acknowledged, or the run fails. */
  readonly stored: number;
}

/** Runs both. Raises an error where another count is stored than was acknowledged. */
export async function runThroughBroker<T>(run: BrokerRun<T>): Promise<BrokerFigures & { readonly cost: T }> {
  const { load, seconds, progress } = run;
  const port = (url: string) => Number(new URL(url).port);
  progress('bare broker');
  const bareBroker = await startBareBroker();
  const bare = await runLoadProcess({ ...load, seconds: seconds / 2, port: port(bareBroker.url) });
  await bareBroker.close();

  progress('the whole path');
  const dataDir = await mkdtemp(join(tmpdir(), 'openami-bench-'));
  const store = await openReadingStore({ dataDir, url: run.url, clock: systemClock, log });
  const ingest = createIngest({ directory: run.directory, sink: store.writer, clock: systemClock, log });
  const front = await startEmbeddedBroker({
    ...{ ...run.broker(ingest), ingest, clock: systemClock, log, port: 0 },
  });
  try {
    // The engine and the code warm up; merges of what this stores go on during the measurement.
    await runLoadProcess({ ...load, seconds: seconds / 4, port: port(front.url) });
    const before = store.writer.stats().stored;
    const costOf = run.watch(store);
    const firstEnd = load.firstEnd + 900 * 20_000;
    const result = await runLoadProcess({ ...load, firstEnd, seconds, port: port(front.url) });
    const stored = store.writer.stats().stored - before;
    if (stored !== result.messages)
      throw new Error(`${result.messages} messages acknowledged, ${stored} readings stored`);
    const cost = costOf(result.messages);
    const [perSecond, barePerSecond] = [result, bare].map((one) => Math.round(one.messages / one.seconds));
    return {
      ...{ perSecond: perSecond!, barePerSecond: barePerSecond! },
      ratio: Number((perSecond! / barePerSecond!).toFixed(3)),
      ...{ p50Ms: Math.round(result.p50Ms), p99Ms: Math.round(result.p99Ms) },
      ...{ stored, cost },
    };
  } finally {
    await front.close();
    await ingest.close();
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}
