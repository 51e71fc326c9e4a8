/** One line of `openami decode mbus` or `openami decode wmbus`: JSON in, JSON out. */
import { OpenAmiError } from '@openami/model';
import { bytesOfHex } from '../bytes.ts';
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

/** What lines leave for the next ones: keys made ready, heads of compact frames, fragments. */
export class MbusLineState {
  readonly formats = new Formats();
  readonly fragments = new FragmentAssembler();
  readonly #keys = new Map<string, MbusKey>();

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
export function decodeMbusLine(line: MbusLine, state: MbusLineState = new MbusLineState()): DecodedMbusLine {
  return decodeLine(line, state, (bytes, options) => decodeMbus(bytes, options));
}

/** Wireless telegrams; frames of a wired bus are known by their start. */
export function decodeWmbusLine(line: MbusLine, state: MbusLineState = new MbusLineState()): DecodedMbusLine {
  return decodeLine(line, state, (bytes, options) => {
    // meters put what only their makers know where records should be: link and security vouch for the bytes
    const partial = { ...options, partial: true };
    const wired = bytes[0] === 0x68 && bytes[3] === 0x68 && bytes[1] === bytes[2];
    return wired ? decodeMbus(bytes, partial) : [decodeWmbus(bytes, { ...partial, format: line.format })];
  });
}

function decodeLine(
  line: MbusLine,
  state: MbusLineState,
  decode: (bytes: Uint8Array, options: DecodeOptions) => MbusTelegram[],
): DecodedMbusLine {
  const id = line.id ?? null;
  try {
    const options: DecodeOptions = {
      key: line.key ? state.key(line.key) : undefined,
      formats: state.formats,
      fragments: state.fragments,
    };
    const telegrams = hexOfLine(line).flatMap((hex) => {
      const bytes = bytesOfHex(hex);
      if (bytes === undefined) throw mbusErrors.MBUS_BAD_FRAME('not pairs of hexadecimal digits');
      return decode(bytes, options);
    });
    // of several telegrams the last is the newest
    const last = telegrams.at(-1);
    if (last === undefined) return { id, ok: true, records: [] };
    const before = telegrams.slice(0, -1).map(renderMbusTelegram);
    return { id, ok: true, ...renderMbusTelegram(last), ...(before.length === 0 ? {} : { before }) };
  } catch (error) {
    if (error instanceof OpenAmiError) return { id, ok: false, error: renderMbusError(error) };
    // a fault of the program, which must not cost the other lines
    return { id, ok: false, error: { code: 'INTERNAL', message: String(error) } };
  }
}

function hexOfLine({ hex }: MbusLine): readonly string[] {
  return typeof hex === 'string' ? [hex] : hex;
}
