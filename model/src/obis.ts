/**
 * OBIS codes: A-B:C.D.E*F (medium, channel, quantity, processing, rate, billing period).
 * Every usual spelling is read, one is written: `1-0:1.8.0*255`.
 */
import { modelErrors } from './model-errors.ts';
import {
  electricPhases,
  electricProcessing,
  electricQuantities,
  otherQuantities,
  type Processing,
} from './obis-table.ts';
import {
  Accumulation,
  canonicalReadingType,
  Kind,
  Phase,
  type ReadingType,
  type ReadingTypeSpec,
  readingTypeFor,
} from './reading-type.ts';
import { type Unit, unitForUom } from './unit.ts';

export interface Obis {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  /** 255: not a stored billing period. */
  readonly f: number;
}

// A-B:C.D.E*F, the first and last parts optional; `&`, `*` or `.` before F. Letters as IEC 62056-21.
const FULL = /^(?:(\d{1,3})-(\d{1,3}):)?(\d{1,3}|[CFLP])\.(\d{1,3}|F)(?:\.(\d{1,3}))?(?:[*&.](\d{1,3}))?$/i;
const SIX = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const HEX = /^[0-9a-f]{12}$/i;
const LETTERS: Readonly<Record<string, number>> = { C: 96, F: 97, L: 98, P: 99 };
const MAX_OBIS_LENGTH = 32;

/** The code, or undefined when the text is none. */
export function findObis(text: string): Obis | undefined {
  if (text.length > MAX_OBIS_LENGTH) return undefined;
  const trimmed = text.trim();
  const six = SIX.exec(trimmed);
  if (six) return obisOf(six.slice(1).map(Number));
  const packed = trimmed.replaceAll(' ', '');
  if (HEX.test(packed)) {
    return obisOf([0, 2, 4, 6, 8, 10].map((i) => Number.parseInt(packed.slice(i, i + 2), 16)));
  }
  const full = FULL.exec(trimmed);
  // Two numbers alone (`1.8`) are as likely a version or a value; only F.F (errors) is written so.
  if (!full || (full[1] === undefined && full[5] === undefined && !/^F\.F$/i.test(trimmed))) return undefined;
  return obisOf([
    Number(full[1] ?? 1),
    Number(full[2] ?? 0),
    group(full[3]!),
    group(full[4]!),
    Number(full[5] ?? 0),
    Number(full[6] ?? 255),
  ]);
}

function group(text: string): number {
  return LETTERS[text.toUpperCase()] ?? Number(text);
}

function obisOf(groups: number[]): Obis | undefined {
  const [a, b, c, d, e, f] = groups as [number, number, number, number, number, number];
  return groups.every((value) => value <= 255) ? { a, b, c, d, e, f } : undefined;
}

/** Reads a code in any usual spelling. Raises OBIS_MALFORMED. */
export function parseObis(text: string): Obis {
  const obis = findObis(text);
  if (obis) return obis;
  throw modelErrors.OBIS_MALFORMED(`'${text.slice(0, 40)}' is not an OBIS code`);
}

/** Canonical text, `1-0:1.8.0*255`. */
export function formatObis({ a, b, c, d, e, f }: Obis): string {
  return `${a}-${b}:${c}.${d}.${e}*${f}`;
}

/** Six bytes as hex, `0100010800FF`: the DLMS logical name. */
export function obisToHex({ a, b, c, d, e, f }: Obis): string {
  return [a, b, c, d, e, f].map((value) => value.toString(16).padStart(2, '0').toUpperCase()).join('');
}

/**
 * The reading type a code stands for, on a channel with `intervalS` (0: a register or a momentary
 * value); in `unit`, default the usual one. Undefined when the code is not in the tables, or names a
 * stored billing period.
 */
export function readingTypeOfObis(obis: Obis, intervalS = 0, unit?: Unit | string): ReadingType | undefined {
  if (obis.f !== 255) return undefined;
  const spec = obis.a === 1 ? electricSpec(obis, intervalS) : otherSpec(obis, intervalS);
  return spec && readingTypeFor(unit === undefined ? spec : { ...spec, unit });
}

