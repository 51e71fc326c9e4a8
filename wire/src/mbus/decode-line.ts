/** One line of `openami decode mbus` or `openami decode wmbus`: JSON in, JSON out. */
import { OpenAmiError } from '@openami/model';
import { bytesOfHex } from '../bytes.ts';
import { decodeErrors } from '../dlms/decode-errors.ts';
import { mbusErrors } from './errors.ts';
import { Formats } from './formats.ts';
import { FragmentAssembler } from './layer/afl.ts';
import { type MbusKey, mbusKey } from './security/key.ts';
import { type DecodeOptions, decodeMbus, decodeWmbus, type MbusTelegram } from './telegram.ts';
import { type Json, renderMbusError, renderMbusTelegram } from './telegram-json.ts';

/** A line that has been read: `hex` is one telegram, or several of one meter. */
export interface MbusLine {
  readonly id?: string | number | null | undefined;
  readonly hex: string | readonly string[];
  /** Hex of 16 bytes (AES-128), or 8 (DES). */
  readonly key?: string | null | undefined;
  /** Wireless: `a`, `b` or `none`; found out when not told. */
  readonly format?: 'a' | 'b' | 'none' | 'auto' | undefined;
}

export interface DecodedMbusLine {
  readonly id: string | number | null;
  readonly ok: boolean;
  readonly [name: string]: Json;
}

const MAX_KEYS = 1024;

/** What is known of a telegram's meter besides the standard: `values` by its own names, and what it is. */
export type DescribeTelegram = (
  telegram: MbusTelegram,
  key: MbusKey | undefined,
) => { readonly [name: string]: Json };

/** What lines leave for the next ones: keys made ready, heads of compact frames, fragments. */
export class MbusLineState {
  readonly formats = new Formats();
  readonly fragments = new FragmentAssembler();
  readonly describe: DescribeTelegram;
  readonly #keys = new Map<string, MbusKey>();

  /** `describe` comes with models of meters. */
  constructor(describe: DescribeTelegram = () => ({})) {
    this.describe = describe;
  }

  /** Raises MBUS_BAD_KEY. */
  key(hex: string): MbusKey {
    let ready = this.#keys.get(hex);
    if (ready === undefined) {
      const bytes = bytesOfHex(hex);
      if (bytes === undefined) throw mbusErrors.MBUS_BAD_KEY('not hexadecimal digits');
      ready = mbusKey(bytes);
      if (this.#keys.size >= MAX_KEYS) this.#keys.delete(this.#keys.keys().next().value!);
      this.#keys.set(hex, ready);
    }
    return ready;
  }
}

/** Telegrams of a wired bus. What cannot be read whole is refused. */
export function decodeMbusLine(
  line: string | MbusLine,
  state: MbusLineState = new MbusLineState(),
): DecodedMbusLine {
  return decodeLine(line, state, (bytes, options) => decodeMbus(bytes, options));
}

/** Wireless telegrams; frames of a wired bus are known by their start. */
export function decodeWmbusLine(
  line: string | MbusLine,
  state: MbusLineState = new MbusLineState(),
): DecodedMbusLine {
  return decodeLine(line, state, (bytes, options) => {
    const wired = bytes[0] === 0x68 && bytes[3] === 0x68 && bytes[1] === bytes[2];
    // meters put what only their makers know where records should be: link and security vouch for the bytes
    const partial = { ...options, partial: true };
    return wired ? decodeMbus(bytes, partial) : [decodeWmbus(bytes, partial)];
  });
}

function decodeLine(
  input: string | MbusLine,
  state: MbusLineState,
  decode: (bytes: Uint8Array, options: DecodeOptions) => MbusTelegram[],
): DecodedMbusLine {
  let id: DecodedMbusLine['id'] = null;
  try {
    const line: Fields = typeof input === 'string' ? objectOf(input) : { ...input };
    id = idOf(line);
    const key = textField(line, 'key');
    const options: DecodeOptions = {
      key: key === undefined ? undefined : state.key(key),
      format: formatOf(line),
      formats: state.formats,
      fragments: state.fragments,
    };
    const telegrams = hexesOf(line).flatMap((hex) => {
      const bytes = bytesOfHex(hex);
      if (bytes === undefined) throw decodeErrors.DECODE_BAD_FIELD('hex is not pairs of hexadecimal digits');
      return decode(bytes, options);
    });
    const rendered = telegrams.map((telegram) => ({
      ...renderMbusTelegram(telegram),
      ...state.describe(telegram, options.key),
    }));
    // of several telegrams the last is the newest, and the values of all add up
    const last = rendered.at(-1);
    if (last === undefined) return { id, ok: true, records: [] };
    if (rendered.length === 1) return { id, ok: true, ...last };
    const values = Object.assign({}, ...rendered.map(({ values: some }) => some)) as Json;
    return { id, ok: true, ...last, values, before: rendered.slice(0, -1) };
  } catch (error) {
    if (error instanceof OpenAmiError) return { id, ok: false, error: renderMbusError(error) };
    // a fault of the program, which must not cost the other lines
    return { id, ok: false, error: { code: 'INTERNAL', message: String(error) } };
  }
}

type Fields = Readonly<Record<string, unknown>>;

function objectOf(text: string): Fields {
  if (text.trim() === '') throw decodeErrors.DECODE_LINE_EMPTY();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw decodeErrors.DECODE_NOT_JSON(error instanceof Error ? error.message : undefined);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw decodeErrors.DECODE_NOT_JSON();
  }
  return value as Fields;
}

function idOf({ id = null }: Fields): string | number | null {
  if (typeof id === 'string' || id === null || Number.isSafeInteger(id)) return id as string | number | null;
  throw decodeErrors.DECODE_BAD_FIELD('id is neither text nor a number below 2^53');
}

function textField(line: Fields, name: string): string | undefined {
  const value = line[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw decodeErrors.DECODE_BAD_FIELD(`${name} is not text`);
  return value;
}

const blockFormats = ['a', 'b', 'none', 'auto'] as const;

function formatOf(line: Fields): (typeof blockFormats)[number] | undefined {
  const text = textField(line, 'format');
  const format = blockFormats.find((name) => name === text);
  if (format === undefined && text !== undefined) {
    throw decodeErrors.DECODE_BAD_FIELD(`format is none of ${blockFormats.join(', ')}`);
  }
  return format;
}

/** Hex of one telegram or of several. */
function hexesOf({ hex }: Fields): readonly string[] {
  if (hex === undefined || hex === null) throw decodeErrors.DECODE_BAD_FIELD('hex is missing');
  const parts: readonly unknown[] = Array.isArray(hex) ? hex : [hex];
  const texts = parts.filter((part) => typeof part === 'string');
  if (texts.length !== parts.length) throw decodeErrors.DECODE_BAD_FIELD('hex is not text');
  return texts;
}
