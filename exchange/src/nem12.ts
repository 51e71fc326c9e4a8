/**
 * NEM12 (interval) and NEM13 (register) files of the Australian market, AEMO MDFF.
 *
 *   100 header · 200 stream · 300 day · 400 quality ranges of the day · 500 · 900 end
 *   250 two register reads · 550
 *
 * Times are market time, UTC+10 without daylight saving; value i of a day covers the interval that
 * ends at i × length. A 300 record with quality V waits for its 400 records. A record that breaks a
 * rule is refused alone; a refused 200 takes its days with it.
 */
import { findUnit, nmiChecksum, type OpenAmiError, Quality, qualityFromNem12 } from '@openami/model';
import { Collector, type SeriesBuffer } from './collector.ts';
import { CsvSplitter } from './csv-split.ts';
import { exchangeErrors } from './errors.ts';
import { nemReadingType } from './nem-quantity.ts';
import { readNumber } from './number-text.ts';
import { type ByteSource, type ExchangeItem, rejectOf } from './series.ts';
import { brokenMark, own, TextSource } from './text.ts';
import { latestS, type TimeReader, timeReader } from './time-text.ts';

export interface Nem12Options {
  /** What is the device: the NMI (default) or the meter serial number (NMI where it is empty). */
  readonly device?: 'nmi' | 'serial';
  /** Series in one file at most; default one million. */
  readonly maxSeries?: number;
}

/** Market time is UTC+10 all year. */
export const marketOffsetS = 36_000;
/** As a zone. */
export const marketZone = '+10:00';
/** Longest description of a reason. */
const reasonChars = 240;
const keptWords = 10_000;

const readDate: TimeReader = timeReader('yyyyMMdd');
const readStamp: TimeReader = timeReader('yyyyMMddHHmmss');

/**
 * Reads NEM12 and NEM13, also several files in one. Quantity is the NMI suffix (`E1`). Throws
 * FILE_EMPTY, NEM_HEADER_MISSING when it is no such file, and FILE_SERIES_LIMIT.
 */
export async function* readNem12(
  input: ByteSource,
  options: Nem12Options = {},
): AsyncGenerator<ExchangeItem, void, undefined> {
  const out = new Collector(options.maxSeries);
  const reader = new NemReader(out, options.device ?? 'nmi');
  const text = new TextSource('utf-8');
  const records = new CsvSplitter({ delimiter: ',', quote: '' });
  const read = function* (): Generator<ExchangeItem> {
    while (records.next()) {
      reader.read(records);
      if (out.due) yield* out.drain();
    }
    out.lines = records.linesRead;
  };
  try {
    for await (const bytes of input) {
      out.bytes += bytes.length;
      records.push(text.push(bytes));
      yield* read();
      yield out.progress(false);
    }
    records.push(text.finish());
    records.end();
    yield* read();
    reader.finish();
  } catch (error) {
    yield* out.drainAll();
    throw error;
  }
  yield* out.drainAll();
  yield out.progress(true);
}

/** The data stream of a 200 record. */
interface Stream {
  readonly buffer: SeriesBuffer;
  /** Intervals in a day. */
  readonly count: number;
}

/** State and reasons of a record, with its own words where they say more. */
interface NemQuality {
  readonly quality: number;
  readonly flags: number;
  readonly stated: string | undefined;
}

/** A 300 record whose quality comes in 400 records. */
interface PendingDay {
  readonly line: number;
  readonly stream: Stream;
  readonly startS: number;
  readonly cells: readonly string[];
  readonly ranges: (NemQuality & { from: number; to: number })[];
  error: OpenAmiError | undefined;
}

class NemReader {
  private readonly out: Collector;
  private readonly deviceIs: 'nmi' | 'serial';
  private line = 0;
  private cells: readonly string[] = [];
  private headed = false;
  private started = false;
  private readings = false;
  private stream: Stream | undefined;
  /** The last 200 was refused: its days are too. */
  private streamRefused = false;
  private nmi = '';
  private suffix = '';
  private day: PendingDay | undefined;
  /** The record before was a refused 300: its 400 records have been accounted for. */
  private dayRefused = false;
  private readonly stated = new Map<string, string>();

