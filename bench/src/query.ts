/**
 * A customer's month out of many stored readings: through the repository and HTTP to the engine, against the
 * same statement sent bare with nothing decoded. One query at a time, channels and months at random from one
 * seed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemAccess } from '@openami/model';
import { openReadingStore, type ReadingStore } from '@openami/store';
import { peakRssMb } from './rss.ts';
import { type BenchOptions, type BenchResult, progressOf, silentLog, systemTime } from './types.ts';

const perChannel = 35_040;
const startS = 1_704_067_200;
const monthS = 31 * 86_400;
/** Of both, after a tenth as many that warm the caches. */
const usualQueries = 400;
const mostSettleMs = 120_000;

async function fill(store: ReadingStore, rows: number, progress: (line: string) => void): Promise<number> {
  const channels = Math.max(1, Math.round(rows / perChannel));
  const step = 200;
  for (let from = 0; from < channels; from += step) {
    const count = Math.min(step, channels - from);
    await store.client.command(
      `INSERT INTO openami.reading
       SELECT 1 + {from:UInt32} + intDiv(number, ${perChannel}),
         ${startS} + 900 * (1 + number % ${perChannel}),
         cityHash64(number) % 1000, 100000, 1, 0, ${startS}
       FROM numbers({count:UInt64} * ${perChannel})`,
      { from, count },
      { max_partitions_per_insert_block: 0 },
    );
    progress(`${(((from + count) * perChannel) / 1e6).toFixed(0)} M readings stored`);
  }
  return channels;
}

interface Times {
  readonly p50: number;
  readonly p99: number;
}

/** Median and 99th percentile in milliseconds. */
function percentiles(times: number[]): Times {
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)]! * 100) / 100;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Query times of ours and of the bare engine, one after the other, so that both see the same machine. */
async function measure(
  store: ReadingStore,
  channels: number,
  queries = usualQueries,
): Promise<{ ours: Times; bare: Times }> {
  const warmUp = queries / 10;
  const ours: number[] = [];
  const bare: number[] = [];
  let seed = 7;
  const random = (limit: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  for (let i = 0; i < queries + warmUp; i++) {
    const channel = 1 + random(channels);
    const fromS = startS + random(11) * monthS;
    const begin = performance.now();
    const rows = await store.readings.profile(systemAccess, channel, { fromS, toS: fromS + monthS });
    const middle = performance.now();
    if (rows.length !== 2_976) throw new Error(`${rows.length} readings in a month of 2,976`);
    await bareQuery(store, 1 + random(channels), fromS);
    if (i < warmUp) continue;
    ours.push(middle - begin);
    bare.push(performance.now() - middle);
  }
  return { ours: percentiles(ours), bare: percentiles(bare) };
}

/** Waits until the engine merges nothing any more, two minutes at most; says how long that took. */
async function settle(store: ReadingStore): Promise<number> {
  const began = performance.now();
  for (let quiet = 0; quiet < 5 && performance.now() - began < mostSettleMs; ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const merges = await store.client.select('SELECT toUInt32(count()) AS running FROM system.merges');
    quiet = merges.u32('running')[0] === 0 ? quiet + 1 : 0;
  }
  return Math.round(performance.now() - began);
}

/**
 * Figures: p50Ms, p99Ms, engineP50Ms and engineP99Ms once the engine is at rest; the same with `loaded` in
 * front right after the load, while it merges; settleMs between both; startMs (open on this data), rssMb.
 */
export async function benchQuery(options: BenchOptions = {}): Promise<BenchResult> {
  const progress = progressOf(options);
  const dataDir = await mkdtemp(join(tmpdir(), 'openami-bench-'));
  const open = () => openReadingStore({ dataDir, clock: systemTime, log: silentLog });
  let store = await open();
  try {
    const channels = await fill(store, options.rows ?? 100_000_000, progress);
    await store.close();
    const started = performance.now();
    store = await open();
    const startMs = Math.round(performance.now() - started);
    const loaded = await measure(store, channels, options.queries);
    progress('waiting for the engine to merge what was loaded');
    const settleMs = await settle(store);
    const { ours, bare } = await measure(store, channels, options.queries);
    return {
      readings: channels * perChannel,
      p50Ms: ours.p50,
      p99Ms: ours.p99,
      engineP50Ms: bare.p50,
      engineP99Ms: bare.p99,
      ratio: Math.round((bare.p50 / ours.p50) * 1_000) / 1_000,
      loadedP50Ms: loaded.ours.p50,
      loadedP99Ms: loaded.ours.p99,
      loadedEngineP50Ms: loaded.bare.p50,
      loadedEngineP99Ms: loaded.bare.p99,
      settleMs,
      startMs,
      rssMb: peakRssMb(process.pid, store.engine.status().pid),
    };
  } finally {
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function bareQuery(store: ReadingStore, channel: number, fromS: number): Promise<void> {
  const { url, username, password } = store.engine;
  const query = `SELECT channel, end, value, resolution, quality, flags, revision FROM openami.reading FINAL
    WHERE channel = ${channel} AND end > ${fromS} AND end <= ${fromS + monthS}
    ORDER BY channel, end FORMAT Native`;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const response = await fetch(url, { method: 'POST', body: query, headers: { authorization } });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`The engine answered ${response.status}`);
}
