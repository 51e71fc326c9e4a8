/**
 * One HDLC frame, format type 3 (IEC 62056-46 clause 6.4.1):
 *
 *   7E | 1010 S LLL LLLLLLLL | destination | source | control | HCS | information | FCS | 7E
 *
 * L counts the bytes between the flags. A frame without information has no HCS. Because the length is
 * stated, the bytes between the flags are not escaped.
 */
import { fcs16, fcs16Matches } from '../../crc16.ts';
import { linkErrors } from './link-errors.ts';

export const HDLC_FLAG = 0x7e;
/** The longest frame between its flags: 11 bits. */
export const HDLC_MAX_BYTES = 0x7ff;

/**
 * An address of one, two or four bytes (clause 6.4.2.3). A client has one byte (`upper`). A server has the
 * logical device in `upper` and, with two or four bytes, the physical device in `lower`.
 */
export interface HdlcAddress {
  readonly bytes: 1 | 2 | 4;
  readonly upper: number;
  readonly lower: number;
}

export interface NumberedControl {
  readonly kind: 'i';
  readonly sendSequence: number;
  readonly receiveSequence: number;
  readonly poll: boolean;
}

export type HdlcControl =
  | NumberedControl
  | { readonly kind: 'rr' | 'rnr' | 'rej'; readonly receiveSequence: number; readonly poll: boolean }
  | { readonly kind: 'snrm' | 'disc' | 'ua' | 'dm' | 'frmr' | 'ui'; readonly poll: boolean };

export interface HdlcFrame {
  readonly destination: HdlcAddress;
  readonly source: HdlcAddress;
  readonly control: HdlcControl;
  /** More frames of the same APDU follow. */
  readonly segmented: boolean;
  readonly information: Uint8Array;
}

/** Control bytes of unnumbered frames without the poll/final bit (clause 6.4.3). */
const unnumbered = { snrm: 0x83, disc: 0x43, ua: 0x63, dm: 0x0f, frmr: 0x87, ui: 0x03 } as const;
const supervisory = { rr: 0x01, rnr: 0x05, rej: 0x09 } as const;
const POLL = 0x10;

/** The address of a client. */
export function clientAddress(upper: number): HdlcAddress {
  return { bytes: 1, upper, lower: 0 };
}

/**
 * The address of a server: one byte for a logical device alone, else two or four bytes with the physical
 * device; four when either does not fit seven bits, or when asked for.
 */
export function serverAddress(logical: number, physical?: number, bytes?: 1 | 2 | 4): HdlcAddress {
  const needed = logical > 0x7f || (physical ?? 0) > 0x7f ? 4 : physical === undefined ? 1 : 2;
  return { bytes: bytes ?? needed, upper: logical, lower: physical ?? 0 };
}

/** Whether both are the same address in the same number of bytes. */
export function sameAddress(a: HdlcAddress, b: HdlcAddress): boolean {
  return a.upper === b.upper && a.lower === b.lower && a.bytes === b.bytes;
}

/** Writes an address at `at` and returns the place after it. */
function putAddress(out: Uint8Array, at: number, { bytes, upper, lower }: HdlcAddress): number {
  const max = bytes === 4 ? 0x3fff : 0x7f;
  if (!(upper >= 0 && upper <= max && lower >= 0 && lower <= max) || (bytes === 1 && lower !== 0)) {
    throw linkErrors.DLMS_LINK_NOT_ENCODABLE(`HDLC address ${upper}/${lower} in ${bytes} bytes (max ${max})`);
  }
  if (bytes === 4) {
    out[at++] = (upper >>> 6) & 0xfe;
    out[at++] = (upper << 1) & 0xfe;
    out[at++] = (lower >>> 6) & 0xfe;
    out[at++] = ((lower << 1) & 0xfe) | 1;
  } else if (bytes === 2) {
    out[at++] = upper << 1;
    out[at++] = (lower << 1) | 1;
  } else out[at++] = (upper << 1) | 1;
  return at;
}

/** Bytes of the address at `at`: its last one is odd; 0 when it does not end where an address may. */
export function addressLength(bytes: Uint8Array, at: number, end: number): number {
  for (const length of [1, 2, 4]) {
    if (at + length > end) return 0;
    if ((bytes[at + length - 1]! & 1) === 1) return length;
    if (length === 2 && at + 3 <= end && (bytes[at + 2]! & 1) === 1) return 0;
  }
  return 0;
}

function takeAddress(bytes: Uint8Array, at: number, length: number): HdlcAddress {
  const seven = (index: number): number => bytes[at + index]! >>> 1;
  if (length === 1) return { bytes: 1, upper: seven(0), lower: 0 };
  if (length === 2) return { bytes: 2, upper: seven(0), lower: seven(1) };
  return { bytes: 4, upper: (seven(0) << 7) | seven(1), lower: (seven(2) << 7) | seven(3) };
}

function controlByte(control: HdlcControl): number {
  const poll = control.poll ? POLL : 0;
  if (control.kind === 'i') return (control.receiveSequence << 5) | poll | (control.sendSequence << 1);
  if ('receiveSequence' in control) return (control.receiveSequence << 5) | poll | supervisory[control.kind];
  return unnumbered[control.kind] | poll;
}

