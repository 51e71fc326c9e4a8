/**
 * What the fields of a codec mean, as data: which value is which quantity, in which unit, of when.
 *
 *   { "value": "energy", "unit": {"path": "energyUnit"}, "quantity": "6-0:1.0.0" }            one register
 *   { "each": "values", "where": {"Type": "Volume"}, "value": "Value", "time": "Time", … }     rows of a list
 *   { "value": "counterValues", "stepS": 3600, "alignS": 3600, … }                         values of the past
 *
 * Values of the past are one list: the newest has the time of the field `time`, else of the frame, and each
 * other lies `stepS` before. A message that has not the field has nothing to say about it, which is no error.
 */
import { findObis, findUnit, OpenAmiError, parseDecimal, parseUnit, Quality } from '@openami/model';
import {
  type DecodedSeries,
  defaultPushLimits,
  type PushEvent,
  type PushMessage,
  type PushReject,
} from '@openami/wire';
import { isPlausibleDeviceTime } from '@openami/wire/lorawan';
import { codecErrors } from './codec-errors.ts';
import { parsePath, valueAt, valuesAt } from './paths.ts';
import { utcMs } from './same.ts';

/** Values that a row must have, by path. */
export type Where = Readonly<Record<string, string | number | boolean | null>>;

export interface SeriesMapping {
  /**
   * Rows: `value`, `where`, `time` and `unit` are looked for in each; those that begin with `$.` in the
   * whole.
   */
  readonly each?: string;
  readonly where?: Where;
  /** A number, a text that is one, or a list of them. */
  readonly value: string;
  /** OBIS code, CIM reading type or channel alias. */
  readonly quantity: string;
  /** A unit, or where the codec says it. */
  readonly unit: string | { readonly path: string };
  /** Seconds of the interval; absent: a register. */
  readonly intervalS?: number;
  /** The value times this is in the unit. */
  readonly scale?: number;
  /** ISO time, or seconds or milliseconds since 1970; absent: the time of the frame. */
  readonly time?: string;
  /** Seconds from one value of a list to the next, or where the codec says it. */
  readonly stepS?: number | { readonly path: string };
  /** Which value of a list comes first. */
  readonly order?: 'newest-first' | 'oldest-first';
  /** The time of the newest is set back to a whole multiple of so many seconds. */
  readonly alignS?: number;
}

export interface EventMapping {
  readonly each?: string;
  readonly where: Where;
  /** CIM event code. */
  readonly code: string;
  readonly detail?: string;
  readonly time?: string;
}

export interface CodecMapping {
  /** The meter's own number, where the payload is of a meter behind the device; absent: the DevEUI. */
  readonly meter?: string;
  readonly series: readonly SeriesMapping[];
  readonly events?: readonly EventMapping[];
}

export interface MappedFrame {
  /** The device where the payload names no meter. */
  readonly device: string;
  /** Time of the frame, ms since 1970. */
  readonly frameMs: number;
}

const MAX_SERIES = 200;
const MAX_ROWS = 10_000;
const MAX_STEP_S = 32 * 86_400;
const MAX_REJECTS = 1_000;

/** Throws CODEC_INVALID, naming the part of the mapping. */
export function checkMapping(mapping: CodecMapping): void {
  const wrong = (where: string, what: string) => codecErrors.CODEC_INVALID(`mapping.${where}: ${what}`);
  if (mapping.series.length > MAX_SERIES) throw wrong('series', `at most ${MAX_SERIES}`);
  if (mapping.meter !== undefined) parsePath(mapping.meter);
  for (const [i, series] of mapping.series.entries()) {
    const at = `series[${i}]`;
    checkPaths(series, series.value, pathOf(series.unit), pathOf(series.stepS));
    if (typeof series.unit === 'string') {
      try {
        parseUnit(series.unit);
      } catch (error) {
        if (error instanceof OpenAmiError) throw wrong(`${at}.unit`, error.message);
        throw error;
      }
    }
    if (series.quantity === '') throw wrong(`${at}.quantity`, 'missing');
    if (/^[\d-]+:[\d.]+/.test(series.quantity) && findObis(series.quantity) === undefined) {
      throw wrong(`${at}.quantity`, 'not an OBIS code');
    }
    const { scale = 1, intervalS = 0, alignS = 1, stepS = 1 } = series;
    if (!Number.isFinite(scale) || scale === 0) throw wrong(`${at}.scale`, 'not a number other than 0');
    if (!Number.isInteger(intervalS) || intervalS < 0) throw wrong(`${at}.intervalS`, 'not whole seconds');
    if (!Number.isInteger(alignS) || alignS < 1) throw wrong(`${at}.alignS`, 'not whole seconds');
    if (typeof stepS === 'number' && !isStep(stepS)) throw wrong(`${at}.stepS`, 'not seconds up to 32 days');
  }
  for (const [i, event] of (mapping.events ?? []).entries()) {
    if (!/^\d+\.\d+\.\d+\.\d+$/.test(event.code))
      throw wrong(`events[${i}].code`, 'not four numbers with dots');
    checkPaths(event);
  }
}

