/** Telegrams in lines, as P1 ports and meters of IEC 62056-21 mode D send them: where they begin and end. */

export const SLASH = 0x2f;
export const BANG = 0x21;
export const LF = 0x0a;
export const CR = 0x0d;
export const LINE_END: Uint8Array = Uint8Array.of(CR, LF);
export const CRC_DIGITS = 4;

/** Where versions are told: of DSMR and of e-MUCS. */
export const versionCodes: readonly string[] = ['1-3:0.2.8', '0-0:96.1.4'];

/** The first place of a byte at the start of a line, from a place inside a telegram on; -1 where none is. */
export function findAtLineStart(bytes: Uint8Array, byte: number, from: number, end: number): number {
  for (let at = from; ; at++) {
    at = bytes.indexOf(byte, at);
    if (at < 0 || at >= end) return -1;
    const before = bytes[at - 1];
    if (before === LF || before === CR) return at;
  }
}

/** Where the digits of a check that begin at `from` end, if there are any. */
export function endOfCheck(bytes: Uint8Array, from: number, end: number): number {
  let stop = from;
  while (stop < end && stop < from + CRC_DIGITS && hexDigit(bytes[stop]) >= 0) stop++;
  return stop;
}

/** Whether the three letters of a maker follow; also while they are not here. */
export function mayBeMaker(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < Math.min(at + 3, end); i++) {
    const letter = bytes[i]! | 0x20;
    if (letter < 0x61 || letter > 0x7a) return false;
  }
  return true;
}

/** The value of a hexadecimal digit, -1 for another byte. */
export function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** What may stand between telegrams: ends of lines, and NUL, which wakes meters on batteries. */
export function isFill(byte: number): boolean {
  return byte === 0 || byte === CR || byte === LF;
}
