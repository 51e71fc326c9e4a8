/**
 * Bytes a reading takes on disk, all columns and everything around them, for real meters: each set goes
 * through the writer into a store, is merged, and is measured from `system.parts`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ReadingBatch } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import { type BenchOptions, progressOf } from './types.ts';

interface RealSet {
  readonly name: string;
  readonly files: readonly string[];
  readonly intervalS: number;
}

const sets: readonly RealSet[] = [
  {
    name: 'cambridge',
    files: [2017, 2018, 2019, 2020, 2021].map((year) => `cambridge/elec_${year}.csv.gz`),
    intervalS: 3_600,
  },
  { name: 'sgsc', files: ['sgsc/kwh_30min.csv.gz'], intervalS: 1_800 },
  { name: 'citylearn', files: ['citylearn2022/load_kwh_60min.csv.gz'], intervalS: 3_600 },
];

/** Bytes per reading of each set that is there. Empties the reading table before each. */
export async function bytesPerReading(
  store: ReadingStore,
  options: BenchOptions,
): Promise<Record<string, number>> {
  const progress = progressOf(options);
  // a folder beside the project, which may be absent
  const base = join(options.dataDir ?? join(process.cwd(), '..', 'shared', 'data'), 'electricity');
  const found: Record<string, number> = {};
  for (const [index, set] of sets.entries()) {
    const files = set.files.map((file) => join(base, file));
    if (!files.every((file) => existsSync(file))) {
      progress(`${set.name}: not here, left out; --data names the folder of real meter data`);
      continue;
    }
    await store.client.command('TRUNCATE TABLE openami.reading');
    // Channel ids of their own, so that nothing looks like a repeat of an earlier set.
    await store.writer.commit({ readings: loadSet(files, set.intervalS, 1_000_000 * (index + 1)) });
    await store.client.command('OPTIMIZE TABLE openami.reading FINAL');
    const table = await store.client.select(
      `SELECT sum(bytes_on_disk) AS bytes, sum(rows) AS rows FROM system.parts
       WHERE active AND database = 'openami' AND table = 'reading'`,
    );
    const value = table.f64('bytes')[0]! / table.f64('rows')[0]!;
    found[set.name] = Math.round(value * 1_000) / 1_000;
    progress(`${set.name}: ${found[set.name]} bytes a reading, ${table.f64('rows')[0]} readings`);
  }
  return found;
}

/** Wide CSV of kWh to counts of each meter's own step. */
function loadSet(files: readonly string[], intervalS: number, firstChannel: number): ReadingBatch {
  const series = new Map<string, { ends: number[]; microKwh: number[] }>();
  for (const file of files) {
    const [head, ...lines] = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n');
    const meters = head!.trim().split(',');
    for (const line of lines) {
      const cells = line.trim().split(',');
      const stamp = /(Z|[+-]\d\d:\d\d)$/.test(cells[0]!) ? cells[0]! : `${cells[0]}Z`;
      const end = Date.parse(stamp) / 1_000 + intervalS;
      for (let i = 1; i < meters.length; i++) {
        if (!cells[i]) continue;
        const meter = series.get(meters[i]!) ?? { ends: [], microKwh: [] };
        series.set(meters[i]!, meter);
        meter.ends.push(end);
        meter.microKwh.push(Math.round(Number(cells[i]) * 1e6));
      }
    }
  }
  const batch = new ReadingBatch(1_000_000);
  let channel = firstChannel;
  for (const { ends, microKwh } of series.values()) {
    // A millionth of a kWh is a thousandth of a Wh: the unit of `resolution`.
    const step = microKwh.reduce(commonStep, 0) || 1_000;
    ends.forEach((end, i) => {
      batch.push(channel, end, microKwh[i]! / step, step, 1, 0);
    });
    channel++;
  }
  return batch;
}

function commonStep(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y > 0) [x, y] = [y, x % y];
  return x;
}
