/**
 * What a capture is, and the APDUs in it: HDLC with or without byte stuffing, wrapper, M-Bus long frames or
 * bare APDUs. A capture may begin and end in the middle of a frame.
 */
import type { OpenAmiError } from '@openami/model';
import type { Decoded } from '../../frame-stream.ts';
import { serviceOfTag } from '../apdu/apdu.ts';
import { type AssembledApdu, SegmentAssembler } from './assembler.ts';
import { HdlcDecoder, StuffedHdlcDecoder } from './hdlc-decoder.ts';
import { HDLC_FLAG, type HdlcCheckOptions, type HdlcFrame } from './hdlc-frame.ts';
import { linkErrors } from './link-errors.ts';
import { stripLlc } from './llc.ts';
import { type MbusCarriageFrame, MbusDecoder } from './mbus-carriage.ts';
import { WrapperDecoder, type WrapperFrame } from './wrapper.ts';

export type Framing = 'hdlc' | 'hdlc-stuffed' | 'wrapper' | 'mbus' | 'raw';

/** A frame of any of the links. */
export type LinkFrame =
  | { readonly link: 'hdlc'; readonly frame: HdlcFrame }
  | { readonly link: 'wrapper'; readonly frame: WrapperFrame }
  | { readonly link: 'mbus'; readonly frame: MbusCarriageFrame };

export interface Deframed {
  readonly framing: Framing;
  /** Frames that passed their checks, in order; those without an APDU too. */
  readonly frames: readonly LinkFrame[];
  readonly apdus: readonly AssembledApdu[];
  /** What was skipped, and why. */
  readonly errors: readonly OpenAmiError[];
}

/**
 * The framing of a capture: the first whose frames pass their checks. Raises DLMS_LINK_NO_FRAMING.
 */
export function sniffFraming(bytes: Uint8Array): Framing {
  return deframe(bytes).framing;
}

export interface DeframeOptions extends HdlcCheckOptions {
  /** Not asked for when not given: the one that fits is found. */
  readonly framing?: Framing;
  readonly maxApduBytes?: number;
}

/**
 * The APDUs of a capture. Raises DLMS_LINK_NO_FRAMING, or the error of the only frame when it is clear what
 * link it is of.
 */
export function deframe(bytes: Uint8Array, options: DeframeOptions = {}): Deframed {
  if (options.framing !== undefined) return take(bytes, options.framing, options);
  let best: Deframed | undefined;
  let damage: OpenAmiError | undefined;
  for (const candidate of candidates(bytes)) {
    const found = take(bytes, candidate, options);
    if (found.frames.length > 0 && found.errors.length === 0) return found;
    if (worth(found) > (best === undefined ? 0 : worth(best))) best = found;
    damage ??= found.errors.find(({ code }) => code !== 'DLMS_LINK_FRAME');
  }
  if (best !== undefined) return best;
  // a bare APDU has no check, so it is what remains when no frame passes its own
  if (serviceOfTag(stripLlc(bytes)[0] ?? 0) !== undefined) return take(bytes, 'raw', options);
  if (damage !== undefined && beginsAsFrame(bytes)) throw damage;
  throw linkErrors.DLMS_LINK_NO_FRAMING(`${bytes.length} bytes`);
}

function worth({ apdus, frames }: Deframed): number {
  return apdus.length * 0x1_0000 + frames.length;
}

function beginsAsFrame(bytes: Uint8Array): boolean {
  if (bytes[0] === HDLC_FLAG) return (bytes[1]! & 0xf0) === 0xa0;
  return bytes[0] === 0x68 && bytes[3] === 0x68 && bytes[1]! > 5;
}

function candidates(bytes: Uint8Array): Framing[] {
  // the wrapper has no check either: it must be there from the first byte on
  const wrapped: Framing[] = bytes[0] === 0 && bytes[1] === 1 ? ['wrapper'] : [];
  return [...wrapped, 'hdlc', 'mbus', 'hdlc-stuffed'];
}

