/** Secondary addresses (EN 13757-7 clause 8.4): meters found by what they are, with wildcards. */
import { idBytes, type MbusAddress, manufacturerCode } from '../address.ts';

/** What to select: whatever is left out matches any. */
export interface SecondaryMask {
  /** Eight digits; `f` matches any. */
  readonly id?: string;
  readonly manufacturer?: string;
  readonly version?: number;
  readonly type?: number;
}

export const ANY_ID = 'ffffffff';
const ANY_BYTE = 0xff;
const ANY_MANUFACTURER = 0xffff;

/** The eight bytes of a selection. */
export function maskBytes(mask: SecondaryMask): Uint8Array<ArrayBuffer> {
  const { id = ANY_ID, manufacturer, version = ANY_BYTE, type = ANY_BYTE } = mask;
  const code = manufacturer === undefined ? ANY_MANUFACTURER : manufacturerCode(manufacturer);
  return Uint8Array.of(...idBytes(id), code & 0xff, code >> 8, version, type);
}

/** Whether the eight bytes of a selection match a meter. */
export function maskMatches(bytes: Uint8Array, meter: MbusAddress): boolean {
  if (bytes.length < 8) return false;
  const own = maskBytes(meter);
  for (let i = 0; i < 4; i++) {
    const [mask, digits] = [bytes[i]!, own[i]!];
    if (mask >> 4 !== 0x0f && mask >> 4 !== digits >> 4) return false;
    if ((mask & 0x0f) !== 0x0f && (mask & 0x0f) !== (digits & 0x0f)) return false;
  }
  const anyMaker = bytes[4] === ANY_BYTE && bytes[5] === ANY_BYTE;
  if (!anyMaker && (bytes[4] !== own[4] || bytes[5] !== own[5])) return false;
  return [6, 7].every((i) => bytes[i] === ANY_BYTE || bytes[i] === own[i]);
}

/** Narrower masks in place of one that several meters match; empty when nothing is left to tell them by. */
export function narrower(mask: SecondaryMask): SecondaryMask[] {
  const { id = ANY_ID } = mask;
  const at = id.indexOf('f');
  if (at < 0) return [];
  return Array.from({ length: 10 }, (_, digit) => ({
    ...mask,
    id: `${id.slice(0, at)}${digit}${id.slice(at + 1)}`,
  }));
}
