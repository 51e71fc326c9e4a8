/** Who a meter is: manufacturer, identification, version and device type (EN 13757-7 clause 7.5). */

import { u16LeAt, u32LeAt } from '../bytes.ts';

/** Device types (EN 13757-7 table 13), in lower-case words. */
const media: Readonly<Record<number, string>> = {
  0: 'other',
  1: 'oil',
  2: 'electricity',
  3: 'gas',
  4: 'heat',
  5: 'steam',
  6: 'warm water',
  7: 'water',
  8: 'heat cost allocation',
  9: 'compressed air',
  10: 'cooling load volume at outlet',
  11: 'cooling load volume at inlet',
  12: 'heat volume at inlet',
  13: 'heat/cooling load',
  14: 'bus/system component',
  15: 'unknown',
  20: 'calorific value',
  21: 'hot water',
  22: 'cold water',
  23: 'hot/cold water',
  24: 'pressure',
  25: 'a/d converter',
  26: 'smoke detector',
  27: 'room sensor',
  28: 'gas detector',
  32: 'breaker',
  33: 'valve',
  37: 'customer unit',
  40: 'waste water',
  41: 'waste',
  42: 'carbon dioxide',
  48: 'service tool',
  49: 'communication controller',
  50: 'unidirectional repeater',
  51: 'bidirectional repeater',
  54: 'radio converter (system side)',
  55: 'radio converter (meter side)',
  56: 'bus converter (meter side)',
};

/** The device type in words; `reserved` for those without a name. */
export function mediumName(type: number): string {
  return media[type] ?? 'reserved';
}

export interface MbusAddress {
  /** Three letters. */
  readonly manufacturer: string;
  /** Eight digits; letters a to f where the meter is not coded in decimal digits. */
  readonly id: string;
  readonly version: number;
  /** Device type, e.g. 7 for water. */
  readonly type: number;
}

/** Three letters of the two bytes of a manufacturer (EN 62056-21 registration). */
export function manufacturerOf(code: number): string {
  let text = '';
  for (let shift = 10; shift >= 0; shift -= 5) text += String.fromCharCode(((code >> shift) & 0x1f) + 0x40);
  return text;
}

/** The two bytes of three letters. */
export function manufacturerCode(letters: string): number {
  let code = 0;
  for (let i = 0; i < 3; i++) code = (code << 5) | ((letters.charCodeAt(i) - 0x40) & 0x1f);
  return code;
}

const hexDigits = '0123456789abcdef';

function digitsOf(bytes: Uint8Array, at: number, step: 1 | -1): string {
  let text = '';
  for (let i = 0, from = step === 1 ? at : at + 3; i < 4; i++, from += step) {
    text += hexDigits[bytes[from]! >> 4]! + hexDigits[bytes[from]! & 15]!;
  }
  return text;
}

/**
 * The same meters come again and again: their addresses are made once. The newest thousands are kept, by
 * the bytes they were read from.
 */
const known = new Map<number, Map<number, MbusAddress>>();
let knownCount = 0;
const MAX_KNOWN = 50_000;

function remembered(low: number, high: number, make: () => MbusAddress): MbusAddress {
  let row = known.get(high);
  if (row === undefined) {
    row = new Map();
    known.set(high, row);
  }
  let address = row.get(low);
  if (address === undefined) {
    address = make();
    if (knownCount >= MAX_KNOWN) {
      known.clear();
      knownCount = 0;
      row.clear();
      known.set(high, row);
    }
    knownCount++;
    row.set(low, address);
  }
  return address;
}

/** Manufacturer, identification, version, type: the order of a wireless link. */
export function linkAddressAt(bytes: Uint8Array, at: number): MbusAddress {
  return addressOf(bytes, at + 2, at, at + 6);
}

/** Identification, manufacturer, version, type: the order of a long header. */
export function longAddressAt(bytes: Uint8Array, at: number): MbusAddress {
  return addressOf(bytes, at, at + 4, at + 6);
}

function addressOf(bytes: Uint8Array, id: number, maker: number, rest: number): MbusAddress {
  const low = u32LeAt(bytes, id);
  const code = u16LeAt(bytes, maker);
  const high = ((code << 16) | (bytes[rest]! << 8) | bytes[rest + 1]!) >>> 0;
  return remembered(low, high, () => ({
    manufacturer: manufacturerOf(code),
    id: digitsOf(bytes, id, -1),
    version: bytes[rest]!,
    type: bytes[rest + 1]!,
  }));
}

/** A long header sent high byte first (CI 76). */
export function longAddressMsbAt(bytes: Uint8Array, at: number): MbusAddress {
  return {
    manufacturer: manufacturerOf((bytes[at + 4]! << 8) | bytes[at + 5]!),
    id: digitsOf(bytes, at, 1),
    version: bytes[at + 6]!,
    type: bytes[at + 7]!,
  };
}

/** Eight bytes in the order of a wireless link: the start of most nonces, too. */
export function linkAddressBytes(address: MbusAddress): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(8);
  const code = manufacturerCode(address.manufacturer);
  out[0] = code & 0xff;
  out[1] = code >> 8;
  out.set(idBytes(address.id), 2);
  out[6] = address.version;
  out[7] = address.type;
  return out;
}

/** Eight bytes in the order of a long header. */
export function longAddressBytes(address: MbusAddress): Uint8Array<ArrayBuffer> {
  const link = linkAddressBytes(address);
  const out = new Uint8Array(8);
  out.set(link.subarray(2, 6));
  out.set(link.subarray(0, 2), 4);
  out.set(link.subarray(6), 6);
  return out;
}

/** Four bytes of eight digits, low end first. */
export function idBytes(id: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(4);
  for (let i = 0; i < 4; i++) out[i] = Number.parseInt(id.slice(6 - 2 * i, 8 - 2 * i), 16);
  return out;
}
