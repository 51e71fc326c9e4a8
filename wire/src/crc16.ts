/**
 * The 16-bit frame check sequence of HDLC (ISO/IEC 13239 annex A; IEC 62056-46 clause 6.4.2.2): polynomial
 * x^16 + x^12 + x^5 + 1 with the bits of a byte taken from the low end, preset to ones, sent inverted, low
 * byte first.
 */
const table = /* @__PURE__ */ makeTable();

function makeTable(): Uint16Array {
  const out = new Uint16Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x8408 : value >>> 1;
    out[byte] = value;
  }
  return out;
}

/** The check of `bytes[start..end)`, as a number whose low byte is sent first. */
export function fcs16(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let fcs = 0xffff;
  for (let at = start; at < end; at++) fcs = (fcs >>> 8) ^ table[(fcs ^ bytes[at]!) & 0xff]!;
  return fcs ^ 0xffff;
}

/** Whether the two bytes at `end` are the check of `bytes[start..end)`. */
export function fcs16Matches(bytes: Uint8Array, start: number, end: number): boolean {
  const fcs = fcs16(bytes, start, end);
  return bytes[end] === (fcs & 0xff) && bytes[end + 1] === fcs >>> 8;
}
