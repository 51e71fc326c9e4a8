/** What is made of a record or of bytes: a number in the unit of the name, a text, words. */
import { hexOf, reversed } from '../bytes.ts';
import { EVERY_YEAR, type MbusTime, textOfTime } from '../mbus/record/time.ts';
import { type MbusRecord, scaled } from '../mbus/record/value.ts';
import { type FlatValue, rounded } from '../mbus/values.ts';
import { joined, readyFlags, wordsOf } from './flags.ts';
import type { Field } from './model.ts';
import { endingOf, factorsOf } from './units.ts';

/** A value before words are found for it. */
export interface Plain {
  readonly number?: number | undefined;
  readonly raw?: number | bigint | undefined;
  readonly text?: string | undefined;
  readonly time?: MbusTime | undefined;
  readonly bytes: Uint8Array;
  /** The standard, or the meter, says that it is none. */
  readonly flawed: boolean;
}

export type Convert = (plain: Plain, asSent: boolean) => FlatValue | undefined;

export function plainOf(record: MbusRecord): Plain {
  const { raw, text, time, data, head, flaw } = record;
  const bytes = head.coding === 'variable' ? data.subarray(1) : data;
  return { number: scaled(record), raw, text, time, bytes, flawed: flaw !== undefined };
}

/**
 * Ready to make values of `field`, whose name is `name`, from records in `unit`; undefined where units
 * differ.
 */
export function readyConvert(field: Field, name: string, unit: string): Convert | undefined {
  if (field.flags !== undefined) return flagsConvert(field);
  if (field.bits !== undefined || field.map !== undefined) return mapConvert(field);
  if (field.as === 'hex') return hexConvert(field);
  if (field.as === 'text') return textConvert(field);
  const numeric = numberConvert(field, name, unit);
  if (numeric === undefined) return undefined;
  const { as, keep } = field;
  const instead = noneOf(field);
  return (plain, asSent) => {
    if (plain.time !== undefined) return timeText(plain.time, as, asSent) ?? instead;
    if (plain.flawed && !asSent && !keep) return instead;
    if (plain.number === undefined) return (plain.flawed ? undefined : textOf(plain, field)) ?? instead;
    // digits that name something keep their leading zeros
    if (plain.text !== undefined && as === undefined && field.scale === undefined)
      return textOf(plain, field);
    return numeric(plain);
  };
}

/** What stands for none; undefined where the field is left out. */
export function noneOf({ omitNone, flawed = null }: Field): FlatValue | undefined {
  return omitNone ? undefined : flawed;
}

function textOf({ text }: Plain, { upper }: Field): string | undefined {
  return upper && text !== undefined ? text.toUpperCase() : text;
}

function textConvert(field: Field): Convert {
  return (plain) => textOf(plain, field) ?? (plain.number === undefined ? null : String(plain.number));
}

function hexConvert({ upper }: Field): Convert {
  return ({ bytes }) => {
    const hex = hexOf(reversed(bytes));
    return upper ? hex.toUpperCase() : hex;
  };
}

function numberConvert(
  { as, scale = 1, divide = 1 }: Field,
  name: string,
  unit: string,
): ((plain: Plain) => FlatValue) | undefined {
  if (as === 'raw') {
    return ({ raw }) => (raw === undefined ? null : finiteOrNull((Number(raw) * scale) / divide));
  }
  const factors = factorsOf(unit, endingOf(name));
  if (factors === undefined) return undefined;
  const times = factors.times * scale;
  const by = factors.divide * divide;
  return ({ number }) => finiteOrNull((number! * times) / by);
}

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? rounded(value) : null);

function flagsConvert(field: Field): Convert {
  const flags = readyFlags(field.flags!);
  return ({ raw }) => (raw === undefined ? null : joined(wordsOf(raw, flags), flags.none));
}

function mapConvert({ bits, map, upper }: Field): Convert {
  const words = new Map(Object.entries(map ?? {}));
  return ({ raw, text }) => {
    if (raw === undefined && text === undefined) return null;
    let value: number | string = raw === undefined ? text! : Number(raw);
    if (bits !== undefined && typeof value === 'number') {
      value = Math.floor(value / 2 ** bits[0]) % 2 ** bits[1];
    }
    const word = words.get(String(value)) ?? words.get('*');
    if (word === undefined) return words.size > 0 ? null : value;
    if (typeof word !== 'string') return word;
    const hex = typeof value === 'number' ? value.toString(16) : value;
    return word.replace('{value}', String(value)).replace('{hex}', upper ? hex.toUpperCase() : hex);
  };
}

/** `2024-09-13`, `2024-09-13 21:30`, `2024-09-13 21:30:05`; undefined where it is no moment. */
export function timeText(time: MbusTime, as: Field['as'], asSent: boolean): string | undefined {
  if (!time.valid && !asSent && !isMoment(time)) return undefined;
  const of = time.year === EVERY_YEAR && asSent ? { ...time, year: CENTURY + EVERY_YEAR } : time;
  const text = textOfTime(of);
  if (text === undefined || time.type === 'J') return text;
  const length = as === 'date' ? 10 : as === 'second' || (as !== 'minute' && time.type === 'I') ? 19 : 16;
  return text.slice(0, length).replace('T', ' ');
}

const CENTURY = 2000;

/** Meters mark times of clocks that were never set as not to be trusted: they are text still. */
function isMoment({ year, month, day, hour, minute }: MbusTime): boolean {
  return (
    year !== EVERY_YEAR && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60
  );
}
