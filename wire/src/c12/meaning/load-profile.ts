/** Blocks of a load profile (tables 61 to 67) as columns: one row an interval, oldest first. */
import { Quality, type Rational, rational } from '@openami/model';
import { c12Errors } from '../errors.ts';
import { decodePart, partBytes } from '../tables/codec.ts';
import type { TableDefinition } from '../tables/language.ts';
import { blockTable, blockType, type ProfileSet } from '../tables/profile-tables.ts';
import { standardTables } from '../tables/standard-tables.ts';
import {
  fieldOf,
  isClockTime,
  isDecimal,
  type TableRecord,
  type Tables,
  type TableValue,
} from '../tables/value.ts';
import { newestFirst } from './list-order.ts';

/** Bits 4 to 7 of the first byte of the extended status. */
export const commonStatus = { dst: 1, powerFail: 2, clockForward: 4, clockBack: 8 } as const;

/** Status of a channel in an interval (CHANNEL_STATUS_ENUM). */
export const channelStatus = {
  none: 0,
  overflow: 1,
  partial: 2,
  long: 3,
  skipped: 4,
  testMode: 5,
  configurationChanged: 6,
  stopped: 7,
} as const;

export interface ProfileChannel {
  /** Index into table 16. */
  readonly source: number;
  /** value = raw × 10^power × worth, before constants of the source. */
  readonly raw: readonly (number | bigint)[];
  readonly power: Int16Array;
  /** Divisor over scalar of table 62. */
  readonly worth: Rational;
  /** channelStatus of each interval. */
  readonly status: Uint8Array;
}

export interface LoadProfile {
  readonly set: ProfileSet;
  readonly intervalS: number;
  readonly length: number;
  /** End of each interval by the clock of the device; NaN where its block has no time. */
  readonly clockEndS: Float64Array;
  /** End of the block of each interval, and seconds from the interval to it. */
  readonly blockEndS: Float64Array;
  readonly beforeBlockEndS: Float64Array;
  /** Bits of commonStatus. */
  readonly common: Uint8Array;
  /** 0 where the simple status says that an interval is not valid. */
  readonly valid: Uint8Array;
  readonly channels: readonly ProfileChannel[];
}

interface Shape {
  readonly set: ProfileSet;
  readonly blocks: number;
  readonly intervals: number;
  readonly channels: number;
  readonly intervalS: number;
}

/** Sizes of a set of this device. Raises C12_NEEDS_TABLE. */
export function profileShape(tables: Tables, set: ProfileSet): Shape {
  const limits = fieldOf(tables.get(61), `SET${set}`) as TableRecord | undefined;
  if (limits === undefined) throw c12Errors.C12_NEEDS_TABLE(`table 61 with set ${set}`, { table: 61 });
  return {
    set,
    blocks: Number(limits.NBR_BLKS),
    intervals: Number(limits.NBR_BLK_INTS),
    channels: Number(limits.NBR_CHNS),
    intervalS: Number(limits.MAX_INT_TIME) * 60,
  };
}

/** Bytes of one block, so that single ones can be read. */
export function blockBytes(tables: Tables, set: ProfileSet): number {
  return partBytes(definitionOf(set), blockType(set), tables);
}

function definitionOf(set: ProfileSet): TableDefinition {
  return standardTables.get(blockTable(set))!;
}

/** Elements of the block array that are in use by table 63, oldest first. */
export function validBlocks(tables: Tables, set: ProfileSet): readonly number[] {
  const status = fieldOf(tables.get(63), `SET${set}`) as TableRecord | undefined;
  if (status === undefined) throw c12Errors.C12_NEEDS_TABLE(`table 63 with set ${set}`, { table: 63 });
  return newestFirst(
    profileShape(tables, set).blocks,
    Number(status.NBR_VALID_BLOCKS),
    Number(status.LAST_BLOCK_ELEMENT),
    fieldOf(status, 'LP_SET_STATUS_FLAGS.ORDER') === true,
  ).reverse();
}

/** Reads a block. */
export function decodeBlock(bytes: Uint8Array, tables: Tables, set: ProfileSet, at = 0): TableRecord {
  return decodePart(definitionOf(set), blockType(set), bytes, tables, at) as TableRecord;
}

/** The load profile in the bytes of table 64 (65, 66, 67), with tables 0, 61, 62 and 63. */
export function loadProfileOf(bytes: Uint8Array, tables: Tables, set: ProfileSet = 1): LoadProfile {
  const size = blockBytes(tables, set);
  const elements = validBlocks(tables, set);
  const blocks = elements.map((element) => decodeBlock(bytes, tables, set, element * size));
  return loadProfileOfBlocks(blocks, tables, set);
}

