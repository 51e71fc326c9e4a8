/** The intervals behind a bill line, gathered by local day. Pure. */
import { groupBy } from '@openami/model';
import type { BillDeterminants, BillLineExplanation } from '@openami/server/contract';
import { sumDecimals } from './money.ts';
import { dayOf, dayText } from './zone.ts';

export type LineReading = BillLineExplanation['readings'][number];

/** How far a reading is to be trusted, from what was measured to what was made up. */
export const trusts = ['measured', 'estimated', 'edited'] as const;
type Trust = (typeof trusts)[number];

function trustOf({ quality }: Pick<LineReading, 'quality'>): Trust {
  if (quality === 'edited') return 'edited';
  return quality === 'estimated' || quality === 'projected' ? 'estimated' : 'measured';
}

export interface LineDay {
  readonly day: string;
  readonly readings: readonly LineReading[];
  /** Exact. */
  readonly sum: string;
  readonly sums: Readonly<Record<Trust, number>>;
  readonly changed: number;
}

/** By the local day an interval starts in; an interval without length, a register, by its own moment. */
export function daysOf(readings: readonly LineReading[], zone: string): LineDay[] {
  const byDay = groupBy(readings, ({ start }) => dayText(dayOf(zone, Date.parse(start) / 1_000)));
  return [...byDay].map(([day, own]) => {
    const sums = { measured: 0, estimated: 0, edited: 0 };
    for (const reading of own) sums[trustOf(reading)] += Number(reading.value);
    return {
      ...{ day, readings: own, sums, sum: sumDecimals(own.map(({ value }) => value)) },
      changed: own.filter(({ changedSince }) => changedSince).length,
    };
  });
}

/** Place of a period among those of its schedule, which decides its colour; undefined for all hours. */
export function periodOf(
  determinants: BillDeterminants | null,
  period: string | undefined,
): number | undefined {
  if (!period) return undefined;
  const schedule = determinants?.energy.find((row) => row.period === period)?.schedule;
  const place = determinants?.energy
    .filter((row) => row.schedule === schedule)
    .findIndex((row) => row.period === period);
  return place === undefined || place < 0 ? undefined : place;
}
