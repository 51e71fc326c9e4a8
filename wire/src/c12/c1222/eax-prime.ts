/**
 * EAX' with AES-128 (C12.22 clause 5.3.4.13; Moise, Beroset, Phinney, Burns: EAX' Cipher Mode, 2011): a code
 * of four bytes over a cleartext N and a text that is enciphered or not.
 */
import { cbc, ctr } from '@noble/ciphers/aes.js';
import { copyOf, sameBytes } from '../../bytes.ts';
import { c12Errors } from '../errors.ts';

const BLOCK = 16;
export const MAC_BYTES = 4;

/** A key made ready. */
export class EaxPrimeKey {
  readonly #key: Uint8Array;
  readonly #d: Uint8Array;
  readonly #q: Uint8Array;

  /** Raises C12_BAD_VALUE unless the key has 16 bytes. */
  constructor(key: Uint8Array) {
    if (key.length !== BLOCK) throw c12Errors.C12_BAD_VALUE(`an AES-128 key of ${key.length} bytes`);
    this.#key = copyOf(key);
    const zero = new Uint8Array(BLOCK);
    this.#d = doubled(cbc(this.#key, zero, { disablePadding: true }).encrypt(zero));
    this.#q = doubled(this.#d);
  }

  /** The code over a cleartext alone. */
  authenticate(cleartext: Uint8Array): Uint8Array {
    return this.#mac(this.#d, guarded(cleartext)).subarray(BLOCK - MAC_BYTES);
  }

  /** Ciphertext and code. */
  seal(cleartext: Uint8Array, text: Uint8Array): { readonly text: Uint8Array; readonly mac: Uint8Array } {
    const nonce = this.#mac(this.#d, guarded(cleartext));
    const sealed = this.#stream(nonce, text);
    return { text: sealed, mac: this.#tag(nonce, sealed) };
  }

  /** The text in the clear; undefined where the code does not match. */
  open(cleartext: Uint8Array, text: Uint8Array, mac: Uint8Array): Uint8Array | undefined {
    const nonce = this.#mac(this.#d, guarded(cleartext));
    return sameBytes(this.#tag(nonce, text), mac) ? this.#stream(nonce, text) : undefined;
  }

  #tag(nonce: Uint8Array, sealed: Uint8Array): Uint8Array {
    const tag = nonce.slice(BLOCK - MAC_BYTES);
    if (sealed.length === 0) return tag;
    const over = this.#mac(this.#q, sealed);
    for (let i = 0; i < MAC_BYTES; i++) tag[i]! ^= over[BLOCK - MAC_BYTES + i]!;
    return tag;
  }

  #stream(nonce: Uint8Array, text: Uint8Array): Uint8Array {
    if (text.length === 0) return text;
    // two bits are cleared, so that counters of 16 and 32 bits do not overflow
    const start = copyOf(nonce);
    start[12]! &= 0x7f;
    start[14]! &= 0x7f;
    return ctr(this.#key, start).encrypt(text);
  }

  /** CMAC that begins with `start`, D or Q, instead of a block that says which. */
  #mac(start: Uint8Array, text: Uint8Array): Uint8Array {
    const full = text.length > 0 && text.length % BLOCK === 0;
    const padded = new Uint8Array(full ? text.length : text.length - (text.length % BLOCK) + BLOCK);
    padded.set(text);
    if (!full) padded[text.length] = 0x80;
    const end = full ? this.#d : this.#q;
    const from = padded.length - BLOCK;
    for (let i = 0; i < BLOCK; i++) padded[from + i]! ^= end[i]!;
    return cbc(this.#key, start, { disablePadding: true }).encrypt(padded).subarray(from);
  }
}

/** A cleartext of one block or less lets codes be forged (Minematsu, Lucks, Morita, Iwata 2013). */
function guarded(cleartext: Uint8Array): Uint8Array {
  if (cleartext.length <= BLOCK) {
    throw c12Errors.C12_BAD_VALUE(`a cleartext of ${cleartext.length} bytes is too short to be safe`);
  }
  return cleartext;
}

function doubled(block: Uint8Array): Uint8Array {
  const out = new Uint8Array(BLOCK);
  let carry = 0;
  // unlike in CMAC, the first byte is the lowest
  for (let i = 0; i < BLOCK; i++) {
    out[i] = (block[i]! << 1) | carry;
    carry = block[i]! >> 7;
  }
  if (carry === 1) out[0]! ^= 0x87;
  return out;
}
