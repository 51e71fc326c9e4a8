/**
 * Pushes of a known shape, straight from the bytes to columns.
 *
 * Meters of one model push the same objects again and again: all that differs is the invoke id, times,
 * measured numbers and the meter's name. The first push is decoded as any other; its shape is kept: which
 * bytes were the same for every meter, where the numbers stand, what they count. A push whose constant
 * bytes are those of a shape needs no decoding:
 *
 *   0F | invoke | 0C time | 02 03 09 06 0100010800FF 06 value 02 02 0F 00 16 1E …
 *   ~~   ......      ....   ~~~~~~~~~~~~~~~~~~~~~~~~    ..... ~~~~~~~~~~~~~~~     ~ constant, . read
 *
 * It gives what `readingsOfApdu` and `pushMessageOf` give; what they might take differently (a number
 * without a unit, a text that chooses a layout) makes no shape, or has to be the same to fit it.
 */
import { formatObis, parseObis, Quality } from '@openami/model';
import { i32At } from '../../bytes.ts';
import type { RegisterColumns } from '../../push/register-columns.ts';
import { notificationDateTime } from '../apdu/notification.ts';
import { ByteReader } from '../bytes.ts';
import { type DeviationQuirk, findUtcSeconds } from '../date-time.ts';
import type { OpenedApdu } from '../open-apdu.ts';
import { isLikelyDateTime } from '../render.ts';
import { bytesOf, type CosemValue, dataTags } from '../value.ts';
import { textBegins } from './layout.ts';
import { pushLayouts } from './layouts/index.ts';
import { isMeasured, qualityOf } from './push-message.ts';
import { isClock, partsOfBody, readingOf, shiftedBy } from './readings.ts';

export interface PushShapeLimits {
  /** Shapes kept of one length and maker. */
  readonly alike: number;
  readonly shapes: number;
}

const DATA_NOTIFICATION = 15;
const TIME_BYTES = 12;
/** After tag, invoke id and the length of the time. */
const TIME_AT = 6;
const MAX_BYTES = 2_048;
const defaultLimits: PushShapeLimits = { alike: 8, shapes: 512 };

/** Bytes of the types without a length of their own. */
const sizes: Readonly<Record<number, number>> = {
  ...{ 0: 0, 3: 1, 5: 4, 6: 4, 7: 4, 13: 1, 15: 1, 16: 2, 17: 1, 18: 2, 20: 8, 21: 8, 22: 1, 23: 4, 24: 8 },
  ...{ 25: 12, 26: 5, 27: 4, 28: 1, 29: 2, 30: 4, 31: 1, 32: 2, 33: 4, 255: 0 },
};
const counted = new Set<number>([dataTags.array, dataTags.structure]);
const lengthed = new Set<number>([
  dataTags['octet-string'],
  dataTags['visible-string'],
  dataTags['utf8-string'],
]);
/** Texts that choose a layout. */
const layoutTexts = pushLayouts.flatMap(({ match }) => match.text ?? []);
/** Whole numbers that are read in place. */
const whole: readonly CosemValue['type'][] = [
  ...(['double-long', 'double-long-unsigned', 'long', 'long-unsigned', 'integer', 'unsigned'] as const),
  ...(['long64', 'long64-unsigned'] as const),
];

/** A measured number. */
interface Cell {
  readonly quantity: string;
  readonly unit: string;
  /** Of its tag. */
  readonly at: number;
  readonly scaler: number;
}

/** A text that differs from meter to meter. */
interface Span {
  readonly from: number;
  readonly to: number;
}

interface PushShape {
  readonly maker: number;
  readonly bytes: Uint8Array;
  /** From and to of constant bytes, one after the other. */
  readonly constant: Int32Array;
  readonly cells: readonly Cell[];
  readonly texts: readonly Span[];
  /** Where the twelve bytes of its time stand; 0: it has none. */
  readonly timeAt: number;
  /** The time is a value among others, and is one only while it looks like one. */
  readonly isTimeLikely: boolean;
  readonly deviation: DeviationQuirk | undefined;
}

/** What a push is beside its bytes. */
export interface PushSource {
  /** The meter. */
  readonly device: string;
  /** The first three bytes of its system title as a number. */
  readonly maker: number;
  readonly receivedMs: number;
}

/** Shapes that were met; bounded. */
export class PushShapes {
  readonly #limits: PushShapeLimits;
  readonly #byLength: (PushShape[] | undefined)[] = [];
  #count = 0;

