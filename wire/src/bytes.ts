/** Arrays of bytes: put together, compared, as hex and back. */

/** Parts in one array, `bytes` in all where that is known; a lone part is given as it is. */
export function concat(parts: readonly Uint8Array[], bytes = totalOf(parts)): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A copy that is nobody else's: `slice()` of some arrays of bytes is a view of the same memory. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** A copy with the last byte first; the bytes themselves stay as they are. */
export function reversed(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return copyOf(bytes).reverse();
}

/** Bytes of all parts. */
export function totalOf(parts: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  return bytes;
}

/** Both, one after the other. */
export function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** Takes as long wherever they differ, so that secrets may be compared. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a[at]! ^ b[at]!;
  return difference === 0;
}

/** The 32 bits that begin at `at`, signed. Without a check of their end: for what is known to be there. */
export function i32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** The 16 bits that begin at `at`, low byte first, unsigned. Without a check of their end. */
export function u16LeAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

/** The 32 bits that begin at `at`, low byte first, unsigned. Without a check of their end. */
export function u32LeAt(bytes: Uint8Array, at: number): number {
  return (u16LeAt(bytes, at) | (u16LeAt(bytes, at + 2) << 16)) >>> 0;
}

/** Two bytes, low byte first. */
export function u16Le(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(value, value >>> 8);
}

/** Four bytes, low byte first. */
export function u32Le(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}

const hexBytes = Array.from({ length: 0x100 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Bytes as lower-case hex. */
export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += hexBytes[bytes[i]!]!;
  return text;
}

/** Hex with blanks, line breaks, `:`, `-`, `,` or `0x` between the digits; undefined for anything else. */
export function bytesOfHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  const digits = text.replace(/0x|[\s:,-]+/gi, '');
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
