/**
 * Line codes of wireless M-Bus (EN 13757-4 clauses 6.4 and 5.4): 3-out-of-6 of mode T (meter to other) and
 * Manchester of modes S and T (other to meter). Chips are packed high bit first; what follows the last
 * whole byte is left.
 */
import { mbusErrors } from '../errors.ts';

/** The word of six chips for each half of a byte. */
const words = [
  0b010110, 0b001101, 0b001110, 0b001011, 0b011100, 0b011001, 0b011010, 0b010011, 0b101100, 0b100101,
  0b100110, 0b100011, 0b110100, 0b110001, 0b110010, 0b101001,
] as const;
const NO_HALF = 0xff;
const halves = /* @__PURE__ */ makeHalves();

function makeHalves(): Uint8Array {
  const out = new Uint8Array(64).fill(NO_HALF);
  for (const [half, word] of words.entries()) out[word] = half;
  return out;
}

/** Bytes of chips: 8 of 12 bits. Raises MBUS_BAD_FRAME for what is none of the words. */
export function decode3of6(chips: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.floor((chips.length * 8) / 12));
  for (let i = 0; i < out.length; i++) {
    const high = halfAt(chips, 12 * i);
    const low = halfAt(chips, 12 * i + 6);
    out[i] = (high << 4) | low;
  }
  return out;
}

function halfAt(chips: Uint8Array, bit: number): number {
  const at = bit >> 3;
  const pair = (chips[at]! << 8) | (chips[at + 1] ?? 0);
  const half = halves[(pair >> (10 - (bit & 7))) & 0x3f]!;
  if (half === NO_HALF) {
    throw mbusErrors.MBUS_BAD_FRAME(`no word of 3 out of 6 at chip ${bit}`, { clause: 'EN 13757-4 6.4' });
  }
  return half;
}

/** Chips of bytes: 12 for each, filled up with 0 1 0 1. */
export function encode3of6(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.ceil((bytes.length * 12) / 8));
  for (let i = 0; i < bytes.length; i++) {
    const word = (words[bytes[i]! >> 4]! << 6) | words[bytes[i]! & 15]!;
    const at = (3 * i) >> 1;
    if (i % 2 === 0) {
      out[at] = word >> 4;
      out[at + 1] = ((word & 15) << 4) | 0b0101;
    } else {
      out[at] = (out[at]! & 0xf0) | (word >> 8);
      out[at + 1] = word & 0xff;
    }
  }
  return out;
}

/** Bytes of chips: 10 is a zero, 01 a one. Raises MBUS_BAD_FRAME for 00 and 11. */
export function decodeManchester(chips: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(chips.length >> 1);
  for (let i = 0; i < out.length; i++) {
    const pair = (chips[2 * i]! << 8) | chips[2 * i + 1]!;
    const first = pair & 0xaaaa;
    const second = pair & 0x5555;
    if (first >> 1 !== (~second & 0x5555)) {
      throw mbusErrors.MBUS_BAD_FRAME(`no Manchester code at chip ${16 * i}`, { clause: 'EN 13757-4 5.4' });
    }
    let byte = 0;
    for (let bit = 7; bit >= 0; bit--) byte = (byte << 1) | ((pair >> (2 * bit)) & 1);
    out[i] = byte;
  }
  return out;
}

/** Chips of bytes. */
export function encodeManchester(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length * 2);
  for (let i = 0; i < bytes.length; i++) {
    let pair = 0;
    for (let bit = 7; bit >= 0; bit--) pair = (pair << 2) | ((bytes[i]! >> bit) & 1 ? 0b01 : 0b10);
    out[2 * i] = pair >> 8;
    out[2 * i + 1] = pair & 0xff;
  }
  return out;
}
