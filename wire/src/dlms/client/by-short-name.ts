/**
 * Objects by class and logical name in a meter with short names: its object list says where each begins,
 * and the class where attributes and methods lie from there.
 */
import type { DataAccessResult, GetDataResult, MethodDescriptor } from '../apdu/common.ts';
import { logicalNameText } from '../apdu/schema.ts';
import { associationErrors } from '../association/association-errors.ts';
import { shortAttribute, shortMethod } from '../association/short-name-offsets.ts';
import { bytesOf, type CosemValue, elementsOf, numberOf } from '../value.ts';
import type { GetItem } from './get.ts';
import type { ClientSession } from './session.ts';
import type { SetItem } from './set.ts';
import { readMany, readShort, type ShortItem, writeMany } from './short-names.ts';
import type { Talk } from './talk.ts';

/** Base name of the current association, 0xFA00, which every meter has. */
export const ASSOCIATION_NAME = -0x600;

/** An object of the list of an association with short names. */
export interface ShortObject {
  /** Base name, signed as it is sent. */
  readonly name: number;
  readonly classId: number;
  readonly version: number;
  readonly instance: string;
}

/** The objects of the association, read once and kept in the session. */
export function* shortObjects(session: ClientSession): Talk<readonly ShortObject[]> {
  if (session.shortObjects === undefined) {
    const value = yield* readShort(session, { name: ASSOCIATION_NAME + shortAttribute(2) });
    session.shortObjects = decodeShortObjects(value);
  }
  return session.shortObjects;
}

/** Attribute `object_list` of class 12. Raises DLMS_PROTOCOL. */
function decodeShortObjects(value: CosemValue): ShortObject[] {
  return (elementsOf(value) ?? []).map((entry) => {
    const [name, classId, version, instance] = elementsOf(entry) ?? [];
    const bytes = instance && bytesOf(instance);
    const numbers = [name, classId, version].map((one) => one && numberOf(one));
    const text = bytes && logicalNameText(bytes);
    if (numbers.includes(undefined) || text === undefined) {
      throw associationErrors.DLMS_PROTOCOL('an entry of the object list is none');
    }
    const [base, id, edition] = numbers as [number, number, number];
    return { name: (base << 16) >> 16, classId: id, version: edition, instance: text };
  });
}

function* baseOf(session: ClientSession, classId: number, instance: string): Talk<number | undefined> {
  if (instance === session.profile.association) return ASSOCIATION_NAME;
  const objects = yield* shortObjects(session);
  return objects.find((object) => object.classId === classId && object.instance === instance)?.name;
}

function undefinedObject(classId: number, instance: string) {
  const text = `class ${classId} ${instance} is not in the object list`;
  return associationErrors.DLMS_OBJECT_UNDEFINED(text, { result: 'object-undefined' });
}

function* itemOf(session: ClientSession, { attribute, selection }: GetItem): Talk<ShortItem | undefined> {
  const base = yield* baseOf(session, attribute.classId, attribute.instance);
  if (base === undefined) return undefined;
  const name = base + shortAttribute(attribute.attribute);
  if (selection === undefined) return { name };
  return { name, selector: selection.selector, parameter: selection.parameters };
}

export function* getShort(session: ClientSession, item: GetItem): Talk<CosemValue> {
  const short = yield* itemOf(session, item);
  if (short === undefined) throw undefinedObject(item.attribute.classId, item.attribute.instance);
  return yield* readShort(session, short);
}

export function* getManyShort(session: ClientSession, items: readonly GetItem[]): Talk<GetDataResult[]> {
  const known: ShortItem[] = [];
  const places: boolean[] = [];
  for (const item of items) {
    const short = yield* itemOf(session, item);
    places.push(short !== undefined);
    if (short !== undefined) known.push(short);
  }
  const results = yield* readMany(session, known);
  let at = 0;
  return places.map((isKnown) => (isKnown ? results[at++]! : { kind: 'error', value: 'object-undefined' }));
}

export function* setManyShort(session: ClientSession, items: readonly SetItem[]): Talk<DataAccessResult[]> {
  const known: (ShortItem & { readonly value: CosemValue })[] = [];
  const places: boolean[] = [];
  for (const item of items) {
    const short = yield* itemOf(session, item);
    places.push(short !== undefined);
    if (short !== undefined) known.push({ ...short, value: item.value });
  }
  const results = yield* writeMany(session, known);
  let at = 0;
  return places.map((isKnown) => (isKnown ? results[at++]! : 'object-undefined'));
}

export function* invokeShort(
  session: ClientSession,
  { classId, instance, method }: MethodDescriptor,
  parameter: CosemValue = { type: 'integer', value: 0 },
): Talk<CosemValue | undefined> {
  const base = yield* baseOf(session, classId, instance);
  const offset = shortMethod(instance === session.profile.association ? 12 : classId, method);
  if (base === undefined || offset === undefined) throw undefinedObject(classId, instance);
  const value = yield* readShort(session, { name: base + offset, parameter });
  return value.type === 'null' ? undefined : value;
}
