/**
 * Blocks of wireless M-Bus (EN 13757-4 clause 11): CRCs taken off and put on.
 *
 *   format A   L C M M A×6 CRC | 16 bytes CRC | … | rest CRC        L counts neither itself nor CRCs
 *   format B   L C M M A×6 and up to 116 bytes CRC | rest CRC       L counts CRCs
 */
import { copyOf } from '../../bytes.ts';
import { crcEn13757 } from '../../crc16.ts';
import { mbusErrors } from '../errors.ts';

/** C field of a meter that sends by itself. */
export const SND_NR = 0x44;

/** `none`: the receiver has taken the CRCs off. */
export type BlockFormat = 'a' | 'b' | 'none';

export interface WirelessBlocks {
  readonly format: BlockFormat;
  /** L, C, M, A and what follows, without CRCs; L as it is without them. */
  readonly bytes: Uint8Array;
}

const FIRST_BYTES = 10;
const BLOCK_BYTES = 16;
const B_BYTES = 126;
const CRC_BYTES = 2;
/** C, M and A. */
const MIN_L = 9;

/** Bytes of a frame of format A whose length field is `l`. */
export function formatABytes(l: number): number {
  return l + 1 + CRC_BYTES * (1 + Math.ceil(Math.max(0, l - MIN_L) / BLOCK_BYTES));
}

/**
 * Takes the CRCs off. With `auto` the format is found by the length and the CRCs; what follows the frame is
 * refused. Raises MBUS_TRUNCATED, MBUS_TRAILING_BYTES, MBUS_CHECKSUM, MBUS_BAD_FRAME.
 */
export function unwrapBlocks(bytes: Uint8Array, format: BlockFormat | 'auto' = 'auto'): WirelessBlocks {
  const l = bytes[0];
  if (l === undefined) throw mbusErrors.MBUS_TRUNCATED('no byte', { clause: 'EN 13757-4 11.3' });
  if (l < MIN_L) {
    throw mbusErrors.MBUS_BAD_FRAME(`length ${l} is too short for an address`, { clause: 'EN 13757-4 11.3' });
  }
  const found = format === 'auto' ? sniff(bytes, l) : format;
  const wanted = found === 'a' ? formatABytes(l) : l + 1;
  if (bytes.length < wanted) {
    throw mbusErrors.MBUS_TRUNCATED(`${bytes.length} of ${wanted} bytes`, { clause: 'EN 13757-4 11.3' });
  }
  if (bytes.length > wanted) {
    throw mbusErrors.MBUS_TRAILING_BYTES(`${bytes.length - wanted} bytes`, { clause: 'EN 13757-4 11.3' });
  }
  if (found === 'none') return { format: found, bytes };
  return { format: found, bytes: found === 'a' ? withoutA(bytes, l) : withoutB(bytes, l) };
}

/** A CRC is right by chance once in 65,536: where the first of a format is right, it is that format. */
function sniff(bytes: Uint8Array, l: number): BlockFormat {
  if (bytes.length >= FIRST_BYTES + CRC_BYTES && crcMatches(bytes, 0, FIRST_BYTES)) {
    if (bytes.length !== l + 1) return 'a';
  }
  if (bytes.length === formatABytes(l)) return 'a';
  const end = Math.min(l + 1, B_BYTES + CRC_BYTES) - CRC_BYTES;
  if (bytes.length >= end + CRC_BYTES && end >= FIRST_BYTES && crcMatches(bytes, 0, end)) return 'b';
  return 'none';
}

function crcMatches(bytes: Uint8Array, from: number, to: number): boolean {
  return crcEn13757(bytes, from, to) === ((bytes[to]! << 8) | bytes[to + 1]!);
}

/** Whether a first block of format A begins at `at`, by its CRC. */
export function startsBlocks(bytes: Uint8Array, at: number): boolean {
  return crcMatches(bytes, at, at + FIRST_BYTES);
}

function check(bytes: Uint8Array, from: number, to: number): void {
  if (crcMatches(bytes, from, to)) return;
  throw mbusErrors.MBUS_CHECKSUM(`CRC at byte ${to}`, { clause: 'EN 13757-4 11.5.7', offset: to });
}

function withoutA(bytes: Uint8Array, l: number): Uint8Array {
  const out = new Uint8Array(l + 1);
  let from = 0;
  let size = FIRST_BYTES;
  for (let at = 0; at < out.length; size = BLOCK_BYTES) {
    const part = Math.min(size, out.length - at);
    check(bytes, from, from + part);
    out.set(bytes.subarray(from, from + part), at);
    at += part;
    from += part + CRC_BYTES;
  }
  return out;
}

function withoutB(bytes: Uint8Array, l: number): Uint8Array {
  const first = Math.min(l + 1, B_BYTES + CRC_BYTES) - CRC_BYTES;
  const second = l + 1 - first - CRC_BYTES;
  if (first < FIRST_BYTES || (second !== 0 && second <= CRC_BYTES)) {
    throw mbusErrors.MBUS_BAD_FRAME(`length ${l} is none of format B`, { clause: 'EN 13757-4 11.4' });
  }
  check(bytes, 0, first);
  const more = second === 0 ? 0 : second - CRC_BYTES;
  if (more > 0) check(bytes, first + CRC_BYTES, first + CRC_BYTES + more);
  const out = new Uint8Array(first + more);
  out.set(bytes.subarray(0, first));
  out.set(bytes.subarray(first + CRC_BYTES, first + CRC_BYTES + more), first);
  out[0] = out.length - 1;
  return out;
}

/** Puts the CRCs on; `bytes` begin with L. Raises MBUS_NOT_ENCODABLE for more than 255 bytes. */
export function wrapBlocks(bytes: Uint8Array, format: BlockFormat): Uint8Array<ArrayBuffer> {
  if (format === 'none') return copyOf(bytes);
  const ends = format === 'a' ? endsOfA(bytes.length) : endsOfB(bytes.length);
  const out = new Uint8Array(bytes.length + CRC_BYTES * ends.length);
  const counted = format === 'b' ? out.length : bytes.length;
  if (counted > 256) throw mbusErrors.MBUS_NOT_ENCODABLE(`${bytes.length} bytes in one telegram`);
  const plain = copyOf(bytes);
  if (format === 'b') plain[0] = counted - 1;
  let from = 0;
  let at = 0;
  for (const end of ends) {
    out.set(plain.subarray(from, end), at);
    at += end - from;
    const crc = crcEn13757(plain, from, end);
    out[at++] = crc >> 8;
    out[at++] = crc & 0xff;
    from = end;
  }
  return out;
}

function endsOfA(length: number): number[] {
  const ends = [FIRST_BYTES];
  for (let end = FIRST_BYTES; end < length; ) {
    end = Math.min(length, end + BLOCK_BYTES);
    ends.push(end);
  }
  return ends;
}

function endsOfB(length: number): number[] {
  return length <= B_BYTES ? [length] : [B_BYTES, length];
}
