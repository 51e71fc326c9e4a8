/**
 * From rows of a profile to series of channels. Pure.
 *
 *   column ── OBIS ──▶ interval channel of the profile's period, else a register ──▶ series
 *   an interval that was asked for and has no row, and the meter's clock is past it ──▶ `missing`
 */
import { findObis, formatObis, Quality, Reason } from '@openami/model';
import type { DecodedSeries } from '@openami/wire';
import {
  type CaptureObject,
  clockStatusBits,
  cosemUnit,
  numberOf,
  type Profile,
  type ProfileColumn,
  type ScalerUnit,
} from '@openami/wire/dlms';
import { canonical, type PlannedChannel } from '../collect/item-channels.ts';

/** Classes whose value has a scaler and a unit, and the attribute that holds both. */
export const scaledClasses: Readonly<Record<number, number>> = { 3: 3, 4: 3, 5: 4 };

export type FlaggedSeries = DecodedSeries & { readonly flags: Uint32Array };

/** `1-0:1.8.0*255` of `1.0.1.8.0.255`. */
function obisOfInstance(instance: string): string {
  const obis = findObis(instance);
  return obis === undefined ? instance : formatObis(obis);
}

/** `1.0.1.8.0.255` of `1-0:1.8.0*255`. */
export function instanceOfObis(text: string): string {
  const obis = findObis(text);
  return obis === undefined ? text : [obis.a, obis.b, obis.c, obis.d, obis.e, obis.f].join('.');
}

export function isValueColumn({ classId, attribute }: CaptureObject): boolean {
  return scaledClasses[classId] !== undefined && attribute === 2;
}

/** A raw number in its unit; division keeps decimals as exact as a number can be. */
export function scaled(raw: number, scaler: number): number {
  return scaler < 0 ? raw / 10 ** -scaler : raw * 10 ** scaler;
}

export interface RowsOf {
  readonly profile: Profile;
  /** By column. */
  readonly scalers: readonly (ScalerUnit | undefined)[];
  /** Channels that the profile is to fill. */
  readonly channels: readonly PlannedChannel[];
  /** Of columns that no channel is for. */
  readonly periodS: number;
  /** Ends of the intervals that were asked for. */
  readonly ends: Uint32Array;
  /** The meter has written all rows up to this second; -Infinity when its clock proves nothing. */
  readonly provenUntilS: number;
}

/** Series of all columns with a value, and of channels that no column is for: those are not there. */
export function seriesOfRows({
  profile,
  scalers,
  channels,
  periodS,
  ends,
  provenUntilS,
}: RowsOf): FlaggedSeries[] {
  const flags = flagsOfRows(profile);
  const absent = absentEnds(profile, ends, provenUntilS);
  const left = new Set(channels);
  const intervalOf = (obis: string): number => {
    const channel = channels.find((one) => canonical(one.obis) === obis);
    if (channel !== undefined) left.delete(channel);
    return channel?.intervalS ?? periodS;
  };
  const there = profile.columns.flatMap((column, at) => {
    const scaler = scalers[at];
    const unit = scaler && cosemUnit(scaler.unit)?.unit;
    if (!isValueColumn(column.object) || !unit) return [];
    const obis = obisOfInstance(column.object.instance);
    return [
      columnSeries(column, scaler, { obis, unit, intervalS: intervalOf(obis) }, profile, flags, absent),
    ];
  });
  const proven = [...ends].filter((end) => end <= provenUntilS);
  return [...there, ...missingSeries([...left], proven)];
}

/** Channels that a meter has nothing for, at these ends. */
export function missingSeries(channels: readonly PlannedChannel[], ends: readonly number[]): FlaggedSeries[] {
  if (ends.length === 0) return [];
  return channels.map(({ obis, unit, intervalS }) => ({
    ...{ quantity: obis, unit, intervalS, length: ends.length },
    ...{ end: Float64Array.from(ends), value: new Float64Array(ends.length).fill(Number.NaN) },
    ...{ quality: new Uint8Array(ends.length).fill(Quality.missing), flags: new Uint32Array(ends.length) },
  }));
}

function columnSeries(
  { raw, values }: ProfileColumn,
  { scaler }: ScalerUnit,
  { obis, unit, intervalS }: { obis: string; unit: string; intervalS: number },
  { rows, timeS }: Profile,
  rowFlags: Uint32Array,
  absent: readonly number[],
): FlaggedSeries {
  const end: number[] = [];
  const value: number[] = [];
  const quality: number[] = [];
  const flags: number[] = [];
  for (let row = 0; row < rows; row++) {
    const at = timeS[row]!;
    if (Number.isNaN(at)) continue;
    const isNull = values[row]!.type === 'null';
    end.push(at);
    value.push(isNull ? Number.NaN : scaled(raw[row]!, scaler));
    quality.push(isNull ? Quality.missing : Quality.raw);
    flags.push(rowFlags[row]!);
  }
  for (const at of absent) {
    end.push(at);
    value.push(Number.NaN);
    quality.push(Quality.missing);
    flags.push(0);
  }
  return {
    ...{ quantity: obis, unit, intervalS, length: end.length },
    ...{ end: Float64Array.from(end), value: Float64Array.from(value) },
    ...{ quality: Uint8Array.from(quality), flags: Uint32Array.from(flags) },
  };
}

/** Asked for, not there, and the meter will not write them any more. */
function absentEnds({ timeS }: Profile, ends: Uint32Array, provenUntilS: number): number[] {
  const there = new Set(timeS);
  return [...ends].filter((end) => end <= provenUntilS && !there.has(end));
}

/** AMR profile status: 0.0.96.10.x, one byte (IDIS, DLMS UA profile status bits). */
const statusName = /^[01]\.\d+\.96\.10\.\d+\.255$/;
const statusBits: readonly (readonly [bit: number, reason: number])[] = [
  [0x02, Reason.clockShift],
  [0x20, Reason.clockShift],
  [0x80, Reason.powerFail],
];

function flagsOfRows({ rows, columns, clockStatus }: Profile): Uint32Array {
  const flags = new Uint32Array(rows);
  const status = columns.find(({ object }) => statusName.test(object.instance));
  for (let row = 0; row < rows; row++) {
    const clock = clockStatus[row]!;
    if (clock !== 0xff && (clock & clockStatusBits.invalid) !== 0) flags[row]! |= Reason.clockShift;
    const bits = status === undefined ? 0 : (numberOf(status.values[row]!) ?? 0);
    for (const [bit, reason] of statusBits) if ((bits & bit) !== 0) flags[row]! |= reason;
  }
  return flags;
}
