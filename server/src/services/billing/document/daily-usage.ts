/**
 * What was used each local day, by period of the tariff, and how much of it is not measured. Days add up to
 * what the bill is made of, because both come from the same intervals.
 */
import type { CompiledVersion, PeriodMap, UsageSegment, Window } from '@openami/billing';
import type { ZoneTable } from '@openami/model';

export interface DayUsage {
  /** Local day number. */
  readonly day: number;
  /** Thousandths of the base unit, by index of `periods`. */
  readonly amounts: readonly number[];
  /** Of all of it, what is not measured. */
  readonly estimated: number;
  /** Intervals without a value. */
  readonly missing: number;
}

export interface DailyUsage {
  /** Names of periods; one that is empty where the price does not go by time. */
  readonly periods: readonly string[];
  readonly days: readonly DayUsage[];
}

/** A stretch of a bill with the periods of its price. */
export interface PeriodStretch extends Window {
  readonly map: PeriodMap;
}

/** Index of the schedule that the price of what is drawn goes by; 0 is the one with a single period. */
export function priceSchedule({ charges }: Pick<CompiledVersion, 'charges'>): number {
  for (const charge of charges)
    if (charge.kind === 'energy' && charge.flow === 'import' && charge.schedule > 0) return charge.schedule;
  return 0;
}

interface OpenDay {
  readonly amounts: Map<string, number>;
  estimated: number;
  missing: number;
}

/** Usage by local day. An interval is of the day, and of the period, that its start lies in. */
export function dailyUsage(
  segments: readonly UsageSegment[],
  stretches: readonly PeriodStretch[],
  zone: ZoneTable,
): DailyUsage {
  const days = new Map<number, OpenDay>();
  const used = new Set<string>();
  for (const stretch of stretches)
    for (const segment of segments) addSegment(days, used, segment, stretch, zone);
  // in the order of the tariff
  const ordered = stretches.flatMap(({ map }) => (map.names.length === 1 ? [''] : map.names));
  const periods = [...new Set(ordered)].filter((name) => used.has(name));
  return {
    periods,
    days: [...days]
      .sort(([a], [b]) => a - b)
      .map(([day, { amounts, estimated, missing }]) => ({
        ...{ day, estimated, missing, amounts: periods.map((name) => amounts.get(name) ?? 0) },
      })),
  };
}

function addSegment(
  days: Map<number, OpenDay>,
  used: Set<string>,
  { startS, intervalS, step, counts, estimated }: UsageSegment,
  { fromS, toS, map }: PeriodStretch,
  zone: ZoneTable,
): void {
  const first = Math.max(0, Math.ceil((fromS - startS) / intervalS));
  const end = Math.min(counts.length, Math.ceil((toS - startS) / intervalS));
  const plain = map.names.length === 1;
  let span = 0;
  let day: OpenDay | undefined;
  let dayEndS = Number.NEGATIVE_INFINITY;
  for (let slot = first; slot < end; slot++) {
    const atS = startS + slot * intervalS;
    if (atS >= dayEndS) {
      const number = zone.localDayOf(atS);
      dayEndS = zone.dayStart(number + 1);
      day = days.get(number) ?? { amounts: new Map(), estimated: 0, missing: 0 };
      days.set(number, day);
    }
    while (span < map.periods.length - 1 && map.at[span + 1]! <= atS) span++;
    const name = plain ? '' : map.names[map.periods[span]!]!;
    used.add(name);
    const count = counts[slot]!;
    if (Number.isNaN(count)) {
      day!.missing++;
      continue;
    }
    const amount = count * step;
    day!.amounts.set(name, (day!.amounts.get(name) ?? 0) + amount);
    if (estimated?.[slot]) day!.estimated += amount;
  }
}
