/**
 * Compact frames (EN 13757-3 annex G): only values are sent; the heads of the records are those of a full
 * frame sent before, named by a CRC of them.
 *
 *   full      78 | head value | head value …
 *   format    69 | length, signature of the heads | head head …
 *   compact   79 | signature of the heads, CRC of the full frame | value value …
 */
import { bytesOfHex, concat, u16Le, u16LeAt } from '../bytes.ts';
import { crcEn13757 } from '../crc16.ts';
import { mbusErrors } from './errors.ts';
import { headAt, type RecordHead } from './record/head.ts';
import { decodeRecords, endOfValue } from './record/records.ts';
import type { MbusRecord } from './record/value.ts';

const DEFAULT_MAX = 1024;
const COMPACT_HEAD_BYTES = 4;
/** The CRC of nothing. */
const NO_BYTES = 0xffff;

/** Heads of meters that seldom send full frames: water and heat meters of Kamstrup. */
const wellKnown = [
  '02ff2004134413615b6167',
  '02ff20041392013ba1015b8101e7ff0f',
  '02ff2004134413a1015b8101e7ff0f',
  '02ff2004134413615b5167',
  '02ff2004134413',
  '030643060314426c022d01ff21',
  '030e430e0313426c022d01ff21',
];

/** Formats by signature. Keep one beside the meters of a receiver; full frames fill it. */
export class Formats {
  readonly #heads = new Map<number, readonly RecordHead[]>();
  readonly #max: number;

  constructor(max = DEFAULT_MAX) {
    this.#max = max;
    for (const hex of wellKnown) this.learnHeads(bytesOfHex(hex)!);
  }

  get(signature: number): readonly RecordHead[] | undefined {
    return this.#heads.get(signature);
  }

  /** Takes the heads of a full frame. */
  learn(records: readonly MbusRecord[]): void {
    if (records.length === 0) return;
    const signature = formatSignature(records);
    if (this.#heads.has(signature)) return;
    const heads = records.map(({ head }) => head);
    this.#put(signature, heads);
  }

  /** Takes heads one after the other. Raises MBUS_TRUNCATED, MBUS_BAD_RECORD. */
  learnHeads(bytes: Uint8Array): number {
    const heads: RecordHead[] = [];
    for (let at = 0; at < bytes.length; ) {
      const head = headAt(bytes, at, bytes.length);
      heads.push(head);
      at += head.bytes.length;
    }
    const signature = crcEn13757(bytes);
    this.#put(signature, heads);
    return signature;
  }

  #put(signature: number, heads: readonly RecordHead[]): void {
    if (this.#heads.size >= this.#max) this.#heads.delete(this.#heads.keys().next().value!);
    this.#heads.set(signature, heads);
  }
}

/** The signature of the heads of records. */
export function formatSignature(records: readonly MbusRecord[]): number {
  let crc = NO_BYTES;
  for (const { head } of records) crc = crcEn13757(head.bytes, 0, head.bytes.length, crc);
  return crc;
}

/**
 * The full frame of a compact one, both without their CI. Raises MBUS_TRUNCATED, MBUS_UNKNOWN_FORMAT,
 * MBUS_CHECKSUM, MBUS_BAD_RECORD.
 */
export function fullOfCompact(bytes: Uint8Array, formats: Formats | undefined): Uint8Array {
  if (bytes.length < COMPACT_HEAD_BYTES) {
    throw mbusErrors.MBUS_TRUNCATED('compact frame', { clause: 'EN 13757-3 G.4' });
  }
  const signature = u16LeAt(bytes, 0);
  const heads = formats?.get(signature);
  if (heads === undefined) {
    throw mbusErrors.MBUS_UNKNOWN_FORMAT(`format ${signature.toString(16).padStart(4, '0')}`, {
      clause: 'EN 13757-3 G.4',
      signature,
    });
  }
  const parts: Uint8Array[] = [];
  let at = COMPACT_HEAD_BYTES;
  for (const head of heads) {
    const end = endOfValue(head, bytes, at, bytes.length);
    parts.push(head.bytes, bytes.subarray(at, end));
    at = end;
  }
  // fillers of encryption, or what its maker adds
  parts.push(bytes.subarray(at));
  const full = concat(parts);
  const covered = full.length - (bytes.length - at);
  const crc = u16LeAt(bytes, 2);
  if (crcEn13757(full, 0, covered) !== crc && crcEn13757(full) !== crc) {
    throw mbusErrors.MBUS_CHECKSUM('CRC of the full frame', { clause: 'EN 13757-3 G.4' });
  }
  return full;
}

/** The compact frame of the records of a full one, both without their CI: as a simulated meter sends it. */
export function compactOfFull(full: Uint8Array): Uint8Array {
  const { records } = decodeRecords(full);
  const covered = records.flatMap(({ head, data }) => [head.bytes, data]);
  return concat([
    u16Le(formatSignature(records)),
    u16Le(crcEn13757(concat(covered))),
    ...records.map(({ data }) => data),
  ]);
}

/** Learns the heads of a format frame, without its CI. Raises MBUS_TRUNCATED, MBUS_CHECKSUM. */
export function learnFormatFrame(bytes: Uint8Array, formats: Formats): number {
  const length = bytes[0];
  if (length === undefined || bytes.length < 1 + length || length < 2) {
    throw mbusErrors.MBUS_TRUNCATED('format frame', { clause: 'EN 13757-3 G.3' });
  }
  const heads = bytes.subarray(3, 1 + length);
  const signature = u16LeAt(bytes, 1);
  if (crcEn13757(heads) !== signature) {
    throw mbusErrors.MBUS_CHECKSUM('signature of the format', { clause: 'EN 13757-3 G.3' });
  }
  return formats.learnHeads(heads);
}
