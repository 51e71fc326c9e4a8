/**
 * The head of a data record: what it says about its bytes (EN 13757-3 clause 6.3).
 *
 *   DIF [DIFE…10] VIF [length text] [VIFE…10]
 *
 * A meter sends the same heads again and again, so each is made once and found by its bytes.
 */
import { copyOf } from '../../bytes.ts';
import { mbusErrors } from '../errors.ts';
import {
  fbVifs,
  fdfdVifs,
  fdVifs,
  primaryVifs,
  type ValueType,
  type VifRow,
  type VifTableName,
} from './vif-table.ts';
import { extendedVifes, type Vife, vifes } from './vife-table.ts';

export const dataFunctions = ['instantaneous', 'maximum', 'minimum', 'error'] as const;
export type DataFunction = (typeof dataFunctions)[number];

/** How the bytes of a value are written. */
export type Coding = 'none' | 'integer' | 'real' | 'bcd' | 'variable' | 'selection';

export interface RecordHead {
  /** DIF to the last VIFE, as sent. */
  readonly bytes: Uint8Array;
  readonly coding: Coding;
  /** Bytes of the value; 0 where the value says itself (variable length). */
  readonly size: number;
  readonly function: DataFunction;
  /** 0 the present value; others are values of the past, or as the meter defines. */
  readonly storage: number;
  readonly tariff: number;
  readonly subunit: number;
  readonly table: VifTableName;
  /** Code in `table`, extension bit cleared. */
  readonly vif: number;
  /** In the standard's terms, e.g. `energy`, `flow-temperature`; for plain text, the meter's own words. */
  readonly quantity: string;
  /** `Wh`, `m3/h`, `degC`…; empty for what has none. */
  readonly unit: string;
  /** value = raw × 10^power, in `unit` */
  readonly power: number;
  readonly type: ValueType;
  /** VIFEs by name, e.g. `negative-only`, `phase-l1`; `manufacturer:01` for what only its maker knows. */
  readonly modifiers: readonly string[];
}

const MAX_EXTENSIONS = 10;
const MAX_KEPT = 8192;
/** Bytes of a value, and how they are written, by the low half of a DIF. */
export const sizes: readonly number[] = [0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 0, 6, 0];
export const codings: readonly Coding[] = [
  'none',
  ...Array.from({ length: 4 }, () => 'integer' as const),
  'real',
  'integer',
  'integer',
  'selection',
  ...Array.from({ length: 4 }, () => 'bcd' as const),
  'variable',
  'bcd',
  'none',
];

type Heads = Map<number, RecordHead>;
const kept: readonly [Heads, Heads] = [new Map(), new Map()];

const EXTENDS = 0x80;
const PLAIN_TEXT = 0x7c;

/** Where the head that begins at `at` ends. Raises MBUS_TRUNCATED, MBUS_BAD_RECORD. */
function endOfHead(bytes: Uint8Array, at: number, end: number): number {
  let next = at;
  for (let count = -1; ; count++) {
    if (next >= end) throw truncated('data information', next);
    if (count === MAX_EXTENSIONS) throw tooMany('DIFE', next);
    if (!(bytes[next++]! & EXTENDS)) break;
  }
  if (next >= end) throw truncated('value information', next);
  const vif = bytes[next++]!;
  if ((vif & 0x7f) === PLAIN_TEXT) {
    if (next >= end) throw truncated('length of the unit', next);
    next += 1 + bytes[next]!;
  }
  if (vif & EXTENDS) {
    for (let count = 0; ; count++) {
      if (next >= end) throw truncated('value information', next);
      if (count === MAX_EXTENSIONS) throw tooMany('VIFE', next);
      if (!(bytes[next++]! & EXTENDS)) break;
    }
  }
  if (next > end) throw truncated('text of the unit', end);
  return next;
}

function truncated(what: string, offset: number): Error {
  return mbusErrors.MBUS_TRUNCATED(`${what} at byte ${offset}`, { clause: 'EN 13757-3 6.3', offset });
}

function tooMany(what: string, offset: number): Error {
  return mbusErrors.MBUS_BAD_RECORD(`more than 10 ${what} at byte ${offset}`, {
    clause: 'EN 13757-3 6.3',
    offset,
  });
}

