/** The work list in words: groups by cause, exceptions by channel and day, energy at stake. Pure. */
import { groupBy } from '@openami/model';
import type { ExceptionGroupItem, ExceptionItem } from '@openami/server/contract';
import { formatCount, formatCounted, formatDay, formatValue, formatWord } from './format.ts';

/** One name for a group that stays the same while the list is fetched again. */
export function groupKey({ kind, day, cause, name }: ExceptionGroupItem): string {
  return [kind, day, cause, name].join('|');
}

const causeWords: Readonly<Record<ExceptionGroupItem['cause'], string>> = {
  concentrator: 'Concentrator',
  route: 'Route',
  firmware: 'Firmware',
  meterType: 'Meter type',
  time: 'Everywhere at once',
  meter: 'Meter',
};

const kindWords: Readonly<Record<string, string>> = {
  missing: 'missing',
  time: 'time stamps',
  value: 'values',
  register: 'registers',
  setup: 'set-up',
  lead: 'revenue protection',
  customer: 'customer to be told',
};

export function kindWord(kind: string): string {
  return kindWords[kind] ?? formatWord(kind).toLowerCase();
}

/** `Concentrator DC-2`. */
export function causeName({ cause, name }: ExceptionGroupItem): string {
  return [causeWords[cause], name].filter(Boolean).join(' ');
}

/** `Concentrator DC-2 · 48 of 50 meters · missing · 24 Nov`. */
export function groupTitle(group: ExceptionGroupItem): string {
  const { meters, population } = group;
  const of = population > meters ? ` of ${formatCount(population)}` : '';
  const meterWords = group.cause === 'meter' ? [] : [`${formatCount(meters)}${of} meter${ending(meters)}`];
  return [causeName(group), ...meterWords, kindWord(group.kind), daysOf(group)].join(' · ');
}

/** `24 Nov`, `24 Nov – 2 Dec`. */
export function daysOf({ day, lastDay }: Pick<ExceptionGroupItem, 'day' | 'lastDay'>): string {
  return [...new Set([day, lastDay])].map((one) => formatDay(one, 'short')).join(' – ');
}

const ending = (n: number) => (n === 1 ? '' : 's');

/** `1 exception`, `38 exceptions`. */
export const exceptionCount = (n: number) => formatCounted(n, 'exception');

const steps = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** `168 kWh` of 168,335 Wh; litres and cubic metres keep their unit. */
export function formatAmount(value: number, baseUnit: string): string {
  if (baseUnit === 'L' && Math.abs(value) >= 1_000) return `${formatValue(rounded(value / 1_000))} m³`;
  if (/^[JWV]|^varh?$/.test(baseUnit)) {
    for (const [size, letter] of steps) {
      if (Math.abs(value) >= size) return `${formatValue(rounded(value / size))} ${letter}${baseUnit}`;
    }
  }
  return `${formatValue(rounded(value))} ${baseUnit}`.trim();
}

/** Three digits are enough to rank by. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

/** A change with its sign: `+12.3 kWh`, `−4 kWh`, `no change`. */
export function formatChange(value: number, baseUnit: string): string {
  if (value === 0) return 'no change';
  return `${value > 0 ? '+' : '−'}${formatAmount(Math.abs(value), baseUnit)}`;
}

/** Exceptions of one channel on one day: what a person judges at once. */
export interface WorkDay {
  readonly key: string;
  readonly channelId: number;
  readonly meterId: number;
  readonly serial: string;
  readonly day: string;
  readonly exceptions: readonly ExceptionItem[];
  /** The largest at stake, in the base unit. */
  readonly effect: number;
  readonly baseUnit: string;
}

const workDayKey = ({ channelId, day }: { readonly channelId: number; readonly day: string }) =>
  `${channelId}/${day}`;

/** Exceptions by channel and day, what weighs most first. */
export function workDays(exceptions: readonly ExceptionItem[]): WorkDay[] {
  return [...groupBy(exceptions, workDayKey)]
    .map(([key, list]) => {
      const { channelId, meterId, serial, day, baseUnit } = list[0]!;
      const effect = Math.max(...list.map((one) => one.effect));
      const exceptions = [...list].sort((a, b) => b.effect - a.effect || a.id - b.id);
      return { key, channelId, meterId, serial, day, exceptions, effect, baseUnit };
    })
    .sort((a, b) => b.effect - a.effect || a.day.localeCompare(b.day) || a.channelId - b.channelId);
}

/** Ids of those that are open still. */
export function openIds(exceptions: readonly ExceptionItem[]): number[] {
  return exceptions.filter(({ state }) => state === 'open').map(({ id }) => id);
}

/** First and last interval end of the exceptions. */
export function spanOf(
  exceptions: readonly Pick<ExceptionItem, 'firstEnd' | 'lastEnd'>[],
): { readonly first: number; readonly last: number } | undefined {
  if (exceptions.length === 0) return undefined;
  return {
    first: Math.min(...exceptions.map(({ firstEnd }) => firstEnd)),
    last: Math.max(...exceptions.map(({ lastEnd }) => lastEnd)),
  };
}

/** In pieces of at most `size`, in order. */
export function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );
}
