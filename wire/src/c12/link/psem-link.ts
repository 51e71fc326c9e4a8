/**
 * One end of a C12.18 or C12.21 line as a state machine: messages in, packets out, and back (C12.18 clause
 * 4.1, C12.21 clause 6). It has no clock: whoever drives it waits as long as `timer` says and then calls
 * `timeout`.
 */
import type { OpenAmiError } from '@openami/model';
import { c12Errors } from '../errors.ts';
import { MessageParts } from './message-parts.ts';
import { ACK, encodePacket, NAK, PACKET_OVERHEAD_BYTES, type Packet, PacketStream } from './packet.ts';

export interface LinkTimes {
  /** For the ACK of a packet. */
  readonly responseMs: number;
  /** Between bytes of a packet. */
  readonly interCharacterMs: number;
  /** Without traffic, after which the session has ended. */
  readonly trafficMs: number;
}

/** C12.18 clause 4.1.2 and C12.21 clause 6.2. */
export const c1218Times: LinkTimes = { responseMs: 2_000, interCharacterMs: 500, trafficMs: 6_000 };
export const c1221Times: LinkTimes = { responseMs: 4_000, interCharacterMs: 1_000, trafficMs: 30_000 };

export interface LinkOptions {
  readonly identity?: number;
  readonly dataFormat?: number;
  /** Bytes of a packet with its frame; 64 until negotiated. */
  readonly packetBytes?: number;
  /** Packets of a message; 1 until negotiated. */
  readonly packets?: number;
  /** Times a packet is sent again. */
  readonly retries?: number;
  /** Longest message taken. */
  readonly maxMessageBytes?: number;
}

export type LinkOutput =
  | { readonly kind: 'write'; readonly bytes: Uint8Array }
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'sent' }
  | { readonly kind: 'failed'; readonly error: OpenAmiError }
  /** Bytes that were of no use; the line goes on. */
  | { readonly kind: 'noise'; readonly error: OpenAmiError };

const ACK_BYTES = Uint8Array.of(ACK);
const NAK_BYTES = Uint8Array.of(NAK);
const MAX_MESSAGE_BYTES = 70_000;
const LEAST_PACKET_BYTES = PACKET_OVERHEAD_BYTES + 1;

export class PsemLink {
  readonly #identity: number;
  readonly #dataFormat: number;
  readonly #retries: number;
  #packetBytes: number;
  #packets: number;
  #stream = new PacketStream();
  #toggle = false;
  /** Packets still to be sent; the first waits for its ACK. */
  #queue: Uint8Array[] = [];
  #left = 0;
  #last: { readonly toggle: boolean; readonly crc: number } | undefined;
  /** Of the message that is coming in. */
  readonly #parts: MessageParts;

  constructor(options: LinkOptions = {}) {
    this.#identity = options.identity ?? 0;
    this.#dataFormat = options.dataFormat ?? 0;
    this.#packetBytes = Math.max(LEAST_PACKET_BYTES, options.packetBytes ?? 64);
    this.#packets = options.packets ?? 1;
    this.#retries = options.retries ?? 3;
    this.#parts = new MessageParts(options.maxMessageBytes ?? MAX_MESSAGE_BYTES);
  }