  constructor(out: Collector, deviceIs: 'nmi' | 'serial') {
    this.out = out;
    this.deviceIs = deviceIs;
  }

  read(records: CsvSplitter): void {
    this.line = records.line;
    if (records.error) {
      this.refuse(records.error, records.refused);
      return;
    }
    this.cells = records.cells.map((cell) => cell.trim());
    if (this.cells.every((cell) => cell === '')) return;
    const kind = this.cells[0]!;
    if (kind !== '400') this.finishDay();
    if (!this.started && kind !== '100' && kind !== '200' && kind !== '250')
      throw exchangeErrors.NEM_HEADER_MISSING(`line ${this.line} begins with "${kind.slice(0, 20)}"`);
    if (this.cells.some((cell) => cell.includes(brokenMark))) {
      this.refuse(exchangeErrors.ROW_TEXT_BROKEN(), this.cells.join(','));
      return;
    }
    const error = this.record(kind);
    this.started = true;
    if (error) this.refuse(error, this.cells.join(','));
  }

  /** The end of the input. */
  finish(): void {
    this.finishDay();
    if (!this.started) throw exchangeErrors.FILE_EMPTY();
    if (this.headed) this.refuse(exchangeErrors.NEM_END_MISSING(), '');
  }

  private record(kind: string): OpenAmiError | undefined {
    if (kind === '100') return this.header();
    if (!this.headed && (kind === '200' || kind === '250')) {
      this.headed = true;
      this.readings = false;
      this.refuse(exchangeErrors.NEM_HEADER_MISSING(`line ${this.line}`), this.cells.join(','));
    }
    if (kind === '200') return this.stream200();
    if (kind === '300') return this.day300();
    if (kind === '400') return this.range400();
    if (kind === '250') return this.reads250();
    if (kind === '500' || kind === '550')
      return this.stream || this.streamRefused ? undefined : exchangeErrors.NEM_RECORD_ORDER(`${kind} first`);
    if (kind === '900') return this.end();
    return exchangeErrors.NEM_RECORD_UNKNOWN(`"${kind.slice(0, 20)}"`);
  }

  private header(): OpenAmiError | undefined {
    const open = this.headed;
    this.headed = true;
    this.readings = false;
    this.stream = undefined;
    this.streamRefused = false;
    if (!/^NEM1[23]$/i.test(this.cells[1] ?? ''))
      return exchangeErrors.NEM_RECORD_INVALID(`version "${(this.cells[1] ?? '').slice(0, 20)}"`);
    return open ? exchangeErrors.NEM_END_MISSING('a 100 record follows without a 900') : undefined;
  }

  private end(): OpenAmiError | undefined {
    const empty = this.headed && !this.readings;
    this.headed = false;
    this.stream = undefined;
    this.streamRefused = false;
    return empty ? exchangeErrors.NEM_NO_READINGS() : undefined;
  }

  /** Device, suffix and unit, which stand at the same places in 200 and 250 but for the unit. */
  private streamOf(unitText: string, intervalS: number): SeriesBuffer | OpenAmiError {
    const [, nmi = '', configuration = '', register = '', suffixCell = '', dataStream = '', serial = ''] =
      this.cells;
    const suffix = suffixCell || register;
    this.nmi = nmi;
    this.suffix = suffix;
    if (nmi === '' || nmi.length > 11) return exchangeErrors.NEM_RECORD_INVALID(`NMI "${nmi.slice(0, 20)}"`);
    if (nmi.length === 11 && String(nmiChecksum(nmi.slice(0, 10).toUpperCase())) !== nmi[10])
      return exchangeErrors.NEM_NMI_CHECKSUM(`NMI ${nmi}`);
    if (suffix === '') return exchangeErrors.NEM_RECORD_INVALID('no NMI suffix');
    const id = nmi.slice(0, 10).toUpperCase();
    const unit = findUnit(unitText)?.symbol ?? unitText;
    return this.out.buffer({
      device: this.deviceIs === 'serial' && serial !== '' ? serial : id,
      quantity: suffix.toUpperCase(),
      unit,
      intervalS,
      zone: marketZone,
      stream: { configuration, register, dataStream, serial },
      readingType: nemReadingType(suffix.toUpperCase(), unit, intervalS),
    });
  }

