/**
 * Writes interval readings as NEM12.
 *
 *   chunks ─▶ one open day a series ─▶ 200 (when the stream changes) · 300 · 400 …
 *
 * A day of one quality is written with it; a mixed day as V with its ranges, intervals without a
 * reading as N; a quality that came in NEM12 goes out in the same words. Values carry four decimals, so
 * a day that needs more is written in the unit a thousand times smaller.
 */
import { civilDate, DAY_S, Quality, qualityToNem12 } from '@openami/model';
import { exchangeErrors } from './errors.ts';
import { nmiSuffix } from './nem-quantity.ts';
import { marketOffsetS } from './nem12.ts';
import type { NemStream, SeriesChunk, SeriesHead, SeriesSource } from './series.ts';

export interface Nem12WriteOptions {
  /** Creation time, epoch seconds. */
  readonly createdS: number;
  /** Participant that sends, at most 10 characters. */
  readonly from: string;
  readonly to: string;
  /** NMI of a device; default: the device itself. */
  readonly nmi?: (device: string) => string;
}

interface Day {
  readonly number: number;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly flags: Uint32Array;
  readonly stated: (string | undefined)[];
}

interface OpenStream {
  readonly nmi: string;
  readonly suffix: string;
  readonly unit: string;
  readonly intervalS: number;
  readonly count: number;
  readonly labels: NemStream | undefined;
  day: Day | undefined;
}

/**
 * Lines of a NEM12 file, each with its line end. The chunks of a series come in time order. Throws
 * FILE_VALUE_UNWRITABLE for what NEM12 cannot say: registers, other quantities than energy, negative
 * values, times off the grid, names that are no NMI.
 */
export async function* writeNem12(
  series: SeriesSource,
  options: Nem12WriteOptions,
): AsyncGenerator<string, void, undefined> {
  const { createdS, from, to } = options;
  const streams = new Map<string, OpenStream>();
  const written = { stream: '' };
  yield `100,NEM12,${stamp(createdS, 12)},${plain(from, 10)},${plain(to, 10)}\r\n`;
  for await (const chunk of series) {
    if (chunk.length === 0) continue;
    const key = `${chunk.device}\n${chunk.quantity}\n${chunk.unit}\n${chunk.intervalS}`;
    let stream = streams.get(key);
    if (!stream) {
      stream = openStream(chunk, options);
      streams.set(key, stream);
    }
    for (let i = 0; i < chunk.length; i++) {
      const number = Math.floor((chunk.end[i]! - 1 + marketOffsetS) / DAY_S);
      if (stream.day && stream.day.number !== number) yield* writeDay(stream, options, written);
      stream.day ??= newDay(number, stream.count);
      put(stream, stream.day, chunk, i);
    }
  }
  for (const stream of streams.values()) if (stream.day) yield* writeDay(stream, options, written);
  yield '900\r\n';
}

/** Why NEM12 cannot say a series, from its head alone; undefined when it can. */
export function nem12Fault({ device, quantity, intervalS }: SeriesHead): string | undefined {
  if (!nmiSuffix(quantity)) return 'no NMI suffix for this quantity';
  if (intervalS <= 0 || intervalS % 60 !== 0 || DAY_S % intervalS !== 0) return `interval of ${intervalS} s`;
  return /^[A-Za-z0-9]{1,10}$/.test(device) ? undefined : `"${device.slice(0, 40)}" is no NMI`;
}

function openStream(chunk: SeriesHead, options: Nem12WriteOptions): OpenStream {
  const { quantity, unit, intervalS } = chunk;
  const nmi = options.nmi?.(chunk.device) ?? chunk.device;
  const fault = nem12Fault({ ...chunk, device: nmi });
  if (fault) throw exchangeErrors.FILE_VALUE_UNWRITABLE(`${chunk.device} ${quantity}: ${fault}`);
  const suffix = nmiSuffix(quantity)!;
  const labels = chunk.stream;
  return { nmi, suffix, unit, intervalS, count: DAY_S / intervalS, labels, day: undefined };
}

function newDay(number: number, count: number): Day {
  return {
    number,
    value: new Float64Array(count),
    quality: new Uint8Array(count).fill(Quality.missing),
    flags: new Uint32Array(count),
    stated: new Array(count),
  };
}

