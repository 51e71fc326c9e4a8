/** Lists of data records (EN 13757-3 clause 6.3). */

import { OpenAmiError } from '@openami/model';
import { reversed } from '../../bytes.ts';
import { mbusErrors } from '../errors.ts';
import { headAt, type RecordHead } from './head.ts';
import { fixedValue, MbusRecord, variableSize, variableValue } from './value.ts';

export interface MbusRecords {
  readonly records: readonly MbusRecord[];
  /** What follows 0F or 1F: only its maker knows. */
  readonly manufacturerData: Uint8Array | undefined;
  /** 1F: the meter has more to say in its next telegram. */
  readonly moreFollows: boolean;
  /** With `partial`: why the records end before the bytes do. */
  readonly problem: OpenAmiError | undefined;
}

const IDLE = 0x2f;
const MANUFACTURER = 0x0f;
const MORE_FOLLOWS = 0x1f;
const GLOBAL_READOUT = 0x7f;

/**
 * The records in `bytes[at..end)`; values are low byte first unless `msbFirst`. With `partial`, what cannot
 * be read ends them, else it raises MBUS_TRUNCATED or MBUS_BAD_RECORD.
 */
export function decodeRecords(
  bytes: Uint8Array,
  at = 0,
  end: number = bytes.length,
  msbFirst = false,
  partial = false,
): MbusRecords {
  const records: MbusRecord[] = [];
  let manufacturerData: Uint8Array | undefined;
  let moreFollows = false;
  let problem: OpenAmiError | undefined;
  try {
    for (let next = at; next < end; ) {
      const dif = bytes[next]!;
      if (dif === MANUFACTURER || dif === MORE_FOLLOWS) {
        manufacturerData = bytes.subarray(next + 1, end);
        moreFollows = dif === MORE_FOLLOWS;
        break;
      }
      if (dif === IDLE || dif === GLOBAL_READOUT) next++;
      else next = readRecord(records, bytes, next, end, msbFirst);
    }
  } catch (error) {
    if (!partial || !(error instanceof OpenAmiError)) throw error;
    problem = error;
  }
  return { records, manufacturerData, moreFollows, problem };
}

/** Whether bytes were records to their end, and no others than the standard's: so that they hid nothing. */
export function areKnown({ records, problem }: Pick<MbusRecords, 'records' | 'problem'>): boolean {
  return (
    problem === undefined &&
    records.length > 0 &&
    records.every(({ head }) => head.quantity !== 'reserved' && head.table !== 'manufacturer')
  );
}

/** Adds the record that begins at `at`; gives where the next one does. */
function readRecord(
  records: MbusRecord[],
  bytes: Uint8Array,
  at: number,
  end: number,
  msbFirst: boolean,
): number {
  const dif = bytes[at]!;
  if ((dif & 0x0f) === 0x0f) {
    throw mbusErrors.MBUS_BAD_RECORD(`DIF ${dif.toString(16)} at byte ${at} is reserved`, {
      clause: 'EN 13757-3 table 6',
      offset: at,
    });
  }
  const head = headAt(bytes, at, end, msbFirst);
  const start = at + head.bytes.length;
  const next = endOfValue(head, bytes, start, end);
  records.push(recordOf(head, bytes.subarray(start, next), msbFirst));
  return next;
}

/** Where the value of `head` that begins at `at` ends. Raises MBUS_TRUNCATED, MBUS_BAD_RECORD. */
export function endOfValue(head: RecordHead, bytes: Uint8Array, at: number, end: number): number {
  let size = head.size;
  if (head.coding === 'variable') {
    if (at >= end) throw truncated(at);
    const more = variableSize(bytes[at]!);
    if (more === undefined) {
      throw mbusErrors.MBUS_BAD_RECORD(`length ${bytes[at]!.toString(16)} at byte ${at} is reserved`, {
        clause: 'EN 13757-3 table 5',
        offset: at,
      });
    }
    size = 1 + more;
  }
  if (at + size > end) throw truncated(at);
  return at + size;
}

function truncated(offset: number): Error {
  return mbusErrors.MBUS_TRUNCATED(`value at byte ${offset}`, { clause: 'EN 13757-3 6.3.3', offset });
}

function recordOf(head: RecordHead, data: Uint8Array, msbFirst: boolean): MbusRecord {
  if (head.coding === 'variable') {
    const bytes = data.subarray(1);
    return new MbusRecord(head, data, variableValue(head, data[0]!, msbFirst ? reversed(bytes) : bytes));
  }
  const bytes = msbFirst ? reversed(data) : data;
  return new MbusRecord(head, data, fixedValue(head, bytes));
}