function checkPaths(rule: SeriesMapping | EventMapping, ...more: (string | undefined)[]): void {
  for (const path of [rule.each, rule.time, ...Object.keys(rule.where ?? {}), ...more]) {
    if (path !== undefined) parsePath(path);
  }
}

function pathOf(said: SeriesMapping['unit'] | SeriesMapping['stepS']): string | undefined {
  return typeof said === 'object' ? said.path : undefined;
}

const isStep = (stepS: unknown): stepS is number =>
  typeof stepS === 'number' && stepS > 0 && stepS <= MAX_STEP_S;

/** The message of what a codec returned: series with their own times, one a mapping and unit. */
export function mapData(data: unknown, mapping: CodecMapping, frame: MappedFrame): PushMessage {
  const mapper = new Mapper(data, frame);
  for (const series of mapping.series) mapper.series(series);
  for (const event of mapping.events ?? []) mapper.event(event);
  const meter = mapping.meter === undefined ? undefined : valueAt(data, parsePath(mapping.meter));
  const isNamed = (typeof meter === 'string' && meter !== '') || typeof meter === 'number';
  return mapper.message(isNamed ? String(meter).slice(0, defaultPushLimits.nameChars) : frame.device);
}

class Mapper {
  readonly #data: unknown;
  readonly #frame: MappedFrame;
  readonly #series: DecodedSeries[] = [];
  readonly #events: PushEvent[] = [];
  readonly #rejects: PushReject[] = [];
  #rejectCount = 0;
  #rows = 0;

  constructor(data: unknown, frame: MappedFrame) {
    this.#data = data;
    this.#frame = frame;
  }

  message(device: string): PushMessage {
    return {
      device,
      sentMs: this.#frame.frameMs,
      series: this.#series,
      events: this.#events,
      rejects: this.#rejects,
      rejectCount: this.#rejectCount,
    };
  }