  /** What is being waited for; undefined: nothing but the next message. */
  get timer(): keyof LinkTimes {
    if (this.#stream.pending > 0) return 'interCharacterMs';
    return this.#queue.length > 0 ? 'responseMs' : 'trafficMs';
  }

  get isSending(): boolean {
    return this.#queue.length > 0;
  }

  /** Sizes that both ends agreed on. */
  negotiated(packetBytes: number, packets: number): void {
    this.#packetBytes = Math.max(LEAST_PACKET_BYTES, packetBytes);
    this.#packets = Math.max(1, packets);
  }

  /** Most bytes a message may have now. */
  get capacity(): number {
    return (this.#packetBytes - PACKET_OVERHEAD_BYTES) * this.#packets;
  }

  /** Sends a message. Raises C12_OVER_LIMIT where it does not fit, C12_UNEXPECTED while one is under way. */
  send(message: Uint8Array): LinkOutput[] {
    if (this.isSending) throw c12Errors.C12_UNEXPECTED('a message is under way');
    const room = this.#packetBytes - PACKET_OVERHEAD_BYTES;
    const count = Math.max(1, Math.ceil(message.length / room));
    if (count > this.#packets) {
      throw c12Errors.C12_OVER_LIMIT(`${message.length} bytes in ${this.#packets} packets of ${room}`);
    }
    this.#queue = Array.from({ length: count }, (_, i) => {
      this.#toggle = !this.#toggle;
      return encodePacket({
        identity: this.#identity,
        multiPacket: count > 1,
        first: count > 1 && i === 0,
        toggle: this.#toggle,
        dataFormat: this.#dataFormat,
        sequence: count - 1 - i,
        data: message.subarray(i * room, (i + 1) * room),
      });
    });
    return this.#transmit(this.#retries);
  }

  /** Takes bytes of the line. */
  receive(chunk: Uint8Array): LinkOutput[] {
    const out: LinkOutput[] = [];
    for (const { frame, error } of this.#stream.push(chunk)) {
      // between packets, noise is not answered: it may be the end of one that was refused already
      if (error !== undefined) out.push({ kind: 'noise', error });
      else if (frame.kind === 'damaged') {
        out.push({ kind: 'noise', error: frame.error }, { kind: 'write', bytes: NAK_BYTES });
      } else if (frame.kind === 'packet') this.#packet(frame.packet, out);
      else if (frame.kind === 'ack') this.#acknowledged(out);
      else if (this.isSending) this.#again(out);
    }
    return out;
  }

  /** The time of `timer` ran out. */
  timeout(): LinkOutput[] {
    const out: LinkOutput[] = [];
    if (this.#stream.pending > 0) {
      const error = c12Errors.C12_TRUNCATED(`${this.#stream.pending} bytes of a packet`);
      this.#stream = new PacketStream();
      out.push({ kind: 'noise', error }, { kind: 'write', bytes: NAK_BYTES });
    } else if (this.isSending) this.#again(out);
    else out.push({ kind: 'failed', error: c12Errors.C12_NO_ANSWER('no traffic') });
    return out;
  }

  #transmit(left: number): LinkOutput[] {
    this.#left = left;
    return [{ kind: 'write', bytes: this.#queue[0]! }];
  }

  #again(out: LinkOutput[]): void {
    if (this.#left > 0) {
      out.push(...this.#transmit(this.#left - 1));
      return;
    }
    this.#queue = [];
    out.push({
      kind: 'failed',
      error: c12Errors.C12_NO_ANSWER(`a packet was sent ${this.#retries + 1} times`),
    });
  }

  #acknowledged(out: LinkOutput[]): void {
    if (!this.isSending) return;
    this.#queue.shift();
    if (this.#queue.length > 0) out.push(...this.#transmit(this.#retries));
    else out.push({ kind: 'sent' });
  }

  #packet(packet: Packet, out: LinkOutput[]): void {
    if (packet.identity !== this.#identity) return;
    const { toggle, crc } = packet;
    if (this.#last?.toggle === toggle && this.#last.crc === crc) {
      // its ACK was lost
      out.push({ kind: 'write', bytes: ACK_BYTES });
      return;
    }
    // who sends something new has what was sent to it
    if (this.#queue.length === 1) this.#acknowledged(out);
    this.#last = { toggle, crc };
    out.push({ kind: 'write', bytes: ACK_BYTES });
    this.#assemble(packet, out);
  }

  #assemble(packet: Packet, out: LinkOutput[]): void {
    try {
      if (!packet.multiPacket && packet.sequence !== 0) {
        this.#parts.drop();
        throw c12Errors.C12_BAD_VALUE(`packet ${packet.sequence} of a message of one`);
      }
      const bytes = this.#parts.add(packet);
      if (bytes !== undefined) out.push({ kind: 'message', bytes });
    } catch (error) {
      out.push({ kind: 'noise', error: error as OpenAmiError });
    }
  }
}
