/**
 * Load profiles P.01 and P.02 and the log book P.98 in the list form of EDIS (VDEW specification 2.1.2,
 * clause 5.3.3):
 *
 *   P.01(time)(status)(minutes)(channels)(code)(unit)…  for each channel, then rows (value)…(value)
 *
 * The time is the end of the first row's interval; every further row is one interval later. A break in the
 * profile, a power failure or a change of the clock begins a new header.
 */
import { findObis, findUnit, formatObis, Quality } from '@openami/model';
import { type Decimal, decimalNumber, decimalOf } from '../decimal.ts';
import type { DecodedSeries } from '../push/message.ts';
import { iecErrors } from './errors.ts';
import type { IecRecord } from './message.ts';
import { type IecTime, iecTime, iecUtcSeconds } from './time.ts';

/** Bits of the status of a header. */
export const profileStatusBits = {
  fatalError: 0x01,
  clockReserveExhausted: 0x02,
  disturbed: 0x04,
  seasonChanged: 0x08,
  reset: 0x10,
  clockSet: 0x20,
  powerUp: 0x40,
  powerDown: 0x80,
} as const;

const { fatalError, clockReserveExhausted, disturbed, clockSet, powerDown } = profileStatusBits;
/** The interval of such a row is not whole, or its time is not sure. */
const DOUBTFUL = fatalError | clockReserveExhausted | disturbed | clockSet | powerDown;

export interface ProfileChannel {
  /** As sent, `1.5` or `1-0:1.5.0`. */
  readonly address: string;
  /** `1-0:1.5.0*255`; undefined where the address is no code. */
  readonly obis?: string;
  /** Symbol of the model; null for a unit that it does not know. */
  readonly unit: string | null;
  readonly sentUnit: string;
}

export interface ProfileRow {
  /** End of the interval, seconds after the time of its header. */
  readonly afterS: number;
  readonly time: IecTime;
  readonly status: number;
  /** One for each channel; undefined where the meter has no number. */
  readonly values: readonly (Decimal | undefined)[];
}

export interface IecProfile {
  /** `P.01` */
  readonly name: string;
  /** 0 for a log of events. */
  readonly intervalS: number;
  readonly channels: readonly ProfileChannel[];
  readonly rows: readonly ProfileRow[];
}

const HEADER_VALUES = 4;
const MAX_CHANNELS = 64;
const CLAUSE = 'VDEW specification 2.1.2 clause 5.3.3';

/** Whether a record begins a part of a profile or log. */
export function isProfileHeader({ address }: IecRecord): boolean {
  return /^(?:\d+-\d+:)?P\.\d{1,2}(?:\*\d{1,3})?$/.test(address);
}

/**
 * The profiles in the records of an answer, parts with the same channels put together. Records of other
 * things are passed over. Raises IEC_PROFILE.
 */
export function profilesOf(records: readonly IecRecord[]): IecProfile[] {
  const out = new Map<string, ProfileDraft>();
  for (let at = 0; at < records.length; at++) {
    const record = records[at]!;
    if (!isProfileHeader(record)) continue;
    const values = record.values.map(({ value }) => value);
    for (
      let next = records[at + 1];
      next?.address === '' && next.text === undefined;
      next = records[at + 1]
    ) {
      for (const { value } of next.values) values.push(value);
      at++;
    }
    const part = partOf(record.address, values);
    const key = JSON.stringify([part.name, part.intervalS, part.channels]);
    const same = out.get(key);
    if (same === undefined) out.set(key, part);
    else for (const row of part.rows) same.rows.push(row);
  }
  return [...out.values()];
}

interface ProfileDraft extends IecProfile {
  readonly rows: ProfileRow[];
}

function partOf(address: string, values: readonly string[]): ProfileDraft {
  const [stamp = '', state = '', minutes = '', count = ''] = values;
  const time = iecTime(stamp);
  const status = /^[0-9a-f]{2,8}$/i.test(state) ? Number.parseInt(state, 16) : 0;
  const size = Number(count);
  const first = HEADER_VALUES + 2 * size;
  const isForm = /^\d{1,2}$/.test(count) && size <= MAX_CHANNELS && /^\d{0,4}$/.test(minutes);
  if (time === undefined || !isForm || values.length < first) {
    throw iecErrors.IEC_PROFILE(`header ${address}(${values.slice(0, 6).join(')(')})`, { clause: CLAUSE });
  }
  const channels = Array.from({ length: size }, (_, i) => {
    return channelOf(values[HEADER_VALUES + 2 * i]!, values[HEADER_VALUES + 2 * i + 1]!);
  });
  const intervalS = Number(minutes) * 60;
  const rows: ProfileRow[] = [];
  const given = values.slice(first);
  if (size === 0 ? given.length > 0 : given.length % size !== 0) {
    throw iecErrors.IEC_PROFILE(`${given.length} values in rows of ${size}`, { clause: CLAUSE });
  }
  for (let at = 0; at < given.length; at += size) {
    const row = given.slice(at, at + size).map(decimalOf);
    rows.push({ afterS: rows.length * intervalS, time, status, values: row });
  }
  return { name: address, intervalS, channels, rows };
}

function channelOf(address: string, sentUnit: string): ProfileChannel {
  const obis = findObis(/^\d{1,3}\.\d{1,3}$/.test(address) ? `${address}.0` : address);
  const unit = findUnit(sentUnit)?.symbol ?? null;
  return { address, ...(obis && { obis: formatObis(obis) }), unit, sentUnit };
}

/**
 * The channels of a profile as interval series, in a zone (IANA name). Channels without a known code or unit
 * are left out. The status of a header tells of its first row. Raises ZONE_UNKNOWN.
 */
export function profileSeries({ intervalS, channels, rows }: IecProfile, zone: string): DecodedSeries[] {
  if (intervalS === 0) return [];
  const out: DecodedSeries[] = [];
  const ends = rows.map(({ time, afterS }) => iecUtcSeconds(time, zone) + afterS);
  for (const [i, { obis, unit }] of channels.entries()) {
    if (obis === undefined || unit === null) continue;
    const qualities = rows.map(({ values, status, afterS }) => {
      if (values[i] === undefined) return Quality.missing;
      return afterS === 0 && (status & DOUBTFUL) !== 0 ? Quality.questionable : Quality.raw;
    });
    out.push({
      quantity: obis,
      unit,
      intervalS,
      end: Float64Array.from(ends),
      value: Float64Array.from(rows, ({ values }) => (values[i] ? decimalNumber(values[i]) : Number.NaN)),
      quality: Uint8Array.from(qualities),
      length: rows.length,
    });
  }
  return out;
}

/** A part of a profile as a meter sends it. */
export function profileRecords(
  name: string,
  stamp: string,
  status: number,
  { intervalS, channels, rows }: Omit<IecProfile, 'name' | 'rows'> & { readonly rows: readonly string[][] },
): IecRecord[] {
  const head = [stamp, status.toString(16).toUpperCase().padStart(2, '0')];
  const size = [String(intervalS / 60).padStart(2, '0'), String(channels.length)];
  const named = channels.flatMap(({ address, sentUnit }) => [address, sentUnit]);
  const valuesOf = (texts: readonly string[]) => texts.map((value) => ({ value }));
  return [
    { address: name, values: valuesOf([...head, ...size, ...named]) },
    ...rows.map((row) => ({ address: '', values: valuesOf(row) })),
  ];
}
