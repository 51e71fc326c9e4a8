/** Data records written: what a simulated meter sends, and what is sent to a meter. */
import { concat, join } from '../../bytes.ts';
import { mbusErrors } from '../errors.ts';
import { type DataFunction, dataFunctions } from './head.ts';
import { encodeTime, type MbusTime } from './time.ts';
import { fbVifs, fdfdVifs, fdVifs, primaryVifs, type VifRow } from './vif-table.ts';
import { extendedVifes, vifes } from './vife-table.ts';

/** How a value is written; `bcd8` has eight digits. */
export type DataField =
  | 'none'
  | 'int8'
  | 'int16'
  | 'int24'
  | 'int32'
  | 'real32'
  | 'int48'
  | 'int64'
  | 'bcd2'
  | 'bcd4'
  | 'bcd6'
  | 'bcd8'
  | 'bcd12'
  | 'variable';

const fields: Readonly<Record<DataField, readonly [dif: number, bytes: number]>> = {
  none: [0x0, 0],
  int8: [0x1, 1],
  int16: [0x2, 2],
  int24: [0x3, 3],
  int32: [0x4, 4],
  real32: [0x5, 4],
  int48: [0x6, 6],
  int64: [0x7, 8],
  bcd2: [0x9, 1],
  bcd4: [0xa, 2],
  bcd6: [0xb, 3],
  bcd8: [0xc, 4],
  variable: [0xd, 0],
  bcd12: [0xe, 6],
};

export interface RecordToSend {
  readonly quantity: string;
  readonly unit?: string;
  /** value = raw × 10^power, in `unit`; a power the table has. */
  readonly power?: number;
  readonly field: DataField;
  /** A number before it is scaled; text for `variable`; a time. */
  readonly value?: number | bigint | string | Omit<MbusTime, 'valid'>;
  readonly function?: DataFunction;
  readonly storage?: number;
  readonly tariff?: number;
  readonly subunit?: number;
  /** VIFEs by name. */
  readonly modifiers?: readonly string[];
}

/** Bytes of records, one after the other. Raises MBUS_NOT_ENCODABLE. */
export function encodeRecords(records: readonly RecordToSend[]): Uint8Array {
  return concat(records.map(encodeRecord));
}

/** Bytes of one record. Raises MBUS_NOT_ENCODABLE. */
export function encodeRecord(record: RecordToSend): Uint8Array {
  const head = Uint8Array.from([...dataInformation(record), ...valueInformation(record)]);
  return join(head, dataOf(record));
}

function notEncodable(detail: string): Error {
  return mbusErrors.MBUS_NOT_ENCODABLE(detail);
}

function dataInformation({ field, storage = 0, tariff = 0, subunit = 0, ...rest }: RecordToSend): number[] {
  const kind = dataFunctions.indexOf(rest.function ?? 'instantaneous');
  const out = [fields[field][0] | (kind << 4) | ((storage % 2) << 6)];
  let [s, t, u] = [Math.floor(storage / 2), tariff, subunit];
  while (s > 0 || t > 0 || u > 0) {
    if (out.length > 10) throw notEncodable(`storage ${storage}, tariff ${tariff}, sub-unit ${subunit}`);
    out[out.length - 1]! |= 0x80;
    out.push((s & 0x0f) | ((t & 3) << 4) | ((u & 1) << 6));
    [s, t, u] = [Math.floor(s / 16), t >> 2, u >> 1];
  }
  return out;
}

const tables: readonly (readonly [prefix: readonly number[], rows: readonly VifRow[]])[] = [
  [[], primaryVifs],
  [[0xfb], fbVifs],
  [[0xfd], fdVifs],
  [[0xfd, 0xfd], fdfdVifs],
];

function valueInformation({ quantity, unit = '', power = 0, modifiers = [] }: RecordToSend): number[] {
  for (const [prefix, rows] of tables) {
    const row = rows.find(([, count, name, of, first]) => {
      return name === quantity && of === unit && power >= first && power < first + count;
    });
    if (row === undefined) continue;
    const codes = [...prefix, row[0] + power - row[4], ...modifiers.flatMap(modifierCodes)];
    if (codes.length > 11) throw notEncodable(`${modifiers.length} modifiers`);
    return codes.map((code, i) => (i < codes.length - 1 ? code | 0x80 : code));
  }
  throw notEncodable(`no value information for ${quantity} in 10^${power} ${unit}`);
}

function modifierCodes(name: string): number[] {
  const own = /^manufacturer:([0-7][0-9a-f])$/.exec(name)?.[1];
  if (own !== undefined) return [0x7f, Number.parseInt(own, 16)];
  const code = vifes.findIndex((vife) => vife?.name === name);
  if (code >= 0) return [code];
  const extended = Object.entries(extendedVifes).find(([, vife]) => vife.name === name)?.[0];
  if (extended === undefined) throw notEncodable(`no VIFE is named ${name}`);
  return [0x7c, Number(extended)];
}

function dataOf({ field, value }: RecordToSend): Uint8Array {
  const [, bytes] = fields[field];
  if (field === 'none') return new Uint8Array(0);
  if (field === 'variable') {
    if (typeof value !== 'string' || value.length >= 0xc0) throw notEncodable('text of up to 191 letters');
    const letters = Array.from(value, (letter) => letter.charCodeAt(0)).reverse();
    if (letters.some((letter) => letter > 0xff)) throw notEncodable('letters beyond ISO 8859-1');
    return Uint8Array.from([letters.length, ...letters]);
  }
  if (typeof value === 'object') {
    const time = encodeTime(value);
    if (time.length !== bytes) throw notEncodable(`time of type ${value.type} in ${field}`);
    return time;
  }
  if (value === undefined || typeof value === 'string') throw notEncodable(`no number for ${field}`);
  if (field === 'real32') {
    const out = new Uint8Array(4);
    new DataView(out.buffer).setFloat32(0, Number(value), true);
    return out;
  }
  return field.startsWith('bcd') ? digitsOf(BigInt(value), bytes) : integerOf(BigInt(value), bytes);
}

function integerOf(value: bigint, bytes: number): Uint8Array {
  const bits = 8 * bytes;
  if (BigInt.asIntN(bits, value) !== value && BigInt.asUintN(bits, value) !== value) {
    throw notEncodable(`${value} in ${bytes} bytes`);
  }
  return Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

function digitsOf(value: bigint, bytes: number): Uint8Array {
  const negative = value < 0n;
  const text = String(negative ? -value : value).padStart(2 * bytes - (negative ? 1 : 0), '0');
  const digits = negative ? `f${text}` : text;
  if (digits.length > 2 * bytes) throw notEncodable(`${value} in ${2 * bytes} digits`);
  return Uint8Array.from({ length: bytes }, (_, i) => {
    const from = digits.length - 2 * (i + 1);
    return Number.parseInt(digits.slice(from, from + 2), 16);
  });
}
