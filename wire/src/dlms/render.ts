/**
 * APDUs as plain JSON that a person can read: names instead of numbers, logical names dotted, strings as
 * hex and as text where they are text, times in ISO. Secrets (a password, a dedicated key) are not shown.
 */

import { hexOf } from '../bytes.ts';
import type { Plain } from '../decode-line.ts';
import { type Apdu, decodeApduAndRest } from './apdu/apdu.ts';
import { notificationDateTime } from './apdu/notification.ts';
import { logicalNameText } from './apdu/schema.ts';
import { interfaceClass } from './cosem/interface-class.ts';
import { nameOfLogicalName } from './cosem/obis-names.ts';
import { decodeDate, decodeDateTime, decodeTime, isoDate, isoOf, isoTime, wildcards } from './date-time.ts';
import type { CosemValue, TypeDescription } from './value.ts';

/** The APDU that the bytes begin with, for people; `rest` is hex of what follows it. Raises decode errors. */
export function renderApduBytes(bytes: Uint8Array): Plain {
  const { apdu, rest } = decodeApduAndRest(bytes);
  const shown = renderApdu(apdu);
  return rest.length === 0 ? shown : { ...shown, rest: hexOf(rest) };
}

/** An APDU for people. */
export function renderApdu(apdu: Apdu): { readonly [name: string]: Plain } {
  const shown = renderFields(apdu);
  if (apdu.service !== 'aarq' && apdu.service !== 'aare') return shown;
  if (apdu.mechanismName !== 'lls' || apdu.authenticationValue === undefined) return shown;
  return { ...shown, authenticationValue: { kind: apdu.authenticationValue.kind, value: hidden } };
}

const hidden = '(not shown)';

function renderFields(fields: object): { [name: string]: Plain } {
  const out: { [name: string]: Plain } = {};
  const long = 'dateTime' in fields;
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'invoke') Object.assign(out, renderInvoke(value as number, long));
    else out[name] = renderField(name, value);
  }
  return 'classId' in fields && 'instance' in fields ? { ...out, ...namesOf(fields as Descriptor) } : out;
}

interface Descriptor {
  readonly classId: number;
  readonly instance: string;
  readonly attribute?: number;
  readonly method?: number;
}

/** What the numbers of a descriptor mean, as far as the tables know. */
function namesOf({ classId, instance, attribute, method }: Descriptor): { [name: string]: Plain } {
  const known = interfaceClass(classId);
  const meaning = nameOfLogicalName(instance);
  const member =
    attribute === undefined ? known?.methods[(method ?? 0) - 1] : known?.attributes[attribute - 1];
  return {
    ...(known ? { className: known.name } : {}),
    ...(meaning ? { meaning } : {}),
    ...(member ? { [attribute === undefined ? 'methodName' : 'attributeName']: member.name } : {}),
  };
}

/** The invoke byte, or the four bytes that the services with a date-time have, in its parts. */
function renderInvoke(invoke: number, long: boolean): { [name: string]: Plain } {
  const flags = long ? invoke >>> 24 : invoke;
  return {
    invokeId: long ? invoke & 0xff_ffff : invoke & 0x0f,
    confirmed: (flags & 0x40) !== 0,
    highPriority: (flags & 0x80) !== 0,
    ...(long && flags & 0x10 ? { selfDescriptive: true } : {}),
    ...(long && flags & 0x20 ? { breakOnError: true } : {}),
  };
}

function renderField(name: string, value: unknown): Plain {
  if (value instanceof Uint8Array) return renderBytesField(name, value);
  if (Array.isArray(value)) return value.map((entry) => renderField(name, entry));
  if (typeof value === 'object' && value !== null) {
    // of all parts of an APDU only values have a type
    return 'type' in value ? renderValue(value as CosemValue) : renderFields(value);
  }
  return value as Plain;
}

function renderBytesField(name: string, bytes: Uint8Array): Plain {
  if (name === 'dedicatedKey') return hidden;
  if (name === 'dateTime' || name === 'time') {
    const time = notificationDateTime(bytes);
    if (time !== undefined) return isoOf(decodeDateTime(time));
    return bytes.length === 0 ? null : hexOf(bytes);
  }
  if (name === 'userInformation') return renderNested(bytes);
  return hexOf(bytes);
}

