/**
 * CSV in long form (a device column) and wide form (a column a meter), read by a `CsvMapping`.
 *
 *   bytes ─▶ text ─▶ records ─▶ per row: device, time ─▶ per value column: number, instant ─▶ columns
 *
 * A row that cannot be read is refused as a whole, a cell alone; all others come through. Local time
 * that comes twice when the clocks go back is told apart by the order of the rows of each series.
 */
import { DAY_S, findUnit, type OpenAmiError, parseQuality, Quality, Reason } from '@openami/model';
import { Collector, type SeriesBuffer } from './collector.ts';
import { type CsvMapping, parseCsvMapping } from './csv-mapping.ts';
import { type CsvPlan, planColumns, rateOf, type ValuePlan } from './csv-plan.ts';
import { CsvSplitter } from './csv-split.ts';
import { exchangeErrors } from './errors.ts';
import { clean, defaultNulls, readNumber } from './number-text.ts';
import { type ByteSource, type ExchangeItem, rejectOf } from './series.ts';
import { brokenMark, own, TextSource } from './text.ts';
import { latestS, type TimeReader, timeReader } from './time-text.ts';
import { WallClock } from './wall-clock.ts';

export interface CsvOptions {
  readonly mapping: CsvMapping;
  /** Series in one file at most; default one million. */
  readonly maxSeries?: number;
}

/** Devices remembered with their buffers; all are forgotten together. */
const rowKeys = 1_000_000;

/**
 * Reads CSV. Throws FILE_EMPTY, CSV_MAPPING_INVALID, CSV_COLUMN_MISSING, FILE_SERIES_LIMIT, and what
 * the input throws, after everything before has been yielded.
 */
export async function* readCsv(
  input: ByteSource,
  options: CsvOptions,
): AsyncGenerator<ExchangeItem, void, undefined> {
  const mapping = parseCsvMapping(options.mapping);
  const out = new Collector(options.maxSeries);
  const rows = new RowReader(mapping, out);
  const text = new TextSource(mapping.encoding);
  const records = new CsvSplitter({ delimiter: mapping.delimiter, quote: mapping.quote ?? '"' });
  const read = function* (): Generator<ExchangeItem> {
    while (records.next()) {
      rows.read(records);
      if (out.due) yield* out.drain();
    }
    out.lines = records.linesRead;
  };
  try {
    for await (const bytes of input) {
      out.bytes += bytes.length;
      rows.push(records, text.push(bytes));
      yield* read();
      yield out.progress(false);
    }
    rows.push(records, text.finish());
    records.end();
    yield* read();
    if (!rows.started) throw exchangeErrors.FILE_EMPTY();
  } catch (error) {
    yield* out.drainAll();
    throw error;
  }
  yield* out.drainAll();
  yield out.progress(true);
}

/** The series that a row of one device and quantity feeds, one for each value column. */
type RowBuffers = (SeriesBuffer | undefined)[];

class RowReader {
  /** Whether a header or row was seen. */
  started = false;
  private readonly mapping: CsvMapping;
  private readonly out: Collector;
  private readonly time: TimeReader;
  private readonly nulls: ReadonlySet<string>;
  private readonly digitNulls: boolean;
  private readonly defaultQuality: number;
  private readonly clocks = new Map<string, WallClock>();
  private readonly byKey = new Map<string, RowBuffers>();
  private readonly qualities = new Map<string, number>();
  private plan: CsvPlan | undefined;
  private skip: number;
  private mayBeBroken = false;
  // The row at hand.
  private line = 0;
  private cells: readonly string[] = [];
  private device = '';
  private quantity = '';
  private unit = '';
  private intervalS = 0;
  private wallS = 0;
  /** Clock of the row; undefined when the stamp states its offset. */
  private clock: WallClock | undefined;
  /** How many instants the stamp can mean. */
  private answers = 1;
  private instant = 0;
  private later = 0;

