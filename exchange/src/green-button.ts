/**
 * Green Button (NAESB REQ.21 ESPI 4.0): an Atom feed of usage points, meter readings, reading types
 * and interval blocks that point to each other by links.
 *
 *   IntervalBlock ──up──▶ MeterReading ──related──▶ ReadingType
 *                              └───────up──▶ UsagePoint ──related──▶ LocalTimeParameters
 *
 * Files order their entries as they like, so a block waits until what it points to has been seen; at
 * the end of the feed a lone MeterReading, ReadingType or UsagePoint stands in for a broken link.
 * Stamps are interval starts; what is yielded are ends.
 */
import { DAY_S, type OpenAmiError, Quality, qualityFromEspi, unitForUom } from '@openami/model';
import { Collector, type SeriesBuffer } from './collector.ts';
import { exchangeErrors } from './errors.ts';
import { type EspiType, espiType, espiZone } from './espi-type.ts';
import { type EspiEntry, EspiXml, type RawBlock, whole } from './espi-xml.ts';
import { type ByteSource, type ExchangeItem, rejectOf, type StatedTotal } from './series.ts';
import { TextSource } from './text.ts';
import { latestS } from './time-text.ts';

export interface GreenButtonOptions {
  /** How a usage point is named as device: the last part of its self link (default), or its title. */
  readonly device?: 'link' | 'title';
  /** Series in one file at most; default one million. */
  readonly maxSeries?: number;
}

/** Readings that may wait for an entry that comes later. */
const maxWaiting = 4_000_000;
const maxEntries = 1_000_000;
/** Text given to the XML reader at once, so that rows do not pile up. */
const pieceChars = 65_536;

/**
 * Reads Green Button XML. Throws FILE_EMPTY, XML_MALFORMED, XML_FORBIDDEN, XML_LIMIT, ESPI_NOT_FOUND
 * and FILE_SERIES_LIMIT, after everything before has been yielded.
 */
export async function* readGreenButton(
  input: ByteSource,
  options: GreenButtonOptions = {},
): AsyncGenerator<ExchangeItem, void, undefined> {
  const out = new Collector(options.maxSeries);
  const feed = new Feed(out, options.device ?? 'link');
  const xml = new EspiXml((entry) => feed.add(entry));
  const text = new TextSource();
  let seen = false;
  const write = function* (chunk: string): Generator<ExchangeItem> {
    seen ||= chunk.trim() !== '';
    for (let at = 0; at < chunk.length; at += pieceChars) {
      xml.write(chunk.slice(at, at + pieceChars));
      out.lines = xml.readings;
      if (out.due) yield* out.drain();
    }
  };
  try {
    for await (const bytes of input) {
      out.bytes += bytes.length;
      yield* write(text.push(bytes));
      yield out.progress(false);
    }
    yield* write(text.finish());
    if (!seen) throw exchangeErrors.FILE_EMPTY();
    xml.finish();
    feed.finish();
    if (!feed.found) throw exchangeErrors.ESPI_NOT_FOUND();
  } catch (error) {
    try {
      feed.finish();
    } catch {
      // The first error counts.
    }
    yield* out.drainAll();
    throw error;
  }
  yield* out.drainAll();
  yield* feed.totals();
  yield out.progress(true);
}

/** A block that waits for its MeterReading. */
interface Waiting {
  readonly entry: EspiEntry;
  readonly block: RawBlock;
  /** The MeterReading that came last before it, for blocks without links. */
  readonly before: EspiEntry | undefined;
}

interface Context {
  readonly device: string;
  readonly zone: string | undefined;
  readonly type: EspiType;
}

class Feed {
  /** Whether any ESPI usage element was seen. */
  found = false;
  private readonly out: Collector;
  private readonly deviceIs: 'link' | 'title';
  private readonly bySelf = new Map<string, EspiEntry>();
  /** Entries by kind and the links they relate to: the collection of blocks leads to its MeterReading. */
  private readonly byRelated = new Map<string, EspiEntry>();
  private readonly singles = new Map<string, EspiEntry | null>();
  private readonly summaries: EspiEntry[] = [];
  /** By the service of the usage point, which says what a type leaves out. */
  private readonly types = new Map<string, Map<EspiEntry, EspiType | OpenAmiError>>();
  private waiting: Waiting[] = [];
  private waitingRows = 0;
  private entries = 0;
  private lastMeterReading: EspiEntry | undefined;

  constructor(out: Collector, deviceIs: 'link' | 'title') {
    this.out = out;
    this.deviceIs = deviceIs;
  }