/** The head that begins at `at`. Raises MBUS_TRUNCATED, MBUS_BAD_RECORD. */
export function headAt(bytes: Uint8Array, at: number, end: number, msbFirst = false): RecordHead {
  const stop = endOfHead(bytes, at, end);
  const heads = kept[msbFirst ? 1 : 0];
  let hash = 0x811c9dc5;
  for (let i = at; i < stop; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  const known = heads.get(hash);
  if (known !== undefined && startsWith(bytes, at, stop, known.bytes)) return known;
  const head = makeHead(copyOf(bytes.subarray(at, stop)), msbFirst);
  if (heads.size >= MAX_KEPT) heads.clear();
  heads.set(hash, head);
  return head;
}

function startsWith(bytes: Uint8Array, at: number, stop: number, head: Uint8Array): boolean {
  if (head.length !== stop - at) return false;
  for (let i = 0; i < head.length; i++) if (bytes[at + i] !== head[i]) return false;
  return true;
}

function makeHead(bytes: Uint8Array, msbFirst: boolean): RecordHead {
  const dif = bytes[0]!;
  let storage = (dif >> 6) & 1;
  let tariff = 0;
  let subunit = 0;
  let at = 1;
  for (let n = 0; bytes[at - 1]! & EXTENDS; n++, at++) {
    const dife = bytes[at]!;
    // up to 41 bits: beyond what bit operators take
    storage += (dife & 0x0f) * 2 ** (1 + 4 * n);
    tariff += ((dife >> 4) & 3) * 4 ** n;
    subunit += ((dife >> 6) & 1) * 2 ** n;
  }
  return {
    bytes,
    coding: codings[dif & 0x0f]!,
    size: sizes[dif & 0x0f]!,
    function: dataFunctions[(dif >> 4) & 3]!,
    storage,
    tariff,
    subunit,
    ...valueMeaning(bytes, at, msbFirst),
  };
}

type Meaning = Pick<RecordHead, 'table' | 'vif' | 'quantity' | 'unit' | 'power' | 'type' | 'modifiers'>;

const vifTables: Readonly<Record<string, readonly (VifRow | undefined)[]>> = {
  primary: byCode(primaryVifs),
  fb: byCode(fbVifs),
  fd: byCode(fdVifs),
  fdfd: byCode(fdfdVifs),
};

function byCode(rows: readonly VifRow[]): (VifRow | undefined)[] {
  const out: (VifRow | undefined)[] = new Array(128).fill(undefined);
  for (const row of rows) out.fill(row, row[0], row[0] + row[1]);
  return out;
}

function valueMeaning(bytes: Uint8Array, start: number, msbFirst: boolean): Meaning {
  let at = start;
  let vif = bytes[at++]!;
  let table: VifTableName = 'primary';
  let quantity = '';
  if ((vif & 0x7f) === PLAIN_TEXT) {
    table = 'text';
    const length = bytes[at++]!;
    quantity = plainText(bytes.subarray(at, at + length), msbFirst);
    at += length;
  } else if (vif === 0xfb || vif === 0xfd) {
    table = vif === 0xfb ? 'fb' : 'fd';
    vif = bytes[at++]!;
    if (table === 'fd' && vif === 0xfd) {
      table = 'fdfd';
      vif = bytes[at++]!;
    }
  } else if ((vif & 0x7f) === 0x7f) {
    table = 'manufacturer';
  }
  const code = vif & 0x7f;
  const row = vifTables[table]?.[code];
  const [first = code, , name = quantityWithoutRow(table, quantity), unit = '', power = 0, type = 'number'] =
    row ?? [];
  const rest = vif & EXTENDS ? bytes.subarray(at) : bytes.subarray(bytes.length);
  const base: Meaning = {
    table,
    vif: code,
    quantity: name,
    unit,
    power: power + code - first,
    type,
    modifiers: [],
  };
  return table === 'manufacturer' ? { ...base, modifiers: makersOwn(rest) } : modified(base, rest);
}

function quantityWithoutRow(table: VifTableName, text: string): string {
  if (table === 'text') return text;
  return table === 'manufacturer' ? 'manufacturer-specific' : 'reserved';
}

/** ISO 8859-1, sent last letter first in the usual byte order. */
export function plainText(bytes: Uint8Array, msbFirst: boolean): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) {
    text += String.fromCharCode(bytes[msbFirst ? i : bytes.length - 1 - i]!);
  }
  return text;
}

function makersOwn(codes: Uint8Array): string[] {
  return Array.from(codes, (code) => `manufacturer:${(code & 0x7f).toString(16).padStart(2, '0')}`);
}

/** What VIFEs make of a value information. */
function modified(base: Meaning, codes: Uint8Array): Meaning {
  const modifiers: string[] = [];
  let { unit, power, type } = base;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]! & 0x7f;
    if (code === 0x7f) {
      modifiers.push(...makersOwn(codes.subarray(i + 1)));
      if (i + 1 === codes.length) modifiers.push('manufacturer');
      break;
    }
    let vife: Vife | undefined = vifes[code];
    let name = code.toString(16).padStart(2, '0');
    if (code === PLAIN_TEXT && i + 1 < codes.length) {
      const next = codes[++i]! & 0x7f;
      vife = extendedVifes[next];
      name = `fc${next.toString(16).padStart(2, '0')}`;
    }
    modifiers.push(vife?.name ?? `reserved:${name}`);
    if (vife === undefined) continue;
    if (vife.unit !== undefined) [unit, power, type] = [vife.unit, 0, 'number'];
    if (vife.per !== undefined) unit += vife.per;
    if (vife.time) [unit, power, type] = ['', 0, 'time'];
    if (vife.type !== undefined) type = vife.type;
    power += vife.power ?? 0;
  }
  return { ...base, unit, power, type, modifiers };
}