  constructor(mapping: CsvMapping, out: Collector) {
    this.mapping = mapping;
    this.out = out;
    this.time = timeReader(mapping.time.pattern);
    this.skip = mapping.skipLines ?? 0;
    const nulls = mapping.nulls ?? defaultNulls;
    this.nulls = new Set(['', ...nulls.map((text) => text.toLowerCase())]);
    this.digitNulls = nulls.some((text) => /^\d/.test(text));
    try {
      this.defaultQuality = mapping.defaultQuality ? parseQuality(mapping.defaultQuality) : Quality.raw;
      if (mapping.time.zone !== undefined) this.clockOf(mapping.time.zone);
    } catch (error) {
      throw exchangeErrors.CSV_MAPPING_INVALID((error as Error).message, {}, error);
    }
  }

  push(records: CsvSplitter, text: string): void {
    if (!this.mayBeBroken && text.includes(brokenMark)) this.mayBeBroken = true;
    records.push(text);
  }

  /** Reads the record at hand. */
  read(records: CsvSplitter): void {
    this.line = records.line;
    this.cells = records.cells;
    this.device = this.quantity = '';
    if (records.line <= this.skip) return;
    if (records.error) {
      this.refuse(records.error, records.refused);
      return;
    }
    if (!this.plan) {
      this.started = true;
      const header = this.mapping.header !== false;
      const width = header ? this.cells.length : (this.mapping.width ?? this.cells.length);
      this.plan = planColumns(this.mapping, header ? this.cells : undefined, width);
      if (header) return;
    }
    const plan = this.plan;
    const cells = this.cells;
    if (records.span > 1 && (cells.length !== plan.width || this.holdsRecords(plan.width))) {
      records.breakUp();
      this.refuse(records.error!, records.refused);
      return;
    }
    if (this.mayBeBroken && cells.some((cell) => cell.includes(brokenMark))) {
      this.refuse(exchangeErrors.ROW_TEXT_BROKEN(), cells.join(this.mapping.delimiter));
      return;
    }
    if (cells.length !== plan.width && !this.fits(plan.width)) return;
    const error = this.readRow(plan);
    if (error) {
      this.refuse(error.error, error.value);
      return;
    }
  }

  /** Whether a cell holds lines that are records themselves: its opening quote was a stray one. */
  private holdsRecords(width: number): boolean {
    const { delimiter } = this.mapping;
    const isRecord = (line: string): boolean => width > 1 && line.split(delimiter, width).length === width;
    return this.cells.some((cell) => cell.includes('\n') && cell.split('\n', 100).slice(1).some(isRecord));
  }

  /** Blank rows are passed over and blank cells at the end forgiven. */
  private fits(width: number): boolean {
    if (this.cells.every((cell) => cell.trim() === '')) return false;
    if (this.cells.length > width && this.cells.slice(width).every((cell) => cell === '')) return true;
    const detail = `${this.cells.length} cells where the header has ${width}`;
    this.refuse(exchangeErrors.CSV_CELL_COUNT(detail), this.cells.join(this.mapping.delimiter));
    return false;
  }

  private readRow(plan: CsvPlan): Refused | undefined {
    const cells = this.cells;
    const stamp = clean(cells[plan.time]!);
    const text = plan.clock < 0 ? stamp : `${stamp} ${clean(cells[plan.clock]!)}`;
    if (text === plan.timeName && this.mapping.header !== false) return;
    if (plan.device >= 0) {
      this.device = clean(cells[plan.device]!);
      if (this.device === '') {
        if (cells.every((cell) => cell.trim() === '')) return;
        return refused(exchangeErrors.ROW_DEVICE_MISSING(), text);
      }
    }
    this.quantity = plan.quantity >= 0 ? clean(cells[plan.quantity]!) : '';
    this.unit = plan.unit >= 0 ? clean(cells[plan.unit]!) : '';
    if (plan.interval >= 0) {
      const cell = clean(cells[plan.interval]!);
      const known = cell === '' ? (this.mapping.intervalS ?? Number.NaN) : +cell;
      if (!(Number.isInteger(known) && known >= 0 && known <= 366 * DAY_S))
        return refused(exchangeErrors.ROW_INTERVAL_INVALID(), cell);
      this.intervalS = known;
    }
    if (!this.time.read(text))
      return refused(exchangeErrors.ROW_TIME_INVALID(`"${text.slice(0, 60)}"`), text);
    const error = this.resolve(plan.zone >= 0 ? clean(cells[plan.zone]!) : '');
    if (error) return refused(error, text);
    let quality = this.defaultQuality;
    if (plan.quality >= 0) {
      quality = this.qualityOf(clean(cells[plan.quality]!));
      if (quality === 0) return refused(exchangeErrors.ROW_QUALITY_UNKNOWN(), cells[plan.quality]!);
    }
    const buffers = this.buffersOf(plan);
    for (let i = 0; i < plan.values.length; i++) this.readValue(plan.values[i]!, buffers, i, quality);
    return undefined;
  }

