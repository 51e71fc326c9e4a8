/** From a notification to readings: name, value in its unit, time; layouts know what a push leaves out. */
import type { Plain } from '../../decode-line.ts';
import type { Apdu, ApduOf } from '../apdu/apdu.ts';
import { notificationDateTime } from '../apdu/notification.ts';
import { cosemUnit } from '../cosem/units.ts';
import { decodeDateTime, findUtcSeconds, isoOf } from '../date-time.ts';
import type { OpenedApdu } from '../open-apdu.ts';
import { isLikelyDateTime, renderValue } from '../render.ts';
import { bytesOf, type CosemValue } from '../value.ts';
import { type PushItem, pushItems } from './items.ts';
import { type FoundLayout, findLayout, scalingOf } from './layout.ts';
import { pushLayouts } from './layouts/index.ts';

export interface PushReading {
  /** `1.0.1.8.0.255` */
  readonly obis: string;
  /** Scaled where the scaler is known; a time is ISO, bytes are text or hex; null: the meter has none. */
  readonly value: number | string | boolean | null;
  /** Symbol of the model (`Wh`, `1` for a plain number); null where neither push nor layout tells. */
  readonly unit: string | null;
  /** The number as sent, and its power of ten; absent where none is known. */
  readonly raw?: number | string;
  readonly scaler?: number;
  readonly classId?: number;
  readonly attribute?: number;
}

export interface PushTime {
  /** `2024-03-31T02:15:00+01:00`; without offset where the meter tells none. */
  readonly iso: string;
  /** Seconds since 1970; undefined without offset, or when the clock is not set. */
  readonly utcS?: number;
  /** Clock status as sent. */
  readonly status: number;
}

export interface Push {
  /** Of the layout that was used. */
  readonly layout?: string;
  /** Serial number or another name of the meter, as the push tells it. */
  readonly meter?: string;
  readonly time?: PushTime;
  readonly readings: readonly PushReading[];
}

/** Names under which meters say who they are, best first. */
const METER_NAMES = [
  /^0\.\d+\.96\.1\.0\.255$/,
  /^1\.1\.0\.0\.5\.255$/,
  /^0\.\d+\.96\.1\.1\.255$/,
  /^0\.\d+\.42\.0\.0\.255$/,
];
const CLOCK = /^[01]\.\d+\.1\.0\.0\.255$/;

/** What a body is read with. */
export interface PushContext {
  /** The date-time of the notification: empty, or as `notificationDateTime` takes it. */
  readonly dateTime?: Uint8Array;
  readonly systemTitle?: Uint8Array;
  readonly quirks?: readonly string[];
  /** Elements that the body announces, when it has fewer. */
  readonly announced?: number;
}

/** The readings of an opened APDU; undefined when it is no push, or nothing in it has a name. */
export function readingsOfApdu(opened: OpenedApdu): Push | undefined {
  const notification = notificationOf(opened.apdu);
  if (notification === undefined) return undefined;
  const { dateTime, body } = notification;
  const systemTitle = opened.protections.findLast((one) => one.systemTitle !== undefined)?.systemTitle;
  const announced = opened.quirks.includes('short-list') ? announcedCount(opened.bytes) : undefined;
  return readingsOfBody(body, { dateTime, systemTitle, quirks: opened.quirks, announced });
}

function notificationOf(apdu: Apdu): { dateTime?: Uint8Array; body: CosemValue } | undefined {
  if (apdu.service === 'data-notification') return apdu;
  if (apdu.service === 'event-notification-request') return eventBody(apdu);
  return undefined;
}

/** An event notification is one value with its descriptor. */
function eventBody({ time, attribute, value }: ApduOf<'event-notification-request'>) {
  const name = Uint8Array.from(attribute.instance.split('.').map(Number));
  const descriptor: CosemValue = {
    type: 'structure',
    elements: [
      { type: 'long-unsigned', value: attribute.classId },
      { type: 'octet-string', value: name },
      { type: 'integer', value: attribute.attribute },
    ],
  };
  const entry: CosemValue = { type: 'structure', elements: [descriptor, value] };
  return { dateTime: time, body: { type: 'structure', elements: [entry] } as const };
}

/** The count that a cut list announces: after tag, invoke id, date-time and the tag of the list. */
function announcedCount(bytes: Uint8Array): number | undefined {
  return bytes[5 + 1 + bytes[5]! + 1];
}

/** A body taken apart: its items with their names, and what the model's layout adds to them. */
export interface PushBodyParts {
  readonly items: readonly PushItem[];
  readonly found: FoundLayout | undefined;
  /** The value whose bytes are the time of the push; undefined: the notification or nothing tells it. */
  readonly clock: CosemValue | undefined;
}

/** Takes a body apart; undefined when nothing in it has a name. */
export function partsOfBody(body: CosemValue, context: PushContext = {}): PushBodyParts | undefined {
  const elements = 'elements' in body ? body.elements : [body];
  const unnamed = pushItems(elements);
  const names = unnamed.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const { systemTitle, quirks = [], announced = elements.length } = context;
  const found = findLayout(pushLayouts, { body: elements, announced, names, systemTitle, quirks });
  const items = found ? named(unnamed, elements, found) : unnamed;
  if (items.every(({ name }) => name === undefined)) return undefined;
  const told = context.dateTime && notificationDateTime(context.dateTime);
  return { items, found, clock: told === undefined ? clockOf(items) : undefined };
}