  add(entry: EspiEntry): void {
    const { kind, block } = entry;
    if (block) {
      this.found = true;
      entry.block = undefined;
      const waiting = { entry, block, before: this.lastMeterReading };
      if (!this.emit(waiting, false)) this.wait(waiting);
      return;
    }
    if (kind === '') return;
    this.found = true;
    this.entries += 1;
    if (this.entries > maxEntries) throw exchangeErrors.XML_LIMIT(`more than ${maxEntries} entries`);
    if (entry.summary) this.summaries.push(entry);
    else {
      if (entry.self !== '') this.bySelf.set(entry.self, entry);
      for (const link of entry.related) {
        const key = `${kind} ${link}`;
        if (!this.byRelated.has(key)) this.byRelated.set(key, entry);
      }
      this.singles.set(kind, this.singles.has(kind) ? null : entry);
    }
    if (kind === 'MeterReading') this.lastMeterReading = entry;
  }

  private wait(waiting: Waiting): void {
    this.waitingRows += waiting.block.start.length;
    if (this.waitingRows > maxWaiting)
      throw exchangeErrors.XML_LIMIT(`${maxWaiting} readings before their ReadingType`);
    this.waiting.push(waiting);
  }

  /** The end of the feed: resolves what waits, with lone entries standing in for broken links. */
  finish(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const block of waiting) {
      if (this.emit(block, true)) continue;
      const line = block.block.ordinal[0] ?? 0;
      const name = block.entry.self || block.entry.id;
      const detail = `${block.block.start.length} readings of the block ${name}`;
      this.out.reject(rejectOf(exchangeErrors.ESPI_LINK_BROKEN(detail), { line, value: block.entry.self }));
    }
  }

  /** Totals of UsageSummary, once everything is known. */
  *totals(): Generator<StatedTotal> {
    for (const entry of this.summaries) {
      const point = this.usagePointOf(entry, true);
      const { measures, period } = entry.summary!;
      const periodEnd = period.start + period.duration;
      for (const [name, fields] of measures) {
        const value = whole(fields.value ?? '');
        const unit = unitForUom(whole(fields.uom ?? ''));
        if (Number.isNaN(value) || !unit) continue;
        const current = name.startsWith('currentBillingPeriod') && !Number.isNaN(periodEnd);
        yield {
          kind: 'total',
          device: this.deviceOf(point, entry),
          name,
          ...(current ? { start: period.start, end: periodEnd } : {}),
          value: scaled(value, whole(fields.powerOfTenMultiplier || '0')),
          unit: unit.symbol,
        };
      }
    }
  }

  /** Yields a block's rows into the collector; false when a link leads nowhere yet. */
  private emit({ entry, block, before }: Waiting, last: boolean): boolean {
    const meterReading =
      this.ownerOf(entry, 'MeterReading') ?? (last ? (before ?? this.single('MeterReading')) : undefined);
    if (!meterReading) return false;
    const typeEntry = this.typeOf(meterReading, last);
    if (!typeEntry) return false;
    const point = this.usagePointOf(meterReading, last);
    if (!point && !last) return false;
    const zone = this.zoneOf(point, last);
    const type = this.type(typeEntry, point?.fields.kind);
    const device = this.deviceOf(point, entry);
    if (type instanceof Error) {
      const value = `${block.start.length} readings`;
      this.out.reject(rejectOf(type, { line: block.ordinal[0] ?? 0, device, value }));
      return true;
    }
    this.rows(block, { device, zone, type });
    return true;
  }

  /** The entry of a kind that an entry belongs to: by links from it, or by the path of its own. */
  private ownerOf(entry: EspiEntry, kind: string): EspiEntry | undefined {
    const related = this.byRelated.get(`${kind} ${entry.up}`) ?? this.byRelated.get(`${kind} ${entry.self}`);
    if (related) return related;
    const above = this.bySelf.get(parentOf(entry.up));
    return above?.kind === kind ? above : undefined;
  }

  private typeOf(meterReading: EspiEntry, last: boolean): EspiEntry | undefined {
    for (const link of meterReading.related) {
      const entry = this.bySelf.get(link);
      if (entry?.kind === 'ReadingType') return entry;
    }
    if (meterReading.fields.uom !== undefined) return meterReading;
    return last ? this.single('ReadingType') : undefined;
  }

  private type(entry: EspiEntry, serviceKind = ''): EspiType | OpenAmiError {
    const types = this.types.get(serviceKind) ?? new Map<EspiEntry, EspiType | OpenAmiError>();
    this.types.set(serviceKind, types);
    let type = types.get(entry);
    if (!type) {
      try {
        type = espiType(entry.fields, serviceKind);
      } catch (error) {
        type = error as OpenAmiError;
      }
      types.set(entry, type);
    }
    return type;
  }

  private usagePointOf(entry: EspiEntry, last: boolean): EspiEntry | undefined {
    return this.ownerOf(entry, 'UsagePoint') ?? (last ? this.single('UsagePoint') : undefined);
  }

  private zoneOf(point: EspiEntry | undefined, last: boolean): string | undefined {
    for (const link of point?.related ?? []) {
      const entry = this.bySelf.get(link);
      if (entry?.kind === 'LocalTimeParameters') return espiZone(entry.fields);
    }
    const lone = last || !point ? this.single('LocalTimeParameters') : undefined;
    return lone ? espiZone(lone.fields) : undefined;
  }

  private single(kind: string): EspiEntry | undefined {
    return this.singles.get(kind) ?? undefined;
  }

  private deviceOf(point: EspiEntry | undefined, entry: EspiEntry): string {
    if (point && this.deviceIs === 'title' && point.title !== '') return point.title;
    const named = point ? point.self : (/^.*\/UsagePoint\/[^/]+/.exec(entry.self || entry.up)?.[0] ?? '');
    return decoded(named.slice(named.lastIndexOf('/') + 1)) || point?.id || entry.id || 'unknown';
  }

  private rows(block: RawBlock, { device, zone, type }: Context): void {
    const buffers = new Map<number, SeriesBuffer>();
    const { quantity, unit } = type;
    for (let i = 0; i < block.start.length; i++) {
      const line = block.ordinal[i]!;
      const stated = block.duration[i]!;
      const lengthS = stated > 0 ? stated : type.register ? 0 : type.intervalS;
      const end = block.start[i]! + lengthS;
      const text = block.value[i]!;
      const refuse = (error: OpenAmiError): void =>
        this.out.reject(rejectOf(error, { line, device, quantity, end: end || 0, value: text }));
      if (text === '') {
        this.out.nulls += 1;
        continue;
      }
      const value = whole(text);
      if (Number.isNaN(value)) {
        refuse(exchangeErrors.ESPI_READING_INVALID(`value "${text.slice(0, 40)}"`));
        continue;
      }
      if (!(end > 0 && end < latestS && lengthS <= 366 * 86_400)) {
        refuse(exchangeErrors.ESPI_READING_INVALID('timePeriod'));
        continue;
      }
      const quality = readingQuality(block.quality[i]!, type.defaultQuality);
      if (!quality) {
        refuse(exchangeErrors.ROW_QUALITY_UNKNOWN(`quality ${block.quality[i]!.slice(0, 40)}`));
        continue;
      }
      const intervalS = type.register ? 0 : nominal(lengthS, type.intervalS);
      let buffer = buffers.get(intervalS);
      if (!buffer) {
        buffer = this.out.buffer({ device, quantity, unit, intervalS, readingType: quantity, zone });
        buffers.set(intervalS, buffer);
      }
      this.out.push(buffer, end, scaled(value, type.power), quality.quality, quality.flags, line);
    }
  }
}

