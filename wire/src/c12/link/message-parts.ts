/** Packets of one message, put together; their sequence counts down to 0 (C12.18 clause 5.1). */
import { Sink } from '../cursor.ts';
import { c12Errors } from '../errors.ts';
import type { Packet } from './packet.ts';

export class MessageParts {
  readonly #maxBytes: number;
  #bytes = new Sink();
  /** Sequence of the packet that is due; -1: none is. */
  #next = -1;

  constructor(maxBytes: number = Number.POSITIVE_INFINITY) {
    this.#maxBytes = maxBytes;
  }

  /** A message has begun and not ended. */
  get isOpen(): boolean {
    return this.#next >= 0;
  }

  /** The message, with its last packet. Raises C12_BAD_VALUE for a packet that is not due, C12_OVER_LIMIT. */
  add({ multiPacket, first, sequence, data }: Packet): Uint8Array<ArrayBuffer> | undefined {
    if (!multiPacket || first) {
      this.#bytes = new Sink();
      this.#next = sequence;
    }
    const due = this.#next;
    this.#next = -1;
    if (sequence !== due) throw c12Errors.C12_BAD_VALUE(`packet ${sequence} of a message, not ${due}`);
    const size = this.#bytes.length + data.length;
    if (size > this.#maxBytes) throw c12Errors.C12_OVER_LIMIT(`message over ${size} bytes`);
    this.#bytes.put(data);
    if (!multiPacket || sequence === 0) return this.#bytes.done();
    this.#next = sequence - 1;
    return undefined;
  }

  /** Gives up what has begun. */
  drop(): void {
    this.#next = -1;
  }
}
