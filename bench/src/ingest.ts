/**
 * ReadingBatch to durable through the writer, against the bare engine: the same blocks, encoded beforehand,
 * sent through the same client into a table of the same shape with the same fsync settings. Rounds alternate,
 * so that merges and the machine's moods fall on both.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadingBatch } from '@openami/model';
import { openReadingStore, type ReadingStore, RevisedBatch, readingBlock } from '@openami/store';
import { bytesPerReading } from './disk.ts';
import { peakRssMb } from './rss.ts';
import { type BenchOptions, type BenchResult, progressOf, silentLog, systemTime } from './types.ts';

const batchMeters = 1_000;
const dayIntervals = 96;
const batchRows = batchMeters * dayIntervals;
const blockBatches = 10;
const startS = 1_735_689_600;

/** One day of a thousand meters, a meter after the other, as head-ends collect them. */
function dayBatch(group: number, day: number): ReadingBatch {
  const batch = new ReadingBatch(batchRows);
  // A small generator of its own: the same readings on every run.
  let seed = (group * 2_654_435_761 + day * 40_503 + 1) >>> 0;
  for (let meter = 0; meter < batchMeters; meter++) {
    const channel = 1 + group * batchMeters + meter;
    for (let i = 1; i <= dayIntervals; i++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      batch.push(channel, startS + day * 86_400 + i * 900, seed >>> 22, 100_000, 1, 0);
    }
  }
  return batch;
}

function roundBatches(round: number, rows: number): ReadingBatch[] {
  const count = Math.ceil(rows / batchRows);
  return Array.from({ length: count }, (_, group) => dayBatch(group, round));
}

function bareBlocks(batches: readonly ReadingBatch[]): Buffer[] {
  const blocks: Buffer[] = [];
  const now = Math.floor(Date.now() / 1_000);
  for (let i = 0; i < batches.length; i += blockBatches) {
    const revised = new RevisedBatch(blockBatches * batchRows);
    for (const batch of batches.slice(i, i + blockBatches)) revised.append(batch, now);
    blocks.push(readingBlock(revised));
  }
  return blocks;
}

/** Runs the work with at most `width` under way; returns seconds. */
async function timed<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<number> {
  const started = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return (performance.now() - started) / 1_000;
}

async function bareRound(store: ReadingStore, blocks: readonly Buffer[]): Promise<number> {
  return await timed(blocks, 2, (block) =>
    store.client.insert('openami.bench_bare', block, { max_partitions_per_insert_block: 0 }),
  );
}

export interface IngestRounds {
  readonly rows: number;
  readonly bareSeconds: number;
  readonly writerSeconds: number;
}

/** Rounds of the bare engine and of the writer in turn; `prepare` is timed with the writer. */
export async function ingestRounds(
  store: ReadingStore,
  rowsInAll: number,
  progress: (line: string) => void,
  prepare: (readings: ReadingBatch) => void = () => undefined,
): Promise<IngestRounds> {
  const rounds = 4;
  const roundRows = Math.ceil(rowsInAll / rounds);
  await store.client.command('CREATE TABLE openami.bench_bare AS openami.reading');
  let bareSeconds = 0;
  let writerSeconds = 0;
  let rows = 0;
  for (let round = 0; round < rounds; round++) {
    const batches = roundBatches(round, roundRows);
    const bare = await bareRound(store, bareBlocks(batches));
    const ours = await timed(batches, 30, (readings) => {
      prepare(readings);
      return store.writer.commit({ readings });
    });
    const roundTotal = batches.length * batchRows;
    progress(
      `round ${round + 1}/${rounds}: writer ${perSecond(roundTotal, ours)}, ` +
        `engine ${perSecond(roundTotal, bare)}`,
    );
    bareSeconds += bare;
    writerSeconds += ours;
    rows += roundTotal;
  }
  const { stored } = store.writer.stats();
  if (stored !== rows) throw new Error(`${stored} of ${rows} readings were stored`);
  return { rows, bareSeconds, writerSeconds };
}

/**
 * Figures: readingsPerSecond, engineReadingsPerSecond, ratio, bytesPerReading (Cambridge) and per set, rssMb.
 */
export async function benchIngest(options: BenchOptions = {}): Promise<BenchResult> {
  const progress = progressOf(options);
  const dataDir = await mkdtemp(join(tmpdir(), 'openami-bench-'));
  const store = await openReadingStore({ dataDir, clock: systemTime, log: silentLog });
  try {
    const { rows, bareSeconds, writerSeconds } = await ingestRounds(
      store,
      options.rows ?? 16_000_000,
      progress,
    );
    const rssMb = peakRssMb(process.pid, store.engine.status().pid);
    const disk = await bytesPerReading(store, options);
    return {
      readings: rows,
      readingsPerSecond: Math.round(rows / writerSeconds),
      engineReadingsPerSecond: Math.round(rows / bareSeconds),
      ratio: round3(bareSeconds / writerSeconds),
      ...(disk.cambridge === undefined ? {} : { bytesPerReading: disk.cambridge }),
      bytesPerReadingBySet: disk,
      rssMb,
    };
  } finally {
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function perSecond(rows: number, seconds: number): string {
  return `${(rows / seconds / 1e6).toFixed(2)} M readings/s`;
}

function round3(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
