/**
 * The wrapper of the TCP and UDP profiles (IEC 62056-47 clause 7.3): version 1, source and destination
 * wrapper port, length of the APDU, each 16 bits; the APDU.
 */
import type { Scan } from '../../frame-stream.ts';
import { linkErrors } from './link-errors.ts';
import { LinkStream } from './link-stream.ts';

export const WRAPPER_HEADER_BYTES = 8;
const VERSION = 1;

export interface WrapperFrame {
  /** Client of a request, logical device of a response. */
  readonly source: number;
  readonly destination: number;
  readonly apdu: Uint8Array;
}

/** Raises DLMS_LINK_NOT_ENCODABLE for a port or an APDU beyond 16 bits. */
export function encodeWrapper({ source, destination, apdu }: WrapperFrame): Uint8Array<ArrayBuffer> {
  for (const field of [source, destination, apdu.length]) {
    if (field !== (field & 0xffff)) {
      throw linkErrors.DLMS_LINK_NOT_ENCODABLE(`${field} in a field of the wrapper (max 65535)`);
    }
  }
  const out = new Uint8Array(WRAPPER_HEADER_BYTES + apdu.length);
  const view = new DataView(out.buffer);
  view.setUint16(0, VERSION);
  view.setUint16(2, source);
  view.setUint16(4, destination);
  view.setUint16(6, apdu.length);
  out.set(apdu, WRAPPER_HEADER_BYTES);
  return out;
}

/** The frame that is the whole of `bytes`, such as a UDP datagram. */
export function decodeWrapper(bytes: Uint8Array): WrapperFrame {
  const found = new WrapperDecoder();
  const items = [...found.push(bytes), ...found.flush()];
  const [first] = items;
  if (first?.frame !== undefined && items.length === 1) return first.frame;
  const error = items.find((item) => item.error !== undefined)?.error;
  throw error ?? linkErrors.DLMS_LINK_FRAME(`${items.length} wrapper frames where one is expected`);
}

/** Wrapper frames out of a stream; an APDU longer than `maxApduBytes` is refused by its header. */
export class WrapperDecoder extends LinkStream<WrapperFrame> {
  readonly #maxApduBytes: number;

  constructor(maxApduBytes = 0xffff) {
    super();
    this.#maxApduBytes = maxApduBytes;
  }

  protected override scan(bytes: Uint8Array, at: number, end: number): Scan<WrapperFrame> {
    if (bytes[at] !== 0 || (at + 1 < end && bytes[at + 1] !== VERSION)) return skipToVersion(bytes, at, end);
    if (end - at < WRAPPER_HEADER_BYTES) return { used: 0, need: WRAPPER_HEADER_BYTES };
    const word = (offset: number): number => (bytes[at + offset]! << 8) | bytes[at + offset + 1]!;
    const length = word(6);
    if (length === 0)
      return { used: 2, error: () => linkErrors.DLMS_LINK_FRAME('wrapper with an empty APDU') };
    if (length > this.#maxApduBytes) {
      const detail = `wrapper announces ${length} bytes, limit ${this.#maxApduBytes}`;
      return { used: 2, error: () => linkErrors.DLMS_LINK_OVER_LIMIT(detail) };
    }
    const used = WRAPPER_HEADER_BYTES + length;
    if (end - at < used) return { used: 0, need: used };
    const apdu = bytes.subarray(at + WRAPPER_HEADER_BYTES, at + used);
    return { used, frame: { source: word(2), destination: word(4), apdu } };
  }

  protected override isIdle(): boolean {
    return false;
  }
}

function skipToVersion(bytes: Uint8Array, at: number, end: number): Scan<WrapperFrame> {
  let to = at + 1;
  while (to < end && !(bytes[to] === 0 && (to + 1 === end || bytes[to + 1] === VERSION))) to++;
  return {
    used: to - at,
    error: () => linkErrors.DLMS_LINK_FRAME(`${to - at} bytes that are no wrapper header`),
  };
}
