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
const queries = 400;

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

/** Median and 99th percentile in milliseconds. */
function percentiles(times: number[]): { p50: number; p99: number } {
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)]! * 100) / 100;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Figures: p50Ms, p99Ms, engineP50Ms, engineP99Ms, startMs (open on this data), rssMb. */
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
    const ours: number[] = [];
    const bare: number[] = [];
    let seed = 7;
    const random = (limit: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    for (let i = 0; i < queries + 40; i++) {
      const channel = 1 + random(channels);
      const fromS = startS + random(11) * monthS;
      const begin = performance.now();
      const rows = await store.readings.profile(systemAccess, channel, { fromS, toS: fromS + monthS });
      const middle = performance.now();
      if (rows.length !== 2_976) throw new Error(`${rows.length} readings in a month of 2,976`);
      await bareQuery(store, 1 + random(channels), fromS);
      // The first ones warm the caches of both.
      if (i < 40) continue;
      ours.push(middle - begin);
      bare.push(performance.now() - middle);
    }
    const [mine, engine] = [percentiles(ours), percentiles(bare)];
    return {
      readings: channels * perChannel,
      p50Ms: mine.p50,
      p99Ms: mine.p99,
      engineP50Ms: engine.p50,
      engineP99Ms: engine.p99,
      ratio: Math.round((engine.p50 / mine.p50) * 1_000) / 1_000,
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
