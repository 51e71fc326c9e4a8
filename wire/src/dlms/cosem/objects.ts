/** Structures that objects refer to each other with: capture objects, object lists (Blue Book 4.3, 4.4). */
import { logicalNameBytes, logicalNameText } from '../apdu/schema.ts';
import { dlmsErrors } from '../errors.ts';
import { type CosemValue, elementsOf, numberOf } from '../value.ts';

/** What a column of a profile, or a pushed value, is. */
export interface CaptureObject {
  readonly classId: number;
  readonly instance: string;
  readonly attribute: number;
  /** 0: the whole attribute; else which element of it, from 1. */
  readonly dataIndex: number;
}

const CAPTURE_CLAUSE = 'Blue Book 4.3.6, capture_object_definition';
const OBJECT_LIST_CLAUSE = 'Blue Book 4.4.4, object_list';

/** Attribute `capture_objects` or `push_object_list`. Raises DLMS_BAD_VALUE. */
export function decodeCaptureObjects(value: CosemValue): CaptureObject[] {
  const entries = elementsOf(value);
  if (entries === undefined || value.type === 'structure') throw bad('no array of objects', CAPTURE_CLAUSE);
  return entries.map(decodeCaptureObject);
}

/** Whether `decodeCaptureObjects` takes it. */
export function isCaptureObjects(value: CosemValue): boolean {
  try {
    decodeCaptureObjects(value);
    return true;
  } catch {
    return false;
  }
}

/** One capture object; what newer versions add after the data index is left aside. Raises DLMS_BAD_VALUE. */
export function decodeCaptureObject(value: CosemValue): CaptureObject {
  const [classId, instance, attribute, dataIndex] = elementsOf(value) ?? [];
  return {
    classId: wholeNumber(classId, 'class', CAPTURE_CLAUSE),
    instance: nameOf(instance, CAPTURE_CLAUSE),
    attribute: wholeNumber(attribute, 'attribute', CAPTURE_CLAUSE),
    dataIndex: wholeNumber(dataIndex, 'data index', CAPTURE_CLAUSE),
  };
}

/** One capture object as a structure. */
export function encodeCaptureObject(object: CaptureObject): CosemValue {
  return {
    type: 'structure',
    elements: [
      { type: 'long-unsigned', value: object.classId },
      { type: 'octet-string', value: logicalNameBytes(object.instance) },
      { type: 'integer', value: object.attribute },
      { type: 'long-unsigned', value: object.dataIndex },
    ],
  };
}

/** An object of an association with logical names, and what the association may do with it. */
export interface ObjectListEntry {
  readonly classId: number;
  readonly version: number;
  readonly instance: string;
  readonly attributes: readonly AttributeAccess[];
  readonly methods: readonly MethodAccess[];
}

export interface AttributeAccess {
  readonly index: number;
  /**
   * As sent: 0 none, 1 read, 2 write, 3 both, 4 to 6 the same with authentication (versions 0 to 2 of the
   * class); bits (0 read, 1 write, 2 to 7 how requests and responses must be protected) from version 3 on.
   */
  readonly mode: number;
  /** Selectors of selective access. */
  readonly selectors: readonly number[];
}

export interface MethodAccess {
  readonly index: number;
  /** As sent; version 0 of the class has a boolean, which is 0 or 1. */
  readonly mode: number;
}

/** Attribute `object_list` of an association. Raises DLMS_BAD_VALUE. */
export function decodeObjectList(value: CosemValue): ObjectListEntry[] {
  const entries = elementsOf(value);
  if (entries === undefined || value.type === 'structure')
    throw bad('no array of objects', OBJECT_LIST_CLAUSE);
  return entries.map((entry) => {
    const [classId, version, instance, rights] = elementsOf(entry) ?? [];
    const [attributes, methods] = (rights && elementsOf(rights)) ?? [];
    return {
      classId: wholeNumber(classId, 'class', OBJECT_LIST_CLAUSE),
      version: wholeNumber(version, 'version', OBJECT_LIST_CLAUSE),
      instance: nameOf(instance, OBJECT_LIST_CLAUSE),
      attributes: listOf(attributes).map(decodeAttributeAccess),
      methods: listOf(methods).map(decodeMethodAccess),
    };
  });
}

function decodeAttributeAccess(value: CosemValue): AttributeAccess {
  const [index, mode, selectors] = elementsOf(value) ?? [];
  return {
    index: wholeNumber(index, 'attribute', OBJECT_LIST_CLAUSE),
    mode: wholeNumber(mode, 'access mode', OBJECT_LIST_CLAUSE),
    // null where there is no selective access
    selectors: ((selectors && elementsOf(selectors)) ?? []).map((selector) =>
      wholeNumber(selector, 'selector', OBJECT_LIST_CLAUSE),
    ),
  };
}

function decodeMethodAccess(value: CosemValue): MethodAccess {
  const [index, mode] = elementsOf(value) ?? [];
  return {
    index: wholeNumber(index, 'method', OBJECT_LIST_CLAUSE),
    mode:
      mode?.type === 'boolean' ? Number(mode.value) : wholeNumber(mode, 'access mode', OBJECT_LIST_CLAUSE),
  };
}

function listOf(value: CosemValue | undefined): readonly CosemValue[] {
  const elements = value && elementsOf(value);
  if (elements === undefined) throw bad('no list of access rights', OBJECT_LIST_CLAUSE);
  return elements;
}

function wholeNumber(value: CosemValue | undefined, what: string, clause: string): number {
  const number = value && numberOf(value);
  if (number === undefined || !Number.isInteger(number)) throw bad(`no ${what}`, clause);
  return number;
}

function nameOf(value: CosemValue | undefined, clause: string): string {
  const name = value?.type === 'octet-string' ? logicalNameText(value.value) : undefined;
  if (name === undefined) throw bad('no logical name', clause);
  return name;
}

function bad(what: string, clause: string) {
  return dlmsErrors.DLMS_BAD_VALUE(`${what} (${clause})`, { clause });
}
