/**
 * Sums of many channels by classes of intervals, in one pass over as long as a year. Which class an interval
 * is of comes as an array over the slots, so the engine knows no calendar: months, and the periods of as many
 * tariffs as are asked about, are all classes to it, and whoever asks adds them up again.
 *
 *   slot     0    1    2    3   …       slot = (end - interval - start) / interval
 *   classes [ 0 ,  0 ,  3 ,  1 , … ]    January off peak, January on peak of one tariff and not the other, …
 *
 * It is exact or it says so, as the queries of determinants are.
 */
import type { AccessContext } from '@openami/model';
import type { EngineClient } from '../client.ts';
import { lookup, mostCounts, mostSlots, slotBits } from './determinant-columns.ts';
import { longStatement } from './determinants.ts';
import type { Scope } from './scope.ts';
import { made, present, uint32 } from './spans.ts';

export interface ClassSpec {
  readonly startS: number;
  readonly intervalS: number;
  /** The class of each slot. */
  readonly classes: Uint16Array;
  /** Revision second: newer readings make a row odd. */
  readonly asOf: number;
}

/** Columns, a row for each channel and class that has readings, in order of both; counts of `resolution`. */
export interface ClassSums {
  readonly rows: number;
  readonly channel: Uint32Array;
  readonly class: Uint16Array;
  readonly resolution: Uint32Array;
  readonly present: Uint32Array;
  readonly estimated: Uint32Array;
  /** 1: several resolutions, counts that do not fit, below zero, or newer than asked for: do not use it. */
  readonly odd: Uint8Array;
  readonly sum: Float64Array;
  readonly guessed: Float64Array;
  /** The largest interval, of equal ones the first; 0 for none above zero. */
  readonly peak: PeakColumns;
  /** The same of those that are measured. */
  readonly measuredPeak: PeakColumns;
}

interface PeakColumns {
  readonly counts: Float64Array;
  readonly slot: Uint32Array;
  /** 1 where it is not measured. */
  readonly guess: Uint8Array;
}

export class ClassSumQueries {
  private readonly client: EngineClient;
  private readonly scope: Scope;

  constructor(client: EngineClient, scope: Scope) {
    this.client = client;
    this.scope = scope;
  }

  /** Throws OUT_OF_SCOPE. */
  async of(access: AccessContext, channels: readonly number[], spec: ClassSpec): Promise<ClassSums> {
    await this.scope.requireChannels(access, channels);
    if (spec.classes.length > mostSlots) throw new RangeError(`${spec.classes.length} slots`);
    const table = await this.client.select(statementOf(channels, spec), {}, longStatement);
    const peak = (name: string): PeakColumns => ({
      ...{ counts: table.f64(`${name}_counts`), slot: table.u32(`${name}_slot`) },
      guess: table.u8(`${name}_guess`),
    });
    return {
      ...{ rows: table.rows, channel: table.u32('channel'), class: table.u16('class') },
      ...{ resolution: table.u32('resolution'), present: table.u32('present') },
      ...{ estimated: table.u32('estimated'), odd: table.u8('odd') },
      ...{ sum: table.f64('sum'), guessed: table.f64('guessed') },
      ...{ peak: peak('a'), measuredPeak: peak('m') },
    };
  }
}

/** Numbers stand in the statement, because parameters are a statement of their own. */
function statementOf(channels: readonly number[], { startS, intervalS, classes, asOf }: ClassSpec): string {
  const slot = `intDiv(toUnixTimestamp(end) - ${intervalS + startS}, ${intervalS})`;
  const key = `bitShiftLeft(value, ${slotBits + 1}) + ${2 * (mostSlots - 1)} - 2 * slot + guess`;
  const shown = (name: string) => `bitShiftRight(${name}, ${slotBits + 1}) AS ${name}_counts,
    toUInt32(${mostSlots - 1} - bitShiftRight(bitAnd(${name}, ${2 * mostSlots - 1}), 1)) AS ${name}_slot,
    toUInt8(bitAnd(${name}, 1)) AS ${name}_guess`;
  return `SELECT channel, class, most AS resolution, present, estimated,
      toUInt8(least <> most OR lowest < 0 OR largest >= ${mostCounts} OR latest > ${uint32(asOf)}) AS odd,
      sum, guessed, ${shown('a')}, ${shown('m')}
    FROM (SELECT channel, class, min(resolution) AS least, max(resolution) AS most,
        toUInt32(count()) AS present, toUInt32(countIf(guess)) AS estimated, min(value) AS lowest,
        max(value) AS largest, max(revision) AS latest, sum(value) AS sum, sumIf(value, guess) AS guessed,
        maxIf(${key}, value > 0) AS a, maxIf(${key}, value > 0 AND NOT guess) AS m
      FROM (SELECT channel, value, resolution, revision, ${made} AS guess, ${slot} AS slot,
          toUInt16(${lookup(classes)}) AS class
        FROM openami.reading FINAL
        PREWHERE channel IN (${channels.map(uint32).join(',') || '0'})
          AND end > ${startS} AND end <= ${startS + classes.length * intervalS}
        WHERE ${present} AND (toUnixTimestamp(end) - ${startS}) % ${intervalS} = 0)
      GROUP BY channel, class)
    ORDER BY channel, class`;
}