  constructor(limits: Partial<PushShapeLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Adds the registers of the plain notification in `bytes[0..length)` as one message. False when no shape
   * fits or one value asks for a closer look; then nothing is added.
   */
  read(bytes: Uint8Array, length: number, source: PushSource, out: RegisterColumns): boolean {
    const alike = this.#byLength[length];
    if (alike === undefined) return false;
    for (const shape of alike) {
      if (shape.maker === source.maker && fits(shape, bytes)) return addRows(shape, bytes, source, out);
    }
    return false;
  }

  /** Keeps the shape of a push that was opened and verified, where it has one. */
  learn({ bytes, apdu, rest, quirks }: OpenedApdu, systemTitle: Uint8Array): void {
    if (apdu.service !== 'data-notification' || rest.length > 0 || quirks.length > 0) return;
    if (bytes.length > MAX_BYTES || this.#count >= this.#limits.shapes) return;
    const alike = this.#byLength[bytes.length] ?? [];
    const maker = makerOf(systemTitle, 0);
    if (alike.filter((one) => one.maker === maker).length >= this.#limits.alike) return;
    const shape = shapeOf(bytes, apdu.dateTime, apdu.body, systemTitle);
    if (shape === undefined) return;
    this.#byLength[bytes.length] = [...alike, shape];
    this.#count++;
  }
}

/** Of the system title that begins at `at`. */
export function makerOf(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

function fits({ constant, bytes: own, texts }: PushShape, bytes: Uint8Array): boolean {
  for (let i = 0; i < constant.length; i += 2) {
    const to = constant[i + 1]!;
    for (let at = constant[i]!; at < to; at++) if (bytes[at] !== own[at]) return false;
  }
  for (const { from, to } of texts) if (choosesLayout(bytes, from, to)) return false;
  return true;
}

function addRows(
  shape: PushShape,
  bytes: Uint8Array,
  { device, receivedMs }: PushSource,
  out: RegisterColumns,
): boolean {
  const { timeAt, cells, deviation } = shape;
  if (shape.isTimeLikely && !isLikelyDateTime(bytes.subarray(timeAt, timeAt + TIME_BYTES))) return false;
  for (const { at } of cells) if (Number.isNaN(numberAt(bytes, at))) return false;
  const utcS = timeAt === 0 ? Number.NaN : findUtcSeconds(bytes, timeAt, deviation);
  const isTold = !Number.isNaN(utcS);
  const quality = timeAt === 0 ? Quality.raw : qualityOf(bytes[timeAt + TIME_BYTES - 1]!);
  out.begin(device, isTold ? utcS * 1_000 : 0, bytes, shape.bytes.length);
  const endS = isTold ? utcS : Math.floor(receivedMs / 1_000);
  for (const { quantity, unit, at, scaler } of cells) {
    const raw = numberAt(bytes, at);
    out.add(quantity, unit, endS, scaler === 0 ? raw : shiftedBy(raw, scaler), quality);
  }
  return true;
}

/** The whole number whose tag is at `at`; NaN for one that a double does not hold. */
function numberAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at + 1]!;
  switch (bytes[at]) {
    case dataTags['double-long']:
      return i32At(bytes, at + 1);
    case dataTags['double-long-unsigned']:
      return i32At(bytes, at + 1) >>> 0;
    case dataTags.long:
      return ((first << 24) >> 16) | bytes[at + 2]!;
    case dataTags['long-unsigned']:
      return (first << 8) | bytes[at + 2]!;
    case dataTags.integer:
      return (first << 24) >> 24;
    case dataTags.unsigned:
      return first;
    default: {
      // 64 bits, signed or not: those that differ are beyond what a double holds
      const signed = i32At(bytes, at + 1);
      const high = bytes[at] === dataTags.long64 ? signed : signed >>> 0;
      const number = high * 0x1_0000_0000 + (i32At(bytes, at + 5) >>> 0);
      return Number.isSafeInteger(number) ? number : Number.NaN;
    }
  }
}

/** Undefined for a push that must be looked at each time. */
function shapeOf(
  bytes: Uint8Array,
  dateTime: Uint8Array,
  body: CosemValue,
  systemTitle: Uint8Array,
): PushShape | undefined {
  const parts = partsOfBody(body, { dateTime, systemTitle });
  const places = placesOf(bytes, TIME_AT + dateTime.length, body);
  if (parts === undefined || places === undefined) return undefined;
  // a stray tag before the time moves what follows
  const told = notificationDateTime(dateTime);
  if (bytes[0] !== DATA_NOTIFICATION || bytes[TIME_AT - 1] !== dateTime.length) return undefined;
  const { items, found, clock } = parts;
  const isConstant = new Uint8Array(bytes.length).fill(1);
  isConstant.fill(0, 1, TIME_AT - 1);
  if (told !== undefined) isConstant.fill(0, TIME_AT, TIME_AT + TIME_BYTES);
  const cells: Cell[] = [];
  const texts: Span[] = [];
  for (const item of items) {
    const reading = readingOf(item, found);
    const at = places.get(item.value);
    if (reading === undefined || at === undefined) continue;
    const { value } = item;
    if (isMeasured(reading)) {
      const { unit, scaler } = reading;
      if (unit === null || scaler === undefined || !whole.includes(value.type)) return undefined;
      cells.push({ quantity: formatObis(parseObis(reading.obis)), unit, at, scaler });
      isConstant.fill(0, at + 1, at + 1 + sizes[bytes[at]!]!);
    } else if (whole.includes(value.type) || (value.type === 'date-time' && told !== undefined)) {
      isConstant.fill(0, at + 1, at + 1 + sizes[bytes[at]!]!);
    } else if (isOwnText(value, reading.obis, told !== undefined)) {
      const span = { from: at + 2, to: at + 2 + bytesOf(value)!.length };
      if (bytes[at + 1] !== span.to - span.from || choosesLayout(bytes, span.from, span.to)) continue;
      texts.push(span);
      isConstant.fill(0, span.from, span.to);
    }
  }
  const clockAt = clock && places.get(clock);
  const timeAt = told !== undefined ? TIME_AT : clockAt === undefined ? 0 : valueAt(bytes, clockAt);
  if (clock !== undefined && clockAt === undefined) return undefined;
  isConstant.fill(0, timeAt, timeAt === 0 ? 0 : timeAt + TIME_BYTES);
  const isTimeLikely = clock !== undefined && clock.type !== 'date-time';
  const constant = spansOf(isConstant);
  const maker = makerOf(systemTitle, 0);
  return {
    ...{ maker, bytes: bytes.slice(), constant, cells, texts, timeAt, isTimeLikely },
    deviation: found?.layout.deviation,
  };
}

/** Where the twelve bytes begin: after the tag, or after tag and length. */
function valueAt(bytes: Uint8Array, at: number): number {
  return bytes[at] === dataTags['date-time'] ? at + 1 : at + 2;
}

/**
 * A text or a name of the meter, which says nothing about how the push is read. Six bytes could be a name
 * of an object, and twelve a time.
 */
function isOwnText(value: CosemValue, obis: string, isTimeTold: boolean): boolean {
  const length = lengthed.has(dataTags[value.type]) ? bytesOf(value)!.length : 0;
  if (length === TIME_BYTES) return isTimeTold || !isClock(obis);
  return length > 0 && length !== 6 && length < 0x80;
}

/** Whether a layout is chosen by a text that begins as this one does. */
function choosesLayout(bytes: Uint8Array, from: number, to: number): boolean {
  for (const text of layoutTexts) if (textBegins(bytes, from, to, text)) return true;
  return false;
}

/** Where each simple value of a body stands (its tag); undefined when the body holds a compact array. */
function placesOf(bytes: Uint8Array, from: number, body: CosemValue): Map<CosemValue, number> | undefined {
  const reader = new ByteReader(bytes, 'push shape');
  reader.at = from;
  const places = new Map<CosemValue, number>();
  return locate(reader, body, places) && reader.left === 0 ? places : undefined;
}

function locate(reader: ByteReader, value: CosemValue, places: Map<CosemValue, number>): boolean {
  const { at } = reader;
  const tag = reader.u8();
  if (counted.has(tag) && 'elements' in value) {
    reader.count();
    return value.elements.every((element) => locate(reader, element, places));
  }
  const size = lengthed.has(tag) ? reader.length() : sizes[tag];
  if (size === undefined) return false;
  reader.take(size);
  // values without bytes share an object
  if (size > 0) places.set(value, at);
  return true;
}

function spansOf(isConstant: Uint8Array): Int32Array {
  const spans: number[] = [];
  for (let at = 0; at < isConstant.length; at++) {
    if (isConstant[at] === isConstant[at - 1]) continue;
    if (isConstant[at] === 1 || at > 0) spans.push(at);
  }
  if (isConstant.at(-1) === 1) spans.push(isConstant.length);
  return Int32Array.from(spans);
}
