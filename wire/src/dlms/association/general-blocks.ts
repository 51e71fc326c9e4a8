/**
 * General block transfer (IEC 62056-5-3 clause 8 and its figures), both ends, without I/O. An APDU is cut
 * into numbered blocks; a window of them goes out at once, and the other side says up to which it has all.
 * Blocks after a lost one are dropped and come again.
 */
import type { ApduOf } from '../apdu/apdu.ts';
import { encodeApdu } from '../apdu/apdu.ts';
import { ByteWriter } from '../bytes.ts';
import { associationErrors } from './association-errors.ts';

export type GeneralBlock = ApduOf<'general-block-transfer'>;
/** Tag, control, two numbers, length: what a block has around its data. */
export const GENERAL_BLOCK_OVERHEAD = 9;
const MAX_WINDOW = 63;

/** Puts blocks together. Raises DLMS_LIMIT. */
export class BlockReceiver {
  readonly #maxBytes: number;
  /** One piece of memory, however many blocks there are. */
  readonly #bytes = new ByteWriter();
  /** Highest number up to which nothing is missing. */
  acknowledged = 0;
  done = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes a block when it is the next; others are repeated or come again. */
  accept(block: GeneralBlock): void {
    if (this.done || block.number !== this.acknowledged + 1) return;
    if (this.#bytes.size + block.data.length > this.#maxBytes) {
      throw associationErrors.DLMS_LIMIT(`blocks of more than ${this.#maxBytes} bytes`);
    }
    this.#bytes.raw(block.data);
    this.acknowledged = block.number;
    this.done = block.control.last;
  }

  /** The APDU, once it is `done`; its bytes are not kept. */
  finish(): Uint8Array {
    return this.#bytes.finish();
  }
}

/** Cuts an APDU and gives out its windows. */
export class BlockSender {
  readonly #apdu: Uint8Array;
  readonly #size: number;
  readonly count: number;

  constructor(apdu: Uint8Array, maxPduBytes: number) {
    this.#apdu = apdu;
    this.#size = maxPduBytes - GENERAL_BLOCK_OVERHEAD;
    this.count = Math.ceil(apdu.length / Math.max(1, this.#size));
    if (this.#size < 1 || this.count > 0xffff) {
      const data = { bytes: apdu.length, maxPduBytes };
      throw associationErrors.DLMS_TOO_LONG(`${apdu.length} bytes in APDUs of ${maxPduBytes}`, data);
    }
  }

  /** The blocks after `acknowledged`, at most `window`; all but the last of them announce another. */
  window(acknowledged: number, window: number, received: number, ownWindow: number): Uint8Array[] {
    const from = acknowledged;
    const to = Math.min(this.count, from + Math.max(1, Math.min(window, MAX_WINDOW)));
    const out: Uint8Array[] = [];
    for (let i = from; i < to; i++) {
      out.push(
        encodeApdu({
          service: 'general-block-transfer',
          control: { last: i + 1 === this.count, streaming: i + 1 < to, window: ownWindow },
          number: i + 1,
          acknowledged: received,
          data: this.#apdu.subarray(i * this.#size, (i + 1) * this.#size),
        }),
      );
    }
    return out;
  }
}

/** An empty block that says what was received. */
export function acknowledge(number: number, acknowledged: number, window: number, last: boolean): Uint8Array {
  return encodeApdu({
    service: 'general-block-transfer',
    control: { last, streaming: false, window },
    number,
    acknowledged,
    data: new Uint8Array(0),
  });
}
