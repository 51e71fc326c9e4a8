/** Service levels as bars and words. Pure. */
import type { KpiRow } from '@openami/server/contract';
import type { Bar, BarPart } from '../ui/bars.tsx';
import { formatCount, formatDay, formatShare } from './format.ts';
import { dayNumber, dayText } from './zone.ts';

export const kpiParts: readonly BarPart[] = [
  { name: 'Measured', colour: '--total' },
  { name: 'Edited', colour: '--q-edited' },
  { name: 'Estimated', colour: '--q-estimated', pattern: 'hatch' },
  { name: 'Missing', colour: '--q-questionable', pattern: 'outline' },
];

/** Shares of what is owed; together at most 1. */
export function kpiBar(row: KpiRow, by: string): Bar {
  const owed = Math.max(row.expected, 1);
  const share = (part: number) => Math.min(1, part / owed);
  const name = by === 'day' ? formatDay(row.key, 'long') : row.key;
  const counts = `${formatCount(row.estimated)} estimated, ${formatCount(row.missing)} missing`;
  return {
    key: row.key,
    label: by === 'day' ? formatDay(row.key, 'short') : row.key,
    sentence: `${name}: ${formatShare(row.readRate, 2)} measured of ${formatCount(row.expected)}, ${counts}`,
    values: [share(row.measured), share(row.edited), share(row.estimated), share(row.missing)],
  };
}

/** Foot of the axis, in tenths: a few missing readings in a hundred are to be seen. */
export function kpiBase(rows: readonly KpiRow[]): number {
  const least = Math.min(1, ...rows.map(({ readRate }) => readRate ?? 1));
  return Math.max(0, Math.floor(least * 10 - 1) / 10);
}

/** One local day as a span [from, to). */
export function meterSpan(day: string): { readonly from: string; readonly to: string } {
  return { from: day, to: dayText(dayNumber(day) + 1) };
}

/** `route=DC-7` -> `only route DC-7`. */
export function withinWords(within: string): string {
  const at = within.indexOf('=');
  return `only ${within.slice(0, at)} ${within.slice(at + 1)}`;
}
