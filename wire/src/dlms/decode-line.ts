/** One line of `openami decode dlms`: JSON in, JSON out; nothing that a line holds stops the next. */
import { OpenAmiError } from '@openami/model';
import { bytesOfHex } from '../bytes.ts';
import { decodeErrors } from './decode-errors.ts';
import type { KeyRequest } from './open-apdu.ts';
import type { Plain } from './render.ts';
import type { DlmsCrypto } from './security/crypto.ts';
import { type CipherKey, cipherKey } from './security/protect.ts';
import { decodeTelegram } from './telegram.ts';
import { renderError, renderTelegram } from './telegram-json.ts';

export interface DecodedLine {
  readonly id: string | number | null;
  readonly ok: boolean;
  readonly [name: string]: Plain;
}

const MAX_KEYS = 64;
const EMPTY = new Uint8Array(0);

/** Decodes lines; keys that were made ready are kept for the next ones. */
export class LineDecoder {
  readonly #crypto: DlmsCrypto;
  readonly #keys = new Map<string, CipherKey>();

  constructor(crypto: DlmsCrypto) {
    this.#crypto = crypto;
  }

  decode(text: string): DecodedLine {
    let id: DecodedLine['id'] = null;
    try {
      const line = objectOf(text);
      id = idOf(line);
      return { id, ...this.#decode(line) };
    } catch (error) {
      if (error instanceof OpenAmiError) return { id, ok: false, error: renderError(error) };
      // a fault of the program, which must not cost the other lines
      return { id, ok: false, error: { code: 'INTERNAL', message: String(error) } };
    }
  }

  #decode(line: Readonly<Record<string, unknown>>): ReturnType<typeof renderTelegram> {
    const bytes = hexField(line, 'hex');
    if (bytes === undefined) throw decodeErrors.DECODE_BAD_FIELD('hex is missing');
    const guek = hexField(line, 'guek');
    const gak = hexField(line, 'gak') ?? EMPTY;
    const systemTitle = hexField(line, 'systemTitle');
    const keyFor = guek === undefined ? undefined : (request: KeyRequest) => this.#keyFor(request, guek, gak);
    return renderTelegram(decodeTelegram(bytes, { keyFor, systemTitle, ignoreFcs: line.ignoreFcs === true }));
  }

  #keyFor(request: KeyRequest, guek: Uint8Array, gak: Uint8Array): CipherKey | undefined {
    const { suite } = request.control;
    const dedicated = request.envelope === 'ded' || request.envelope === 'general-ded';
    const key = dedicated ? request.dedicatedKey : guek;
    if (key === undefined) return undefined;
    const name = `${suite} ${key.join()} ${gak.join()}`;
    let ready = this.#keys.get(name);
    if (ready === undefined) {
      ready = cipherKey(this.#crypto, suite, key, gak);
      if (this.#keys.size >= MAX_KEYS) this.#keys.delete(this.#keys.keys().next().value!);
      this.#keys.set(name, ready);
    }
    return ready;
  }
}

/** What tells lines apart: text, or a number that comes back as it was written. */
function idOf({ id = null }: Readonly<Record<string, unknown>>): string | number | null {
  if (typeof id === 'string' || id === null) return id;
  if (typeof id !== 'number') throw decodeErrors.DECODE_BAD_FIELD('id is neither text nor a number');
  if (Math.abs(id) > Number.MAX_SAFE_INTEGER) {
    throw decodeErrors.DECODE_BAD_FIELD('id is a number beyond 2^53, which would come back changed');
  }
  return id;
}

function objectOf(text: string): Record<string, unknown> {
  if (text.trim() === '') throw decodeErrors.DECODE_LINE_EMPTY();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw decodeErrors.DECODE_NOT_JSON(error instanceof Error ? error.message : undefined);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw decodeErrors.DECODE_NOT_JSON();
  return value as Record<string, unknown>;
}

function hexField(line: Readonly<Record<string, unknown>>, name: string): Uint8Array | undefined {
  const value = line[name];
  if (value === undefined || value === null || (value === '' && name !== 'hex')) return undefined;
  if (Array.isArray(value)) return joinedHex(value, name);
  if (typeof value !== 'string') throw decodeErrors.DECODE_BAD_FIELD(`${name} is not text`);
  const bytes = bytesOfHex(value);
  if (bytes === undefined) throw decodeErrors.DECODE_BAD_FIELD(`${name} is not pairs of hexadecimal digits`);
  return bytes;
}

/** A capture may be written as a list of its frames. */
function joinedHex(parts: readonly unknown[], name: string): Uint8Array | undefined {
  const texts = parts.filter((part) => typeof part === 'string');
  if (texts.length !== parts.length || name !== 'hex') {
    throw decodeErrors.DECODE_BAD_FIELD(`${name} is not text`);
  }
  return hexField({ hex: texts.join(' ') }, 'hex');
}
