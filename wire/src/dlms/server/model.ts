/**
 * The model of a meter, made once of its description and shared by all meters that have it: objects by
 * name, rights by level, and what is the same in all of them already encoded.
 */
import { logicalNameBytes } from '../apdu/schema.ts';
import { associationErrors } from '../association/association-errors.ts';
import { shortAttribute, shortMethod } from '../association/short-name-offsets.ts';
import { type InterfaceClass, interfaceClass } from '../cosem/interface-class.ts';
import { encodeCaptureObject } from '../cosem/objects.ts';
import { encodeData } from '../data.ts';
import type { CosemValue } from '../value.ts';
import {
  type AccessLevel,
  type AssociationDescription,
  type MeterDescription,
  type ObjectDescription,
  type ServerQuirks,
  valueFromJson,
} from './description.ts';
import {
  array,
  enumerated,
  instanceName,
  integer,
  longUnsigned,
  nothing,
  structure,
  unsigned,
} from './make.ts';

/** Bits of a right. */
export const READ = 1;
export const WRITE = 2;

export interface ModelObject {
  /** Place in the model; part of the key of what one meter keeps of its own. */
  readonly index: number;
  readonly classId: number;
  readonly version: number;
  readonly instance: string;
  readonly shortName: number;
  readonly class: InterfaceClass;
  /** By attribute index. */
  readonly initial: readonly (CosemValue | undefined)[];
  readonly encoded: (Uint8Array | undefined)[];
  readonly rights: Readonly<Record<AccessLevel, ObjectRights>>;
}

interface ObjectRights {
  /** By attribute index: bits. */
  readonly attributes: readonly number[];
  /** By method index. */
  readonly methods: readonly boolean[];
}

export const CURRENT_ASSOCIATION = '0.0.40.0.0.255';
const FIRST_SHORT_NAME = 0x2000;

/** Raises DLMS_MODEL, saying where, for a description that is not right. */
export class ServerModel {
  readonly description: MeterDescription;
  readonly quirks: ServerQuirks;
  readonly objects: readonly ModelObject[];
  readonly #byName = new Map<string, ModelObject>();
  readonly #byInstance = new Map<string, ModelObject>();
  readonly #byShortName: readonly ModelObject[];
  readonly #lists = new Map<string, Uint8Array>();
  /** What classes make of the model, by object: column plans of profiles. */
  readonly plans = new Map<ModelObject, unknown>();

