/**
 * A day under a person's hands: counts as numbers of the channel's unit, values typed, pasted and dragged.
 * Pure.
 */
import { countsConverter } from '@openami/model';
import type { VeeDay } from '@openami/server/contract';
import { formatClock, formatOffset } from './format.ts';

/** New values by interval end, in counts; null takes the value away. */
export type Draft = ReadonlyMap<number, number | null>;

const mostDigits = 9;
export const noDraft: Draft = new Map();

/** Numbers of the channel's unit, and back. Raises UNIT_UNKNOWN. */
export function scaleOf(day: Pick<VeeDay, 'unit' | 'resolution'>) {
  return countsConverter(day.unit, day.resolution);
}

/** Digits with which one count of the channel is written in its unit. */
export function digitsOf(day: Pick<VeeDay, 'unit' | 'resolution'>): number {
  const step = scaleOf(day).toUnit(1);
  for (let digits = 0; digits < mostDigits; digits++) {
    const size = step * 10 ** digits;
    if (size >= 0.5 && Math.abs(size - Math.round(size)) < 1e-9 * size) return digits;
  }
  return mostDigits;
}

/**
 * A number as people and sheets write it: `1.5`, `1,5`, `1 234,5`, `1,234.5`. Empty, a dash and NULL are no
 * value; undefined is no number at all.
 */
export function parseNumber(text: string): number | null | undefined {
  const bare = text
    .trim()
    .replace(/[\s\u00a0\u202f'’]/g, '')
    .replace('−', '-');
  if (bare === '' || bare === '-' || bare === '–' || /^(null|n\/a|nan)$/i.test(bare)) return null;
  const point = bare.lastIndexOf('.');
  const comma = bare.lastIndexOf(',');
  let plain = bare;
  if (point >= 0 && comma >= 0) {
    const [decimal, thousands] = point > comma ? ['.', ','] : [',', '.'];
    plain = bare.split(thousands!).join('').replace(decimal!, '.');
  } else if (comma >= 0) plain = bare.replace(',', '.');
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : undefined;
}

/** A number of the channel's unit in counts; undefined where the channel cannot have it. */
export function countsOf(
  day: Pick<VeeDay, 'unit' | 'resolution' | 'signed'>,
  value: number | null | undefined,
): number | null | undefined {
  if (value === null || value === undefined) return value;
  if (value < 0 && !day.signed) return undefined;
  const counts = scaleOf(day).toCounts(value);
  return Number.isSafeInteger(counts) ? counts : undefined;
}

/** A column that was copied from a sheet: the last cell of each line, as long as there are lines. */
export function parseColumn(text: string): (number | null | undefined)[] {
  const lines = text.replace(/\r\n?/g, '\n').replace(/\n+$/, '').split('\n');
  return lines.map((line) => parseNumber(line.split(/[\t;]/).at(-1)!));
}

export interface Pasted {
  readonly draft: Draft;
  readonly taken: number;
  /** Lines that are no numbers, or none that the channel can have, from 1. */
  readonly bad: readonly number[];
  /** Lines beyond the end of the day. */
  readonly beyond: number;
}

/** Lays a column over the day from `from` on. */
export function paste(day: VeeDay, draft: Draft, from: number, text: string): Pasted {
  const column = parseColumn(text);
  const next = new Map(draft);
  const bad: number[] = [];
  let taken = 0;
  column.forEach((value, i) => {
    const end = day.ends[from + i];
    if (end === undefined) return;
    const counts = countsOf(day, value);
    if (counts === undefined) {
      bad.push(i + 1);
      return;
    }
    next.set(end, counts);
    taken++;
  });
  return {
    draft: trimmed(day, next),
    taken,
    bad,
    beyond: Math.max(0, from + column.length - day.ends.length),
  };
}

/** One value of a draft; what is as it was is no edit. */
export function withValue(day: VeeDay, draft: Draft, slot: number, counts: number | null): Draft {
  const end = day.ends[slot];
  if (end === undefined) return draft;
  return trimmed(day, new Map(draft).set(end, counts));
}

function trimmed(day: VeeDay, draft: Map<number, number | null>): Draft {
  day.ends.forEach((end, slot) => {
    if (draft.get(end) === day.current[slot]) draft.delete(end);
  });
  return draft;
}

/** The day as it would be. */
export function withDraft(day: VeeDay, draft: Draft): (number | null)[] {
  return day.ends.map((end, slot) => {
    const given = draft.get(end);
    return given === undefined ? (day.current[slot] ?? null) : given;
  });
}

/** What an edit asks for: values in order, and the span they need. */
export function editOf(draft: Draft) {
  const values = [...draft].map(([end, value]) => ({ end, value })).sort((a, b) => a.end - b.end);
  if (values.length === 0) return undefined;
  return { values, firstEnd: values[0]!.end, lastEnd: values.at(-1)!.end };
}

/** Draft that takes a column for slots [from, to] where it has a value. */
export function takeColumn(
  day: VeeDay,
  draft: Draft,
  column: readonly (number | null)[],
  from = 0,
  to = day.ends.length - 1,
): Draft {
  const next = new Map(draft);
  for (let slot = from; slot <= to; slot++) {
    const value = column[slot];
    if (value !== null && value !== undefined) next.set(day.ends[slot]!, value);
  }
  return trimmed(day, next);
}

/** Sum of what is there, in counts. */
export function sumOf(column: readonly (number | null)[]): number {
  return column.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

/**
 * `08:00–09:00` on the wall clock; on a day of the change with the offset, so that the doubled hour is told
 * apart.
 */
export function slotLabel(day: Pick<VeeDay, 'ends' | 'intervalS' | 'zone'>, slot: number): string {
  const end = day.ends[slot]!;
  const hours = (day.ends.length * day.intervalS) / 3_600;
  const clock = (s: number) => formatClock(s * 1_000, day.zone).slice(0, 5);
  const text = `${clock(end - day.intervalS)}–${clock(end)}`;
  return hours === 24 ? text : `${text} ${formatOffset((end - day.intervalS) * 1_000, day.zone)}`;
}

/** Runs of slots of one quality, for a strip that is read out. */
export function qualityRuns(
  quality: readonly string[],
): { readonly quality: string; readonly from: number; readonly to: number }[] {
  const runs: { quality: string; from: number; to: number }[] = [];
  quality.forEach((name, slot) => {
    const last = runs.at(-1);
    if (last && last.quality === name) last.to = slot;
    else runs.push({ quality: name, from: slot, to: slot });
  });
  return runs;
}

/** Slots of a span of interval ends. */
export function slotsOf(
  ends: readonly number[],
  span: { readonly first: number; readonly last: number } | undefined,
): { readonly from: number; readonly to: number } {
  const whole = { from: 0, to: Math.max(0, ends.length - 1) };
  if (span === undefined) return whole;
  const from = ends.findIndex((end) => end >= span.first);
  const to = ends.findLastIndex((end) => end <= span.last);
  return from < 0 || to < from ? whole : { from, to };
}
