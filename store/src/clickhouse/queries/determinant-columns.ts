/**
 * Columns of SQL that add determinants up: of the intervals of a month, or of those of each of its days,
 * which are added up again later. Figures are told apart by schedule and period, or by demand and period:
 *
 *   s0_0  energy       g0_0  of it estimated       k0_0 l0_0  largest demand, and its slot
 */
import { made, present, uint32 } from './spans.ts';

/** A demand to be found: the largest sum of `length` slots in a row. */
interface DemandSpec {
  /** Index into `periods`. */
  readonly schedule: number;
  readonly length: number;
  /** 1 where a window may end with the slot. */
  readonly ends: Uint8Array;
  /** A window may reach over the end of a period, and counts for that it starts in. */
  readonly straddle: boolean;
  /** Windows with estimated intervals count, too. */
  readonly estimatedCanPeak: boolean;
}

/** Tiers that fill in order of time. */
interface RunningSpec {
  readonly schedule: number;
  /** Periods that fill them. */
  readonly filling: readonly boolean[];
  /** Ascending, in thousandths of the base unit. */
  readonly limits: readonly number[];
}

export interface DeterminantSpec {
  readonly startS: number;
  readonly intervalS: number;
  readonly slots: number;
  /** How many periods each schedule has, and the period of each slot. */
  readonly schedules: readonly { readonly periods: number; readonly of: Uint16Array }[];
  readonly demands: readonly DemandSpec[];
  readonly running: readonly RunningSpec[];
  /** Revision second: newer readings make a channel odd. */
  readonly asOf: number;
}

/** Slots that fit beside a count in a key. */
export const slotBits = 20;
export const mostSlots = 2 ** slotBits;
/** Counts of a window that fit. */
export const mostCounts = 2 ** (62 - slotBits - 1);

export const literal = (values: ArrayLike<number | string>) => `[${Array.from(values).join(',')}]`;

/** Intervals of channels with their slot, and the period of it by each schedule. */
export function intervalRows(channels: readonly number[], spec: DeterminantSpec): string {
  const { startS, intervalS, slots, schedules, demands } = spec;
  const lookups = [
    ...schedules.map(({ of }, s) => (s === 0 ? '' : `, ${lookup(of)} AS p${s}`)),
    ...demands.map(({ ends, length }, d) =>
      length === 1 && !ends.includes(0) ? '' : `, ${lookup(ends)} AS e${d}`,
    ),
  ].join('');
  const rows = `SELECT channel, value, resolution, revision, ${made} AS guess,
      intDiv(toUnixTimestamp(end) - ${intervalS + startS}, ${intervalS}) AS slot${lookups}
    FROM openami.reading FINAL
    PREWHERE channel IN (${channels.map(uint32).join(',')})
      AND end > ${startS} AND end <= ${startS + slots * intervalS}
    WHERE ${present} AND (toUnixTimestamp(end) - ${startS}) % ${intervalS} = 0`;
  return windowed(rows, spec);
}

/** The entry of an array for a slot. */
export function lookup(values: ArrayLike<number>): string {
  return `arrayElement(${literal(values)}, slot + 1)`;
}

/** What is counted of intervals, whatever the tariff. */
export const countColumns = [
  'toUInt32(count()) AS present',
  'toUInt32(countIf(guess)) AS estimated',
  'min(resolution) AS least',
  'max(resolution) AS most',
  'toUInt8(min(value) < 0) AS negative',
  'max(value) AS largest',
] as const;

/** Names of figures in one order: `s1_2` for period 2 of schedule 1. */
export function namesOf({ schedules, demands }: DeterminantSpec) {
  const of = (lists: readonly { readonly periods: number }[]) =>
    lists.flatMap(({ periods }, i) => Array.from({ length: periods }, (_, p) => `${i}_${p}`));
  return { energy: of(schedules), peaks: of(demands.map(({ schedule }) => schedules[schedule]!)) };
}

/** SQL of figures, in the order of their names. */
interface Figures {
  readonly energy: readonly string[];
  readonly guessed: readonly string[];
  readonly peaks: readonly string[];
}

/** Named columns of figures; a peak is taken apart. */
export function figureColumns(spec: DeterminantSpec, { energy, guessed, peaks }: Figures): string[] {
  const names = namesOf(spec);
  return [
    ...names.energy.map((name, i) => `${energy[i]} AS s${name}, ${guessed[i]} AS g${name}`),
    ...names.peaks.map((name, i) => {
      const low = `toUInt32(bitAnd(${peaks[i]}, ${2 * mostSlots - 1})) AS l${name}`;
      return `bitShiftRight(${peaks[i]}, ${slotBits + 1}) AS k${name}, ${low}`;
    }),
  ];
}

