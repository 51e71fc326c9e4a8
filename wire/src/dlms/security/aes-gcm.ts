/**
 * AES-GCM (NIST SP 800-38D) for many short messages under one key: round keys and the multiples of the hash
 * key are made once a key. A message of a meter has some 200 bytes, where setting up a cipher object costs
 * more than the cipher does. A key takes 0.5 KB. Tables are looked up by secret bytes, as in every AES in
 * plain JavaScript: hand in another implementation where an attacker measures the cache of this machine.
 */
import { i32At } from '../../bytes.ts';
import { type GcmKey, TAG_BYTES } from './crypto.ts';

const IV_BYTES = 12;

const { sbox, t0, t1, t2, t3 } = /* @__PURE__ */ makeAesTables();
const reduction = /* @__PURE__ */ makeReduction();

/**
 * One block on its way through the cipher, and the hash being made. Calls do not overlap, so one of each
 * will do.
 */
const block = new Int32Array(4);
const hash = new Int32Array(4);

/** A key of 16 or 32 bytes; the caller checks the length. */
export class AesGcmKey implements GcmKey {
  readonly #rounds: number;
  readonly #schedule: Int32Array;
  /** The products of the hash key with the 16 polynomials of four bits. */
  readonly #products = new Int32Array(64);

  constructor(key: Uint8Array) {
    this.#rounds = key.length / 4 + 6;
    this.#schedule = expand(key, this.#rounds);
    block.fill(0);
    this.#encryptBlock();
    fillProducts(this.#products);
  }

  seal(iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(plaintext.length + TAG_BYTES);
    this.#counterMode(iv, plaintext, plaintext.length, out);
    this.#authenticate(iv, aad, out, plaintext.length);
    for (let at = 0; at < TAG_BYTES; at++) out[plaintext.length + at] = tagByte(at);
    return out;
  }

  open(iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    const out = new Uint8Array(Math.max(0, sealed.length - TAG_BYTES));
    return this.openInto(iv, aad, sealed, out) ? out : undefined;
  }

  openInto(iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean {
    const length = sealed.length - TAG_BYTES;
    if (length < 0) return false;
    this.#authenticate(iv, aad, sealed, length);
    let difference = 0;
    for (let at = 0; at < TAG_BYTES; at++) difference |= sealed[length + at]! ^ tagByte(at);
    if (difference !== 0) return false;
    this.#counterMode(iv, sealed, length, out);
    return true;
  }

  cipher(iv: Uint8Array, data: Uint8Array): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(data.length);
    this.#counterMode(iv, data, data.length, out);
    return out;
  }

  #setCounter(iv: Uint8Array, counter: number): void {
    if (iv.length !== IV_BYTES) throw new RangeError(`an IV of ${iv.length} bytes`);
    block[0] = i32At(iv, 0);
    block[1] = i32At(iv, 4);
    block[2] = i32At(iv, 8);
    block[3] = counter;
  }

  #counterMode(iv: Uint8Array, data: Uint8Array, length: number, out: Uint8Array): void {
    for (let at = 0, counter = 2; at < length; at += 16, counter++) {
      this.#setCounter(iv, counter);
      this.#encryptBlock();
      const end = Math.min(16, length - at);
      for (let i = 0; i < end; i++) out[at + i] = data[at + i]! ^ (block[i >>> 2]! >>> (24 - ((i & 3) << 3)));
    }
  }

  /** Leaves the tag in `hash`. */
  #authenticate(iv: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array, length: number): void {
    hash.fill(0);
    this.#absorb(aad, aad.length);
    this.#absorb(ciphertext, length);
    // lengths in bits; both are far below 2^29 bytes
    hash[1]! ^= aad.length << 3;
    hash[3]! ^= length << 3;
    this.#multiply();
    this.#setCounter(iv, 1);
    this.#encryptBlock();
    for (let i = 0; i < 4; i++) hash[i]! ^= block[i]!;
  }

  #absorb(bytes: Uint8Array, length: number): void {
    const whole = length & ~15;
    for (let at = 0; at < whole; at += 16) {
      hash[0]! ^= i32At(bytes, at);
      hash[1]! ^= i32At(bytes, at + 4);
      hash[2]! ^= i32At(bytes, at + 8);
      hash[3]! ^= i32At(bytes, at + 12);
      this.#multiply();
    }
    if (whole === length) return;
    for (let at = whole; at < length; at++) {
      hash[(at & 15) >>> 2]! ^= bytes[at]! << (24 - ((at & 3) << 3));
    }
    this.#multiply();
  }

  /** Multiplies `hash` by the hash key, four bits at a time from the high powers of x down. */
  #multiply(): void {
    const products = this.#products;
    let z0 = 0;
    let z1 = 0;
    let z2 = 0;
    let z3 = 0;
    for (let w = 3; w >= 0; w--) {
      let x = hash[w]!;
      for (let nibble = 0; nibble < 8; nibble++) {
        const out = z3 & 15;
        const at = (x & 15) << 2;
        x >>>= 4;
        z3 = ((z3 >>> 4) | (z2 << 28)) ^ products[at + 3]!;
        z2 = ((z2 >>> 4) | (z1 << 28)) ^ products[at + 2]!;
        z1 = ((z1 >>> 4) | (z0 << 28)) ^ products[at + 1]!;
        z0 = (z0 >>> 4) ^ reduction[out]! ^ products[at]!;
      }
    }
    hash[0] = z0;
    hash[1] = z1;
    hash[2] = z2;
    hash[3] = z3;
  }

  /** AES over `block`, in place (FIPS 197, with the four table form of a round). */
  #encryptBlock(): void {
    const schedule = this.#schedule;
    let a = block[0]! ^ schedule[0]!;
    let b = block[1]! ^ schedule[1]!;
    let c = block[2]! ^ schedule[2]!;
    let d = block[3]! ^ schedule[3]!;
    let k = 4;
    for (let round = 1; round < this.#rounds; round++, k += 4) {
      const e = t0[a >>> 24]! ^ t1[(b >>> 16) & 255]! ^ t2[(c >>> 8) & 255]! ^ t3[d & 255]! ^ schedule[k]!;
      const f =
        t0[b >>> 24]! ^ t1[(c >>> 16) & 255]! ^ t2[(d >>> 8) & 255]! ^ t3[a & 255]! ^ schedule[k + 1]!;
      const g =
        t0[c >>> 24]! ^ t1[(d >>> 16) & 255]! ^ t2[(a >>> 8) & 255]! ^ t3[b & 255]! ^ schedule[k + 2]!;
      d = t0[d >>> 24]! ^ t1[(a >>> 16) & 255]! ^ t2[(b >>> 8) & 255]! ^ t3[c & 255]! ^ schedule[k + 3]!;
      a = e;
      b = f;
      c = g;
    }
    block[0] = last(a, b, c, d) ^ schedule[k]!;
    block[1] = last(b, c, d, a) ^ schedule[k + 1]!;
    block[2] = last(c, d, a, b) ^ schedule[k + 2]!;
    block[3] = last(d, a, b, c) ^ schedule[k + 3]!;
  }
}

