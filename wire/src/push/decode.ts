/**
 * Push message decoding: bytes to columns. A message that cannot be read raises one typed error; a
 * series, value or event that cannot be read becomes a reject and the rest of the message stands.
 */
import { Quality } from '@openami/model';
import { decode as decodeCbor } from 'cborg';
import { wireErrors } from '../errors.ts';
import { isDeeperThan } from '../json-depth.ts';
import { utf8Text } from '../text.ts';
import { cborItemEnd } from './cbor-scan.ts';
import {
  type DecodedSeries,
  defaultPushLimits,
  type PushEvent,
  type PushFormat,
  type PushLimits,
  type PushMessage,
  type PushReject,
} from './message.ts';
import { timeS } from './time.ts';

const qualityCodes: ReadonlyMap<unknown, number> = new Map<unknown, number>(Object.entries(Quality));
const noEvents: readonly PushEvent[] = [];
const noRejects: readonly PushReject[] = [];
/** Year 10000: beyond it a clock says nothing, and text of it is no ISO time stamp. */
const calendarEndS = 253_402_300_800;
/** Rejects described one by one; more are counted in `rejectCount`. */
const describedRejects = 1_000;

/**
 * One message of exactly these bytes. Throws only errors of `wireErrors`: PUSH_EMPTY, PUSH_TOO_LARGE,
 * PUSH_BROKEN_UTF8, PUSH_NOT_JSON, PUSH_NOT_CBOR, PUSH_TOO_DEEP, PUSH_TOO_MANY, PUSH_WRONG_TYPE.
 */
export function decodePushMessage(
  format: PushFormat,
  bytes: Uint8Array,
  limits: PushLimits = defaultPushLimits,
): PushMessage {
  if (bytes.length === 0) throw wireErrors.PUSH_EMPTY();
  if (bytes.length > limits.messageBytes) {
    throw wireErrors.PUSH_TOO_LARGE(`${bytes.length} bytes; at most ${limits.messageBytes}`);
  }
  const body = format === 'cbor' ? parseCbor(bytes, limits) : parseJson(bytes, limits);
  return new MessageReader(limits).message(body);
}

function parseJson(bytes: Uint8Array, limits: PushLimits): unknown {
  if (isDeeperThan(bytes, limits.depth)) throw wireErrors.PUSH_TOO_DEEP(`more than ${limits.depth} levels`);
  const text = utf8Text(bytes);
  if (text === undefined) throw wireErrors.PUSH_BROKEN_UTF8();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wireErrors.PUSH_NOT_JSON(error instanceof Error ? error.message.slice(0, 200) : undefined);
  }
}

const cborOptions = { allowIndefinite: true, coerceUndefinedToNull: true, allowBigInt: true };

