/** Reads values over time from a table of text: what a person uploads, with every fault by its row. */
import { DAY_S, formatInstant, parseInstantS } from '@openami/model';

/** A row as it was given. `to` may be left out where `intervalMinutes` says how long each value holds. */
export interface SpanRow {
  readonly from: string;
  readonly to?: string | undefined;
  readonly value: string | number;
}

export interface SpanFault {
  /** From 1. */
  readonly row: number;
  readonly message: string;
}

export interface ReadSpan {
  readonly fromS: number;
  readonly toS: number;
  /** Shortest decimal text. */
  readonly value: string;
}

const MOST_FAULTS = 20;
const DECIMAL = /^(-?)0*([0-9]{1,7})(?:\.([0-9]{1,9}))?$/;
/** Readings are told by 32 bits of seconds. */
const LAST_S = 2 ** 32 - 1;
const LONGEST_S = 400 * DAY_S;

/** Reads rows, in any order. Where there are faults the spans are of no use. */
export function readSpans(
  rows: readonly SpanRow[],
  options: { readonly intervalS?: number; readonly canBeNegative: boolean },
): { readonly spans: readonly ReadSpan[]; readonly faults: readonly SpanFault[] } {
  const faults: SpanFault[] = [];
  const spans: (ReadSpan & { readonly row: number })[] = [];
  for (const [i, given] of rows.entries()) {
    const read = readRow(given, options);
    if (typeof read !== 'string') spans.push({ ...read, row: i + 1 });
    else if (faults.length < MOST_FAULTS) faults.push({ row: i + 1, message: read });
  }
  spans.sort((a, b) => a.fromS - b.fromS);
  for (const [i, span] of spans.entries()) {
    const before = spans[i - 1];
    if (before === undefined || span.fromS >= before.toS || faults.length >= MOST_FAULTS) continue;
    const from = formatInstant(span.fromS);
    const message = `from ${from} lies within that of row ${before.row}: give each time once`;
    faults.push({ row: span.row, message });
  }
  return { spans: spans.map(({ fromS, toS, value }) => ({ fromS, toS, value })), faults };
}

function readRow(
  { from, to, value }: SpanRow,
  { intervalS, canBeNegative }: { readonly intervalS?: number; readonly canBeNegative: boolean },
): ReadSpan | string {
  const fromS = instantOf(from);
  if (fromS === undefined) return `'${from}' is no time: write 2026-03-29T14:00:00Z`;
  const toS = to === undefined || to === '' ? fromS + (intervalS ?? Number.NaN) : instantOf(to);
  if (toS === undefined) return `'${to}' is no time: write 2026-03-29T15:00:00Z`;
  if (Number.isNaN(toS)) return 'has no end: give `to`, or say how long each value holds';
  if (toS <= fromS) return `ends at ${to}, not after it begins`;
  if (fromS < 0 || toS > LAST_S) return 'is not between 1970 and 2106';
  if (toS - fromS > LONGEST_S) return 'is longer than 400 days';
  const decimal = DECIMAL.exec(String(value).trim());
  if (decimal === null) return `'${value}' is no value: write 0.0825, at most 7 digits and 9 decimals`;
  const [, sign, whole, decimals = ''] = decimal;
  const kept = decimals.replace(/0+$/, '');
  const text = kept === '' ? whole! : `${whole}.${kept}`;
  if (sign === '-' && !canBeNegative) return `'${value}' is below zero`;
  return { fromS, toS, value: sign === '-' && !/^[0.]+$/.test(text) ? `-${text}` : text };
}

function instantOf(text: string): number | undefined {
  try {
    return parseInstantS(text.trim());
  } catch {
    return undefined;
  }
}
