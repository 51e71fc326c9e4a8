/** Lines in, decoded lines out, one at a time: memory does not grow with the input. */
import type { Readable } from 'node:stream';
import type { LineDecoding } from './line-formats.ts';

/** Characters of one line; what is longer is refused as one line, without being kept. */
const MAX_LINE_CHARS = 8 * 1024 * 1024;
/** Output is handed on in pieces of about this many characters. */
const FLUSH_CHARS = 64 * 1024;

/**
 * Decodes every line of `input` to a line, in order, and waits for `write` to have taken it; resolves with
 * whether all were right.
 */
export async function decodeLines(
  input: Readable,
  decode: LineDecoding['decode'],
  write: (text: string) => Promise<void> | void,
): Promise<boolean> {
  let allOk = true;
  let pending = '';
  const flush = async (): Promise<void> => {
    const text = pending;
    pending = '';
    if (text !== '') await write(text);
  };
  try {
    for await (const line of linesOf(input)) {
      const decoded = line === undefined ? tooLong : decode(line);
      // most formats need no wait, which would cost more than many lines
      const record = decoded instanceof Promise ? await decoded : decoded;
      allOk &&= record.ok;
      pending += `${JSON.stringify(record)}\n`;
      if (pending.length >= FLUSH_CHARS) await flush();
    }
  } finally {
    // an input that fails half-way does not cost what was decoded before
    await flush();
  }
  return allOk;
}

const tooLong = {
  id: null,
  ok: false,
  error: { code: 'DECODE_LINE_TOO_LONG', message: `a line of more than ${MAX_LINE_CHARS} characters` },
} as const;

/** Lines without their end; undefined for one that is too long. */
async function* linesOf(input: Readable): AsyncGenerator<string | undefined> {
  input.setEncoding('utf8');
  let parts: string[] = [];
  let chars = 0;
  let isFirst = true;
  for await (const chunk of input as AsyncIterable<string>) {
    // some editors begin a file with a byte order mark
    let at = isFirst && chunk.startsWith('\ufeff') ? 1 : 0;
    isFirst = false;
    for (let end = chunk.indexOf('\n', at); end >= 0; end = chunk.indexOf('\n', at)) {
      parts.push(chunk.slice(at, end));
      yield chars + end - at > MAX_LINE_CHARS ? undefined : parts.join('');
      parts = [];
      chars = 0;
      at = end + 1;
    }
    chars += chunk.length - at;
    if (chars > MAX_LINE_CHARS) parts = [];
    else parts.push(chunk.slice(at));
  }
  if (chars > 0) yield chars > MAX_LINE_CHARS ? undefined : parts.join('');
}