/** Figures of intervals. `slot`: SQL of the slot that peaks are told with. */
export function figuresOfIntervals({ schedules, demands }: DeterminantSpec, slot = 'slot'): Figures {
  const inPeriods = schedules.flatMap(({ periods }, s) =>
    Array.from({ length: periods }, (_, p) => (s === 0 ? '1' : `p${s} = ${p}`)),
  );
  return {
    energy: inPeriods.map((inPeriod) => (inPeriod === '1' ? 'sum(value)' : `sumIf(value, ${inPeriod})`)),
    guessed: inPeriods.map((inPeriod) => `sumIf(value, guess AND ${inPeriod})`),
    peaks: demands.flatMap((demand, d) => peakKeys(demand, d, schedules[demand.schedule]!.periods, slot)),
  };
}

/** The largest window; of equal ones the first, because the slot counts down in the lower bits. */
function peakKeys(
  { schedule, length, ends, estimatedCanPeak, straddle }: DemandSpec,
  d: number,
  periods: number,
  slot: string,
): string[] {
  const single = length === 1;
  const sum = single ? 'value' : `w${d}`;
  const guess = single ? 'guess' : `wg${d}`;
  const key = `bitShiftLeft(${sum}, ${slotBits + 1}) + ${2 * (mostSlots - 1)} - 2 * ${slot} + ${guess}`;
  const conditions = [
    `${sum} > 0`,
    ...(single && !ends.includes(0) ? [] : [`e${d} = 1`]),
    ...(single ? [] : [`wf${d} = slot - ${length - 1}`]),
    ...(single || straddle || schedule === 0 ? [] : [`wp${d} = wq${d}`]),
    ...(estimatedCanPeak ? [] : [`NOT ${guess}`]),
  ];
  const period = schedule === 0 ? undefined : single ? `p${schedule}` : straddle ? `ws${d}` : `wp${d}`;
  return Array.from({ length: periods }, (_, p) => {
    const all = period === undefined ? conditions : [...conditions, `${period} = ${p}`];
    return `maxIf(${key}, ${all.join(' AND ')})`;
  });
}

export function runningColumns(
  { schedule, filling, limits }: RunningSpec,
  r: number,
  periods: number,
): string[] {
  const ends = [0, ...limits];
  return Array.from({ length: periods }, (_, p) =>
    ends.map((low, tier) => {
      if (!filling[p]) return `toInt64(0) AS r${r}_${p}_${tier}`;
      const high = ends[tier + 1];
      const upper = high === undefined ? `c${r}` : `least(c${r}, ${high})`;
      const part = `greatest(toInt64(0), ${upper} - greatest(c${r} - value * toInt64(resolution), ${low}))`;
      const sum = schedule === 0 ? `sum(${part})` : `sumIf(${part}, p${schedule} = ${p})`;
      return `${sum} AS r${r}_${p}_${tier}`;
    }),
  ).flat();
}

/** Sums over windows and running totals are added where somebody asks for them. */
function windowed(rows: string, { demands, running }: DeterminantSpec): string {
  const frames: string[] = [];
  const columns: string[] = [];
  for (const [d, { length, schedule, straddle }] of demands.entries()) {
    if (length === 1) continue;
    frames.push(
      `f${d} AS (PARTITION BY channel ORDER BY slot ROWS BETWEEN ${length - 1} PRECEDING AND CURRENT ROW)`,
    );
    columns.push(
      `sum(value) OVER f${d} AS w${d}`,
      `max(guess) OVER f${d} AS wg${d}`,
      `min(slot) OVER f${d} AS wf${d}`,
    );
    if (schedule === 0) continue;
    if (straddle) columns.push(`first_value(p${schedule}) OVER f${d} AS ws${d}`);
    else columns.push(`min(p${schedule}) OVER f${d} AS wp${d}`, `max(p${schedule}) OVER f${d} AS wq${d}`);
  }
  for (const [r, { schedule, filling }] of running.entries()) {
    frames.push(
      `t${r} AS (PARTITION BY channel ORDER BY slot ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`,
    );
    const wanted = filling.flatMap((fills, p) => (fills ? [p] : []));
    const amount = 'value * toInt64(resolution)';
    const counted =
      schedule === 0 || wanted.length === filling.length
        ? amount
        : `if(p${schedule} IN (${wanted.join(',')}), ${amount}, 0)`;
    columns.push(`sum(${counted}) OVER t${r} AS c${r}`);
  }
  if (columns.length === 0) return rows;
  return `SELECT *, ${columns.join(', ')} FROM (${rows}) WINDOW ${frames.join(', ')}`;
}
