/**
 * Whole APDUs out of segments that come without a link of their own: HDLC frames of a push (UI frames, or I
 * frames seen from outside) and M-Bus segments. One APDU a sender is assembled at a time; senders and bytes
 * are limited.
 */
import type { OpenAmiError } from '@openami/model';
import type { Decoded } from '../../frame-stream.ts';
import { ByteWriter } from '../bytes.ts';
import type { HdlcAddress, HdlcFrame } from './hdlc-frame.ts';
import { linkErrors } from './link-errors.ts';
import { hasLlc, stripLlc } from './llc.ts';
import type { MbusCarriageFrame } from './mbus-carriage.ts';

export interface AssembledApdu {
  readonly apdu: Uint8Array;
  /** Who sent it to whom, as the link names them: `hdlc 1/17 to 103`, `mbus 255 1 to 103`. */
  readonly sender: string;
}

interface Segment {
  readonly sender: string;
  /** Undefined where the link does not number segments. */
  readonly number: number | undefined;
  readonly modulus: number;
  readonly first: boolean;
  readonly last: boolean;
  readonly part: Uint8Array;
}

interface Open {
  /** One piece of memory, however many segments there are. */
  readonly bytes: ByteWriter;
  /** Number of the next segment; undefined where they have none. */
  next: number | undefined;
}

const MAX_SENDERS = 64;

/** Joins segments in order; `maxApduBytes` bounds one APDU. */
export class SegmentAssembler {
  readonly #maxApduBytes: number;
  readonly #open = new Map<string, Open>();

  constructor(maxApduBytes = 65_535) {
    this.#maxApduBytes = maxApduBytes;
  }

  /**
   * A frame of an HDLC push. UI frames are not numbered: an APDU starts where the LLC bytes are, and a
   * frame that was damaged on the way must be told by `damaged`.
   */
  hdlc(frame: HdlcFrame): Decoded<AssembledApdu>[] {
    const { control, information } = frame;
    if (information.length === 0 || (control.kind !== 'i' && control.kind !== 'ui')) return [];
    const sender = `hdlc ${named(frame.source)} to ${named(frame.destination)}`;
    const number = control.kind === 'i' ? control.sendSequence : undefined;
    const first = hasLlc(information);
    return this.#add({ sender, number, modulus: 8, first, last: !frame.segmented, part: information });
  }

  mbus(frame: MbusCarriageFrame): Decoded<AssembledApdu>[] {
    const sender = `mbus ${frame.address} ${frame.source} to ${frame.destination}`;
    const { segment: number, last, part } = frame;
    return this.#add({ sender, number, modulus: 16, first: number === 0, last, part });
  }

  /** No more frames come: an error for each APDU that is not whole. */
  flush(): OpenAmiError[] {
    return [...this.#open.keys()].map((sender) => this.#drop(sender)!);
  }

  /**
   * A frame was damaged; it may have been a segment of any APDU whose segments are not numbered, so these
   * are given up.
   */
  damaged(): Decoded<AssembledApdu>[] {
    const open = [...this.#open].filter(([, { next }]) => next === undefined);
    return open.map(([sender]) => ({ error: this.#drop(sender)! }));
  }

  #drop(sender: string): OpenAmiError | undefined {
    const open = this.#open.get(sender);
    if (open === undefined) return undefined;
    this.#open.delete(sender);
    const detail = `${open.bytes.size} bytes of an APDU from ${sender} without its end`;
    return linkErrors.DLMS_LINK_TRUNCATED(detail, { partial: true });
  }

  #add(segment: Segment): Decoded<AssembledApdu>[] {
    const { sender, number, first, last, part } = segment;
    const out: Decoded<AssembledApdu>[] = [];
    if (first) {
      const error = this.#drop(sender);
      if (error !== undefined) out.push({ error });
      if (last) {
        out.push({ frame: { sender, apdu: stripLlc(part) } });
        return out;
      }
      if (this.#open.size >= MAX_SENDERS) this.#open.delete(this.#open.keys().next().value!);
      this.#open.set(sender, { bytes: new ByteWriter(), next: number });
    }
    const error = this.#take(segment);
    if (error !== undefined) {
      this.#open.delete(sender);
      out.push({ error });
    } else if (last) {
      const open = this.#open.get(sender)!;
      this.#open.delete(sender);
      out.push({ frame: { sender, apdu: stripLlc(open.bytes.finish()) } });
    }
    return out;
  }

  #take({ sender, number, modulus, part }: Segment): OpenAmiError | undefined {
    const open = this.#open.get(sender);
    if (open === undefined) {
      return linkErrors.DLMS_LINK_SEGMENT(`a segment from ${sender} without its first`, { partial: true });
    }
    if (number !== open.next) {
      return linkErrors.DLMS_LINK_SEGMENT(`segment ${number} where ${open.next} is due, from ${sender}`);
    }
    if (open.next !== undefined) open.next = (open.next + 1) % modulus;
    if (open.bytes.size + part.length > this.#maxApduBytes) {
      return linkErrors.DLMS_LINK_OVER_LIMIT(`APDU of more than ${this.#maxApduBytes} bytes from ${sender}`);
    }
    open.bytes.raw(part);
    return undefined;
  }
}

function named({ upper, lower, bytes }: HdlcAddress): string {
  return bytes === 1 ? `${upper}` : `${upper}/${lower}`;
}
