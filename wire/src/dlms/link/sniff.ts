/**
 * What a capture is, and the APDUs in it: HDLC with or without byte stuffing, wrapper, M-Bus long frames or
 * bare APDUs. A capture may begin and end in the middle of a frame.
 */
import type { OpenAmiError } from '@openami/model';
import { serviceOfTag } from '../apdu/apdu.ts';
import { type AssembledApdu, SegmentAssembler } from './assembler.ts';
import type { Decoded } from './frame-stream.ts';
import { HdlcDecoder, StuffedHdlcDecoder } from './hdlc-decoder.ts';
import type { HdlcCheckOptions } from './hdlc-frame.ts';
import { linkErrors } from './link-errors.ts';
import { stripLlc } from './llc.ts';
import { MbusDecoder } from './mbus-carriage.ts';
import { WrapperDecoder } from './wrapper.ts';

export type Framing = 'hdlc' | 'hdlc-stuffed' | 'wrapper' | 'mbus' | 'raw';

export interface Deframed {
  readonly framing: Framing;
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

/** The APDUs of a capture. Raises DLMS_LINK_NO_FRAMING. */
export function deframe(bytes: Uint8Array, options: DeframeOptions = {}): Deframed {
  if (options.framing !== undefined) return take(bytes, options.framing, options);
  let best: Deframed | undefined;
  for (const candidate of candidates(bytes)) {
    const found = take(bytes, candidate, options);
    if (found.apdus.length > 0 && found.errors.length === 0) return found;
    if (found.apdus.length > (best?.apdus.length ?? 0)) best = found;
  }
  if (best !== undefined) return best;
  // a bare APDU has no check, so it is what remains when no frame passes its own
  if (serviceOfTag(stripLlc(bytes)[0] ?? 0) !== undefined) return take(bytes, 'raw', options);
  throw linkErrors.DLMS_LINK_NO_FRAMING(`${bytes.length} bytes`);
}

function candidates(bytes: Uint8Array): Framing[] {
  // the wrapper has no check either: it must be there from the first byte on
  const wrapped: Framing[] = bytes[0] === 0 && bytes[1] === 1 ? ['wrapper'] : [];
  return [...wrapped, 'hdlc', 'mbus', 'hdlc-stuffed'];
}

function take(bytes: Uint8Array, framing: Framing, options: DeframeOptions): Deframed {
  if (framing === 'raw') return { framing, apdus: [{ sender: 'raw', apdu: stripLlc(bytes) }], errors: [] };
  const assembler = new SegmentAssembler(options.maxApduBytes);
  const items = whole(bytes, framing, assembler, options);
  const apdus: AssembledApdu[] = [];
  const errors: OpenAmiError[] = [];
  for (const { frame, error } of items) {
    if (error !== undefined) errors.push(error);
    else apdus.push(frame);
  }
  errors.push(...assembler.flush());
  return { framing, apdus, errors };
}

function whole(
  bytes: Uint8Array,
  framing: Exclude<Framing, 'raw'>,
  assembler: SegmentAssembler,
  options: DeframeOptions,
): Decoded<AssembledApdu>[] {
  if (framing === 'wrapper') {
    const decoder = new WrapperDecoder(options.maxApduBytes);
    return [...decoder.push(bytes), ...decoder.flush()].map((item) =>
      item.frame === undefined
        ? item
        : {
            frame: {
              sender: `wrapper ${item.frame.source} to ${item.frame.destination}`,
              apdu: item.frame.apdu,
            },
          },
    );
  }
  if (framing === 'mbus') {
    const decoder = new MbusDecoder();
    return [...decoder.push(bytes), ...decoder.flush()].flatMap((item) =>
      item.frame === undefined ? [item] : assembler.mbus(item.frame),
    );
  }
  const decoder = framing === 'hdlc' ? new HdlcDecoder(options) : new StuffedHdlcDecoder();
  return [...decoder.push(bytes), ...decoder.flush()].flatMap((item) =>
    item.frame === undefined ? [item, ...assembler.damaged()] : assembler.hdlc(item.frame),
  );
}