function take(bytes: Uint8Array, framing: Framing, options: DeframeOptions): Deframed {
  if (framing === 'raw') {
    return { framing, frames: [], apdus: [{ sender: 'raw', apdu: stripLlc(bytes) }], errors: [] };
  }
  const deframer = new Deframer(framing, options);
  const items = [...deframer.push(bytes), ...deframer.flush()];
  const frames: LinkFrame[] = [];
  const apdus: AssembledApdu[] = [];
  const errors: OpenAmiError[] = [];
  for (const { frame, apdu, error } of items) {
    if (frame !== undefined) frames.push(frame);
    if (apdu !== undefined) apdus.push(apdu);
    if (error !== undefined) errors.push(error);
  }
  return { framing, frames, apdus, errors };
}

/** A frame, an APDU that is whole, or what went wrong. */
export interface DeframedItem {
  readonly frame?: LinkFrame;
  readonly apdu?: AssembledApdu;
  readonly error?: OpenAmiError;
}

/** Frames and whole APDUs out of a stream of one framing, in any chunking. */
export class Deframer {
  readonly framing: Exclude<Framing, 'raw'>;
  readonly #assembler: SegmentAssembler;
  readonly #hdlc: HdlcDecoder | StuffedHdlcDecoder;
  readonly #mbus = new MbusDecoder();
  readonly #wrapper: WrapperDecoder;
  /** Ports of the wrapper's last frame, and what they are called. */
  #ports = -1;
  #sender = '';

  constructor(framing: Exclude<Framing, 'raw'>, options: Omit<DeframeOptions, 'framing'> = {}) {
    this.framing = framing;
    this.#assembler = new SegmentAssembler(options.maxApduBytes);
    this.#hdlc = framing === 'hdlc' ? new HdlcDecoder(options) : new StuffedHdlcDecoder();
    this.#wrapper = new WrapperDecoder(options.maxApduBytes);
  }

  /** Takes the next bytes and returns what they complete. */
  push(chunk: Uint8Array): DeframedItem[] {
    if (this.framing === 'wrapper') return this.#wrapped(this.#wrapper.push(chunk));
    if (this.framing === 'mbus') return this.#ofMbus(this.#mbus.push(chunk));
    return this.#ofHdlc(this.#hdlc.push(chunk));
  }

  /** The end of the bytes: what is not whole is given up. */
  flush(): DeframedItem[] {
    const items =
      this.framing === 'wrapper'
        ? this.#wrapped(this.#wrapper.flush())
        : this.framing === 'mbus'
          ? this.#ofMbus(this.#mbus.flush())
          : this.#ofHdlc(this.#hdlc.flush());
    return [...items, ...this.#assembler.flush().map((error) => ({ error }))];
  }

  #wrapped(items: Decoded<WrapperFrame>[]): DeframedItem[] {
    return items.map(({ frame, error }) => {
      if (frame === undefined) return { error };
      const sender = this.#wrapperSender(frame);
      return { frame: { link: 'wrapper', frame }, apdu: { sender, apdu: frame.apdu } };
    });
  }

  /** A connection nearly always has one sender: its name is made once. */
  #wrapperSender({ source, destination }: WrapperFrame): string {
    const ports = source * 0x1_0000 + destination;
    if (ports !== this.#ports) {
      this.#ports = ports;
      this.#sender = `wrapper ${source} to ${destination}`;
    }
    return this.#sender;
  }

  #ofMbus(items: Decoded<MbusCarriageFrame>[]): DeframedItem[] {
    return items.flatMap(({ frame, error }) =>
      frame === undefined
        ? [{ error }]
        : [{ frame: { link: 'mbus', frame } as const }, ...assembled(this.#assembler.mbus(frame))],
    );
  }

  #ofHdlc(items: Decoded<HdlcFrame>[]): DeframedItem[] {
    return items.flatMap(({ frame, error }) =>
      frame === undefined
        ? [{ error }, ...assembled(this.#assembler.damaged())]
        : [{ frame: { link: 'hdlc', frame } as const }, ...assembled(this.#assembler.hdlc(frame))],
    );
  }
}

function assembled(items: Decoded<AssembledApdu>[]): DeframedItem[] {
  return items.map(({ frame: apdu, error }) => (apdu === undefined ? { error } : { apdu }));
}