  private stream200(): OpenAmiError | undefined {
    this.stream = undefined;
    this.streamRefused = true;
    const length = Number(this.cells[8] || Number.NaN);
    if (!(Number.isInteger(length) && length > 0 && 1440 % length === 0))
      return exchangeErrors.NEM_RECORD_INVALID(`interval length "${(this.cells[8] ?? '').slice(0, 20)}"`);
    const buffer = this.streamOf(this.cells[7] ?? '', length * 60);
    if (isError(buffer)) return buffer;
    this.stream = { buffer, count: 1440 / length };
    this.streamRefused = false;
    return undefined;
  }

  private day300(): OpenAmiError | undefined {
    this.dayRefused = true;
    const { cells, stream } = this;
    if (!stream)
      return exchangeErrors.NEM_RECORD_ORDER(
        this.streamRefused ? 'its 200 record was refused' : 'no 200 record',
      );
    const startS = this.dayStart(cells[1] ?? '');
    if (Number.isNaN(startS))
      return exchangeErrors.ROW_TIME_INVALID(`date "${(cells[1] ?? '').slice(0, 20)}"`);
    const due = stream.count + 2;
    const at = isFlag(cells[due] ?? '') ? due : cells.findIndex((cell, i) => i >= 2 && isFlag(cell));
    if (at < 0) return exchangeErrors.NEM_QUALITY_INVALID('no quality after the values');
    if (at - 2 !== stream.count)
      return exchangeErrors.NEM_VALUE_COUNT(`${at - 2} values where a day has ${stream.count}`);
    const flag = cells[at]!.toUpperCase();
    if (flag === 'V') {
      this.day = { line: this.line, stream, startS, cells, ranges: [], error: undefined };
      return undefined;
    }
    const quality = this.qualityOf(flag, cells[at + 1] ?? '', cells[at + 2] ?? '');
    if (isError(quality)) return quality;
    this.dayRefused = false;
    this.readings = true;
    this.values(this.line, stream, startS, cells, 1, stream.count, quality);
    return undefined;
  }

  /** Start of a market day, NaN when the date is none. */
  private dayStart(date: string): number {
    if (!readDate.read(date)) return Number.NaN;
    const startS = readDate.wallS - marketOffsetS;
    return startS > 0 && startS < latestS ? startS : Number.NaN;
  }

  private qualityOf(flag: string, reason: string, text: string): NemQuality | OpenAmiError {
    const code = reason === '' ? undefined : Number(reason);
    const known = code === undefined || (Number.isInteger(code) && code >= 0 && code <= 99);
    const found = known ? qualityFromNem12(flag, code) : undefined;
    if (!found) return exchangeErrors.NEM_QUALITY_INVALID(`"${flag}" with reason "${reason.slice(0, 20)}"`);
    const { quality, flags } = found;
    return { quality, flags, stated: this.words(flag, reason, text) };
  }

  /** `F14,76,text`; undefined for a plain A or N, which says no more than its state. */
  private words(flag: string, reason: string, text: string): string | undefined {
    if (flag.length === 1 && reason === '') return undefined;
    const words = `${flag},${reason},${text.slice(0, reasonChars)}`;
    const known = this.stated.get(words);
    if (known !== undefined) return known;
    // each cell is a piece of the text that was read, which would be kept with it
    const kept = own(words);
    if (this.stated.size >= keptWords) this.stated.clear();
    this.stated.set(kept, kept);
    return kept;
  }

  private range400(): OpenAmiError | undefined {
    const day = this.day;
    if (!day) {
      if (this.dayRefused) return undefined;
      return exchangeErrors.NEM_RECORD_ORDER('400 without a 300 of quality V');
    }
    const [, fromText = '', toText = '', flag = '', reason = '', text = ''] = this.cells;
    const from = /^\d{1,4}$/.test(fromText) ? Number(fromText) : 0;
    const to = /^\d{1,4}$/.test(toText) ? Number(toText) : 0;
    const expected = (day.ranges.at(-1)?.to ?? 0) + 1;
    if (from !== expected || to < from || to > day.stream.count)
      day.error ??= exchangeErrors.NEM_RANGE_INVALID(
        `line ${this.line}: ${fromText}-${toText} where ${expected}-… of ${day.stream.count} was due`,
      );
    const quality = this.qualityOf(flag.toUpperCase(), reason, text);
    if (isError(quality)) day.error ??= quality;
    else day.ranges.push({ ...quality, from, to });
    return undefined;
  }

