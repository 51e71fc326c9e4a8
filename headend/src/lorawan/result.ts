/** What comes out of the sandbox: plain JSON values of bounded size and depth, or the error it stands for. */
import { isFields } from '../fields.ts';
import { codecErrors, thrownError } from './codec-errors.ts';
import { MAX_RESULT_CHARS } from './prelude.ts';
import type { CodecAnswer, CodecFunction } from './sandbox.ts';

const MAX_DEPTH = 32;
const MAX_VALUES = 50_000;
/** Errors and warnings of a codec that are told. */
const MAX_WORDS = 10;

/** Reads the text of the prelude's `run`. Throws errors of `codecErrors`. */
export function parseResult(name: CodecFunction, text: string): CodecAnswer {
  const kind = text[0];
  if (kind === 'n') throw codecErrors.CODEC_NO_FUNCTION(name);
  if (kind === 'm') throw codecErrors.CODEC_OUT_OF_MEMORY();
  const cut = text.indexOf('\n');
  const body = text.slice(1, cut < 0 ? undefined : cut);
  const logs = cut < 0 ? [] : (JSON.parse(text.slice(cut + 1)) as string[]);
  if (kind === 'l') {
    throw codecErrors.CODEC_BAD_RESULT(`${body} characters of at most ${MAX_RESULT_CHARS}`, { logs });
  }
  const value: unknown = JSON.parse(body);
  if (kind === 'e') {
    const { name: errorName, message } = value as { name: string; message: string };
    throw thrownError(errorName, message, false, logs);
  }
  if (kind !== 'r') throw codecErrors.CODEC_BAD_RESULT(String(value).slice(0, 500), { logs });
  checkSize(value);
  if (!isFields(value)) throw codecErrors.CODEC_BAD_RESULT('not an object', { logs });
  return { result: value, logs };
}

/** Also takes out `__proto__`, which means something to careless readers. */
function checkSize(root: unknown): void {
  let values = 0;
  const open: [value: unknown, depth: number][] = [[root, 1]];
  while (open.length > 0) {
    const [value, depth] = open.pop()!;
    values += 1;
    if (values > MAX_VALUES) throw codecErrors.CODEC_BAD_RESULT(`more than ${MAX_VALUES} values`);
    if (typeof value !== 'object' || value === null) continue;
    if (depth > MAX_DEPTH) throw codecErrors.CODEC_BAD_RESULT(`nested deeper than ${MAX_DEPTH} levels`);
    if (Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__');
    for (const item of Object.values(value)) open.push([item, depth + 1]);
  }
}

/**
 * Data and warnings of a decoding. Throws CODEC_REFUSED when it has errors, CODEC_BAD_RESULT when it has no
 * data.
 */
export function dataOf({ result, logs }: CodecAnswer): {
  readonly data: Readonly<Record<string, unknown>> | readonly unknown[];
  readonly warnings: readonly string[];
} {
  requireAccepted({ result, logs });
  const { data } = result;
  if (typeof data !== 'object' || data === null)
    throw codecErrors.CODEC_BAD_RESULT('there is no data', { logs });
  return { data: data as Record<string, unknown> | unknown[], warnings: wordsOf(result.warnings) };
}

/** Bytes and port of an encoding. Throws CODEC_REFUSED, CODEC_BAD_RESULT. */
export function downlinkOf(
  { result, logs }: CodecAnswer,
  fPort: number,
): { bytes: Uint8Array; fPort: number } {
  requireAccepted({ result, logs });
  const { bytes, fPort: port = fPort } = result;
  const isByte = (byte: unknown) =>
    Number.isInteger(byte) && (byte as number) >= 0 && (byte as number) <= 255;
  if (!Array.isArray(bytes) || bytes.length > 242 || !bytes.every(isByte)) {
    throw codecErrors.CODEC_BAD_RESULT('bytes is not a list of at most 242 bytes', { logs });
  }
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 223) {
    throw codecErrors.CODEC_BAD_RESULT('fPort is not from 1 to 223', { logs });
  }
  return { bytes: Uint8Array.from(bytes as number[]), fPort: port };
}

function requireAccepted({ result, logs }: CodecAnswer): void {
  const errors = wordsOf(result.errors);
  if (errors.length > 0) throw codecErrors.CODEC_REFUSED(errors.join('; '), { logs });
}

function wordsOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value : typeof value === 'string' && value !== '' ? [value] : [];
  return list
    .slice(0, MAX_WORDS)
    .map((word) => (typeof word === 'string' ? word : JSON.stringify(word)).slice(0, 500));
}
