/** Dialect of a CSV sample: encoding, delimiter, quote, lines before the header. */

import type { CsvEncoding } from './csv-mapping.ts';
import { CsvSplitter } from './csv-split.ts';
import { encodingOf, TextSource } from './text.ts';

export interface Sniffed {
  readonly encoding: Exclude<CsvEncoding, 'auto'>;
  /** The bytes are no UTF-8, so that latin1 was assumed. */
  readonly assumedLatin1: boolean;
  readonly delimiter: string;
  readonly quote: string;
  /** Lines before the first record of the usual width. */
  readonly skipLines: number;
  /** Records from there on. */
  readonly records: readonly (readonly string[])[];
  /** The usual number of cells. */
  readonly width: number;
  /** The record before them, which may be a header of another width. */
  readonly before: { readonly line: number; readonly cells: readonly string[] } | undefined;
}

/** Delimiters, the least likely inside a cell first. */
const delimiters = ['\t', ';', '|', ','];
const sniffRecords = 200;

/** Reads what a sample says of its dialect. The last line of a sample that was cut is left out. */
export function sniffCsv(sample: Uint8Array): Sniffed {
  let encoding = encodingOf(sample);
  let text = decode(sample, encoding);
  const assumedLatin1 = encoding === 'utf-8' && text.includes('\ufffd') && looksLatin1(sample);
  if (assumedLatin1) {
    encoding = 'latin1';
    text = decode(sample, encoding);
  }
  const lastLine = text.lastIndexOf('\n');
  if (lastLine > 0) text = text.slice(0, lastLine + 1);
  let best: { score: number; delimiter: string; split: Split } | undefined;
  for (const delimiter of delimiters) {
    const split = splitSample(text, delimiter);
    const score = split.width < 2 ? 0 : split.share >= 0.9 ? 2 + split.share : split.share;
    if (!best || score > best.score + 0.05) best = { score, delimiter, split };
  }
  const { delimiter, split } = best!;
  const first = Math.max(
    0,
    split.records.findIndex((record) => record.cells.length === split.width),
  );
  return {
    encoding,
    assumedLatin1,
    delimiter: split.width < 2 ? ',' : delimiter,
    quote: '"',
    skipLines: Math.max(0, (split.records[first]?.line ?? 1) - 1),
    records: split.records.slice(first).map((record) => record.cells),
    width: split.width,
    before: split.records[first - 1],
  };
}

function decode(sample: Uint8Array, encoding: Exclude<CsvEncoding, 'auto'>): string {
  const source = new TextSource(encoding);
  const text = source.push(sample);
  // Not finished: a character cut at the end of the sample is no defect of the file. A sample so short that
  // it is held back is a whole file.
  return text === '' ? source.finish() : text;
}

/**
 * Whether the bytes beyond ASCII are letters inside words or signs such as ° and ³. Else they are damage
 * to a UTF-8 file, which costs the rows that hold it.
 */
function looksLatin1(sample: Uint8Array): boolean {
  const isLetter = (byte = 0): boolean => (byte | 32) >= 97 && (byte | 32) <= 122;
  for (let i = 0; i < sample.length; i++) {
    const byte = sample[i]!;
    if (byte < 0x80 || latin1Signs.has(byte)) continue;
    const small = byte >= 0xdf && byte !== 0xf7 && byte !== 0xff;
    const capital = byte >= 0xc0 && byte < 0xdf && byte !== 0xd7;
    const [before, after] = [sample[i - 1], sample[i + 1]];
    if (!(small && (isLetter(before) || isLetter(after))) && !(capital && isLetter(after))) return false;
  }
  return true;
}

/** No-break space, §, °, ², ³, µ, €. */
const latin1Signs = new Set([0xa0, 0xa7, 0xb0, 0xb2, 0xb3, 0xb5, 0x80]);

interface Split {
  readonly records: { line: number; cells: string[] }[];
  /** The usual number of cells. */
  readonly width: number;
  /** Share of records that have it. */
  readonly share: number;
}

function splitSample(text: string, delimiter: string): Split {
  const splitter = new CsvSplitter({ delimiter, quote: '"' });
  splitter.push(text);
  splitter.end();
  const records: { line: number; cells: string[] }[] = [];
  const widths = new Map<number, number>();
  while (records.length < sniffRecords && splitter.next()) {
    if (splitter.error) continue;
    records.push({ line: splitter.line, cells: splitter.cells });
    const n = splitter.cells.length;
    widths.set(n, (widths.get(n) ?? 0) + 1);
  }
  let width = 0;
  let most = 0;
  for (const [n, count] of widths) if (count > most) [width, most] = [n, count];
  return { records, width, share: records.length === 0 ? 0 : most / records.length };
}