  /** Rows of one mapping become one series for each unit they have. */
  series(mapping: SeriesMapping): void {
    const columns = new Map<string, { readonly end: number[]; readonly value: number[] }>();
    for (const row of this.#rowsOf(mapping)) {
      const found = this.#at(row, mapping.value);
      if (found === undefined || found === null) continue;
      const unit = this.#unitOf(row, mapping, found);
      if (unit === undefined) continue;
      const column = columns.get(unit) ?? { end: [], value: [] };
      columns.set(unit, column);
      this.#readings(row, mapping, found, column);
    }
    for (const [unit, { end, value }] of columns) {
      if (end.length === 0) continue;
      this.#series.push({
        quantity: mapping.quantity,
        unit,
        intervalS: mapping.intervalS ?? 0,
        end: Float64Array.from(end),
        value: Float64Array.from(value),
        quality: new Uint8Array(end.length).fill(Quality.raw),
        length: end.length,
      });
    }
  }

  event(mapping: EventMapping): void {
    for (const row of this.#rowsOf(mapping)) {
      const ms = this.#timeOf(this.#at(row, mapping.time)) ?? this.#frame.frameMs;
      this.#events.push({ code: mapping.code, at: Math.floor(ms / 1_000), detail: mapping.detail ?? '' });
    }
  }

  #rowsOf({ each, where }: { readonly each?: string; readonly where?: Where }): unknown[] {
    const room = MAX_ROWS - this.#rows;
    let rows = [this.#data];
    if (each !== undefined) {
      const path = parsePath(each);
      // a list stands for its items
      rows = valuesAt(this.#data, path, room).flatMap((row) =>
        Array.isArray(row) && path.at(-1) !== '*' ? row : [row],
      );
    }
    const wanted = Object.entries(where ?? {});
    const fitting = rows.filter((row) => wanted.every(([path, value]) => this.#at(row, path) === value));
    this.#rows += fitting.length;
    return fitting.slice(0, Math.max(0, room));
  }

  #at(row: unknown, path: string | undefined): unknown {
    if (path === undefined) return undefined;
    return path.startsWith('$.')
      ? valueAt(this.#data, parsePath(path.slice(2)))
      : valueAt(row, parsePath(path));
  }

  #unitOf(row: unknown, { unit, quantity }: SeriesMapping, value: unknown): string | undefined {
    if (typeof unit === 'string') return unit;
    const said = this.#at(row, unit.path);
    if (typeof said === 'string' && findUnit(said) !== undefined) return said;
    this.#reject(quantity, 0, value, `unit ${JSON.stringify(said) ?? 'is missing'}`);
    return undefined;
  }

  #readings(
    row: unknown,
    mapping: SeriesMapping,
    found: unknown,
    into: { end: number[]; value: number[] },
  ): void {
    const { quantity, time, stepS, alignS = 1, order = 'newest-first' } = mapping;
    const said = this.#at(row, time);
    const saidMs = this.#timeOf(said);
    if (saidMs === undefined && said !== undefined && said !== null) {
      this.#reject(quantity, 0, found, `time ${JSON.stringify(said).slice(0, 60)}`);
      return;
    }
    const newestMs = saidMs ?? this.#frame.frameMs;
    const newestS = Math.floor(newestMs / 1_000 / alignS) * alignS;
    const list = Array.isArray(found) ? found.slice(0, MAX_ROWS) : [found];
    const step = typeof stepS === 'object' ? Number(this.#at(row, stepS.path)) : (stepS ?? mapping.intervalS);
    if (list.length > 1 && !isStep(step)) {
      this.#reject(quantity, newestS, found, 'stepS: how far apart the values are is not known');
      return;
    }
    for (const [i, item] of list.entries()) {
      const back = order === 'newest-first' ? i : list.length - 1 - i;
      const end = back === 0 ? newestS : newestS - back * step!;
      const number = scaled(item, mapping.scale);
      if (number !== undefined) {
        into.end.push(end);
        into.value.push(number);
      } else if (item !== null) this.#reject(quantity, end, item, 'not a number');
    }
  }

  /** The time a row states, when it can be true. */
  #timeOf(said: unknown): number | undefined {
    let ms = Number.NaN;
    if (typeof said === 'string' && said.length <= 40) ms = utcMs(said);
    // seconds until the year 5138, milliseconds from 1973 on
    else if (typeof said === 'number') ms = said < 1e11 ? said * 1_000 : said;
    return isPlausibleDeviceTime(ms, this.#frame.frameMs) ? ms : undefined;
  }

  #reject(quantity: string, end: number, value: unknown, what: string): void {
    this.#rejectCount += 1;
    if (this.#rejects.length >= MAX_REJECTS) return;
    const { code, message } = codecErrors.CODEC_FIELD(what);
    this.#rejects.push({
      quantity,
      end,
      value: (JSON.stringify(value) ?? '').slice(0, 100),
      code,
      detail: message,
    });
  }
}

/** A number or a text that is one, scaled as decimals are: 0.1 times 3 is 0.3. */
function scaled(value: unknown, scale = 1): number | undefined {
  let number = value;
  if (typeof value === 'string' && value.length <= 30) {
    try {
      const { n, d } = parseDecimal(value.trim());
      number = Number(n) / Number(d);
    } catch {
      return undefined;
    }
  }
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  return scale === 1 ? number : Number((number * scale).toPrecision(15));
}
