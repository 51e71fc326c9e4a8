/**
 * Billing determinants of many channels in one pass: what was used in each period, and the largest demand.
 * Which period an interval is of comes as an array over the slots of the window, so the engine knows no
 * calendar; it looks up, adds and compares whole counts.
 *
 *   slot      0    1    2    3   …        slot = (end - interval - start) / interval
 *   periods [ 0 ,  0 ,  1 ,  1 , … ]      one array a schedule
 *   ends    [ 0 ,  1 ,  0 ,  1 , … ]      one array a demand: a window may end with this slot
 *
 * It is exact or it says so: a channel of several resolutions or of counts that do not fit its keys, with
 * holes, with values below zero or with readings newer than asked for is told to be `odd`, and nobody should
 * take its figures.
 */
import type { AccessContext } from '@openami/model';
import type { EngineClient, Settings } from '../client.ts';
import type { Table } from '../native.ts';
import type { Scope } from './scope.ts';
import { present, uint32 } from './spans.ts';

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

/** A peak in one period: counts of the window, its last slot, and whether it holds estimates. */
interface SqlPeak {
  readonly counts: number;
  readonly slot: number;
  readonly estimated: boolean;
}

/** Figures of one channel, in counts of `resolution`. */
export interface ChannelDeterminants {
  readonly channel: number;
  readonly resolution: number;
  readonly present: number;
  readonly estimated: number;
  /** Do not use it: see above. */
  readonly odd: boolean;
  /** By schedule and period. */
  readonly energy: readonly (readonly number[])[];
  readonly estimatedEnergy: readonly (readonly number[])[];
  /** By demand and period; undefined where no window counts. */
  readonly peaks: readonly (readonly (SqlPeak | undefined)[])[];
  /** By running need: `[period * tiers + tier]`, thousandths of the base unit. */
  readonly running: readonly (readonly number[])[];
}

/** Slots that fit beside a count in a key. */
export const slotBits = 20;
export const mostSlots = 2 ** slotBits;
/** Counts of a window that fit. */
export const mostCounts = 2 ** (62 - slotBits - 1);

export class DeterminantQueries {
  private readonly client: EngineClient;
  private readonly scope: Scope;

  constructor(client: EngineClient, scope: Scope) {
    this.client = client;
    this.scope = scope;
  }

  /** One row a channel that has readings, in order of channels. Throws OUT_OF_SCOPE. */
  async of(
    access: AccessContext,
    channels: readonly number[],
    spec: DeterminantSpec,
  ): Promise<ChannelDeterminants[]> {
    await this.scope.requireChannels(access, channels);
    if (channels.length === 0) return [];
    const settings: Settings = { max_query_size: 64_000_000, max_ast_elements: 4_000_000 };
    return rowsOf(await this.client.select(statementOf(channels, spec), {}, settings), spec);
  }
}

const literal = (values: ArrayLike<number>) => `[${Array.from(values).join(',')}]`;

/** The whole statement; numbers stand in it, because parameters are a statement of their own. */
function statementOf(channels: readonly number[], spec: DeterminantSpec): string {
  const { startS, intervalS, slots, schedules, demands, running, asOf } = spec;
  const lookups = [
    ...schedules.map(({ of }, s) => (s === 0 ? '' : `, ${lookup(of)} AS p${s}`)),
    ...demands.map(({ ends, length }, d) =>
      length === 1 && !ends.includes(0) ? '' : `, ${lookup(ends)} AS e${d}`,
    ),
  ].join('');
  const rows = `SELECT channel, value, resolution, revision, quality IN (4, 8) AS guess,
      intDiv(toUnixTimestamp(end) - ${intervalS + startS}, ${intervalS}) AS slot${lookups}
    FROM openami.reading FINAL
    PREWHERE channel IN (${channels.map(uint32).join(',')})
      AND end > ${startS} AND end <= ${startS + slots * intervalS}
    WHERE ${present} AND (toUnixTimestamp(end) - ${startS}) % ${intervalS} = 0`;
  const columns = [
    'toUInt32(count()) AS present',
    'toUInt32(countIf(guess)) AS estimated',
    'min(resolution) AS least',
    'max(resolution) AS most',
    'toUInt8(min(value) < 0) AS negative',
    'max(value) AS largest',
    `toUInt8(max(revision) > ${uint32(asOf)}) AS late`,
    ...schedules.flatMap(({ periods }, s) => energyColumns(s, periods)),
    ...demands.flatMap((demand, d) => peakColumns(demand, d, schedules[demand.schedule]!.periods)),
    ...running.flatMap((need, r) => runningColumns(need, r, schedules[need.schedule]!.periods)),
  ];
  return `SELECT channel, ${columns.join(', ')} FROM (${windowed(rows, demands, running)})
    GROUP BY channel ORDER BY channel`;
}