  private finishDay(): void {
    const day = this.day;
    this.day = undefined;
    this.dayRefused = false;
    if (!day) return;
    const covered = day.ranges.at(-1)?.to ?? 0;
    if (covered !== day.stream.count)
      day.error ??= exchangeErrors.NEM_RANGE_INVALID(
        `400 records cover ${covered} of ${day.stream.count} intervals`,
      );
    if (day.error) {
      this.refuse(day.error, day.cells.join(','), day.line);
      return;
    }
    this.readings = true;
    for (const range of day.ranges)
      this.values(day.line, day.stream, day.startS, day.cells, range.from, range.to, range);
  }

  /** Intervals from..to (from 1) of a day. */
  private values(
    line: number,
    stream: Stream,
    startS: number,
    cells: readonly string[],
    from: number,
    to: number,
    { quality, flags, stated }: NemQuality,
  ): void {
    const { device, quantity, intervalS } = stream.buffer.head;
    for (let i = from; i <= to; i++) {
      const cell = cells[i + 1]!;
      if (quality === Quality.missing) {
        this.out.nulls += 1;
        continue;
      }
      const end = startS + i * intervalS;
      const value = cell === '' ? Number.NaN : readNumber(cell, '.', '');
      if (value >= 0 && value < Number.POSITIVE_INFINITY)
        this.out.push(stream.buffer, end, value, quality, flags, line, stated);
      else this.out.reject(rejectOf(valueError(value), { line, device, quantity, end, value: cell }));
    }
  }

  /** The previous and the current read of a register. */
  private reads250(): OpenAmiError | undefined {
    this.stream = undefined;
    this.streamRefused = true;
    const cells = this.cells;
    const buffer = this.streamOf(cells[19] ?? '', 0);
    if (isError(buffer)) return buffer;
    for (const at of [8, 13]) {
      const text = cells[at] ?? '';
      if (text === '') {
        this.out.nulls += 1;
        continue;
      }
      const stamp = cells[at + 1] ?? '';
      if (!readStamp.read(stamp)) return exchangeErrors.ROW_TIME_INVALID(`"${stamp.slice(0, 20)}"`);
      const end = readStamp.wallS - marketOffsetS;
      if (!(end > 0 && end < latestS)) return exchangeErrors.ROW_TIME_RANGE(`"${stamp}"`);
      const quality = this.qualityOf(
        (cells[at + 2] ?? '').toUpperCase(),
        cells[at + 3] ?? '',
        cells[at + 4] ?? '',
      );
      if (isError(quality)) return quality;
      const value = readNumber(text, '.', '');
      if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) return valueError(value);
      this.readings = true;
      if (quality.quality === Quality.missing) this.out.nulls += 1;
      else this.out.push(buffer, end, value, quality.quality, quality.flags, this.line, quality.stated);
    }
    return undefined;
  }

  private refuse(error: OpenAmiError, value: string, line = this.line): void {
    this.out.reject(rejectOf(error, { line, device: this.nmi, quantity: this.suffix, value }));
  }
}

/** Whether a cell has the shape of a quality flag with its method: where the values of a day end. */
function isFlag(cell: string): boolean {
  return /^[A-Za-z]\d{0,2}$/.test(cell);
}

function valueError(value: number): OpenAmiError {
  if (value < 0 && Number.isFinite(value)) return exchangeErrors.ROW_VALUE_NEGATIVE();
  return Number.isNaN(value) ? exchangeErrors.ROW_VALUE_INVALID() : exchangeErrors.ROW_VALUE_INFINITE();
}

function isError(value: object): value is OpenAmiError {
  return value instanceof Error;
}
