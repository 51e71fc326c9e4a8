/**
 * The values of a push with what the push itself says about them, in all the shapes that meters use:
 *
 *   name, value, scaler-unit      flat, or each in a structure of its own; scaler and unit may be missing
 *   descriptor, value             class, name and attribute before each value, in a structure or not
 *   list of objects, values       the object list of the push setup, then a value for each of its entries
 *   value, value, value           positions only: layout.ts has the names
 */
import { logicalNameText } from '../apdu/schema.ts';
import { type CaptureObject, decodeCaptureObject } from '../cosem/objects.ts';
import { decodeScalerUnit, type ScalerUnit } from '../cosem/units.ts';
import { type CosemValue, elementsOf, numberOf } from '../value.ts';

export interface PushItem {
  /** Logical name; undefined where only the position tells. */
  readonly name?: string;
  /** Place in the outermost list, from 0. */
  readonly position: number;
  readonly classId?: number;
  readonly attribute?: number;
  readonly value: CosemValue;
  readonly scalerUnit?: ScalerUnit;
}

const SCALER_ATTRIBUTE = 3;
const REGISTERS = new Set([3, 4]);

/** The items of a body; lists in lists are gone through. */
export function pushItems(body: readonly CosemValue[]): PushItem[] {
  return described(body) ?? walk(body);
}

/** Values after the object list they belong to. */
function described(body: readonly CosemValue[]): PushItem[] | undefined {
  const at = body.findIndex((value, i) => i < 3 && isObjectList(value));
  if (at < 0) return undefined;
  const objects = elementsOf(body[at]!)!.map(decodeCaptureObject);
  // the list is usually its own first entry; where it is not, the values begin after it
  const shift = objects.length === body.length - at - 1 ? at + 1 : at;
  const items = objects.flatMap((object, i): PushItem[] => {
    const position = i + shift;
    const value = body[position];
    if (value === undefined || position === at) return [];
    const { instance: name, classId, attribute } = object;
    return [{ name, position, classId, attribute, value }];
  });
  return withScalers(items);
}

/** Scalers that were pushed as attributes of their own go to the value of the same object. */
function withScalers(items: readonly PushItem[]): PushItem[] {
  const scalers = new Map<string, ScalerUnit>();
  for (const { name, classId, attribute, value } of items) {
    const scalerUnit = decodeScalerUnit(value);
    const isScaler = REGISTERS.has(classId ?? 0) && attribute === SCALER_ATTRIBUTE;
    if (isScaler && scalerUnit !== undefined && name !== undefined) scalers.set(name, scalerUnit);
  }
  if (scalers.size === 0) return [...items];
  return items
    .filter(({ value }) => decodeScalerUnit(value) === undefined)
    .map((item) => ({ ...item, scalerUnit: scalers.get(item.name ?? '') }));
}

function isObjectList(value: CosemValue): boolean {
  if (value.type !== 'array' || value.elements.length === 0) return false;
  return value.elements.every((entry) => objectOf(entry) !== undefined);
}

function objectOf(entry: CosemValue): CaptureObject | undefined {
  const [classId, name, attribute, index] = elementsOf(entry) ?? [];
  if (classId?.type !== 'long-unsigned' || index?.type !== 'long-unsigned') return undefined;
  if (attribute?.type !== 'integer' || nameOf(name) === undefined) return undefined;
  return decodeCaptureObject(entry);
}

function walk(elements: readonly CosemValue[], outer?: number): PushItem[] {
  const items: PushItem[] = [];
  for (let i = 0; i < elements.length; i++) {
    const position = outer ?? i;
    const value = elements[i]!;
    const inner = elementsOf(value);
    if (inner !== undefined) {
      const entry = entryOf(inner, position);
      if (entry !== undefined) items.push(entry);
      else items.push(...walk(inner, position));
      continue;
    }
    const name = nameOf(value);
    const next = elements[i + 1];
    if (name === undefined || next === undefined || isSetup(name)) {
      if (name === undefined && value.type !== 'null') items.push({ position, value });
      continue;
    }
    const scalerUnit = scalerOf(elements[i + 2]);
    items.push({ name, position, value: next, scalerUnit });
    i += scalerUnit === undefined ? 1 : 2;
  }
  return items;
}

/** A structure that is one value with its name. */
function entryOf(e: readonly CosemValue[], position: number): PushItem | undefined {
  const [a, b, c, d] = e;
  if (a === undefined || b === undefined || e.length > 6) return undefined;
  const name = nameOf(a);
  if (name !== undefined) {
    // pairs one after the other are a flat list; an entry has its scaler, its status or nothing after it
    if (e.length > 4 || nameOf(c) !== undefined) return undefined;
    return { name, position, value: b, scalerUnit: scalerOf(c) ?? loose(c, d) };
  }
  const [classId, tagged, attribute] = elementsOf(a) ?? [];
  const descriptor = nameOf(tagged);
  if (descriptor !== undefined && e.length <= 3 && classId?.type === 'long-unsigned') {
    const about = { classId: classId.value, attribute: attribute && numberOf(attribute) };
    return { name: descriptor, position, ...about, value: b, scalerUnit: scalerOf(c) };
  }
  return classed(e, position);
}

/** class, name, attribute or scaler, value; or value, class, scaler and unit, name. */
function classed(e: readonly CosemValue[], position: number): PushItem | undefined {
  const [a, b, c, d] = e;
  if (c === undefined) return undefined;
  const name = nameOf(b);
  if (a?.type === 'long-unsigned' && name !== undefined) {
    const classId = a.value;
    if (d === undefined) return { name, position, classId, value: c };
    const third = numberOf(c);
    if (c.type !== 'integer' && c.type !== 'unsigned') return undefined;
    // a value is attribute 2 or later; scalers are small or negative
    if (c.type === 'unsigned' || third! >= 2) {
      const scalerUnit = scalerOf(e[4]) ?? loose(e[4], e[5]);
      return { name, position, classId, attribute: third!, value: d, scalerUnit };
    }
    return { name, position, classId, value: d, scalerUnit: { scaler: third!, unit: 255 } };
  }
  const last = nameOf(d);
  if (b?.type !== 'long-unsigned' || last === undefined) return undefined;
  return { name: last, position, classId: b.value, value: a!, scalerUnit: scalerOf(c) };
}

function scalerOf(value: CosemValue | undefined): ScalerUnit | undefined {
  return value && decodeScalerUnit(value);
}

/** Scaler and unit that no structure holds together. */
function loose(scaler: CosemValue | undefined, unit: CosemValue | undefined): ScalerUnit | undefined {
  if (scaler?.type !== 'integer' || unit?.type !== 'enum') return undefined;
  return { scaler: scaler.value, unit: unit.value };
}

/** Six bytes that are a logical name and not six other bytes. */
function nameOf(value: CosemValue | undefined): string | undefined {
  if (value?.type !== 'octet-string' || value.value.length !== 6) return undefined;
  const [a, , , , , f] = value.value;
  return a! <= 15 && (f === 255 || f! < 127) ? logicalNameText(value.value) : undefined;
}

/** The push setup names itself in front of its values. */
function isSetup(name: string): boolean {
  return /^0\.\d+\.25\.9\.\d+\.255$/.test(name);
}
