/** HDLC frames out of a stream of bytes (IEC 62056-46 clause 6.4), with or without byte stuffing. */
import type { OpenAmiError } from '@openami/model';
import { fcs16Matches } from '../../crc16.ts';
import type { Scan } from '../../frame-stream.ts';
import {
  decodeHdlcFrame,
  HDLC_FLAG,
  HDLC_MAX_BYTES,
  type HdlcCheckOptions,
  type HdlcFrame,
  hdlcHeaderEnd,
} from './hdlc-frame.ts';
import { linkErrors } from './link-errors.ts';
import { LinkStream } from './link-stream.ts';

const ESCAPE = 0x7d;
/** Format, two addresses of one byte, control, frame check. */
const HDLC_MIN_BYTES = 7;
/** Format, two addresses of four bytes, control, header check. */
const HEADER_MAX_BYTES = 13;

/**
 * Frames by their stated length, as the standard sends them. A frame is given as soon as its check matches,
 * closing flag or not: some adapters swallow it. The header check is looked at as soon as it is here, so
 * that a damaged length cannot make the decoder wait for bytes that never come.
 */
export class HdlcDecoder extends LinkStream<HdlcFrame> {
  readonly #options: HdlcCheckOptions;

  constructor(options: HdlcCheckOptions = {}) {
    super();
    this.#options = options;
  }

  protected override scan(bytes: Uint8Array, at: number, end: number): Scan<HdlcFrame> {
    if (bytes[at] !== HDLC_FLAG) return skipToFlag(bytes, at, end);
    const have = end - at;
    if (have < 3) return bytes[at + 1] === HDLC_FLAG ? { used: 1 } : { used: 0, need: 3 };
    if ((bytes[at + 1]! & 0xf0) !== 0xa0) return { used: 1 };
    const length = ((bytes[at + 1]! & 7) << 8) | bytes[at + 2]!;
    if (length < 7)
      return { used: 1, error: () => linkErrors.DLMS_LINK_FRAME(`HDLC frame of ${length} bytes`) };
    const enough = Math.min(length, HEADER_MAX_BYTES) + 1;
    if (have < enough) return { used: 0, need: enough };
    const start = at + 1;
    const header = hdlcHeaderEnd(bytes, start, Math.min(start + length - 2, end));
    if (header === 0)
      return { used: 1, error: () => linkErrors.DLMS_LINK_FRAME('HDLC addresses do not end') };
    if (header < start + length - 2 && !fcs16Matches(bytes, start, header)) {
      return { used: 1, error: () => linkErrors.DLMS_LINK_CHECK('HCS of the HDLC frame') };
    }
    if (have < length + 1) return { used: 0, need: length + 1 };
    try {
      const frame = decodeHdlcFrame(bytes, start, start + length, this.#options);
      return { used: length + 1, frame };
    } catch (error) {
      return { used: 1, error: () => error as OpenAmiError };
    }
  }

  protected override isIdle(bytes: Uint8Array, length: number): boolean {
    return length === 1 && bytes[0] === HDLC_FLAG;
  }
}

/**
 * Frames whose bytes 7E and 7D were escaped as 7D 5E and 7D 5D, which asynchronous HDLC does and IEC
 * 62056-46 does not; some adapters and captures do it all the same.
 */
export class StuffedHdlcDecoder extends LinkStream<HdlcFrame> {
  /** Bytes after the flag that were looked through for the next one. */
  #searched = 1;

  protected override scan(bytes: Uint8Array, at: number, end: number): Scan<HdlcFrame> {
    const from = at + this.#searched;
    this.#searched = 1;
    if (bytes[at] !== HDLC_FLAG) return skipToFlag(bytes, at, end);
    let close = from;
    while (close < end && bytes[close] !== HDLC_FLAG) close++;
    if (close === end) {
      if (end - at > 2 * HDLC_MAX_BYTES) {
        return {
          used: end - at,
          error: () => linkErrors.DLMS_LINK_OVER_LIMIT(`${end - at} bytes without a flag`),
        };
      }
      this.#searched = end - at;
      return { used: 0, need: end - at + 1 };
    }
    if (close === at + 1) return { used: 1 };
    if (close - at <= HDLC_MIN_BYTES) {
      const error = () => linkErrors.DLMS_LINK_TRUNCATED(`${close - at - 1} bytes between HDLC flags`);
      return { used: close - at, error };
    }
    const plain = unstuff(bytes, at + 1, close);
    try {
      return { used: close - at, frame: decodeHdlcFrame(plain) };
    } catch (error) {
      return { used: close - at, error: () => error as OpenAmiError };
    }
  }

  protected override isIdle(bytes: Uint8Array, length: number): boolean {
    return length === 1 && bytes[0] === HDLC_FLAG;
  }
}

/** Escapes 7E and 7D between the flags of a frame. */
export function stuffHdlc(frame: Uint8Array): Uint8Array<ArrayBuffer> {
  const inner = frame.subarray(1, -1);
  const out: number[] = [HDLC_FLAG];
  for (const byte of inner) {
    if (byte === HDLC_FLAG || byte === ESCAPE) out.push(ESCAPE, byte ^ 0x20);
    else out.push(byte);
  }
  out.push(HDLC_FLAG);
  return Uint8Array.from(out);
}

function unstuff(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const out = new Uint8Array(to - from);
  let length = 0;
  for (let at = from; at < to; at++) {
    out[length++] = bytes[at] === ESCAPE && at + 1 < to ? bytes[++at]! ^ 0x20 : bytes[at]!;
  }
  return out.subarray(0, length);
}

function skipToFlag(bytes: Uint8Array, at: number, end: number): Scan<HdlcFrame> {
  const flag = bytes.indexOf(HDLC_FLAG, at);
  const to = flag < 0 || flag > end ? end : flag;
  return {
    used: to - at,
    error: () => linkErrors.DLMS_LINK_FRAME(`${to - at} bytes that are no HDLC frame`),
  };
}