function put(stream: OpenStream, day: Day, chunk: SeriesChunk, row: number): void {
  const end = chunk.end[row]!;
  const value = chunk.value[row]!;
  const place = (end + marketOffsetS - day.number * DAY_S) / stream.intervalS - 1;
  if (!Number.isInteger(place) || !(value >= 0)) {
    const why = value >= 0 ? 'off the grid of intervals' : 'below zero';
    throw exchangeErrors.FILE_VALUE_UNWRITABLE(`${chunk.device} ${chunk.quantity} at ${end}: ${why}`);
  }
  day.value[place] = value;
  day.quality[place] = chunk.quality[row]!;
  day.flags[place] = chunk.flags[row]!;
  day.stated[place] = chunk.stated?.[row];
}

const finer: Readonly<Record<string, string>> = {
  MWh: 'kWh',
  kWh: 'Wh',
  Mvarh: 'kvarh',
  kvarh: 'varh',
  kVAh: 'VAh',
};

function* writeDay(
  stream: OpenStream,
  options: Nem12WriteOptions,
  written: { stream: string },
): Generator<string> {
  const day = stream.day!;
  stream.day = undefined;
  let unit = stream.unit;
  let texts = Array.from(day.value, (value) => fourDecimals(value, 1));
  if (texts.includes(undefined) && finer[unit]) {
    unit = finer[unit]!;
    texts = Array.from(day.value, (value) => fourDecimals(value, 1000));
  }
  const factor = unit === stream.unit ? 1 : 1000;
  const cells = texts.map((text, i) => text ?? (day.value[i]! * factor).toFixed(4));
  const minutes = stream.intervalS / 60;
  const { nmi, suffix, labels } = stream;
  const ids = labels
    ? [plain(labels.configuration, 240), plain(labels.register, 10), suffix]
    : [suffix, suffix, suffix];
  ids.push(plain(labels?.dataStream ?? '', 2), plain(labels?.serial ?? '', 12));
  const head = `200,${nmi},${ids.join(',')},${unit},${minutes},\r\n`;
  if (head !== written.stream) yield head;
  written.stream = head;
  const { year, month, day: dayOfMonth } = civilDate(day.number);
  const date = `${year}${String(month).padStart(2, '0')}${String(dayOfMonth).padStart(2, '0')}`;
  const ranges = rangesOf(day, stream.count);
  const whole = ranges.length === 1 ? ranges[0]!.quality : 'V,,';
  yield `300,${date},${cells.join(',')},${whole},${stamp(options.createdS, 14)},\r\n`;
  if (ranges.length > 1)
    for (const range of ranges) yield `400,${range.from},${range.to},${range.quality}\r\n`;
}

/** The value as text with at most four decimals, undefined when it needs more. */
function fourDecimals(value: number, factor: number): string | undefined {
  const scaled = factor === 1 ? value : Number((value * factor).toPrecision(15));
  const text = String(scaled);
  return /^\d{1,15}(\.\d{1,4})?$/.test(text) ? text : undefined;
}

/** Runs of intervals of one quality, with `quality,reason code,description`. */
function rangesOf(day: Day, count: number): { from: number; to: number; quality: string }[] {
  const ranges: { from: number; to: number; quality: string }[] = [];
  for (let i = 0; i < count; i++) {
    const quality = day.stated[i] ?? wordsFor(day.quality[i]!, day.flags[i]!);
    const last = ranges.at(-1);
    if (last?.quality === quality) last.to = i + 1;
    else ranges.push({ from: i + 1, to: i + 1, quality });
  }
  return ranges;
}

function wordsFor(quality: number, flags: number): string {
  const { qualityMethod, reasonCode } = qualityToNem12(quality, flags);
  // Reason 0 is free text and needs one.
  return `${qualityMethod},${reasonCode ?? ''},${reasonCode === 0 ? 'Substituted' : ''}`;
}

/** Market time as digits: yyyyMMddHHmm (12) or with seconds (14). */
function stamp(utcS: number, length: number): string {
  return new Date((utcS + marketOffsetS) * 1000).toISOString().replace(/\D/g, '').slice(0, length);
}

function plain(text: string, length: number): string {
  return text.replace(/[^A-Za-z0-9_.-]/g, '').slice(0, length);
}
