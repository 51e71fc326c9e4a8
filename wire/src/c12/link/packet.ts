/** Packets of ANSI C12.18 clause 5 and C12.21 clause 6, and their stream. */
import type { OpenAmiError } from '@openami/model';
import { fcs16, fcs16Matches } from '../../crc16.ts';
import { FrameStream, type Scan } from '../../frame-stream.ts';
import { c12Errors } from '../errors.ts';

export const STP = 0xee;
export const ACK = 0x06;
export const NAK = 0x15;
/** Start, identity, control, sequence, length, check. */
export const PACKET_OVERHEAD_BYTES = 8;
/** Largest packet that may be negotiated (C12.18 clause 4.3.2.7). */
export const MAX_PACKET_BYTES = 8192;

export interface Packet {
  /** Zero in C12.18; the device addressed on a shared line in C12.21. */
  readonly identity: number;
  /** One of several packets of one message. */
  readonly multiPacket: boolean;
  /** The first of several. */
  readonly first: boolean;
  /** Changes with every new packet, so that a repeat is known. */
  readonly toggle: boolean;
  /** 0: C12.18 and C12.21, 1: C12.22. */
  readonly dataFormat: number;
  /** Packets that follow. */
  readonly sequence: number;
  readonly data: Uint8Array;
  /** The check as sent; a repeat has the same. */
  readonly crc: number;
}

export type LinkItem =
  | { readonly kind: 'ack' | 'nak' }
  | { readonly kind: 'packet'; readonly packet: Packet }
  /** A packet whose check does not match: each is to be answered. */
  | { readonly kind: 'damaged'; readonly error: OpenAmiError };

/** The bytes of a packet. Raises C12_NOT_ENCODABLE. */
export function encodePacket(packet: Omit<Packet, 'crc'>): Uint8Array<ArrayBuffer> {
  const { data } = packet;
  if (data.length + PACKET_OVERHEAD_BYTES > MAX_PACKET_BYTES || packet.sequence > 255) {
    throw c12Errors.C12_NOT_ENCODABLE(`packet of ${data.length} bytes, sequence ${packet.sequence}`);
  }
  const out = new Uint8Array(data.length + PACKET_OVERHEAD_BYTES);
  out[0] = STP;
  out[1] = packet.identity;
  out[2] =
    (packet.multiPacket ? 0x80 : 0) |
    (packet.first ? 0x40 : 0) |
    (packet.toggle ? 0x20 : 0) |
    (packet.dataFormat & 3);
  out[3] = packet.sequence;
  out[4] = data.length >> 8;
  out[5] = data.length & 0xff;
  out.set(data, 6);
  const crc = fcs16(out, 0, out.length - 2);
  out[out.length - 2] = crc & 0xff;
  out[out.length - 1] = crc >> 8;
  return out;
}

/**
 * One packet that fills the bytes. Raises C12_TRUNCATED, C12_TRAILING_BYTES, C12_BAD_FRAME, C12_BAD_CHECK.
 */
export function decodePacket(bytes: Uint8Array, at = 0, end = bytes.length): Packet {
  const clause = 'C12.18 clause 5.1';
  if (bytes[at] !== STP) throw c12Errors.C12_BAD_FRAME(`a packet begins with EE (${clause})`, { clause });
  const have = end - at;
  const total = have < 6 ? PACKET_OVERHEAD_BYTES : packetBytes(bytes, at);
  if (have < total) {
    throw c12Errors.C12_TRUNCATED(`${have} of ${total} bytes of a packet (${clause})`, { clause });
  }
  if (have > total) {
    throw c12Errors.C12_TRAILING_BYTES(`${have - total} bytes after a packet (${clause})`, { clause });
  }
  if (!fcs16Matches(bytes, at, end - 2))
    throw c12Errors.C12_BAD_CHECK(`CRC of a packet (${clause})`, { clause });
  const control = bytes[at + 2]!;
  return {
    identity: bytes[at + 1]!,
    multiPacket: (control & 0x80) !== 0,
    first: (control & 0x40) !== 0,
    toggle: (control & 0x20) !== 0,
    dataFormat: control & 3,
    sequence: bytes[at + 3]!,
    data: bytes.subarray(at + 6, end - 2),
    crc: bytes[end - 2]! | (bytes[end - 1]! << 8),
  };
}

function packetBytes(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 4]! << 8) | bytes[at + 5]!) + PACKET_OVERHEAD_BYTES;
}

/** Packets, ACK and NAK out of a stream of bytes; anything else is skipped and reported. */
export class PacketStream extends FrameStream<LinkItem> {
  readonly #maxPacketBytes: number;

  constructor(maxPacketBytes: number = MAX_PACKET_BYTES) {
    super();
    this.#maxPacketBytes = Math.min(maxPacketBytes, MAX_PACKET_BYTES);
  }

  protected override scan(bytes: Uint8Array, at: number, end: number): Scan<LinkItem> {
    const first = bytes[at];
    if (first === ACK) return { used: 1, frame: { kind: 'ack' } };
    if (first === NAK) return { used: 1, frame: { kind: 'nak' } };
    if (first !== STP) {
      return { used: 1, error: () => c12Errors.C12_BAD_FRAME(`byte ${first} between packets`) };
    }
    const have = end - at;
    if (have < 6) return { used: 0, need: 6 };
    const total = packetBytes(bytes, at);
    if (total > this.#maxPacketBytes) {
      return { used: 1, error: () => c12Errors.C12_OVER_LIMIT(`packet of ${total} bytes`) };
    }
    if (have < total) return { used: 0, need: total };
    try {
      return { used: total, frame: { kind: 'packet', packet: decodePacket(bytes, at, at + total) } };
    } catch (error) {
      // its data may hold what looks like an ACK: none of it is looked at
      return { used: total, frame: { kind: 'damaged', error: error as OpenAmiError } };
    }
  }

  protected override truncated(detail: string): OpenAmiError {
    return c12Errors.C12_TRUNCATED(detail);
  }

  protected override isIdle(): boolean {
    return false;
  }
}