/** The same of blocks that were read one by one, oldest first; the last is the newest of the device. */
export function loadProfileOfBlocks(
  blocks: readonly TableRecord[],
  tables: Tables,
  set: ProfileSet = 1,
): LoadProfile {
  const shape = profileShape(tables, set);
  const status = fieldOf(tables.get(63), `SET${set}`) as TableRecord | undefined;
  const newest = Math.min(Number(status?.NBR_VALID_INT ?? shape.intervals), shape.intervals);
  const isDescending = fieldOf(status, 'LP_SET_STATUS_FLAGS.INTERVAL_ORDER') === true;
  const length = blocks.length === 0 ? 0 : (blocks.length - 1) * shape.intervals + newest;
  const rows = new Rows(shape, length, tables);
  for (const [i, block] of blocks.entries()) {
    rows.add(block, i === blocks.length - 1 ? newest : shape.intervals, isDescending);
  }
  return rows.done();
}

class Rows {
  readonly #shape: Shape;
  readonly #profile: {
    clockEndS: Float64Array;
    blockEndS: Float64Array;
    beforeBlockEndS: Float64Array;
    common: Uint8Array;
    valid: Uint8Array;
  };
  readonly #channels: {
    source: number;
    raw: (number | bigint)[];
    power: Int16Array;
    worth: Rational;
    status: Uint8Array;
  }[];
  #at = 0;

  constructor(shape: Shape, length: number, tables: Tables) {
    this.#shape = shape;
    this.#profile = {
      clockEndS: new Float64Array(length),
      blockEndS: new Float64Array(length),
      beforeBlockEndS: new Float64Array(length),
      common: new Uint8Array(length),
      valid: new Uint8Array(length).fill(1),
    };
    const control = fieldOf(tables.get(62), `SET${shape.set}`) as TableRecord | undefined;
    if (control === undefined)
      throw c12Errors.C12_NEEDS_TABLE(`table 62 with set ${shape.set}`, { table: 62 });
    const selection = control.LP_SEL as readonly TableRecord[];
    const scalars = control.SCALARS as readonly number[] | undefined;
    const divisors = control.DIVISOR as readonly number[] | undefined;
    this.#channels = Array.from({ length: shape.channels }, (_, i) => ({
      source: Number(selection[i]?.LP_SOURCE_SELECT ?? 0),
      raw: new Array<number | bigint>(length).fill(0),
      power: new Int16Array(length),
      // the device multiplied by the scalar and divided by the divisor; 0 is as good as 1
      worth: rational(BigInt(divisors?.[i] || 1), BigInt(scalars?.[i] || 1)),
      status: new Uint8Array(length),
    }));
  }

  add(block: TableRecord, count: number, isDescending: boolean): void {
    const time = block.BLK_END_TIME;
    const endS = isClockTime(time) && time.seconds !== null ? time.seconds : Number.NaN;
    const intervals = block.LP_INT as readonly TableRecord[];
    const simple = block.SIMPLE_INT_STATUS as readonly number[] | undefined;
    const valid = simple && new Set(simple);
    for (let i = 0; i < count; i++) {
      const from = isDescending ? count - 1 - i : i;
      const at = this.#at++;
      const beforeS = (count - 1 - i) * this.#shape.intervalS;
      this.#profile.clockEndS[at] = endS - beforeS;
      this.#profile.blockEndS[at] = endS;
      this.#profile.beforeBlockEndS[at] = beforeS;
      if (valid !== undefined && !valid.has(from)) this.#profile.valid[at] = 0;
      this.#row(intervals[from]!, at);
    }
  }

  #row(interval: TableRecord, at: number): void {
    const states = interval.EXTENDED_INT_STATUS as readonly number[] | undefined;
    if (states !== undefined) this.#profile.common[at] = states[0]! >> 4;
    const values = interval.INT_DATA as readonly TableValue[];
    for (const [i, channel] of this.#channels.entries()) {
      const value = values[i]!;
      if (isDecimal(value)) {
        channel.raw[at] = value.raw;
        channel.power[at] = value.power;
      } else channel.raw[at] = value as number | bigint;
      if (states === undefined) continue;
      const byte = states[(i + 1) >> 1]!;
      channel.status[at] = (i + 1) % 2 === 0 ? byte >> 4 : byte & 0xf;
    }
  }

  done(): LoadProfile {
    const { set, intervalS } = this.#shape;
    return { set, intervalS, length: this.#at, ...this.#profile, channels: this.#channels };
  }
}

/** Quality of a value of an interval. */
export function intervalQuality(status: number, isValid: boolean): number {
  if (status === channelStatus.skipped || status === channelStatus.stopped) return Quality.missing;
  if (!isValid) return Quality.questionable;
  const isDoubtful =
    status === channelStatus.overflow ||
    status === channelStatus.long ||
    status === channelStatus.testMode ||
    status === channelStatus.configurationChanged;
  return isDoubtful ? Quality.questionable : Quality.raw;
}
