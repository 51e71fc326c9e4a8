/**
 * Frames of wired M-Bus (EN 13757-2 clause 5; IEC 60870-5-1 format class FT 1.2):
 *
 *   ACK     E5
 *   short   10 | C A | checksum 16
 *   long    68 L L 68 | C A CI user data | checksum 16      control: L = 3
 */
import type { OpenAmiError } from '@openami/model';
import { FrameStream, readWhole, type Scan } from '../../frame-stream.ts';
import { mbusErrors } from '../errors.ts';

const ACK = 0xe5;
const SHORT = 0x10;
const LONG = 0x68;
const STOP = 0x16;
export const MAX_USER_DATA_BYTES = 252;

export type WiredFrame =
  | { readonly kind: 'ack' }
  | { readonly kind: 'short'; readonly control: number; readonly address: number }
  | {
      readonly kind: 'long';
      readonly control: number;
      readonly address: number;
      readonly ci: number;
      /** Behind CI. */
      readonly data: Uint8Array;
    };

/** C fields of a master and of an answer; bit 20 toggles, so that a repeated request is known as one. */
export const Control = { sndNke: 0x40, sndUd: 0x53, reqUd1: 0x5a, reqUd2: 0x5b, rspUd: 0x08 } as const;
export const FCB = 0x20;
/** Bit 10: the count of frames is in force. */
export const FCV = 0x10;

/** Addresses with a meaning of their own. */
export const Primary = { networkLayer: 253, broadcastWithReply: 254, broadcast: 255 } as const;

const frameTypes: Readonly<Record<number, string>> = {
  0: 'ACK',
  3: 'SND-UD2',
  4: 'SND-NR',
  6: 'SND-IR',
  7: 'ACC-NR',
};
const requests: Readonly<Record<number, string>> = {
  64: 'SND-NKE',
  67: 'SND-UD2',
  68: 'SND-NR',
  70: 'SND-IR',
  71: 'ACC-NR',
  72: 'ACC-DMD',
  83: 'SND-UD',
  90: 'REQ-UD1',
  91: 'REQ-UD2',
  0: 'ACK',
  6: 'CNF-IR',
  8: 'RSP-UD',
};

/** Name of a C field, e.g. `RSP-UD`; bits of counting and of access do not matter. */
export function controlName(control: number): string {
  const request = (control & 0x40) !== 0;
  return (
    requests[request ? control & ~FCB : control & 0x0f] ??
    frameTypes[control & 0x0f] ??
    control.toString(16).padStart(2, '0')
  );
}

function sum(bytes: Uint8Array, from: number, to: number): number {
  let total = 0;
  for (let at = from; at < to; at++) total += bytes[at]!;
  return total & 0xff;
}

/** Bytes of a frame. Raises MBUS_NOT_ENCODABLE. */
export function encodeWiredFrame(frame: WiredFrame): Uint8Array<ArrayBuffer> {
  if (frame.kind === 'ack') return Uint8Array.of(ACK);
  const { control, address } = frame;
  if (frame.kind === 'short') {
    return Uint8Array.of(SHORT, control, address, (control + address) & 0xff, STOP);
  }
  const { ci, data } = frame;
  if (data.length > MAX_USER_DATA_BYTES) {
    throw mbusErrors.MBUS_NOT_ENCODABLE(`${data.length} bytes in a frame of at most ${MAX_USER_DATA_BYTES}`);
  }
  const length = data.length + 3;
  const out = new Uint8Array(length + 6);
  out.set([LONG, length, length, LONG, control, address, ci]);
  out.set(data, 7);
  out[length + 4] = sum(out, 4, length + 4);
  out[length + 5] = STOP;
  return out;
}

/** Frames out of the bytes of a line. */
export class WiredFrameStream extends FrameStream<WiredFrame> {
  protected override scan(bytes: Uint8Array, at: number, end: number): Scan<WiredFrame> {
    const have = end - at;
    const start = bytes[at]!;
    if (start === ACK) return { used: 1, frame: { kind: 'ack' } };
    if (start === SHORT) {
      if (have < 5) return { used: 0, need: 5 };
      const [control, address] = [bytes[at + 1]!, bytes[at + 2]!];
      if (bytes[at + 4] !== STOP) return { used: 1, error: () => noFrame('no end of a short frame') };
      if (bytes[at + 3] !== ((control + address) & 0xff)) return { used: 1, error: wrongSum };
      return { used: 5, frame: { kind: 'short', control, address } };
    }
    if (start !== LONG) return skip(bytes, at, end);
    if (have < 4) return { used: 0, need: 4 };
    const length = bytes[at + 1]!;
    if (bytes[at + 2] !== length || bytes[at + 3] !== LONG || length < 3) {
      return { used: 1, error: () => noFrame('start of a long frame with two lengths') };
    }
    if (have < length + 6) return { used: 0, need: length + 6 };
    const stop = at + 4 + length;
    if (bytes[stop + 1] !== STOP) return { used: 1, error: () => noFrame('no end of a long frame') };
    if (bytes[stop] !== sum(bytes, at + 4, stop)) return { used: 1, error: wrongSum };
    const frame: WiredFrame = {
      kind: 'long',
      control: bytes[at + 4]!,
      address: bytes[at + 5]!,
      ci: bytes[at + 6]!,
      data: bytes.subarray(at + 7, stop),
    };
    return { used: length + 6, frame };
  }

  protected override truncated(detail: string): OpenAmiError {
    return mbusErrors.MBUS_TRUNCATED(detail, { clause: 'EN 13757-2 5.5' });
  }

  protected override isIdle(): boolean {
    return false;
  }
}

function noFrame(detail: string): OpenAmiError {
  return mbusErrors.MBUS_BAD_FRAME(detail, { clause: 'EN 13757-2 5.5' });
}

function wrongSum(): OpenAmiError {
  return mbusErrors.MBUS_CHECKSUM('sum of a wired frame', { clause: 'EN 13757-2 5.5' });
}

function skip(bytes: Uint8Array, at: number, end: number): Scan<WiredFrame> {
  let to = at + 1;
  while (to < end && bytes[to] !== LONG && bytes[to] !== SHORT && bytes[to] !== ACK) to++;
  return { used: to - at, error: () => noFrame(`${to - at} bytes that begin no frame`) };
}

/** Whether bytes begin with a long frame of a wired bus. */
export function startsWired(bytes: Uint8Array): boolean {
  return bytes[0] === LONG && bytes[3] === LONG && bytes[1] === bytes[2];
}

/**
 * All frames of `bytes`, which hold nothing else. Raises MBUS_TRUNCATED, MBUS_BAD_FRAME, MBUS_CHECKSUM.
 */
export function wiredFrames(bytes: Uint8Array): WiredFrame[] {
  const { frames, errors } = readWhole(new WiredFrameStream(), bytes);
  if (errors[0] !== undefined) throw errors[0];
  return frames;
}