/** The readings of a body; undefined when nothing in it has a name. */
export function readingsOfBody(body: CosemValue, context: PushContext = {}): Push | undefined {
  const parts = partsOfBody(body, context);
  if (parts === undefined) return undefined;
  const { items, found, clock } = parts;
  const readings = items.flatMap((item) => readingOf(item, found) ?? []);
  const stamp = (context.dateTime && notificationDateTime(context.dateTime)) ?? (clock && stampOf(clock));
  const time = stamp && timeOf(stamp, found);
  return { layout: found?.layout.id, meter: meterOf(readings), time, readings };
}

/** Items with the names that the layout gives to positions. */
function named(items: readonly PushItem[], body: readonly CosemValue[], found: FoundLayout): PushItem[] {
  const { list, layout } = found;
  if (list !== undefined) {
    return body.flatMap((value, position): PushItem[] => {
      const name = list[position]?.[0];
      return typeof name === 'string' ? [{ name, position, value }] : [];
    });
  }
  const last = items.at(-1);
  const { lastText: name } = layout;
  if (name === undefined || last === undefined || last.name !== undefined) return [...items];
  return bytesOf(last.value) === undefined ? [...items] : [...items.slice(0, -1), { ...last, name }];
}

/** Undefined for what is no reading: it has no name, or is a list or a buffer, which stand in the APDU. */
export function readingOf(item: PushItem, found: FoundLayout | undefined): PushReading | undefined {
  const { name: obis, value, classId, attribute } = item;
  if (obis === undefined || 'elements' in value) return undefined;
  const about = { ...(classId === undefined ? {} : { classId }), ...(attribute ? { attribute } : {}) };
  if (value.type === 'null' || value.type === 'dont-care') return { obis, value: null, unit: null, ...about };
  if (value.type === 'enum' || !isNumber(value)) return { obis, value: plainOf(value), unit: null, ...about };
  return { obis, ...scaled(item, found), ...about };
}

function isNumber(value: CosemValue): boolean {
  return 'value' in value && (typeof value.value === 'number' || typeof value.value === 'bigint');
}

function scaled({ name, value, scalerUnit }: PushItem, found: FoundLayout | undefined) {
  const known = scalingOf(found?.layout, name!);
  const raw = plainOf(value) as number | string;
  if (scalerUnit === undefined && known === undefined) return { value: raw, unit: null, raw };
  const scaler = scalerUnit?.scaler ?? known![1];
  const unit = scalerUnit === undefined ? known![2] : (cosemUnit(scalerUnit.unit)?.unit ?? null);
  const number = Number(raw);
  if (scaler === 0 && typeof raw === 'number' && Number.isInteger(raw))
    return { value: raw, unit, raw, scaler };
  const shifted = shiftedBy(number, scaler);
  return { value: Number.isFinite(shifted) ? shifted : raw, unit, raw, scaler };
}

/** A number times a power of ten: 2499 tenths are 249.9, which a product with 0.1 would not be. */
export function shiftedBy(number: number, scaler: number): number {
  // powers of ten up to this one are exact, so that one rounding gives the nearest number there is
  if (scaler < 0 && scaler >= -22) return number / 10 ** -scaler;
  if (scaler >= 0 && scaler <= 22) return number * 10 ** scaler;
  return Number.isInteger(number) ? Number(`${number}e${scaler}`) : number * 10 ** scaler;
}

/** A value without its type: number, text, ISO time or hex. */
function plainOf(value: CosemValue): number | string | boolean {
  if ('value' in value && typeof value.value === 'number' && Number.isInteger(value.value))
    return value.value;
  const shown = renderValue(value) as { readonly [name: string]: Plain };
  return (shown.value ?? shown.dateTime ?? shown.text ?? shown.hex ?? shown.bits) as
    | number
    | string
    | boolean;
}

/** The first of the objects for the time, else of the values without a name, that holds a date-time. */
function clockOf(items: readonly PushItem[]): CosemValue | undefined {
  const isStamp = ({ value }: PushItem): boolean => stampOf(value) !== undefined;
  const clock = items.find((item) => item.name !== undefined && isClock(item.name) && isStamp(item));
  return (clock ?? items.find((item) => item.name === undefined && isStamp(item)))?.value;
}

/** Whether the object of this name is a clock. */
export function isClock(name: string): boolean {
  return CLOCK.test(name);
}

function timeOf(bytes: Uint8Array, found: FoundLayout | undefined): PushTime {
  const utcS = findUtcSeconds(bytes, 0, found?.layout.deviation);
  const known = Number.isNaN(utcS) ? {} : { utcS };
  return { iso: isoOf(decodeDateTime(bytes)), ...known, status: bytes[11]! };
}

/** The bytes of a date-time, in either of the types meters use. */
function stampOf(value: CosemValue): Uint8Array | undefined {
  const bytes = bytesOf(value);
  if (bytes?.length !== 12) return undefined;
  return value.type === 'date-time' || isLikelyDateTime(bytes) ? bytes : undefined;
}

function meterOf(readings: readonly PushReading[]): string | undefined {
  for (const pattern of METER_NAMES) {
    const found = readings.find(({ obis, value }) => pattern.test(obis) && value !== null);
    if (found !== undefined) return String(found.value);
  }
  return undefined;
}
