/**
 * What a capture is, and the APDUs in it: HDLC with or without byte stuffing, wrapper, M-Bus long frames or bare APDUs.
 * A capture may begin and end in the middle of a frame.
 */
import type { OpenAmiError } from '@openami/model';
import { type AssembledApdu, SegmentAssembler } from './assembler.ts';
import type { Decoded } from './frame-stream.ts';
import { HdlcDecoder, StuffedHdlcDecoder } from './hdlc-decoder.ts';
import { HDLC_FLAG } from './hdlc-frame.ts';
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

/** First bytes of APDUs that may stand alone: notifications, ciphered and plain services, ACSE. */
const apduTags: ReadonlySet<number> = new Set([
  ...[
    0x01, 0x05, 0x06, 0x08, 0x0c, 0x0d, 0x0e, 0x0f, 0x16, 0x18, 0x21, 0x25, 0x26, 0x28, 0x2c, 0x2d, 0x36,
    0x38,
  ],
  ...[
    0x60, 0x61, 0x62, 0x63, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd,
    0xcf,
  ],
  ...[0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5, 0xd7, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xdf, 0xe0, 0xe6],
]);

/**
 * The framing of a capture: the first whose frames pass their checks. Raises DLMS_LINK_NO_FRAMING.
 */
export function sniffFraming(bytes: Uint8Array): Framing {
  return deframe(bytes).framing;
}

/** The APDUs of a capture of the given framing, or of the one that fits. Raises DLMS_LINK_NO_FRAMING. */
export function deframe(bytes: Uint8Array, framing?: Framing, maxApduBytes = 65_535): Deframed {
  if (framing !== undefined) return take(bytes, framing, maxApduBytes);
  let best: Deframed | undefined;
  for (const candidate of candidates(bytes)) {
    const found = take(bytes, candidate, maxApduBytes);
    if (found.apdus.length > 0 && found.errors.length === 0) return found;
    if (found.apdus.length > (best?.apdus.length ?? 0)) best = found;
  }
  if (best !== undefined) return best;
  throw linkErrors.DLMS_LINK_NO_FRAMING(`${bytes.length} bytes`);
}

function candidates(bytes: Uint8Array): Framing[] {
  const out: Framing[] = [];
  const first = bytes[0] ?? 0;
  // a bare APDU is tried before a search inside it, framed bytes before that
  if (first === 0 && bytes[1] === 1) out.push('wrapper');
  if (first === HDLC_FLAG) out.push('hdlc', 'hdlc-stuffed');
  if (first === 0x68) out.push('mbus');
  if (apduTags.has(first)) out.push('raw');
  for (const other of ['hdlc', 'mbus', 'hdlc-stuffed'] as const) if (!out.includes(other)) out.push(other);
  return out;
}

function take(bytes: Uint8Array, framing: Framing, maxApduBytes: number): Deframed {
  if (framing === 'raw') return { framing, apdus: [{ sender: 'raw', apdu: stripLlc(bytes) }], errors: [] };
  const assembler = new SegmentAssembler(maxApduBytes);
  const items = whole(bytes, framing, assembler, maxApduBytes);
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
  maxApduBytes: number,
): Decoded<AssembledApdu>[] {
  if (framing === 'wrapper') {
    const decoder = new WrapperDecoder(maxApduBytes);
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
  const decoder = framing === 'hdlc' ? new HdlcDecoder() : new StuffedHdlcDecoder();
  return [...decoder.push(bytes), ...decoder.flush()].flatMap((item) =>
    item.frame === undefined ? [item] : assembler.hdlc(item.frame),
  );
}
