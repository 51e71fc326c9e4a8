/**
 * DLMS over M-Bus long frames (EN 13757-3, as customer interfaces of Austrian and other meters send it):
 *
 *   68 L L 68 | C A CI STSAP DTSAP | part of the APDU | checksum 16
 *
 * CI holds the number of the segment (4 bits) and, in bit 4, whether it is the last: 10 is a whole APDU, 00
 * then 11 are an APDU in two parts.
 */
import type { Scan } from '../../frame-stream.ts';
import { linkErrors } from './link-errors.ts';
import { LinkStream } from './link-stream.ts';

const START = 0x68;
const STOP = 0x16;
const SHORT_START = 0x10;
const ACK = 0xe5;
const LAST = 0x10;
/** C, A, CI and the two service access points. */
const OVERHEAD_BYTES = 5;

export interface MbusCarriageFrame {
  readonly control: number;
  readonly address: number;
  /** Service access points: of the sender and of the receiver. */
  readonly source: number;
  readonly destination: number;
  /** Number of the segment, 0 to 15. */
  readonly segment: number;
  readonly last: boolean;
  readonly part: Uint8Array;
}

/** The long frames that carry an APDU; raises DLMS_LINK_NOT_ENCODABLE for more than 16 segments. */
export function encodeMbusCarriage(
  apdu: Uint8Array,
  head: Pick<MbusCarriageFrame, 'control' | 'address' | 'source' | 'destination'>,
  maxPartBytes = 245,
): Uint8Array<ArrayBuffer>[] {
  const count = Math.max(1, Math.ceil(apdu.length / maxPartBytes));
  if (count > 16 || maxPartBytes > 250) {
    throw linkErrors.DLMS_LINK_NOT_ENCODABLE(
      `${apdu.length} bytes in M-Bus segments of ${maxPartBytes} (max 16)`,
    );
  }
  return Array.from({ length: count }, (_, segment) => {
    const part = apdu.subarray(segment * maxPartBytes, (segment + 1) * maxPartBytes);
    const length = OVERHEAD_BYTES + part.length;
    const ci = segment | (segment === count - 1 ? LAST : 0);
    const out = new Uint8Array(length + 6);
    out.set([START, length, length, START, head.control, head.address, ci, head.source, head.destination]);
    out.set(part, 4 + OVERHEAD_BYTES);
    out[length + 4] = sum(out, 4, length + 4);
    out[length + 5] = STOP;
    return out;
  });
}

/** Long frames that carry DLMS, out of a stream; acknowledgements and short frames are passed over. */
export class MbusDecoder extends LinkStream<MbusCarriageFrame> {
  protected override scan(bytes: Uint8Array, at: number, end: number): Scan<MbusCarriageFrame> {
    const have = end - at;
    if (bytes[at] === ACK) return { used: 1 };
    if (bytes[at] === SHORT_START) {
      if (have < 5) return { used: 0, need: 5 };
      if (bytes[at + 4] === STOP && bytes[at + 3] === sum(bytes, at + 1, at + 3)) return { used: 5 };
    }
    if (bytes[at] !== START) return skip(bytes, at, end);
    if (have < 4) return { used: 0, need: 4 };
    const length = bytes[at + 1]!;
    if (bytes[at + 2] !== length || bytes[at + 3] !== START) return skip(bytes, at, end);
    if (have < length + 6) return { used: 0, need: length + 6 };
    const stop = at + 4 + length;
    if (bytes[stop + 1] !== STOP || bytes[stop] !== sum(bytes, at + 4, stop)) {
      return { used: 1, error: () => linkErrors.DLMS_LINK_CHECK('checksum of the M-Bus frame') };
    }
    const ci = bytes[at + 6]!;
    if (length < OVERHEAD_BYTES || ci > 0x1f) {
      return {
        used: length + 6,
        error: () => linkErrors.DLMS_LINK_FRAME('M-Bus frame that does not carry DLMS'),
      };
    }
    const frame: MbusCarriageFrame = {
      control: bytes[at + 4]!,
      address: bytes[at + 5]!,
      segment: ci & 0x0f,
      last: (ci & LAST) !== 0,
      source: bytes[at + 7]!,
      destination: bytes[at + 8]!,
      part: bytes.subarray(at + 9, stop),
    };
    return { used: length + 6, frame };
  }

  protected override isIdle(): boolean {
    return false;
  }
}

function sum(bytes: Uint8Array, from: number, to: number): number {
  let total = 0;
  for (let at = from; at < to; at++) total += bytes[at]!;
  return total & 0xff;
}

function skip(bytes: Uint8Array, at: number, end: number): Scan<MbusCarriageFrame> {
  let to = at + 1;
  while (to < end && bytes[to] !== START) to++;
  return {
    used: to - at,
    error: () => linkErrors.DLMS_LINK_FRAME(`${to - at} bytes that are no M-Bus frame`),
  };
}
