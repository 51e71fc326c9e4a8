/**
 * DLMS on two cores, meters included: full sessions, ciphered pushes, open connections of meters.
 *
 * A session is a TCP connection, HLS with GMAC, a ciphered day of 15-minute rows of two channels, release;
 * its readings are through the pipeline and durable before the next one begins in its lane. Every session
 * reads a day that was not read before, as a head-end does.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@openami/model';
import { openReadingStore, type ReadingStore } from '@openami/store';
import { peakRssMb } from '../rss.ts';
import { type BenchOptions, type BenchResult, faultLog, progressOf } from '../types.ts';
import { bareSession } from './bare.ts';
import { benchBarePushes } from './bare-pushes.ts';
import { inLanes } from './common.ts';
import { benchInbound } from './inbound.ts';
import { MetersProcess } from './process.ts';
import { benchPushes } from './pushes.ts';
import { benchSessions } from './sessions.ts';

export interface DlmsBenchOptions extends BenchOptions {
  readonly meters?: number;
  readonly lanes?: number;
  readonly inboundMeters?: number;
  readonly pushes?: number;
}

const defaultMeters = 2_000;

export const dlmsParts = ['sessions', 'pushes', 'inbound'] as const;

/**
 * Figures: sessionsPerSecond, apdusPerSecond, bareSessionsPerSecond, ratio (sessions); pushesPerSecond,
 * barePushesPerSecond, pushRatio (pushes); inboundSessions, inboundRssMb (inbound); meters, rssMb.
 */
export async function benchDlms(options: DlmsBenchOptions = {}): Promise<BenchResult> {
  const { part, meters = defaultMeters } = options;
  const has = (one: (typeof dlmsParts)[number]): boolean => part === undefined || part === one;
  const dataDir = await mkdtemp(join(tmpdir(), 'openami-bench-'));
  const store = await openReadingStore({ dataDir, clock: systemClock, log: faultLog });
  try {
    const sessions = has('sessions') ? await sessionFigures(store, options) : {};
    const pushes = has('pushes') ? await pushFigures(store, options) : {};
    const rssMb = peakRssMb(process.pid, store.engine.status().pid);
    const inbound = has('inbound') ? await inboundFigures(options) : {};
    return { ...sessions, ...pushes, ...inbound, meters, rssMb };
  } finally {
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function sessionFigures(store: ReadingStore, options: DlmsBenchOptions): Promise<BenchResult> {
  const { seconds = 10, meters = defaultMeters, lanes = 192 } = options;
  const progress = progressOf(options);
  progress('bare sessions');
  const bare = await withMeters((other) => benchBare(other, seconds / 3, lanes));
  progress(`sessions with ${meters} meters`);
  const sessions = await withMeters((other) =>
    benchSessions({ meters: other, store, progress }, { seconds, meters, lanes }),
  );
  const ratio = Number((sessions.sessionsPerSecond / bare).toFixed(3));
  return { ...sessions, bareSessionsPerSecond: Math.round(bare), ratio };
}

async function pushFigures(store: ReadingStore, options: DlmsBenchOptions): Promise<BenchResult> {
  const { meters = defaultMeters, pushes = 500_000 } = options;
  const progress = progressOf(options);
  progress(`${pushes} bare pushes`);
  const bare = await withMeters((other) => benchBarePushes(other, { pushes, meters }));
  progress(`${pushes} pushes`);
  const pushed = await withMeters((other) =>
    benchPushes({ meters: other, store, progress }, { pushes, meters }),
  );
  return {
    ...pushed,
    barePushesPerSecond: Math.round(bare.perSecond),
    bareCpuMsPerPush: bare.cpuMs,
    pushRatio: Number((pushed.pushesPerSecond / bare.perSecond).toFixed(3)),
  };
}

async function inboundFigures(options: DlmsBenchOptions): Promise<BenchResult> {
  const { inboundMeters = 10_000 } = options;
  progressOf(options)(`${inboundMeters} open connections`);
  return await withMeters((other) => benchInbound(other, inboundMeters));
}

async function withMeters<T>(work: (other: MetersProcess) => Promise<T>): Promise<T> {
  const meters = new MetersProcess();
  try {
    return await work(meters);
  } finally {
    await meters.stop();
  }
}

async function benchBare(meters: MetersProcess, seconds: number, lanes: number): Promise<number> {
  const { port } = await meters.ask({ kind: 'bare' }, 'port');
  await inLanes(lanes, 200, () => bareSession(port));
  const startedMs = performance.now();
  let done = 0;
  await inLanes(lanes, Number.POSITIVE_INFINITY, async () => {
    await bareSession(port);
    done++;
    return performance.now() - startedMs < seconds * 1000;
  });
  return (done * 1000) / (performance.now() - startedMs);
}