/** Days of 23 and 25 hours, and months of any length, are of the series whose length their type states. */
function nominal(lengthS: number, typeS: number): number {
  const day = typeS === DAY_S && Math.abs(lengthS - DAY_S) <= 3600;
  const month = typeS >= 28 * DAY_S && typeS <= 31 * DAY_S && Math.abs(lengthS - typeS) <= 3 * DAY_S + 3600;
  return day || month ? typeS : lengthS;
}

/** `value × 10^power`; a negative power divides, which rounds only once. */
function scaled(value: number, power: number): number {
  return power >= 0 ? value * 10 ** power : value / 10 ** -power;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parentOf(link: string): string {
  return link.slice(0, Math.max(0, link.lastIndexOf('/')));
}

/** Quality of the stated codes: the first that says more than "valid", with the reasons of all. */
function readingQuality(codes: string, otherwise: number): { quality: number; flags: number } | undefined {
  if (codes === '') {
    if (Number.isNaN(otherwise)) return { quality: Quality.raw, flags: 0 };
    return qualityFromEspi(otherwise);
  }
  let quality = 0;
  let flags = 0;
  for (const code of codes.trim().split(' ')) {
    const found = qualityFromEspi(whole(code));
    if (!found) return undefined;
    if (quality === 0 || quality === Quality.valid) quality = found.quality;
    flags = (flags | found.flags) >>> 0;
  }
  return { quality, flags };
}
