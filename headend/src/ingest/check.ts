/**
 * Takes the readings of one series into the open commit: converts to counts and refuses what cannot
 * be. Everything that holds for the whole series is settled once, before the loop over its rows.
 */
import {
  type Channel,
  type CountsConverter,
  countsConverter,
  type DirectoryEntry,
  OpenAmiError,
  Quality,
  Reason,
} from '@openami/model';
import type { DecodedSeries } from '@openami/wire';
import type { readingErrors } from '../errors.ts';
import type { OpenCommit } from './gather.ts';
import type { Tally } from './tally.ts';
import type { DeviceSeries, IngestLimits } from './types.ts';

export type ReadingCode = keyof typeof readingErrors;

/** What holds for all series of one message. */
export interface Arrival {
  readonly receivedS: number;
  /** Ends after this are in the future. */
  readonly futureS: number;
  /** Ends before this are late. */
  readonly lateS: number;
  /** Reason bits of every reading of the message. */
  readonly flags: number;
  /** Store what is known to be absent as such. */
  readonly keepMissing?: boolean;
}

export function arrivalAt(
  receivedMs: number,
  flags: number,
  { futureS, lateS }: Pick<IngestLimits, 'futureS' | 'lateS'>,
): Arrival {
  const receivedS = Math.floor(receivedMs / 1000);
  return { receivedS, futureS: receivedS + futureS, lateS: receivedS - lateS, flags };
}

/** A series as the pipeline got it: `flags` and `stated` from files. */
export type Series = DecodedSeries & Pick<DeviceSeries, 'flags' | 'stated'>;

const endLimit = 2 ** 32;

/** Takes a series of a registered channel. */
export function takeReadings(
  series: Series,
  entry: DirectoryEntry,
  arrival: Arrival,
  commit: OpenCommit,
  tally: Tally,
): void {
  const { channel } = entry;
  const fault = seriesFault(series, channel);
  if (fault !== undefined) {
    refuseAll(series, fault, tally);
    return;
  }
  const converter = converterFor(series.unit, channel);
  const signed = !flowsOneWay(channel.readingType);
  const step = alignmentS(channel.intervalS);
  const { readings } = commit;
  const { end: ends, value: values, quality, flags, stated } = series;
  const { id, resolution } = channel;
  for (let row = 0; row < series.length; row++) {
    const value = values[row]!;
    if (quality[row] === Quality.missing) {
      tally.missing += 1;
      const at = Math.round(ends[row]!);
      if (arrival.keepMissing && timeFault(at, arrival, entry) === undefined) {
        readings.push(id, at, 0, resolution, Quality.missing, 0);
      }
      continue;
    }
    const end = Math.round(ends[row]!);
    const counts = converter!.toCounts(value);
    const code = timeFault(end, arrival, entry) ?? valueFault(value, counts, signed);
    if (code !== undefined) {
      tally.reject(code, series, row);
      continue;
    }
    let reasons = arrival.flags | (flags === undefined ? 0 : flags[row]!);
    if (end < arrival.lateS) {
      reasons |= Reason.late;
      tally.late += 1;
    }
    if (step !== 0 && end % step !== 0) reasons |= Reason.clockShift;
    readings.push(id, end, counts, resolution, quality[row]!, reasons >>> 0);
    tally.accepted += 1;
    const words = stated?.[row];
    if (words !== undefined) {
      commit.stated.push({
        receivedMs: commit.receivedMs,
        channel: id,
        end,
        value: counts,
        resolution,
        words,
      });
    }
  }
}

/** Keeps a series of a meter or quantity nobody registered; what is certainly wrong is refused. */
export function takeUnregistered(
  device: string,
  series: Series,
  arrival: Arrival,
  commit: OpenCommit,
  tally: Tally,
): void {
  const { receivedMs } = commit;
  const { source } = tally;
  const { quantity, unit, intervalS } = series;
  for (let row = 0; row < series.length; row++) {
    const value = series.value[row]!;
    const quality = series.quality[row]!;
    if (quality === Quality.missing) {
      tally.missing += 1;
      continue;
    }
    const end = Math.round(series.end[row]!);
    const code = timeFault(end, arrival) ?? (Number.isFinite(value) ? undefined : 'READING_NOT_FINITE');
    if (code !== undefined) {
      tally.reject(code, series, row);
      continue;
    }
    commit.unregistered.push({ receivedMs, source, device, quantity, unit, intervalS, end, value, quality });
    tally.unregistered += 1;
  }
}

/** Refuses every reading of a series for the same reason. */
export function refuseAll(series: Series, code: ReadingCode, tally: Tally): void {
  for (let row = 0; row < series.length; row++) {
    if (series.quality[row] === Quality.missing) tally.missing += 1;
    else tally.reject(code, series, row);
  }
}

function seriesFault(series: Series, channel: Channel): ReadingCode | undefined {
  if (series.intervalS !== channel.intervalS) return 'READING_INTERVAL_MISMATCH';
  if (converterFor(series.unit, channel) === undefined) return 'READING_WRONG_UNIT';
  return undefined;
}

function timeFault(end: number, arrival: Arrival, entry?: DirectoryEntry): ReadingCode | undefined {
  if (!(end > 0 && end < endLimit)) return 'READING_BAD_TIME';
  if (end > arrival.futureS) return 'READING_FUTURE';
  if (entry === undefined) return undefined;
  // An interval that ends with the installation began before it; a register may be read at that moment.
  const from = entry.channel.intervalS > 0 ? entry.installedFrom + 1 : entry.installedFrom;
  if (end < from) return 'READING_BEFORE_INSTALLATION';
  if (end > entry.installedUntil) return 'READING_AFTER_REMOVAL';
  return undefined;
}

function valueFault(value: number, counts: number, signed: boolean): ReadingCode | undefined {
  if (Number.isNaN(counts)) return Number.isFinite(value) ? 'READING_TOO_LARGE' : 'READING_NOT_FINITE';
  return counts < 0 && !signed ? 'READING_NEGATIVE' : undefined;
}

const converters = new Map<string, CountsConverter | undefined>();
const convertersLimit = 4_096;

/** Converter from a sender's unit to a channel's counts; undefined when it is of another kind. */
function converterFor(unit: string, channel: Channel): CountsConverter | undefined {
  const key = `${unit}|${channel.unit}|${channel.resolution}`;
  const known = converters.get(key);
  if (known !== undefined || converters.has(key)) return known;
  // Senders choose the unit text, so the memory of them is bounded.
  if (converters.size >= convertersLimit) converters.clear();
  let converter: CountsConverter | undefined;
  try {
    converter = countsConverter(unit, channel.resolution, channel.unit);
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
  }
  converters.set(key, converter);
  return converter;
}

const oneWay = new Map<string, boolean>();

/** CIM field 5, flow direction: 1 forward and 19 reverse count one way, so a value below zero is wrong. */
function flowsOneWay(readingType: string): boolean {
  const known = oneWay.get(readingType);
  if (known !== undefined) return known;
  const flow = readingType.split('.')[4];
  const is = flow === '1' || flow === '19';
  if (oneWay.size >= convertersLimit) oneWay.clear();
  oneWay.set(readingType, is);
  return is;
}

const quarterS = 900;

/**
 * Step that interval ends fall on in UTC. Zones are whole quarters of an hour from UTC, so an hour or
 * day of local time begins on a quarter and not on an hour of UTC.
 */
function alignmentS(intervalS: number): number {
  if (intervalS === 0) return 0;
  return gcd(intervalS, quarterS);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