  /** Sets the instants the stamp can mean. */
  private resolve(zoneCell: string): OpenAmiError | undefined {
    const { wallS, offsetS } = this.time;
    this.wallS = wallS;
    this.answers = 1;
    if (!Number.isNaN(offsetS)) {
      this.clock = undefined;
      this.instant = wallS - offsetS;
    } else {
      const zone = zoneCell === '' ? this.mapping.time.zone : zoneCell;
      if (zone === undefined) return exchangeErrors.ROW_ZONE_MISSING();
      try {
        this.clock = this.clockOf(zone);
      } catch (error) {
        return error as OpenAmiError;
      }
      this.answers = this.clock.resolve(wallS);
      this.instant = this.clock.first;
      this.later = this.clock.second;
    }
    if (!(this.instant > 0 && this.instant < latestS)) return exchangeErrors.ROW_TIME_RANGE();
    if (this.answers === 0 && this.mapping.time.skipped !== 'shift')
      return exchangeErrors.ROW_TIME_NONEXISTENT();
    if (this.answers === 2 && this.mapping.time.doubled === 'reject')
      return exchangeErrors.ROW_TIME_AMBIGUOUS();
    return undefined;
  }

  private readValue(value: ValuePlan, buffers: RowBuffers, column: number, quality: number): void {
    const cell = clean(this.cells[value.at]!);
    let buffer = buffers[column];
    if (!buffer) {
      buffer = this.open(value, cell);
      if (!buffer) return;
      buffers[column] = buffer;
    }
    const intervalS = buffer.head.intervalS;
    const instant = this.answers === 2 ? this.choose(buffer) : this.instant;
    if (instant !== buffer.lastInstant) {
      if (!Number.isNaN(buffer.lastInstant)) buffer.stepBefore = instant - buffer.lastInstant;
      buffer.lastInstant = instant;
    }
    if (this.isNull(cell)) {
      this.out.nulls += 1;
      return;
    }
    let number = readNumber(cell, this.mapping.decimal ?? '.', this.mapping.thousands ?? '');
    const end = this.endOf(instant, intervalS);
    if (!Number.isFinite(number) || (value.rejectNegative && number < 0)) {
      this.refuse(valueError(number), cell, buffer.head, end);
      return;
    }
    const rate = value.kind === 'mean' ? (value.rate ?? rateOf(this.unit)) : undefined;
    // 15 digits are all a decimal value can carry; the noise of the product beyond them is dropped.
    if (rate) number = Number(((number * intervalS) / rate.perS).toPrecision(15));
    const flags = this.answers === 2 ? Reason.dstAmbiguous : 0;
    this.out.push(buffer, end, number, quality, flags, this.line);
  }

  /** Cells that begin with a digit are looked up only when the mapping has such a null. */
  private isNull(cell: string): boolean {
    const first = cell.charCodeAt(0);
    if (first >= 48 && first <= 57 && !this.digitNulls) return false;
    return cell === '' || this.nulls.has(cell.toLowerCase());
  }

