/** What `openami read dlms` reads in an open association, as JSON. */
import { OpenAmiError } from '@openami/model';
import {
  type AttributeDescriptor,
  associationErrors,
  bytesOf,
  type CaptureObject,
  type CosemValue,
  cosemUnit,
  type DlmsClient,
  decodeDateTime,
  decodeScalerUnit,
  interfaceClass,
  isoOf,
  logicalNameText,
  nameOfLogicalName,
  numberOf,
  type ObjectListEntry,
  type Plain,
  type Profile,
  renderValue,
  type ScalerUnit,
  type ShortObject,
} from '@openami/wire/dlms';
import { serverErrors } from '../errors.ts';
import type { Wanted } from './read-flags.ts';

type Json = { readonly [name: string]: Plain };
/** Registers, which have a unit: class and its attribute `scaler_unit`. */
const unitAttributes: Readonly<Record<number, number>> = { 3: 3, 4: 3, 5: 4 };
const PROFILE = 7;
const CLOCK = 8;

/** Where the progress of a long read is told. */
export type Tell = (words: string) => void;

/** The objects of the association. */
export async function listObjects(client: DlmsClient, shortNames: boolean): Promise<Json[]> {
  if (shortNames) return (await client.listShortObjects()).map(shortJson);
  return (await client.listObjects()).map(objectJson);
}

/** One attribute, or the rows of a profile. Raises what the meter raises. */
export async function readAttribute(
  client: DlmsClient,
  wanted: Wanted,
  shortNames: boolean,
  tell: Tell,
): Promise<Json> {
  const { instance, attribute } = wanted;
  const classId = wanted.classId ?? (await classOf(client, instance, shortNames, tell));
  const head = { obis: instance, class: classId, attribute, ...named(classId, instance, attribute) };
  if (classId === PROFILE && attribute === 2) return { ...head, ...(await readRows(client, wanted, tell)) };
  if (wanted.range !== undefined) {
    throw serverErrors.USAGE(
      `--from and --to choose rows of a profile (class 7), and ${instance} is of class ${classId}`,
    );
  }
  const object = { classId, instance, attribute };
  const value = await client.get(object);
  const unit = attribute === 2 ? await unitOf(client, object) : undefined;
  return { ...head, value: plainValue(value, classId, attribute), ...scaled(value, unit) };
}

async function readRows(client: DlmsClient, { instance, range }: Wanted, tell: Tell): Promise<Json> {
  tell('reading what the profile captures');
  const description = await client.describeProfile(instance);
  const units: (ScalerUnit | undefined)[] = [];
  const known = new Map<string, ScalerUnit | undefined>();
  for (const object of description.objects) {
    const key = `${object.classId} ${object.instance}`;
    if (!known.has(key)) known.set(key, await unitOf(client, object));
    units.push(known.get(key));
  }
  tell('reading rows');
  const profile = await client.readProfile(description, range);
  return {
    capturePeriodS: description.capturePeriodS,
    columns: description.objects.map((object, i) => columnJson(object, units[i])),
    rows: Array.from({ length: profile.rows }, (_, row) => rowJson(profile, units, row)),
  };
}

function columnJson(object: CaptureObject, unit: ScalerUnit | undefined): Json {
  const { classId, instance, attribute, dataIndex } = object;
  return {
    obis: instance,
    class: classId,
    attribute,
    dataIndex,
    ...named(classId, instance, attribute),
    ...unitJson(unit),
  };
}

/** `values` as the meter sent them, `physical` in the unit of the column. */
function rowJson(profile: Profile, units: readonly (ScalerUnit | undefined)[], row: number): Json {
  const timeS = profile.timeS[row]!;
  const status = profile.clockStatus[row]!;
  return {
    time: Number.isNaN(timeS) ? null : new Date(timeS * 1000).toISOString().replace('.000Z', 'Z'),
    clockStatus: status === 0xff ? null : status,
    values: profile.columns.map(({ object, values }) =>
      plainValue(values[row]!, object.classId, object.attribute),
    ),
    physical: profile.columns.map(({ values }, i) => scaled(values[row]!, units[i]).physical ?? null),
  };
}

