/** One line of `openami decode dlms`: JSON in, JSON out; nothing that a line holds stops the next. */
import { type DecodedLine, decodedLine, hexField, hexOfLine, type LineFields } from '../decode-line.ts';
import type { KeyRequest } from './open-apdu.ts';
import type { DlmsCrypto } from './security/crypto.ts';
import { type CipherKey, cipherKey } from './security/protect.ts';
import { decodeTelegram } from './telegram.ts';
import { renderTelegram } from './telegram-json.ts';

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
    return decodedLine(text, (line) => this.#decode(line));
  }

  #decode(line: LineFields): ReturnType<typeof renderTelegram> {
    const bytes = hexOfLine(line);
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
