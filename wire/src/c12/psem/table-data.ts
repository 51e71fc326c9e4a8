/**
 * Table data with its count and checksum (C12.18 clause 4.3.2.3; C12.22 clause 5.3.2.4.4 for more than 64
 * KiB).
 */
import { join } from '../../bytes.ts';
import type { Cursor, Sink } from '../cursor.ts';
import { c12Errors } from '../errors.ts';

const FULL = 0xffff;
/** Blocks of 64 KiB that are put together. */
const MAX_BLOCKS = 16;

export interface TableData {
  readonly data: Uint8Array;
  /** As sent; of the last block. */
  readonly checksum: number;
  readonly checksumMatches: boolean;
}

/** Two's complement of the sum of the bytes. */
export function tableChecksum(data: Uint8Array): number {
  let sum = 0;
  for (const byte of data) sum += byte;
  return -sum & 0xff;
}

/** Count, bytes and checksum; after a full count more of them follow. */
export function readTableData(cursor: Cursor): TableData {
  let data: Uint8Array = new Uint8Array(0);
  let matches = true;
  for (let blocks = 1; ; blocks++) {
    if (blocks > MAX_BLOCKS) throw cursor.fail('C12_OVER_LIMIT', `${blocks} blocks of table data`);
    const count = cursor.u16();
    const block = cursor.take(count);
    const checksum = cursor.u8();
    matches &&= checksum === tableChecksum(block);
    data = blocks === 1 ? block : join(data, block);
    if (count < FULL || cursor.left === 0) return { data, checksum, checksumMatches: matches };
  }
}

export function putTableData(sink: Sink, data: Uint8Array): Sink {
  if (data.length >= MAX_BLOCKS * FULL) throw c12Errors.C12_NOT_ENCODABLE(`${data.length} bytes of a table`);
  let at = 0;
  do {
    const block = data.subarray(at, at + FULL);
    sink.u16(block.length).put(block).u8(tableChecksum(block));
    at += FULL;
  } while (at < data.length);
  return sink;
}
