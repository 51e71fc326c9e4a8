/**
 * Service levels from counts, so that days, groups, routes, vendors and firmwares add up: figures are
 * worked out of sums and never averaged.
 */

/** Counts of a set of meters over one day or several. */
export interface ServiceCounts {
  /** Intervals that were to come. */
  readonly expected: number;
  /** Of those, come by 06:00 local time of the next day, by the third day, and so far. */
  readonly byMorning: number;
  readonly byDay3: number;
  readonly received: number;
  /** Intervals that are estimated now. */
  readonly estimated: number;
  /** Register readings that billing windows needed, and got. */
  readonly registersExpected: number;
  readonly registersReceived: number;
  readonly meterDays: number;
  readonly exceptions: number;
}

const FIELDS = [
  'expected',
  'byMorning',
  'byDay3',
  'received',
  'estimated',
  'registersExpected',
  'registersReceived',
  'meterDays',
  'exceptions',
] as const satisfies readonly (keyof ServiceCounts)[];

export const noServiceCounts: ServiceCounts = {
  expected: 0,
  byMorning: 0,
  byDay3: 0,
  received: 0,
  estimated: 0,
  registersExpected: 0,
  registersReceived: 0,
  meterDays: 0,
  exceptions: 0,
};

/** What a figure has to be, and on which side of it. */
export interface ServiceTarget {
  readonly value: number;
  readonly atLeast: boolean;
}

export interface ServiceFigures {
  /** Shares, 0 to 1; NaN where nothing was expected. */
  readonly morningRate: number;
  readonly day3Rate: number;
  readonly readRate: number;
  readonly registerRate: number;
  readonly estimationRate: number;
  readonly exceptionsPer1000MeterDays: number;
}

/** Targets of the figures that have one. */
export const serviceTargets: Partial<Readonly<Record<keyof ServiceFigures, ServiceTarget>>> = {
  morningRate: { value: 0.985, atLeast: true },
  day3Rate: { value: 0.995, atLeast: true },
  registerRate: { value: 0.999, atLeast: true },
  estimationRate: { value: 0.01, atLeast: false },
};

export function addCounts(a: ServiceCounts, b: ServiceCounts): ServiceCounts {
  const sum: Record<string, number> = {};
  for (const field of FIELDS) sum[field] = a[field] + b[field];
  return sum as unknown as ServiceCounts;
}

export function serviceFigures(counts: ServiceCounts): ServiceFigures {
  return {
    morningRate: counts.byMorning / counts.expected,
    day3Rate: counts.byDay3 / counts.expected,
    readRate: counts.received / counts.expected,
    registerRate: counts.registersReceived / counts.registersExpected,
    estimationRate: counts.estimated / counts.expected,
    exceptionsPer1000MeterDays: (counts.exceptions * 1_000) / counts.meterDays,
  };
}

/** True when a figure meets its target or has none, or nothing was expected. */
export function meetsTarget(name: keyof ServiceFigures, figure: number): boolean {
  const target = serviceTargets[name];
  if (target === undefined || Number.isNaN(figure)) return true;
  return target.atLeast ? figure >= target.value : figure < target.value;
}

/** Counts by any key: a day, group, route, vendor or firmware. */
export function countsBy<T, K>(
  rows: Iterable<T>,
  keyOf: (row: T) => K,
  countsOf: (row: T) => ServiceCounts,
): Map<K, ServiceCounts> {
  const sums = new Map<K, ServiceCounts>();
  for (const row of rows) {
    const key = keyOf(row);
    sums.set(key, addCounts(sums.get(key) ?? noServiceCounts, countsOf(row)));
  }
  return sums;
}

/** Median of ages or conversion times in seconds, which are sorted in place; NaN of none. */
export function medianS(agesS: Float64Array): number {
  agesS.sort();
  const middle = agesS.length >> 1;
  if (agesS.length === 0) return Number.NaN;
  return agesS.length % 2 === 1 ? agesS[middle]! : (agesS[middle - 1]! + agesS[middle]!) / 2;
}