/** Scaler and unit of a register; undefined where it has none or does not tell. */
async function unitOf(
  client: DlmsClient,
  { classId, instance, attribute }: AttributeDescriptor,
): Promise<ScalerUnit | undefined> {
  const index = unitAttributes[classId];
  const hasUnit = index !== undefined && (attribute === 2 || (classId === 5 && attribute === 3));
  if (!hasUnit) return undefined;
  try {
    return decodeScalerUnit(await client.get({ classId, instance, attribute: index }));
  } catch (error) {
    if (error instanceof OpenAmiError && error.fault === 'peer') return undefined;
    throw error;
  }
}

function unitJson(unit: ScalerUnit | undefined): Json {
  if (unit === undefined) return {};
  return { unit: cosemUnit(unit.unit)?.symbol ?? `code-${unit.unit}`, scaler: unit.scaler };
}

function scaled(value: CosemValue, unit: ScalerUnit | undefined): Json {
  const raw = numberOf(value);
  if (unit === undefined || raw === undefined) return unitJson(unit);
  // through text, which rounds once; a product would be off in the last digit
  return { ...unitJson(unit), physical: Number(`${raw}e${unit.scaler}`) };
}

/** Numbers and texts bare, anything else with its type. */
function plainValue(value: CosemValue, classId: number, attribute: number): Plain {
  const bytes = bytesOf(value);
  if (bytes !== undefined && bytes.length === 12 && isTime(value, classId, attribute)) {
    return isoOf(decodeDateTime(bytes));
  }
  if (bytes !== undefined && attribute === 1) return logicalNameText(bytes) ?? renderValue(value);
  const shown = renderValue(value);
  if (value.type === 'null') return null;
  const { value: bare } = shown as { readonly value?: Plain };
  return bare ?? shown;
}

function isTime(value: CosemValue, classId: number, attribute: number): boolean {
  const type = interfaceClass(classId)?.attributes[attribute - 1]?.type;
  return value.type === 'date-time' || type === 'date-time' || (classId === CLOCK && attribute === 2);
}

function named(classId: number, instance: string, attribute: number): Json {
  const known = interfaceClass(classId);
  const name = nameOfLogicalName(instance);
  const attributeName = known?.attributes[attribute - 1]?.name;
  return {
    ...(known ? { className: known.name } : {}),
    ...(attributeName ? { attributeName } : {}),
    ...(name ? { name } : {}),
  };
}

function objectJson({ classId, version, instance, attributes, methods }: ObjectListEntry): Json {
  const known = interfaceClass(classId, version);
  const name = nameOfLogicalName(instance);
  return {
    obis: instance,
    class: classId,
    version,
    ...(known ? { className: known.name } : {}),
    ...(name ? { name } : {}),
    attributes: attributes.map(({ index, mode }) => ({
      index,
      ...(known?.attributes[index - 1] ? { name: known.attributes[index - 1]!.name } : {}),
      mode,
    })),
    methods: methods.map(({ index, mode }) => ({
      index,
      ...(known?.methods[index - 1] ? { name: known.methods[index - 1]!.name } : {}),
      mode,
    })),
  };
}

/** The class of an object when it is not given: the object list knows. */
async function classOf(
  client: DlmsClient,
  instance: string,
  shortNames: boolean,
  tell: Tell,
): Promise<number> {
  tell('no --class: looking it up in the list of objects');
  const objects = shortNames ? await client.listShortObjects() : await client.listObjects();
  const entry = objects.find((one) => one.instance === instance);
  if (entry !== undefined) return entry.classId;
  throw associationErrors.DLMS_OBJECT_UNDEFINED(`${instance} is not in the list of objects`);
}

function shortJson({ classId, version, instance, name }: ShortObject): Json {
  return {
    obis: instance,
    class: classId,
    version,
    shortName: name & 0xffff,
    ...named(classId, instance, 0),
  };
}