  /** Which of two instants: the next in the direction in which the series runs. */
  private choose(buffer: SeriesBuffer): number {
    const rule = this.mapping.time.doubled ?? 'order';
    if (rule === 'earlier') return this.instant;
    if (rule === 'later') return this.later;
    const last = buffer.lastInstant;
    if (Number.isNaN(last)) return this.instant;
    if (buffer.stepBefore < 0) return this.later < last ? this.later : this.instant;
    return last >= this.instant && this.later > last ? this.later : this.instant;
  }

  /** Interval end; a day or more from a local start ends at the same time of day. */
  private endOf(instant: number, intervalS: number): number {
    if (this.mapping.time.label !== 'start' || intervalS === 0) return instant;
    if (intervalS % DAY_S === 0 && this.clock) {
      this.clock.resolve(this.wallS + intervalS);
      return this.clock.first;
    }
    return instant + intervalS;
  }

  private buffersOf(plan: CsvPlan): RowBuffers {
    let key = this.device;
    if (plan.quantity >= 0) key += `\n${this.quantity}`;
    if (plan.unit >= 0) key += `\n${this.unit}`;
    if (plan.interval >= 0) key += `\n${this.intervalS}`;
    if (plan.zone >= 0) key += `\n${this.clock?.zone ?? ''}`;
    let buffers = this.byKey.get(key);
    if (!buffers) {
      if (this.byKey.size >= rowKeys) this.byKey.clear();
      buffers = new Array<SeriesBuffer | undefined>(plan.values.length).fill(undefined);
      this.byKey.set(own(key), buffers);
    }
    return buffers;
  }

  /** Opens the series of a column for the row's device; refuses the cell when it cannot be. */
  private open(value: ValuePlan, cell: string): SeriesBuffer | undefined {
    const device = value.device || this.device;
    const quantity = value.quantity || this.quantity;
    const fail = (error: OpenAmiError): undefined => {
      if (!this.isNull(cell)) this.refuse(error, cell, { device, quantity }, this.instant);
      else this.out.nulls += 1;
      return undefined;
    };
    let unit = value.unit || this.unit;
    if (value.kind === 'mean' && !value.rate) {
      const rate = rateOf(unit);
      if (!rate) return fail(exchangeErrors.ROW_RATE_UNIT(`unit "${unit}" is no rate`));
      unit = rate.amount;
    }
    let intervalS = value.kind === 'register' ? 0 : value.intervalS;
    if (this.plan!.interval >= 0 && value.kind !== 'register') intervalS = this.intervalS;
    if (!(intervalS >= 0)) return fail(exchangeErrors.ROW_INTERVAL_INVALID());
    const zone = this.clock?.zone ?? this.mapping.time.zone;
    return this.out.buffer({ device, quantity, unit: findUnit(unit)?.symbol ?? unit, intervalS, zone });
  }

  private clockOf(zone: string): WallClock {
    let clock = this.clocks.get(zone);
    if (!clock) {
      clock = new WallClock(zone);
      this.clocks.set(zone, clock);
    }
    return clock;
  }

  private qualityOf(text: string): number {
    if (text === '') return this.defaultQuality;
    let code = this.qualities.get(text);
    if (code === undefined) {
      try {
        code = parseQuality(text);
      } catch {
        code = 0;
      }
      if (this.qualities.size < 1000) this.qualities.set(own(text), code);
    }
    return code;
  }

  private refuse(
    error: OpenAmiError,
    value: string,
    of?: { device: string; quantity: string },
    end = 0,
  ): void {
    const { device, quantity } = of ?? { device: this.device, quantity: this.quantity };
    this.out.reject(rejectOf(error, { line: this.line, device, quantity, end, value }));
  }
}

/** Why a row is refused, and the text that is to blame. */
interface Refused {
  readonly error: OpenAmiError;
  readonly value: string;
}

function refused(error: OpenAmiError, value: string): Refused {
  return { error, value };
}

function valueError(number: number): OpenAmiError {
  if (Number.isNaN(number)) return exchangeErrors.ROW_VALUE_INVALID();
  return number < 0 && Number.isFinite(number)
    ? exchangeErrors.ROW_VALUE_NEGATIVE()
    : exchangeErrors.ROW_VALUE_INFINITE();
}
