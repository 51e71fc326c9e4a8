/** One line of `openami decode mbus` or `openami decode wmbus`: JSON in, JSON out. */
import { decodeErrors } from '../decode-errors.ts';
import {
  type DecodedLine,
  decodedLine,
  hexOfLine,
  hexTexts,
  type LineFields,
  type Plain,
  textField,
} from '../decode-line.ts';
import { Formats } from './formats.ts';
import { FragmentAssembler } from './layer/afl.ts';
import { type MbusKey, mbusKeyOfHex } from './security/key.ts';
import { type DecodeOptions, decodeEither, decodeMbus, type MbusTelegram } from './telegram.ts';
import { renderMbusTelegram } from './telegram-json.ts';

/** A line that has been read: `hex` is one telegram, or several of one meter. */
export interface MbusLine {
  readonly id?: string | number | null | undefined;
  readonly hex: string | readonly string[];
  /** Hex of 16 bytes (AES-128), or 8 (DES). */
  readonly key?: string | null | undefined;
  /** Wireless: `a`, `b` or `none`; found out when not told. */
  readonly format?: 'a' | 'b' | 'none' | 'auto' | undefined;
  /** Name of the model to read it by, where that is not the one for the meter; `driver` means the same. */
  readonly model?: string | undefined;
  readonly driver?: string | undefined;
}

const MAX_KEYS = 1024;

/**
 * What is known of a telegram's meter besides the standard: `values` by its own names, and what it is.
 * `named`: the model that the line asks for.
 */
export type DescribeTelegram = (
  telegram: MbusTelegram,
  key: MbusKey | undefined,
  named: string | undefined,
) => { readonly [name: string]: Plain };

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
      ready = mbusKeyOfHex(hex);
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
): DecodedLine {
  return decodeLine(line, state, decodeMbus);
}

/** Wireless telegrams; frames of a wired bus are known by their start. */
export function decodeWmbusLine(
  line: string | MbusLine,
  state: MbusLineState = new MbusLineState(),
): DecodedLine {
  // meters put what only their makers know where records should be: link and security vouch for the bytes
  return decodeLine(line, state, (bytes, options) => decodeEither(bytes, { ...options, partial: true }));
}

function decodeLine(
  input: string | MbusLine,
  state: MbusLineState,
  decode: (bytes: Uint8Array, options: DecodeOptions) => MbusTelegram[],
): DecodedLine {
  return decodedLine(typeof input === 'string' ? input : { ...input }, (line) => {
    const key = textField(line, 'key');
    const options: DecodeOptions = {
      key: key === undefined || key === '' ? undefined : state.key(key),
      format: formatOf(line),
      formats: state.formats,
      fragments: state.fragments,
    };
    const named = textField(line, 'model') ?? textField(line, 'driver');
    const telegrams = hexTexts(line).flatMap((hex) => decode(hexOfLine({ hex }), options));
    const rendered = telegrams.map((telegram) => ({
      ...renderMbusTelegram(telegram),
      ...state.describe(telegram, options.key, named),
    }));
    // of several telegrams the last is the newest, and the values of all add up
    const last = rendered.at(-1) ?? { records: [] };
    if (rendered.length < 2) return { ok: true, ...last };
    const values = Object.assign({}, ...rendered.map(({ values: some }) => some)) as Plain;
    return { ok: true, ...last, values, before: rendered.slice(0, -1) };
  });
}

const blockFormats = ['a', 'b', 'none', 'auto'] as const;

function formatOf(line: LineFields): (typeof blockFormats)[number] | undefined {
  const text = textField(line, 'format');
  const format = blockFormats.find((name) => name === text);
  if (format === undefined && text !== undefined) {
    throw decodeErrors.DECODE_BAD_FIELD(`format is none of ${blockFormats.join(', ')}`);
  }
  return format;
}