function parseCbor(bytes: Uint8Array, limits: PushLimits): unknown {
  const end = cborItemEnd(bytes, 0, limits.depth, true);
  if (end !== bytes.length) {
    throw wireErrors.PUSH_NOT_CBOR(end < 0 ? 'the item is not complete' : `bytes follow after byte ${end}`);
  }
  try {
    return decodeCbor(bytes, cborOptions);
  } catch (error) {
    throw wireErrors.PUSH_NOT_CBOR(error instanceof Error ? error.message.slice(0, 200) : undefined);
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Columns being filled. */
interface Columns {
  readonly end: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  length: number;
}

class MessageReader {
  readonly #limits: PushLimits;
  #values = 0;
  #rejects: PushReject[] | undefined;
  #rejectCount = 0;

  constructor(limits: PushLimits) {
    this.#limits = limits;
  }

  message(body: unknown): PushMessage {
    if (!isObject(body)) throw wireErrors.PUSH_WRONG_TYPE(`message: ${kindOf(body)} instead of an object`);
    const device = body.meter === undefined || body.meter === null ? '' : body.meter;
    if (typeof device !== 'string' || device.length > this.#limits.nameChars) {
      throw wireErrors.PUSH_WRONG_TYPE(`meter: not a text of at most ${this.#limits.nameChars} characters`);
    }
    if (body.series === undefined && body.events === undefined) {
      throw wireErrors.PUSH_WRONG_TYPE('series: missing');
    }
    const sentMs = this.#sent(body.sent);
    const series = this.#list(body.series, 'series', this.#limits.series, (item, path) =>
      this.#series(item, path),
    );
    const events =
      body.events === undefined
        ? noEvents
        : this.#list(body.events, 'events', this.#limits.events, (item, path) => this.#event(item, path));
    const rejects = this.#rejects ?? noRejects;
    return { device, sentMs, series, events, rejects, rejectCount: this.#rejectCount };
  }

  #sent(sent: unknown): number {
    if (sent === undefined || sent === null) return 0;
    const at = timeS(sent);
    if (at > 0 && at < calendarEndS) return at * 1000;
    this.#reject('', 0, sent, 'PUSH_BAD_TIME', 'sent');
    return 0;
  }

  #list<T>(
    list: unknown,
    name: string,
    limit: number,
    read: (item: unknown, path: string) => T | undefined,
  ): T[] {
    if (list === undefined || list === null) return [];
    if (!Array.isArray(list))
      throw wireErrors.PUSH_WRONG_TYPE(`${name}: ${kindOf(list)} instead of an array`);
    if (list.length > limit) throw wireErrors.PUSH_TOO_MANY(`${name}: ${list.length}; at most ${limit}`);
    const out: T[] = [];
    for (let i = 0; i < list.length; i++) {
      const item = read(list[i], `${name}[${i}]`);
      if (item !== undefined) out.push(item);
    }
    return out;
  }

  #series(item: unknown, path: string): DecodedSeries | undefined {
    if (!isObject(item)) return this.#reject('', 0, item, 'PUSH_WRONG_TYPE', path);
    const { quantity, unit } = item;
    if (!this.#isName(quantity)) return this.#reject('', 0, quantity, 'PUSH_WRONG_TYPE', `${path}.quantity`);
    if (!this.#isName(unit)) return this.#reject(quantity, 0, unit, 'PUSH_WRONG_TYPE', `${path}.unit`);
    const intervalS = item.interval ?? 0;
    if (typeof intervalS !== 'number' || !Number.isInteger(intervalS) || intervalS < 0 || intervalS > 4e9) {
      return this.#reject(quantity, 0, intervalS, 'PUSH_WRONG_TYPE', `${path}.interval`);
    }
    if (item.readings !== undefined && item.values !== undefined) {
      const given = `${countOf(item.values)} values, ${countOf(item.readings)} readings`;
      return this.#reject(quantity, 0, given, 'PUSH_TWO_FORMS', path);
    }
    const columns =
      item.readings === undefined
        ? this.#regular(item, quantity, intervalS, path)
        : this.#stamped(item.readings, quantity, path);
    if (columns === undefined) return undefined;
    const { end, value, quality, length } = columns;
    return { quantity, unit, intervalS, end, value, quality, length };
  }

  /** `first` and `values`: one value an interval. */
  #regular(item: Fields, quantity: string, intervalS: number, path: string): Columns | undefined {
    const { values } = item;
    if (!Array.isArray(values)) return this.#reject(quantity, 0, values, 'PUSH_WRONG_TYPE', `${path}.values`);
    if (intervalS === 0 && values.length > 1) {
      return this.#reject(quantity, 0, 0, 'PUSH_WRONG_TYPE', `${path}.interval`);
    }
    const first = timeS(item.first);
    if (Number.isNaN(first)) return this.#reject(quantity, 0, item.first, 'PUSH_BAD_TIME', `${path}.first`);
    const columns = this.#columns(values.length);
    const qualities = Array.isArray(item.quality) ? item.quality : undefined;
    const common = qualities === undefined ? this.#quality(item.quality, quantity, path) : Quality.raw;
    for (let i = 0; i < values.length; i++) {
      const end = first + i * intervalS;
      const code = qualities === undefined ? common : this.#quality(qualities[i], quantity, path, end);
      this.#push(columns, quantity, end, values[i], code, path, i);
    }
    return columns;
  }

  /** `readings`: each value with its own time. */
  #stamped(readings: unknown, quantity: string, path: string): Columns | undefined {
    if (!Array.isArray(readings)) {
      return this.#reject(quantity, 0, readings, 'PUSH_WRONG_TYPE', `${path}.readings`);
    }
    const columns = this.#columns(readings.length);
    for (let i = 0; i < readings.length; i++) {
      const row: unknown = readings[i];
      const at = `${path}.readings[${i}]`;
      if (!Array.isArray(row) || row.length < 2) {
        this.#reject(quantity, 0, row, 'PUSH_WRONG_TYPE', at);
        continue;
      }
      const end = timeS(row[0]);
      if (Number.isNaN(end)) this.#reject(quantity, 0, row[0], 'PUSH_BAD_TIME', at);
      else this.#push(columns, quantity, end, row[1], this.#quality(row[2], quantity, at, end), path, i);
    }
    return columns;
  }

  #push(
    columns: Columns,
    quantity: string,
    end: number,
    given: unknown,
    quality: number,
    path: string,
    index: number,
  ): void {
    const value = typeof given === 'bigint' ? Number(given) : given;
    const row = columns.length;
    if (typeof value === 'number' && Number.isFinite(value)) {
      columns.value[row] = quality === Quality.missing ? Number.NaN : value;
      columns.quality[row] = quality;
    } else if (value === null) {
      columns.value[row] = Number.NaN;
      columns.quality[row] = Quality.missing;
    } else {
      const code = isNotFinite(value) ? 'PUSH_NOT_FINITE' : 'PUSH_WRONG_TYPE';
      this.#reject(quantity, end, value, code, `${path}, value ${index}`);
      return;
    }
    columns.end[row] = end;
    columns.length = row + 1;
  }

  #quality(name: unknown, quantity: string, path: string, end = 0): number {
    if (name === undefined || name === null) return Quality.raw;
    const code = qualityCodes.get(name);
    if (code !== undefined) return code;
    this.#reject(quantity, end, name, 'PUSH_BAD_QUALITY', path);
    return Quality.questionable;
  }

  #event(item: unknown, path: string): PushEvent | undefined {
    if (!isObject(item) || !this.#isName(item.code))
      return this.#reject('', 0, item, 'PUSH_WRONG_TYPE', path);
    const at = timeS(item.at);
    if (Number.isNaN(at)) return this.#reject('', 0, item.at, 'PUSH_BAD_TIME', `${path}.at`);
    const detail = typeof item.detail === 'string' ? item.detail.slice(0, this.#limits.detailChars) : '';
    return { code: item.code, at, detail };
  }

  #columns(rows: number): Columns {
    this.#values += rows;
    if (this.#values > this.#limits.values) {
      throw wireErrors.PUSH_TOO_MANY(`more than ${this.#limits.values} values`);
    }
    return {
      end: new Float64Array(rows),
      value: new Float64Array(rows),
      quality: new Uint8Array(rows),
      length: 0,
    };
  }

  #isName(name: unknown): name is string {
    return typeof name === 'string' && name.length > 0 && name.length <= this.#limits.nameChars;
  }

  #reject(quantity: string, end: number, value: unknown, code: RejectCode, path: string): undefined {
    this.#rejectCount += 1;
    this.#rejects ??= [];
    if (this.#rejects.length >= describedRejects) return;
    const detail = `${path}: ${rejectReasons[code]}`;
    this.#rejects.push({ quantity, end: Math.max(0, end), value: textOf(value), code, detail });
  }
}

const rejectReasons = {
  PUSH_WRONG_TYPE: 'wrong type or missing',
  PUSH_BAD_TIME: 'not a time',
  PUSH_NOT_FINITE: 'not a finite number',
  PUSH_BAD_QUALITY: 'unknown quality; kept as questionable',
  PUSH_TWO_FORMS: 'both `values` and `readings`; neither was taken',
} as const;
type RejectCode = keyof typeof rejectReasons;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNotFinite(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^[+-]?(nan|inf(inity)?)$/i.test(value));
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

function countOf(list: unknown): string {
  return Array.isArray(list) ? `${list.length}` : kindOf(list);
}

/** At most 80 characters of a value as text, never failing and never running user code; nothing is ''. */
function textOf(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value.slice(0, 80);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[...]' : '{...}';
  return String(value).slice(0, 80);
}
