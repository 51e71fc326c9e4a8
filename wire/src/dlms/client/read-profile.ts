/** Reading a profile: what it captures once, then rows by time in columns. */

import { associationErrors } from '../association/association-errors.ts';
import { type CaptureObject, decodeCaptureObjects } from '../cosem/objects.ts';
import { decodeProfile, type Profile, selectByEntry, selectByRange } from '../cosem/profile.ts';
import { dateTimeOf } from '../date-time.ts';
import { type CosemValue, numberOf } from '../value.ts';
import { type GetItem, getMany, getOne, nameOf } from './get.ts';
import type { MeterProfile } from './meter-profile.ts';
import type { ClientSession } from './session.ts';
import type { Talk } from './talk.ts';

/** What does not change from day to day; kept by the caller for all meters of one configuration. */
export interface ProfileDescription {
  readonly instance: string;
  readonly objects: readonly CaptureObject[];
  /** 0 when rows come at events. */
  readonly capturePeriodS: number;
}

export interface ProfileRange {
  /** Both included; seconds since 1970 UTC. */
  readonly fromS: number;
  readonly toS: number;
}

/** Reads attributes 3 and 4 of a profile. */
export function* describeProfile(session: ClientSession, instance: string): Talk<ProfileDescription> {
  const items = [3, 4].map((attribute) => ({ attribute: { classId: 7, instance, attribute } }));
  const [objects, period] = yield* getMany(session, items);
  if (objects!.kind === 'error') return yield* raise(session, items[0]!);
  const periodS = period!.kind === 'data' ? (numberOf(period!.value) ?? 0) : 0;
  return { instance, objects: decodeCaptureObjects(objects!.value), capturePeriodS: periodS };
}

/** Asks alone for what was refused in a list, to raise the error of it. */
function* raise(session: ClientSession, item: GetItem): Talk<never> {
  yield* getOne(session, item);
  throw associationErrors.DLMS_PROTOCOL(`${nameOf(item.attribute)}: refused in a list and not alone`);
}

/** The rows of a range, in columns and in order of time. */
export function* readProfile(
  session: ClientSession,
  description: ProfileDescription,
  range: ProfileRange | undefined,
): Talk<Profile> {
  const { profile } = session;
  const { instance, objects } = description;
  const buffer = { classId: 7, instance, attribute: 2 };
  let item: GetItem = { attribute: buffer };
  if (range !== undefined && profile.selection === 'range') {
    const from = boundOf(range.fromS, profile);
    item = {
      attribute: buffer,
      selection: selectByRange(from, boundOf(range.toS, profile), profile.sortObject),
    };
  } else if (range !== undefined && profile.selection === 'entry') {
    const entries = yield* entriesOf(session, description, range);
    if (entries === undefined) return rowsIn(decode(emptyArray, description, profile), range, profile);
    item = { attribute: buffer, selection: selectByEntry(entries.from, entries.to) };
  }
  const value = yield* getOne(session, item);
  // an empty buffer is null for some
  const rows = value.type === 'null' ? emptyArray : value;
  return rowsIn(decodeProfile(rows, objects, optionsOf(description, profile)), range, profile);
}

const emptyArray: CosemValue = { type: 'array', elements: [] };

function boundOf(utcS: number, { rangeTime, localOffsetMinutes = 0, deviation }: MeterProfile): CosemValue {
  return { type: rangeTime, value: dateTimeOf(utcS, localOffsetMinutes, deviation) };
}

function optionsOf({ capturePeriodS }: ProfileDescription, profile: MeterProfile) {
  const { deviation, localOffsetMinutes, nullValue } = profile;
  return {
    capturePeriodS,
    deviation,
    nullValue,
    ...(localOffsetMinutes === undefined ? {} : { localOffsetMinutes }),
  };
}

function decode(value: CosemValue, description: ProfileDescription, profile: MeterProfile): Profile {
  return decodeProfile(value, description.objects, optionsOf(description, profile));
}

/**
 * Entries of a range in a meter that gives no ranges: by the time of its newest entry when rows are
 * periodic, else by halving. One entry more at each end than computed, since clocks are set.
 */
function* entriesOf(
  session: ClientSession,
  description: ProfileDescription,
  range: ProfileRange,
): Talk<{ readonly from: number; readonly to: number } | undefined> {
  const { profile } = session;
  const inUse = numberOf(
    yield* getOne(session, { attribute: { classId: 7, instance: description.instance, attribute: 7 } }),
  );
  if (inUse === undefined) throw associationErrors.DLMS_PROTOCOL('entries_in_use is no number');
  if (inUse === 0) return undefined;
  const newestFirst = profile.sortOrder === 'newest-first';
  // entries are numbered in the order of the buffer; in time order, that is rank 1 for the oldest
  const entryOf = (rank: number): number => (newestFirst ? inUse + 1 - rank : rank);
  let low = 1;
  let high = inUse + 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const timeS = yield* timeOfEntry(session, description, entryOf(middle));
    if (timeS < range.fromS) low = middle + 1;
    else high = middle;
  }
  if (low > inUse) return undefined;
  let first = low;
  let end = inUse + 1;
  while (first < end) {
    const middle = (first + end) >> 1;
    const timeS = yield* timeOfEntry(session, description, entryOf(middle));
    if (timeS <= range.toS) first = middle + 1;
    else end = middle;
  }
  if (first - 1 < low) return undefined;
  const bounds = [entryOf(low), entryOf(first - 1)];
  return { from: Math.min(...bounds), to: Math.max(...bounds) };
}

function* timeOfEntry(session: ClientSession, description: ProfileDescription, entry: number): Talk<number> {
  const attribute = { classId: 7, instance: description.instance, attribute: 2 };
  const value = yield* getOne(session, { attribute, selection: selectByEntry(entry, entry) });
  const { timeS } = decode(value, description, session.profile);
  const time = timeS[0];
  if (timeS.length !== 1 || Number.isNaN(time)) {
    throw associationErrors.DLMS_PROTOCOL(`entry ${entry} has ${timeS.length} rows or no time`);
  }
  return time!;
}

/** Rows within the range, oldest first: some meters answer with more, or in another order. */
function rowsIn(read: Profile, range: ProfileRange | undefined, { sortOrder }: MeterProfile): Profile {
  const kept: number[] = [];
  for (let row = 0; row < read.rows; row++) {
    const timeS = read.timeS[row]!;
    if (range === undefined || Number.isNaN(timeS) || (timeS >= range.fromS && timeS <= range.toS))
      kept.push(row);
  }
  if (sortOrder === 'newest-first') kept.reverse();
  else if (kept.length === read.rows) return read;
  return {
    rows: kept.length,
    timeS: Float64Array.from(kept, (row) => read.timeS[row]!),
    clockStatus: Uint8Array.from(kept, (row) => read.clockStatus[row]!),
    badTimes: read.badTimes.flatMap(({ row, reason }) => {
      const at = kept.indexOf(row);
      return at < 0 ? [] : [{ row: at, reason }];
    }),
    columns: read.columns.map(({ object, raw, values }) => ({
      object,
      raw: Float64Array.from(kept, (row) => raw[row]!),
      values: kept.map((row) => values[row]!),
    })),
  };
}
