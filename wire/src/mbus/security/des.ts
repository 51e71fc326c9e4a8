/**
 * DES in CBC mode (FIPS 46-3), for meters from before AES came to M-Bus (security mode 2). A key of
 * 56 bits keeps nobody out: it is read here, and never written.
 */
// data table
import { copyOf, i32At } from '../../bytes.ts';
import { mbusErrors } from '../errors.ts';

const BLOCK_BYTES = 8;

// places of bits from 1, as FIPS 46-3 prints them; the initial permutation and the last are each other's inverse
const expansion = Array.from({ length: 48 }, (_, i) => ((4 * Math.floor(i / 6) + (i % 6) + 31) % 32) + 1);
const initial = Array.from({ length: 64 }, (_, i) => {
  const row = i >> 3;
  return (row < 4 ? 58 + 2 * row : 57 + 2 * (row - 4)) - 8 * (i & 7);
});
const final = Array.from({ length: 64 }, (_, i) => initial.indexOf(i + 1) + 1);
const permutation = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22,
  11, 4, 25,
];
const choice1 = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
const choice2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47,
  55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const shifts = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
/** Four rows of sixteen for each box, in hexadecimal digits. */
const boxes = [
  'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d',
  'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9',
  'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c',
  '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e',
  '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453',
  'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d',
  '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c',
  'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b',
].map((digits) => Array.from(digits, (digit) => Number.parseInt(digit, 16)));

/** Bits are kept one a byte: old meters are few. */
type Bits = Uint8Array<ArrayBuffer>;

const take = (bits: Bits, places: readonly number[]): Bits =>
  Uint8Array.from(places, (place) => bits[place - 1]!);

function bitsOf(bytes: Uint8Array, at: number): Bits {
  return Uint8Array.from({ length: 64 }, (_, i) => (bytes[at + (i >> 3)]! >> (7 - (i & 7))) & 1);
}

export class DesKey {
  /** The eight bytes in 32 bits: all that some makers use. */
  readonly folded: number;
  readonly #rounds: readonly Bits[];

  constructor(key: Uint8Array) {
    if (key.length !== BLOCK_BYTES) throw mbusErrors.MBUS_BAD_KEY(`${key.length} bytes`);
    this.folded = i32At(key, 0) ^ i32At(key, 4);
    const chosen = take(bitsOf(key, 0), choice1);
    let turned = 0;
    this.#rounds = shifts.map((shift) => {
      turned += shift;
      const halves = Uint8Array.from(
        { length: 56 },
        (_, i) => chosen[(i < 28 ? 0 : 28) + (((i % 28) + turned) % 28)]!,
      );
      return take(halves, choice2);
    });
  }

  /** `bytes[from..to)`, a whole number of blocks of 8, in place. */
  decryptCbc(iv: Uint8Array, bytes: Uint8Array, from: number, to: number): void {
    let previous: Uint8Array = iv;
    for (let at = from; at < to; at += BLOCK_BYTES) {
      const cipher = copyOf(bytes.subarray(at, at + BLOCK_BYTES));
      const plain = this.#decryptBlock(cipher);
      for (let i = 0; i < BLOCK_BYTES; i++) bytes[at + i] = plain[i]! ^ previous[i]!;
      previous = cipher;
    }
  }

  #decryptBlock(block: Uint8Array): Uint8Array {
    const bits = take(bitsOf(block, 0), initial);
    let left = bits.slice(0, 32);
    let right = bits.slice(32);
    for (let round = 15; round >= 0; round--) {
      const mixed = this.#mix(right, this.#rounds[round]!);
      for (let i = 0; i < 32; i++) mixed[i]! ^= left[i]!;
      left = right;
      right = mixed;
    }
    const joined = new Uint8Array(64);
    joined.set(right);
    joined.set(left, 32);
    const out = new Uint8Array(BLOCK_BYTES);
    for (const [i, bit] of take(joined, final).entries()) out[i >> 3]! |= bit << (7 - (i & 7));
    return out;
  }

  #mix(half: Bits, key: Bits): Bits {
    const wide = take(half, expansion);
    const out = new Uint8Array(32);
    for (let box = 0; box < 8; box++) {
      let six = 0;
      for (let i = 6 * box; i < 6 * box + 6; i++) six = (six << 1) | (wide[i]! ^ key[i]!);
      const row = ((six >> 4) & 2) | (six & 1);
      const four = boxes[box]![row * 16 + ((six >> 1) & 15)]!;
      for (let i = 0; i < 4; i++) out[4 * box + i] = (four >> (3 - i)) & 1;
    }
    return take(out, permutation);
  }
}
