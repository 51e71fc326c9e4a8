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
import {
  countColumns,
  type DeterminantSpec,
  figureColumns,
  figuresOfIntervals,
  intervalRows,
  mostCounts,
  mostSlots,
  runningColumns,
} from './determinant-columns.ts';
import type { Scope } from './scope.ts';
import { uint32 } from './spans.ts';

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

/** Lists of channels and of slots stand in the statement. */
export const longStatement: Settings = { max_query_size: 64_000_000, max_ast_elements: 4_000_000 };

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
    return rowsOf(await this.client.select(statementOf(channels, spec), {}, longStatement), spec);
  }
}

/** The whole statement; numbers stand in it, because parameters are a statement of their own. */
function statementOf(channels: readonly number[], spec: DeterminantSpec): string {
  const { schedules, running, asOf } = spec;
  const columns = [
    ...countColumns,
    `toUInt8(max(revision) > ${uint32(asOf)}) AS late`,
    ...figureColumns(spec, figuresOfIntervals(spec)),
    ...running.flatMap((need, r) => runningColumns(need, r, schedules[need.schedule]!.periods)),
  ];
  return `SELECT channel, ${columns.join(', ')} FROM (${intervalRows(channels, spec)})
    GROUP BY channel ORDER BY channel`;
}

/** Columns of figures as rows. */
export function rowsOf(table: Table, spec: DeterminantSpec): ChannelDeterminants[] {
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