  /** Raises DLMS_MODEL. */
  constructor(description: MeterDescription) {
    this.description = description;
    this.quirks = description.quirks ?? {};
    const all = [...associationObjects(description), ...description.objects];
    const objects: ModelObject[] = [];
    let shortName = FIRST_SHORT_NAME;
    for (const [index, one] of all.entries()) {
      const made = compile(one, index, one.shortName ?? shortName);
      shortName += Math.ceil(spanOf(made) / 0x100) * 0x100;
      objects.push(made);
      const name = `${made.classId} ${made.instance}`;
      if (this.#byName.has(name)) throw associationErrors.DLMS_MODEL(`${name} is there twice`);
      this.#byName.set(name, made);
      if (!this.#byInstance.has(made.instance)) this.#byInstance.set(made.instance, made);
    }
    this.objects = objects;
    this.#byShortName = [...objects].sort((a, b) => a.shortName - b.shortName);
  }

  find(classId: number, instance: string): ModelObject | undefined {
    return this.#byName.get(`${classId} ${instance}`);
  }

  /** An object of another class with this name, to tell a wrong class from a wrong name. */
  hasInstance(instance: string): boolean {
    return this.#byInstance.has(instance);
  }

  /** The object whose names this one is among. */
  findShort(name: number): ModelObject | undefined {
    const found = this.#byShortName.findLast((object) => object.shortName <= name);
    return found && name - found.shortName < spanOf(found) ? found : undefined;
  }

  association(clientSap: number): AssociationDescription | undefined {
    return this.description.associations.find((one) => one.clientSap === clientSap);
  }

  /** Attribute `object_list` of an association, encoded once for all meters. */
  objectList(association: AssociationDescription): Uint8Array {
    let list = this.#lists.get(association.name);
    if (list === undefined) {
      const entry = association.referencing === 'short-name' ? shortEntry : longEntry;
      const visible = this.objects.filter((object) => isVisible(object, association.level));
      list = encodeData(array(visible.map((object) => entry(object, association.level))));
      this.#lists.set(association.name, list);
    }
    return list;
  }
}

function isVisible(object: ModelObject, level: AccessLevel): boolean {
  const { attributes, methods } = object.rights[level];
  return attributes.some((bits, index) => index > 1 && bits > 0) || methods.some(Boolean);
}

function shortEntry(object: ModelObject): CosemValue {
  const signed = (object.shortName << 16) >> 16;
  const name = instanceName(object.instance);
  return structure(
    { type: 'long', value: signed },
    longUnsigned(object.classId),
    unsigned(object.version),
    name,
  );
}

function longEntry(object: ModelObject, level: AccessLevel): CosemValue {
  const { attributes, methods } = object.rights[level];
  const selectors = object.classId === 7 ? array([integer(1), integer(2)]) : nothing;
  const attributeRights = object.class.attributes.map(({ index }) =>
    structure(integer(index), enumerated(attributes[index]!), index === 2 ? selectors : nothing),
  );
  const methodRights = object.class.methods.map(({ index }) =>
    structure(
      integer(index),
      object.classId === 15 && object.version === 0
        ? { type: 'boolean', value: methods[index]! }
        : enumerated(methods[index] ? 1 : 0),
    ),
  );
  return structure(
    longUnsigned(object.classId),
    unsigned(object.version),
    instanceName(object.instance),
    structure(array(attributeRights), array(methodRights)),
  );
}

/** The current association and each by its own name. */
function associationObjects({ associations }: MeterDescription): ObjectDescription[] {
  const own = { public: { m1: 'x' }, read: { m1: 'x' } } as const;
  const rights = {
    public: { ...own.public, 7: '-' },
    read: { ...own.read, 7: '-' },
    manage: { 7: 'w' },
  } as const;
  const instances = [CURRENT_ASSOCIATION, ...associations.map(({ instance }) => instance)];
  return [...new Set(instances)].map((instance) => ({
    class: 15,
    version: 2,
    instance,
    public: true,
    rights,
  }));
}

function compile(one: ObjectDescription, index: number, shortName: number): ModelObject {
  const where = `class ${one.class} ${one.instance}`;
  const known = interfaceClass(one.class, one.version);
  if (known === undefined) throw associationErrors.DLMS_MODEL(`${where}: the class is not known`);
  if (shortName % 8 !== 0) throw associationErrors.DLMS_MODEL(`${where}: short name ${shortName}`);
  const initial: (CosemValue | undefined)[] = [];
  initial[1] = { type: 'octet-string', value: logicalNameBytes(one.instance) };
  if (one.captures !== undefined) {
    initial[3] = array(
      one.captures.map(([classId, instance, attribute, dataIndex]) =>
        encodeCaptureObject({ classId, instance, attribute, dataIndex }),
      ),
    );
  }
  for (const [key, json] of Object.entries(one.values ?? {})) {
    const attribute = Number(key);
    if (!known.attributes.some((each) => each.index === attribute)) {
      throw associationErrors.DLMS_MODEL(`${where}: no attribute ${key}`);
    }
    initial[attribute] = valueFromJson(json, `${where} attribute ${key}`);
  }
  return {
    index,
    classId: one.class,
    version: one.version ?? known.version,
    instance: one.instance,
    shortName,
    class: known,
    initial,
    encoded: [],
    rights: {
      public: rightsOf(one, known, 'public', where),
      read: rightsOf(one, known, 'read', where),
      manage: rightsOf(one, known, 'manage', where),
    },
  };
}

const bitsOf = { '-': 0, r: READ, w: WRITE, rw: READ | WRITE, x: 1 } as const;

function rightsOf(
  one: ObjectDescription,
  known: InterfaceClass,
  level: AccessLevel,
  where: string,
): ObjectRights {
  const own = one.rights?.[level] ?? {};
  const attributes: number[] = [0];
  const methods: boolean[] = [false];
  const isOpen = level !== 'public' || one.public === true;
  for (const { index, access } of known.attributes) {
    const usual = level === 'manage' ? bitsOf[access] : isOpen ? bitsOf[access] & READ : 0;
    const right = own[index];
    attributes[index] = right === undefined ? usual : bitsOf[right];
  }
  for (const { index } of known.methods) {
    const right = own[`m${index}`];
    methods[index] = right === undefined ? level === 'manage' : right === 'x';
  }
  for (const key of Object.keys(own)) {
    const isKnown = key.startsWith('m') ? methods[Number(key.slice(1))] : attributes[Number(key)];
    if (isKnown === undefined) throw associationErrors.DLMS_MODEL(`${where}: right of ${key}`);
  }
  return { attributes, methods };
}

function spanOf(object: ModelObject): number {
  const attributes = shortAttribute(object.class.attributes.length + 1);
  const last = object.class.methods.length;
  return Math.max(attributes, last === 0 ? 0 : (shortMethod(object.classId, last) ?? 0) + 8);
}