function lookup(values: ArrayLike<number>): string {
  return `arrayElement(${literal(values)}, slot + 1)`;
}

function energyColumns(s: number, periods: number): string[] {
  return Array.from({ length: periods }, (_, p) => {
    const inPeriod = s === 0 ? '' : `p${s} = ${p}`;
    const sum = inPeriod === '' ? 'sum(value)' : `sumIf(value, ${inPeriod})`;
    const guessed = inPeriod === '' ? 'guess' : `guess AND ${inPeriod}`;
    return `${sum} AS s${s}_${p}, sumIf(value, ${guessed}) AS g${s}_${p}`;
  });
}

/** The largest window; of equal ones the first, because the slot counts down in the lower bits. */
function peakColumns(
  { schedule, length, ends, estimatedCanPeak, straddle }: DemandSpec,
  d: number,
  periods: number,
): string[] {
  const single = length === 1;
  const sum = single ? 'value' : `w${d}`;
  const guess = single ? 'guess' : `wg${d}`;
  const key = `bitShiftLeft(${sum}, ${slotBits + 1}) + ${2 * (mostSlots - 1)} - 2 * slot + ${guess}`;
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
    const largest = `maxIf(${key}, ${all.join(' AND ')})`;
    const low = `toUInt32(bitAnd(${largest}, ${2 * mostSlots - 1})) AS l${d}_${p}`;
    return `bitShiftRight(${largest}, ${slotBits + 1}) AS k${d}_${p}, ${low}`;
  });
}

function runningColumns({ schedule, filling, limits }: RunningSpec, r: number, periods: number): string[] {
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
function windowed(rows: string, demands: readonly DemandSpec[], running: readonly RunningSpec[]): string {
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

function rowsOf(table: Table, spec: DeterminantSpec): ChannelDeterminants[] {
  const { schedules, demands, running, slots } = spec;
  const u32 = (name: string) => table.u32(name);
  const [channel, presentSlots, estimated] = [u32('channel'), u32('present'), u32('estimated')];
  const [least, most] = [u32('least'), u32('most')];
  const [negative, late] = [table.u8('negative'), table.u8('late')];
  const largest = table.f64('largest');
  const matrix = (letter: string, of: readonly { readonly periods: number }[]) =>
    of.map(({ periods }, s) => Array.from({ length: periods }, (_, p) => table.f64(`${letter}${s}_${p}`)));
  const [energy, guessed] = [matrix('s', schedules), matrix('g', schedules)];
  const keys = demands.map(({ schedule }, d) =>
    Array.from({ length: schedules[schedule]!.periods }, (_, p) => ({
      ...{ counts: table.f64(`k${d}_${p}`), low: table.u32(`l${d}_${p}`) },
    })),
  );
  const parts = running.map(({ schedule, limits }, r) =>
    Array.from({ length: schedules[schedule]!.periods * (limits.length + 1) }, (_, i) => {
      const tiers = limits.length + 1;
      return table.f64(`r${r}_${Math.floor(i / tiers)}_${i % tiers}`);
    }),
  );
  const longest = demands.reduce((length, demand) => Math.max(length, demand.length), 1);
  return Array.from({ length: table.rows }, (_, i) => ({
    ...{ channel: channel[i]!, resolution: most[i]!, present: presentSlots[i]!, estimated: estimated[i]! },
    odd:
      least[i] !== most[i] ||
      negative[i] === 1 ||
      late[i] === 1 ||
      presentSlots[i] !== slots ||
      largest[i]! * longest >= mostCounts,
    energy: energy.map((periods) => periods.map((column) => column[i]!)),
    estimatedEnergy: guessed.map((periods) => periods.map((column) => column[i]!)),
    peaks: keys.map((periods) => periods.map(({ counts, low }) => peakOf(counts[i]!, low[i]!))),
    running: parts.map((cells) => cells.map((column) => column[i]!)),
  }));
}

/** Takes a key apart; no counts are none, since a window of nothing is no peak. */
function peakOf(counts: number, low: number): SqlPeak | undefined {
  if (counts <= 0) return undefined;
  return { counts, slot: mostSlots - 1 - (low >> 1), estimated: (low & 1) === 1 };
}