function electricSpec({ c, d, e }: Obis, intervalS: number): ReadingTypeSpec | undefined {
  const how = electricProcessing[d];
  if (!how) return undefined;
  // 91.7.0 is the current of the neutral.
  const found = c === 91 ? { quantity: quantityOf(11), phase: Phase.neutral } : phaseQuantity(c);
  if (!found?.quantity) return undefined;
  const { quantity, phase } = found;
  if (how === 'integral') {
    if (quantity.energy === null) return undefined;
    return {
      commodity: 'electricity',
      kind: Kind.energy,
      unit: quantity.energy,
      flow: quantity.flow,
      phase,
      tou: e,
      measuringPeriodS: intervalS,
    };
  }
  if (e !== 0 && how !== 'maximum' && how !== 'minimum') return undefined;
  return {
    commodity: 'electricity',
    unit: quantity.power,
    flow: quantity.flow,
    phase,
    tou: e,
    ...processed(how, quantity.kind, intervalS),
  };
}

/** Fields that say how a power, voltage or current was processed. */
function processed(
  how: Processing,
  kind: number,
  intervalS: number,
): Omit<ReadingTypeSpec, 'commodity' | 'unit'> {
  if (how === 'momentary') return { kind };
  const fields = { kind: kind === Kind.power ? Kind.demand : kind, accumulation: Accumulation.indicating };
  if (how === 'average') return { ...fields, aggregate: 2, measuringPeriodS: intervalS };
  return { ...fields, aggregate: how === 'maximum' ? 8 : 9, macroPeriod: 8 };
}

function quantityOf(c: number) {
  return electricQuantities.find((row) => row.c === c);
}

function phaseQuantity(c: number) {
  for (const { add, phase } of electricPhases) {
    const quantity = quantityOf(c - add);
    if (quantity && (add === 0 || quantity.perPhase)) return { quantity, phase };
  }
  return undefined;
}

function otherSpec({ a, c, d, e }: Obis, intervalS: number): ReadingTypeSpec | undefined {
  const row = otherQuantities.find((entry) => entry.a === a && entry.c === c && entry.d === d);
  if (!row || (e !== 0 && !row.tariffs)) return undefined;
  return {
    commodity: row.commodity,
    kind: row.kind,
    unit: row.unit,
    flow: row.flow,
    tou: e,
    measuringPeriodS: row.accumulates ? intervalS : 0,
  };
}

/**
 * The code of a reading type, or undefined. Interval length and multiplier do not matter: the code
 * names the quantity. Energy of an interval and its register have one code, D = 8.
 */
export function obisOfReadingType(type: ReadingType): Obis | undefined {
  return inverse().get(quantityFields(canonicalReadingType(type)));
}

/** The fields that tell quantities apart, as text. */
function quantityFields(type: ReadingType): string {
  const accumulates = type.kind === Kind.energy || type.kind === Kind.volume;
  const dimension = unitForUom(type.unit, type.multiplier)?.dimension ?? `uom ${type.unit}`;
  const how = accumulates ? '' : `${type.accumulation}.${type.aggregate}.${type.macroPeriod}`;
  const plain =
    type.interharmonicNumerator === 0 &&
    type.argumentNumerator === 0 &&
    type.cpp === 0 &&
    type.consumptionTier === 0;
  const whole = !accumulates || (type.aggregate === 0 && type.macroPeriod !== 8);
  // Bulk, delta and instantaneous are the plain forms; anything else is a quantity of its own.
  const usual = !accumulates || type.accumulation === 1 || type.accumulation === 4;
  if (!plain || !whole || !usual) return 'none';
  return [how, type.flow, type.commodity, type.kind, type.tou, type.phase, dimension].join('|');
}

let inverseTable: Map<string, Obis> | undefined;

/** Built on first use from the same tables: every code with rates 0 to 16. */
function inverse(): Map<string, Obis> {
  if (inverseTable) return inverseTable;
  inverseTable = new Map();
  for (const obis of knownObis()) {
    const type = readingTypeOfObis(obis);
    if (!type) continue;
    const key = quantityFields(type);
    if (key !== 'none' && !inverseTable.has(key)) inverseTable.set(key, obis);
  }
  return inverseTable;
}

const MAX_RATE = 16;

/** Every code of the tables that means something, D = 8 before D = 29. */
export function knownObis(): Obis[] {
  const codes: Obis[] = [];
  const add = (a: number, c: number, d: number): void => {
    for (let e = 0; e <= MAX_RATE; e++) {
      const obis = { a, b: 0, c, d, e, f: 255 };
      if (readingTypeOfObis(obis)) codes.push(obis);
    }
  };
  for (const { add: offset } of electricPhases) {
    for (const { c } of electricQuantities) {
      for (const d of Object.keys(electricProcessing)) add(1, c + offset, Number(d));
    }
  }
  add(1, 91, 7);
  for (const row of otherQuantities) add(row.a, row.c, row.d);
  return codes;
}
