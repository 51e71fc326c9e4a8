/** Keys of meters, made ready once: AES-128 in CBC, counter mode and CMAC, and DES of old meters. */
import { unsafe } from '@noble/ciphers/aes.js';
import { bytesOfHex, copyOf, i32At } from '../../bytes.ts';
import { mbusErrors } from '../errors.ts';
import { DesKey } from './des.ts';

const BLOCK_BYTES = 16;

/** One AES-128 key. Round keys of each direction are made when first used. */
export class AesKey {
  /** The first eight bytes in 32 bits: all that some makers use. */
  readonly folded: number;
  readonly #key: Uint8Array;
  #encrypt: Uint32Array | undefined;
  #decrypt: Uint32Array | undefined;
  #subkeys: readonly [Uint8Array, Uint8Array] | undefined;

  constructor(key: Uint8Array) {
    if (key.length !== BLOCK_BYTES) throw mbusErrors.MBUS_BAD_KEY(`${key.length} bytes`);
    this.#key = copyOf(key);
    this.folded = i32At(key, 0) ^ i32At(key, 4);
  }

  get #encryptRounds(): Uint32Array {
    this.#encrypt ??= unsafe.expandKeyLE(this.#key);
    return this.#encrypt;
  }

  /** `bytes[from..to)`, a whole number of blocks, in place. */
  decryptCbc(iv: Uint8Array, bytes: Uint8Array, from: number, to: number): void {
    this.#decrypt ??= unsafe.expandKeyDecLE(this.#key);
    const rounds = this.#decrypt;
    let p0 = wordAt(iv, 0);
    let p1 = wordAt(iv, 4);
    let p2 = wordAt(iv, 8);
    let p3 = wordAt(iv, 12);
    for (let at = from; at < to; at += BLOCK_BYTES) {
      const c0 = wordAt(bytes, at);
      const c1 = wordAt(bytes, at + 4);
      const c2 = wordAt(bytes, at + 8);
      const c3 = wordAt(bytes, at + 12);
      const { s0, s1, s2, s3 } = unsafe.decrypt(rounds, c0, c1, c2, c3);
      putWord(bytes, at, s0 ^ p0);
      putWord(bytes, at + 4, s1 ^ p1);
      putWord(bytes, at + 8, s2 ^ p2);
      putWord(bytes, at + 12, s3 ^ p3);
      [p0, p1, p2, p3] = [c0, c1, c2, c3];
    }
  }

  /** `bytes[from..to)`, a whole number of blocks, in place. */
  encryptCbc(iv: Uint8Array, bytes: Uint8Array, from: number, to: number): void {
    const last = copyOf(iv);
    for (let at = from; at < to; at += BLOCK_BYTES) {
      for (let i = 0; i < BLOCK_BYTES; i++) last[i]! ^= bytes[at + i]!;
      this.#encryptBlock(last);
      bytes.set(last, at);
    }
  }

  /** Counter mode both ways, in place: the last byte of `iv` counts blocks. */
  counterMode(iv: Uint8Array, bytes: Uint8Array, from: number, to: number): void {
    const stream = new Uint8Array(BLOCK_BYTES);
    for (let at = from, counter = iv[15]!; at < to; at += BLOCK_BYTES, counter++) {
      stream.set(iv);
      stream[15] = counter & 0xff;
      this.#encryptBlock(stream);
      const end = Math.min(BLOCK_BYTES, to - at);
      for (let i = 0; i < end; i++) bytes[at + i]! ^= stream[i]!;
    }
  }

  /** CMAC (NIST SP 800-38B) of the parts, one after the other. */
  cmac(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    const mac = new Uint8Array(BLOCK_BYTES);
    let fill = 0;
    for (const part of parts) {
      for (let i = 0; i < part.length; i++) {
        if (fill === BLOCK_BYTES) {
          this.#encryptBlock(mac);
          fill = 0;
        }
        mac[fill++]! ^= part[i]!;
      }
    }
    const [whole, padded] = this.#macSubkeys();
    const subkey = fill === BLOCK_BYTES ? whole : padded;
    if (fill < BLOCK_BYTES) mac[fill]! ^= 0x80;
    for (let i = 0; i < BLOCK_BYTES; i++) mac[i]! ^= subkey[i]!;
    this.#encryptBlock(mac);
    return mac;
  }

  #macSubkeys(): readonly [Uint8Array, Uint8Array] {
    if (this.#subkeys === undefined) {
      const zero = new Uint8Array(BLOCK_BYTES);
      this.#encryptBlock(zero);
      const whole = doubled(zero);
      this.#subkeys = [whole, doubled(whole)];
    }
    return this.#subkeys;
  }

  #encryptBlock(block: Uint8Array): void {
    const rounds = this.#encryptRounds;
    const { s0, s1, s2, s3 } = unsafe.encrypt(
      rounds,
      wordAt(block, 0),
      wordAt(block, 4),
      wordAt(block, 8),
      wordAt(block, 12),
    );
    putWord(block, 0, s0);
    putWord(block, 4, s1);
    putWord(block, 8, s2);
    putWord(block, 12, s3);
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word;
  bytes[at + 1] = word >>> 8;
  bytes[at + 2] = word >>> 16;
  bytes[at + 3] = word >>> 24;
}

/** Twice the polynomial: one bit to the left. */
function doubled(block: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(BLOCK_BYTES);
  for (let i = 0; i < BLOCK_BYTES; i++) out[i] = (block[i]! << 1) | ((block[i + 1] ?? 0) >> 7);
  if (block[0]! & 0x80) out[15]! ^= 0x87;
  return out;
}

/** The key of a meter: of AES-128, or of DES for meters before the year 2010. */
export type MbusKey = AesKey | DesKey;

/** Makes a key of 16 or 8 bytes ready. Raises MBUS_BAD_KEY. */
export function mbusKey(key: Uint8Array): MbusKey {
  return key.length === 8 ? new DesKey(key) : new AesKey(key);
}

/** The same of a key in hex. Raises MBUS_BAD_KEY. */
export function mbusKeyOfHex(hex: string): MbusKey {
  const bytes = bytesOfHex(hex);
  if (bytes === undefined) throw mbusErrors.MBUS_BAD_KEY('not hexadecimal digits');
  return mbusKey(bytes);
}
