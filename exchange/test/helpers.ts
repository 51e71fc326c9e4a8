/** What the tests of every format share. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { ExchangeItem, Progress, Reject, SeriesHead, StatedTotal } from '../src/series.ts';

/** The folder with real data that lies beside the repository, when it does. */
export const sharedDir = fileURLToPath(new URL('../../../shared/', import.meta.url));
export const hasShared = existsSync(`${sharedDir}data/README.md`);
if (!hasShared) console.warn('skipped: ../shared with real meter data is not here');

/** Content of a file of the shared folder, unpacked. */
export function sharedFile(path: string): Uint8Array {
  const bytes = readFileSync(sharedDir + path);
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Bytes in pieces: of one size, or cut at the given places. */
export async function* pieces(
  bytes: Uint8Array,
  cuts: number | readonly number[] = 65_536,
): AsyncGenerator<Uint8Array> {
  const places =
    typeof cuts === 'number'
      ? []
      : [...new Set(cuts.map((c) => c % (bytes.length + 1)))].sort((a, b) => a - b);
  if (typeof cuts === 'number') for (let i = cuts; i < bytes.length; i += cuts) places.push(i);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    yield bytes.subarray(from, to);
    from = to;
  }
}

export interface Row {
  end: number;
  value: number;
  quality: number;
  flags: number;
  line: number;
}

/** Everything an import gave, as plain objects. */
export interface Gathered {
  series: (SeriesHead & { rows: Row[] })[];
  rejects: Reject[];
  totals: StatedTotal[];
  progress: Progress | undefined;
  chunkLengths: number[];
  error: unknown;
}

export async function gather(items: AsyncIterable<ExchangeItem>): Promise<Gathered> {
  const byKey = new Map<string, SeriesHead & { rows: Row[] }>();
  const out: Gathered = {
    series: [],
    rejects: [],
    totals: [],
    progress: undefined,
    chunkLengths: [],
    error: undefined,
  };
  try {
    for await (const item of items) {
      if (item.kind === 'rejects') out.rejects.push(...item.rejects);
      else if (item.kind === 'total') out.totals.push(item);
      else if (item.kind === 'progress') out.progress = item;
      else {
        out.chunkLengths.push(item.length);
        const { device, quantity, unit, intervalS, zone, readingType } = item;
        const key = [device, quantity, unit, intervalS, zone].join('|');
        let series = byKey.get(key);
        if (!series) {
          series = { device, quantity, unit, intervalS, zone, readingType, rows: [] };
          byKey.set(key, series);
        }
        for (let i = 0; i < item.length; i++)
          series.rows.push({
            end: item.end[i]!,
            value: item.value[i]!,
            quality: item.quality[i]!,
            flags: item.flags[i]!,
            line: item.line[i]!,
          });
      }
    }
  } catch (error) {
    out.error = error;
  }
  out.series = [...byKey.values()];
  return out;
}

export const sum = (numbers: Iterable<number>): number => {
  let total = 0;
  for (const n of numbers) total += n;
  return total;
};
export const iso = (s: number): string => new Date(s * 1000).toISOString().replace('.000', '');