/** An APDU inside another; hex where it is none. */
function renderNested(bytes: Uint8Array): Plain {
  try {
    return renderApduBytes(bytes);
  } catch {
    return hexOf(bytes);
  }
}

/** A value for people, with its type: `{type, value}`, `{type, hex, text?}`, `{type, elements}`. */
export function renderValue(value: CosemValue): Plain {
  switch (value.type) {
    case 'null':
    case 'dont-care':
      return { type: value.type };
    case 'array':
    case 'structure':
      return { type: value.type, elements: value.elements.map(renderValue) };
    case 'compact-array':
      return {
        type: value.type,
        of: describe(value.description),
        elements: value.elements.map(renderValue),
      };
    case 'bit-string':
      return { type: value.type, bits: bitsText(value.value, value.bits) };
    case 'octet-string':
    case 'visible-string':
    case 'utf8-string':
      return { type: value.type, ...renderOctets(value.value) };
    case 'date-time':
      return { type: value.type, value: isoOf(decodeDateTime(value.value)), hex: hexOf(value.value) };
    case 'date':
      return { type: value.type, value: isoDate(decodeDate(value.value)) };
    case 'time':
      return { type: value.type, value: isoTime(decodeTime(value.value)) };
    case 'boolean':
      return { type: value.type, value: value.value };
    default:
      return { type: value.type, value: plainNumber(value.value) };
  }
}

/** Numbers that JSON or a double cannot hold are text. */
function plainNumber(value: number | bigint): number | string {
  const number = Number(value);
  return typeof value === 'bigint'
    ? Number.isSafeInteger(number)
      ? number
      : String(value)
    : Number.isFinite(value)
      ? value
      : String(value);
}

/** Hex, and what the bytes look like: a date-time, text or a logical name. */
function renderOctets(bytes: Uint8Array): { [name: string]: Plain } {
  const hex = hexOf(bytes);
  if (isLikelyDateTime(bytes)) return { hex, dateTime: isoOf(decodeDateTime(bytes)) };
  const text = printable(bytes);
  if (text !== undefined) return { hex, text };
  const name = logicalNameText(bytes);
  if (name === undefined) return { hex };
  const meaning = nameOfLogicalName(name);
  return meaning === undefined ? { hex, logicalName: name } : { hex, logicalName: name, meaning };
}

/** Whether bytes are a date-time and not twelve other bytes: every field in its range. */
export function isLikelyDateTime(bytes: Uint8Array): boolean {
  if (bytes.length !== 12) return false;
  const { year, month, day, hour, minute, second, deviation } = decodeDateTime(bytes);
  const upTo = (value: number, max: number): boolean => value <= max || value === 0xff;
  return (
    ((year >= 1970 && year <= 2199) || year === wildcards.year) &&
    ((month >= 1 && month <= 12) || month >= wildcards.daylightSavingsEnd) &&
    ((day >= 1 && day <= 31) || day >= wildcards.secondLastDay) &&
    upTo(hour, 23) &&
    upTo(minute, 59) &&
    upTo(second, 59) &&
    (Math.abs(deviation) <= 840 || deviation === wildcards.deviation)
  );
}

/** Text of bytes that are all printable ASCII, padding of zeros at the end aside. */
function printable(bytes: Uint8Array): string | undefined {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  if (end === 0) return undefined;
  let text = '';
  for (let i = 0; i < end; i++) {
    const byte = bytes[i]!;
    if (byte < 0x20 || byte > 0x7e) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

function bitsText(bytes: Uint8Array, count: number): string {
  let text = '';
  for (let i = 0; i < count; i++) text += (bytes[i >> 3]! >> (7 - (i & 7))) & 1;
  return text;
}

/** `structure(long-unsigned, array[2](unsigned))` */
function describe(description: TypeDescription): string {
  if (description.type === 'array') return `array[${description.count}](${describe(description.element)})`;
  if (description.type === 'structure') return `structure(${description.fields.map(describe).join(', ')})`;
  return description.type;
}
