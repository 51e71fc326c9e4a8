/** C12.22 messages out of a stream of bytes: over TCP nothing stands between them (RFC 6142 clause 2.5). */
import type { OpenAmiError } from '@openami/model';
import { FrameStream, type Scan } from '../../frame-stream.ts';
import { c12Errors } from '../errors.ts';
import {
  type C1222Message,
  decodeMessage,
  MAX_C1222_BYTES,
  MAX_HEAD_BYTES,
  messageSize,
  tags,
} from './acse.ts';

export interface StreamedMessage {
  readonly bytes: Uint8Array;
  readonly message: C1222Message;
}

/** Elements a message may begin with, to tell one from a 60 within damaged bytes. */
const firstTags: ReadonlySet<number> = new Set(Object.values(tags).filter((tag) => tag !== tags.message));

export class C1222Stream extends FrameStream<StreamedMessage> {
  readonly #maxBytes: number;

  constructor(maxBytes: number = MAX_C1222_BYTES) {
    super();
    this.#maxBytes = Math.min(maxBytes, MAX_C1222_BYTES);
  }

  protected override scan(bytes: Uint8Array, at: number, end: number): Scan<StreamedMessage> {
    if (bytes[at] !== tags.message) {
      const next = bytes.indexOf(tags.message, at);
      const to = next < 0 || next > end ? end : next;
      return { used: to - at, error: () => c12Errors.C12_BAD_FRAME(`${to - at} bytes that are no message`) };
    }
    const size = messageSize(bytes, at, end);
    if (size === undefined) return { used: 0, need: end - at + 1 };
    const { head, total } = size;
    if (total > this.#maxBytes + MAX_HEAD_BYTES) {
      return { used: 1, error: () => c12Errors.C12_OVER_LIMIT('length of a message') };
    }
    if (end - at > head && !firstTags.has(bytes[at + head]!)) {
      return { used: 1, error: () => c12Errors.C12_BAD_FRAME('a message without elements') };
    }
    if (end - at < total) return { used: 0, need: total };
    const whole = bytes.subarray(at, at + total);
    try {
      return { used: total, frame: { bytes: whole, message: decodeMessage(whole) } };
    } catch (error) {
      return { used: 1, error: () => error as OpenAmiError };
    }
  }

  protected override truncated(detail: string): OpenAmiError {
    return c12Errors.C12_TRUNCATED(detail);
  }

  protected override isIdle(): boolean {
    return false;
  }
}
