/**
 * Profile generic (Blue Book 4.3.6): what to ask for, and the buffer in columns.
 *
 *   buffer: rows of values, one for each capture object; the clock is usually one of them.
 *   To save bytes a meter sends null for a time that is one capture period after the row before.
 */
import type { AccessSelection } from '../apdu/common.ts';
import { type DeviationQuirk, utcSecondsOf } from '../date-time.ts';
import { dlmsErrors } from '../errors.ts';
import { bytesOf, type CosemValue, elementsOf, numberOf } from '../value.ts';
import { type CaptureObject, encodeCaptureObject } from './objects.ts';

const CLAUSE = 'Blue Book 4.3.6, buffer';

/** The clock, by which most profiles are sorted. */
export const clockObject: CaptureObject = {
  classId: 8,
  instance: '0.0.1.0.0.255',
  attribute: 2,
  dataIndex: 0,
};

/**
 * Selector 1, by range: rows whose `restricting` value lies in [from, to], both included; of all columns, or
 * of the given ones. Times are octet-strings of 12 bytes for most meters.
 */
export function selectByRange(
  from: CosemValue,
  to: CosemValue,
  restricting: CaptureObject = clockObject,
  columns: readonly CaptureObject[] = [],
): AccessSelection {
  return {
    selector: 1,
    parameters: {
      type: 'structure',
      elements: [
        encodeCaptureObject(restricting),
        from,
        to,
        { type: 'array', elements: columns.map(encodeCaptureObject) },
      ],
    },
  };
}

/** Selector 2, by entry, counted from 1; `toEntry` 0 is the last entry, `toColumn` 0 the last column. */
export function selectByEntry(fromEntry: number, toEntry = 0, fromColumn = 1, toColumn = 0): AccessSelection {
  return {
    selector: 2,
    parameters: {
      type: 'structure',
      elements: [
        { type: 'double-long-unsigned', value: fromEntry },
        { type: 'double-long-unsigned', value: toEntry },
        { type: 'long-unsigned', value: fromColumn },
        { type: 'long-unsigned', value: toColumn },
      ],
    },
  };
}

export interface ProfileOptions {
  /** Attribute `capture_period`; 0 where rows are not periodic, then a missing time stays unknown. */
  readonly capturePeriodS?: number;
  readonly deviation?: DeviationQuirk;
  /** Minutes east of UTC of a clock whose deviation is missing or not to be believed. */
  readonly localOffsetMinutes?: number;
  /**
   * What null is in a column of values: `missing` (no value, the careful reading and the default), or
   * `unchanged` (the value of the row before) for meters that compress this way.
   */
  readonly nullValue?: 'missing' | 'unchanged';
}

export interface Profile {
  readonly rows: number;
  /** UTC seconds of each row by its clock; NaN where unknown. */
  readonly timeS: Float64Array;
  /** Clock status of each row, 255 where not specified; a time filled in has that of the row before. */
  readonly clockStatus: Uint8Array;
  /** Where the clock's date could not be read as a moment: row and why. */
  readonly badTimes: readonly { readonly row: number; readonly reason: string }[];
  /** One for each capture object, the clock's included (its numbers are NaN). */
  readonly columns: readonly ProfileColumn[];
}

export interface ProfileColumn {
  readonly object: CaptureObject;
  /** Raw numbers, before the scaler; NaN for null, for what is no number and for what is not exact. */
  readonly raw: Float64Array;
  /** The values as sent, for statuses, texts and numbers beyond 2^53. */
  readonly values: readonly CosemValue[];
}

/**
 * The buffer in columns. Raises DLMS_COLUMNS_MISMATCH when it is no array of structures, or a row has
 * another number of values than there are capture objects.
 */
export function decodeProfile(
  buffer: CosemValue,
  objects: readonly CaptureObject[],
  options: ProfileOptions = {},
): Profile {
  const rows = elementsOf(buffer);
  if (rows === undefined || buffer.type === 'structure') throw mismatch('the buffer is no array');
  const cells = rows.map((row, i) => {
    const values = row.type === 'structure' || row.type === 'array' ? row.elements : undefined;
    if (values?.length !== objects.length) {
      throw mismatch(`row ${i} has ${values?.length ?? 'no'} values for ${objects.length} capture objects`);
    }
    return values;
  });
  const carry = options.nullValue === 'unchanged';
  const columns = objects.map((object, column) => readColumn(object, cells, column, carry));
  const clock = objects.findIndex(isClock);
  return { rows: rows.length, ...readTimes(cells, clock, options), columns };
}

function isClock({ classId, attribute }: CaptureObject): boolean {
  return classId === 8 && attribute === 2;
}

function mismatch(what: string) {
  return dlmsErrors.DLMS_COLUMNS_MISMATCH(`${what} (${CLAUSE})`, { clause: CLAUSE });
}

type Cells = readonly (readonly CosemValue[])[];

function readColumn(object: CaptureObject, cells: Cells, column: number, carry: boolean): ProfileColumn {
  const raw = new Float64Array(cells.length);
  const values: CosemValue[] = [];
  for (let row = 0; row < cells.length; row++) {
    let value = cells[row]![column]!;
    if (value.type === 'null' && carry && row > 0 && !isClock(object)) value = values[row - 1]!;
    values.push(value);
    raw[row] = numberOf(value) ?? Number.NaN;
  }
  return { object, raw, values };
}

const STATUS_UNKNOWN = 0xff;

function readTimes(
  cells: Cells,
  clock: number,
  options: ProfileOptions,
): Pick<Profile, 'timeS' | 'clockStatus' | 'badTimes'> {
  const timeS = new Float64Array(cells.length).fill(Number.NaN);
  const clockStatus = new Uint8Array(cells.length).fill(STATUS_UNKNOWN);
  const badTimes: { row: number; reason: string }[] = [];
  const period = options.capturePeriodS ?? 0;
  for (let row = 0; clock >= 0 && row < cells.length; row++) {
    const value = cells[row]![clock]!;
    if (value.type === 'null') {
      // NaN in, NaN out: what follows an unknown time is unknown
      if (row > 0 && period > 0) timeS[row] = timeS[row - 1]! + period;
      if (row > 0) clockStatus[row] = clockStatus[row - 1]!;
      continue;
    }
    const bytes = bytesOf(value);
    if (bytes?.length !== 12) {
      badTimes.push({ row, reason: `${value.type} is no date-time` });
      continue;
    }
    clockStatus[row] = bytes[11]!;
    try {
      timeS[row] = utcSecondsOf(bytes, options.deviation, options.localOffsetMinutes);
    } catch (error) {
      badTimes.push({ row, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { timeS, clockStatus, badTimes };
}