function tagByte(at: number): number {
  return (hash[at >>> 2]! >>> (24 - ((at & 3) << 3))) & 255;
}

/** The last round: no mixing of columns. */
function last(a: number, b: number, c: number, d: number): number {
  return (
    (sbox[a >>> 24]! << 24) | (sbox[(b >>> 16) & 255]! << 16) | (sbox[(c >>> 8) & 255]! << 8) | sbox[d & 255]!
  );
}

function expand(key: Uint8Array, rounds: number): Int32Array {
  const words = key.length / 4;
  const out = new Int32Array(4 * (rounds + 1));
  for (let i = 0; i < words; i++) out[i] = i32At(key, i * 4);
  let constant = 1;
  for (let i = words; i < out.length; i++) {
    let value = out[i - 1]!;
    if (i % words === 0) {
      value = last((value << 8) | (value >>> 24), value << 8, value << 8, value >>> 24) ^ (constant << 24);
      constant = double(constant);
    } else if (words > 6 && i % words === 4) value = last(value, value, value, value);
    out[i] = out[i - words]! ^ value;
  }
  return out;
}

/** From the hash key in `block` (the polynomial 1000) the products with all 16. */
function fillProducts(products: Int32Array): void {
  const v = Int32Array.from(block);
  for (let i = 8; i >= 1; i >>>= 1) {
    products.set(v, i * 4);
    halve(v);
  }
  for (let i = 3; i < 16; i++) {
    const low = i & -i;
    if (low === i) continue;
    for (let w = 0; w < 4; w++) products[i * 4 + w] = products[low * 4 + w]! ^ products[(i - low) * 4 + w]!;
  }
}

/** Multiplies by x, which in GCM's order of bits is a shift to the right. */
function halve(v: Int32Array): void {
  const out = v[3]! & 1;
  for (let w = 3; w > 0; w--) v[w] = (v[w]! >>> 1) | (v[w - 1]! << 31);
  v[0] = (v[0]! >>> 1) ^ (out === 1 ? 0xe1000000 : 0);
}

/** What four bits shifted out at the right come back as. */
function makeReduction(): Int32Array {
  return Int32Array.from({ length: 16 }, (_, bits) => {
    const v = Int32Array.of(0, 0, 0, bits);
    for (let i = 0; i < 4; i++) halve(v);
    return v[0]!;
  });
}

function double(value: number): number {
  return ((value << 1) ^ (value & 0x80 ? 0x1b : 0)) & 255;
}

function makeAesTables(): {
  sbox: Uint8Array;
  t0: Int32Array;
  t1: Int32Array;
  t2: Int32Array;
  t3: Int32Array;
} {
  const box = new Uint8Array(256);
  const tables = Array.from({ length: 4 }, () => new Int32Array(256));
  // p runs through all non-zero bytes as powers of 3, q through their inverses
  let p = 1;
  let q = 1;
  do {
    p ^= double(p);
    q ^= q << 1;
    q ^= q << 2;
    q = (q ^ (q << 4)) & 255;
    if (q & 0x80) q ^= 0x09;
    const turned = q | (q << 8);
    box[p] = 0x63 ^ q ^ (turned >>> 7) ^ (turned >>> 6) ^ (turned >>> 5) ^ (turned >>> 4);
  } while (p !== 1);
  box[0] = 0x63;
  for (let byte = 0; byte < 256; byte++) {
    const s = box[byte]!;
    const mixed = (double(s) << 24) | (s << 16) | (s << 8) | (double(s) ^ s);
    for (let i = 0; i < 4; i++)
      tables[i]![byte] = (mixed >>> (8 * i)) | (i === 0 ? 0 : mixed << (32 - 8 * i));
  }
  return { sbox: box, t0: tables[0]!, t1: tables[1]!, t2: tables[2]!, t3: tables[3]! };
}
