/**
 * Checks of 16 bits. Most take the bits of a byte from the low end, by two polynomials:
 *
 *   x^16 + x^12 + x^5 + 1   frame check of HDLC and of SML (ISO/IEC 13239 annex A, "X.25"): preset to ones,
 *                           sent inverted, low byte first; Kermit's: preset to zeros, as it is
 *   x^16 + x^15 + x^2 + 1   P1 telegrams ("ARC"): preset to zeros, as it is
 *
 * That of M-Bus takes them from the high end (`crcEn13757`).
 */
const ccitt = /* @__PURE__ */ makeTable(0x8408);
const ibm = /* @__PURE__ */ makeTable(0xa001);
const tableEn13757 = /* @__PURE__ */ makeTableEn13757();

function makeTable(polynomial: number): Uint16Array {
  const out = new Uint16Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    out[byte] = value;
  }
  return out;
}

/** The frame check of `bytes[start..end)`, as a number whose low byte is sent first. */
export function fcs16(bytes: Uint8Array, start = 0, end = bytes.length): number {
  return run(ccitt, 0xffff, bytes, start, end) ^ 0xffff;
}

/** Whether the two bytes at `end` are the frame check of `bytes[start..end)`. */
export function fcs16Matches(bytes: Uint8Array, start: number, end: number): boolean {
  const fcs = fcs16(bytes, start, end);
  return bytes[end] === (fcs & 0xff) && bytes[end + 1] === fcs >>> 8;
}

/**
 * The CRC of EN 13757-4 clause 11.5.7 (of DNP, too): polynomial 3D65 with the bits of a byte taken from the
 * high end, preset to zero, sent inverted, high byte first. `before`: that of bytes in front of these.
 */
export function crcEn13757(bytes: Uint8Array, start = 0, end = bytes.length, before = 0xffff): number {
  let crc = before ^ 0xffff;
  for (let at = start; at < end; at++) crc = ((crc << 8) & 0xffff) ^ tableEn13757[(crc >>> 8) ^ bytes[at]!]!;
  return crc ^ 0xffff;
}

function makeTableEn13757(): Uint16Array {
  const out = new Uint16Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte << 8;
    for (let bit = 0; bit < 8; bit++) value = value & 0x8000 ? (value << 1) ^ 0x3d65 : value << 1;
    out[byte] = value;
  }
  return out;
}

/** Kermit's check of `bytes[start..end)`. */
export function crc16Kermit(bytes: Uint8Array, start = 0, end = bytes.length): number {
  return run(ccitt, 0, bytes, start, end);
}

/** The check that P1 telegrams have after the exclamation mark. */
export function crc16Arc(bytes: Uint8Array, start = 0, end = bytes.length): number {
  return run(ibm, 0, bytes, start, end);
}

function run(table: Uint16Array, preset: number, bytes: Uint8Array, start: number, end: number): number {
  let crc = preset;
  for (let at = start; at < end; at++) crc = (crc >>> 8) ^ table[(crc ^ bytes[at]!) & 0xff]!;
  return crc;
}
