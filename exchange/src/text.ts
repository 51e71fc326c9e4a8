/**
 * Bytes to text, one input chunk at a time. Broken bytes become U+FFFD, so that only the rows that
 * hold them are refused; a character cut between two chunks is joined.
 */
import type { CsvEncoding } from './csv-mapping.ts';

/** What stands for bytes that are no text in the encoding. */
export const brokenMark = '\ufffd';

const labels = {
  'utf-8': 'utf-8',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  latin1: 'windows-1252',
} as const;

/**
 * The text in memory of its own. What is cut out of a long text keeps all of it alive, so whatever
 * outlives its row (names of devices, links) is copied out of the file's text.
 */
export function own(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

/** Bytes that tell the encoding. */
const headBytes = 64;

type Decoder = InstanceType<typeof TextDecoder>;

/** Encoding by byte order mark, or by the zeros that UTF-16 has between ASCII characters; else UTF-8. */
export function encodingOf(head: Uint8Array): Exclude<CsvEncoding, 'auto'> {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const pairs = Math.min(head.length, headBytes) >> 1;
  let [even, odd] = [0, 0];
  for (let i = 0; i < pairs; i++) {
    if (head[2 * i] === 0) even += 1;
    if (head[2 * i + 1] === 0) odd += 1;
  }
  if (even === 0 && odd > pairs * 0.7) return 'utf-16le';
  if (odd === 0 && even > pairs * 0.7) return 'utf-16be';
  return 'utf-8';
}

/** Streaming decoder; a byte order mark is dropped. */
export class TextSource {
  private decoder: Decoder | undefined;
  private held: Uint8Array | undefined;
  private readonly encoding: CsvEncoding;

  constructor(encoding: CsvEncoding = 'auto') {
    this.encoding = encoding;
  }

  /** Text of the next bytes; may be empty. */
  push(bytes: Uint8Array): string {
    let chunk = bytes;
    if (this.held) {
      chunk = new Uint8Array(this.held.length + bytes.length);
      chunk.set(this.held);
      chunk.set(bytes, this.held.length);
      this.held = undefined;
    }
    if (!this.decoder && chunk.length < headBytes) {
      this.held = chunk.slice();
      return '';
    }
    return this.start(chunk).decode(chunk, { stream: true });
  }

  /** The rest, once the input has ended. */
  finish(): string {
    const rest = this.held ?? new Uint8Array(0);
    this.held = undefined;
    return this.start(rest).decode(rest);
  }

  private start(head: Uint8Array): Decoder {
    if (!this.decoder) {
      const encoding = this.encoding === 'auto' ? encodingOf(head) : this.encoding;
      this.decoder = new TextDecoder(labels[encoding]);
    }
    return this.decoder;
  }
}
