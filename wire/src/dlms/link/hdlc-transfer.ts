/**
 * The numbered part of a link that client and server share (IEC 62056-46 clause 6.4.4.5, after ISO/IEC
 * 13239): APDUs cut into I frames, windows, acknowledgement by number modulo 8, reassembly. The exchange is
 * two-way alternate: who has the turn sends up to a window, the last frame with the poll/final bit, and
 * whatever the other side's answer does not acknowledge is sent again in the next turn.
 */
import { ByteWriter } from '../bytes.ts';
import type { HdlcControl } from './hdlc-frame.ts';
import type { HdlcParameters } from './hdlc-parameters.ts';
import { linkErrors } from './link-errors.ts';

interface Outgoing {
  readonly information: Uint8Array;
  readonly segmented: boolean;
}

export interface NumberedFrame extends Outgoing {
  readonly control: HdlcControl;
}

export interface Received {
  /** `repeated` was taken before, `early` comes after one that is missing; neither is kept. */
  readonly place: 'due' | 'repeated' | 'early';
  readonly pdu?: Uint8Array;
}

/** What is sent and received of one link once it is open. */
export class HdlcTransfer {
  readonly #parameters: HdlcParameters;
  readonly #maxPduBytes: number;
  readonly #queue: Outgoing[] = [];
  /** Of the queue: sent or not, they are not acknowledged. */
  waitingBytes = 0;
  /** Number of the first frame of the queue. */
  #base = 0;
  /** Frames of the queue that were sent and are not acknowledged. */
  #sent = 0;
  #receiveSequence = 0;
  /** Of an APDU that is not whole: one piece of memory, however many segments there are. */
  readonly #received = new ByteWriter();

  constructor(parameters: HdlcParameters, maxPduBytes: number) {
    this.#parameters = parameters;
    this.#maxPduBytes = maxPduBytes;
  }

  /** The number of the frame expected next. */
  get receiveSequence(): number {
    return this.#receiveSequence;
  }

  /** Whether everything was acknowledged. */
  get settled(): boolean {
    return this.#queue.length === 0;
  }

  /** Puts an APDU (with its LLC bytes) at the end of what is to be sent. */
  offer(pdu: Uint8Array): void {
    const size = this.#parameters.transmitBytes;
    this.waitingBytes += pdu.length;
    for (let at = 0; at < pdu.length || at === 0; at += size) {
      this.#queue.push({ information: pdu.subarray(at, at + size), segmented: at + size < pdu.length });
    }
  }

  /** The frames of one turn, beginning with the first that is not acknowledged. */
  turn(): NumberedFrame[] {
    const count = Math.min(this.#queue.length, this.#parameters.transmitWindow);
    this.#sent = Math.max(this.#sent, count);
    return this.#queue.slice(0, count).map((frame, index) => ({
      ...frame,
      control: {
        kind: 'i',
        sendSequence: (this.#base + index) & 7,
        receiveSequence: this.#receiveSequence,
        poll: index === count - 1,
      },
    }));
  }

  /**
   * Takes the number the other side expects next; returns how many frames that acknowledges, or undefined
   * for a number that was never sent.
   */
  acknowledge(receiveSequence: number): number | undefined {
    const count = (receiveSequence - this.#base) & 7;
    if (count > this.#sent) return undefined;
    for (const { information } of this.#queue.splice(0, count)) this.waitingBytes -= information.length;
    this.#base = receiveSequence;
    this.#sent -= count;
    return count;
  }

  /** Whether a frame of this number was taken before. */
  repeats(sendSequence: number): boolean {
    const behind = (this.#receiveSequence - sendSequence) & 7;
    return behind >= 1 && behind <= this.#parameters.receiveWindow;
  }

  /** Takes an I frame. Raises DLMS_LINK_OVER_LIMIT. */
  accept(sendSequence: number, segmented: boolean, information: Uint8Array): Received {
    if (sendSequence !== this.#receiveSequence) {
      return { place: this.repeats(sendSequence) ? 'repeated' : 'early' };
    }
    this.#receiveSequence = (this.#receiveSequence + 1) & 7;
    if (this.#received.size + information.length > this.#maxPduBytes) {
      throw linkErrors.DLMS_LINK_OVER_LIMIT(`APDU of more than ${this.#maxPduBytes} bytes`);
    }
    this.#received.raw(information);
    return segmented ? { place: 'due' } : { place: 'due', pdu: this.#received.finish() };
  }
}