function controlOf(byte: number): HdlcControl | undefined {
  const poll = (byte & POLL) !== 0;
  if ((byte & 1) === 0)
    return { kind: 'i', sendSequence: (byte >>> 1) & 7, receiveSequence: byte >>> 5, poll };
  if ((byte & 3) === 1) {
    const kind = (['rr', 'rnr', 'rej'] as const)[(byte >>> 2) & 3];
    return kind && { kind, receiveSequence: byte >>> 5, poll };
  }
  for (const kind of ['ui', 'snrm', 'disc', 'ua', 'dm', 'frmr'] as const) {
    if (unnumbered[kind] === (byte & ~POLL)) return { kind, poll };
  }
  return undefined;
}

/** The frame with its flags. Raises DLMS_LINK_NOT_ENCODABLE. */
export function encodeHdlcFrame(frame: HdlcFrame): Uint8Array<ArrayBuffer> {
  const information = frame.information.length;
  const header = 2 + frame.destination.bytes + frame.source.bytes + 1;
  const length = header + (information === 0 ? 0 : 2 + information) + 2;
  if (length > HDLC_MAX_BYTES) {
    throw linkErrors.DLMS_LINK_NOT_ENCODABLE(`${information} bytes of information in one HDLC frame`);
  }
  const out = new Uint8Array(length + 2);
  out[0] = HDLC_FLAG;
  out[1] = 0xa0 | (frame.segmented ? 0x08 : 0) | (length >>> 8);
  out[2] = length & 0xff;
  let at = putAddress(out, putAddress(out, 3, frame.destination), frame.source);
  out[at++] = controlByte(frame.control);
  if (information > 0) {
    const hcs = fcs16(out, 1, at);
    out[at++] = hcs & 0xff;
    out[at++] = hcs >>> 8;
    out.set(frame.information, at);
    at += information;
  }
  const fcs = fcs16(out, 1, at);
  out[at++] = fcs & 0xff;
  out[at++] = fcs >>> 8;
  out[at] = HDLC_FLAG;
  return out;
}

/**
 * Where the header of `bytes[start..end)` ends (after the control byte); 0 when addresses are wrong or not
 * all here.
 */
export function hdlcHeaderEnd(bytes: Uint8Array, start: number, end: number): number {
  const destination = addressLength(bytes, start + 2, end);
  if (destination === 0) return 0;
  const source = addressLength(bytes, start + 2 + destination, end);
  if (source === 0) return 0;
  const after = start + 2 + destination + source + 1;
  return after <= end ? after : 0;
}

export interface HdlcCheckOptions {
  /** Take frames whose frame check does not match: captures that were made anonymous by hand have such. */
  readonly ignoreFcs?: boolean;
}

/**
 * The frame between two flags; `information` is a view of the input. Raises DLMS_LINK_FRAME,
 * DLMS_LINK_TRUNCATED or DLMS_LINK_CHECK.
 */
export function decodeHdlcFrame(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  { ignoreFcs = false }: HdlcCheckOptions = {},
): HdlcFrame {
  if (end - start < 7) throw linkErrors.DLMS_LINK_TRUNCATED(`${end - start} bytes between HDLC flags`);
  if ((bytes[start]! & 0xf0) !== 0xa0) {
    throw linkErrors.DLMS_LINK_FRAME(`HDLC format byte 0x${bytes[start]!.toString(16)} is not of type 3`);
  }
  const length = ((bytes[start]! & 7) << 8) | bytes[start + 1]!;
  if (length > end - start)
    throw linkErrors.DLMS_LINK_TRUNCATED(`${length} bytes announced, ${end - start} here`);
  if (length < end - start)
    throw linkErrors.DLMS_LINK_FRAME(`${length} bytes announced, ${end - start} here`);
  if (!ignoreFcs && !fcs16Matches(bytes, start, end - 2))
    throw linkErrors.DLMS_LINK_CHECK('FCS of the HDLC frame');
  const header = hdlcHeaderEnd(bytes, start, end - 2);
  if (header === 0) throw linkErrors.DLMS_LINK_FRAME('HDLC addresses do not end');
  const rest = end - 2 - header;
  if (rest === 1 || rest === 2)
    throw linkErrors.DLMS_LINK_FRAME('HDLC frame with a header check but nothing to check');
  if (rest > 0 && !fcs16Matches(bytes, start, header))
    throw linkErrors.DLMS_LINK_CHECK('HCS of the HDLC frame');
  const control = controlOf(bytes[header - 1]!);
  if (control === undefined) {
    throw linkErrors.DLMS_LINK_FRAME(`HDLC control byte 0x${bytes[header - 1]!.toString(16)}`);
  }
  const destination = addressLength(bytes, start + 2, end);
  return {
    destination: takeAddress(bytes, start + 2, destination),
    source: takeAddress(bytes, start + 2 + destination, header - 1 - (start + 2 + destination)),
    control,
    segmented: (bytes[start]! & 8) !== 0,
    information: rest > 0 ? bytes.subarray(header + 2, end - 2) : new Uint8Array(0),
  };
}
