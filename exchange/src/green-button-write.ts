/**
 * Writes series as a Green Button feed (ESPI 4.0, valid against espi.xsd): LocalTimeParameters and
 * UsagePoints first, then for each series its ReadingType and MeterReading, then a block a local day.
 *
 * Values are whole numbers: in the base unit (Wh, L) where that is exact, else in thousandths of it,
 * which is as fine as readings are stored.
 */
import {
  type Commodity,
  commodityTable,
  countsConverter,
  findObis,
  findUnit,
  isReadingType,
  Kind,
  parseReadingType,
  Quality,
  qualityToEspi,
  type ReadingType,
  readingTypeFor,
  readingTypeOfObis,
  type Unit,
  zoneTable,
} from '@openami/model';
import { exchangeErrors } from './errors.ts';
import { espiLocalTime } from './espi-dst.ts';
import { element, uuid, xml } from './espi-text.ts';
import type { SeriesChunk, SeriesHead, SeriesSource } from './series.ts';

export interface GreenButtonUsagePoint {
  /** Device as the chunks name it. */
  readonly device: string;
  readonly title: string;
  readonly commodity: Commodity;
  /** IANA zone of the usage point. */
  readonly zone: string;
}

export interface GreenButtonWriteOptions {
  /** Stamp of the feed and its entries, epoch seconds. */
  readonly updatedS: number;
  readonly title?: string;
  /** Path or URL before `/Subscription/...`; default `/espi/1_1/resource`. */
  readonly base?: string;
  readonly subscription?: string;
}

const espi = 'xmlns="http://naesb.org/espi"';

/**
 * Text of the feed in parts. Throws FILE_VALUE_UNWRITABLE for a device that is none of `points`, and
 * for units that ESPI has no code for.
 */
export async function* writeGreenButton(
  points: readonly GreenButtonUsagePoint[],
  series: SeriesSource,
  options: GreenButtonWriteOptions,
): AsyncGenerator<string, void, undefined> {
  const writer = new FeedWriter(points, options);
  yield writer.head();
  for await (const chunk of series) if (chunk.length > 0) yield* writer.chunk(chunk);
  yield '</feed>\n';
}

/** One MeterReading of the feed: a series at one power of ten. */
interface OpenReading {
  readonly self: string;
  readonly point: GreenButtonUsagePoint;
  /** Divisor of thousandths of the base unit: 1000 (base unit) or 1. */
  readonly step: 1 | 1000;
  readonly intervalS: number;
  blocks: number;
}

class FeedWriter {
  private readonly options: GreenButtonWriteOptions;
  private readonly base: string;
  private readonly updated: string;
  private readonly points: ReadonlyMap<string, GreenButtonUsagePoint>;
  private readonly readings = new Map<string, OpenReading>();

  constructor(points: readonly GreenButtonUsagePoint[], options: GreenButtonWriteOptions) {
    this.options = options;
    this.base = options.base ?? '/espi/1_1/resource';
    this.updated = new Date(options.updatedS * 1000).toISOString().replace('.000Z', 'Z');
    this.points = new Map(points.map((point) => [point.device, point]));
  }

  private get subscription(): string {
    return `${this.base}/Subscription/${encodeURIComponent(this.options.subscription ?? '1')}`;
  }

  head(): string {
    const { subscription, updated } = this;
    let text = `<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n`;
    const title = this.options.title ?? 'Green Button usage';
    text += `<id>${uuid(subscription)}</id>\n${element('title', xml(title))}\n`;
    text += `<updated>${updated}</updated>\n<link rel="self" href="${xml(subscription)}"/>\n`;
    const zones = new Set([...this.points.values()].map((point) => point.zone));
    for (const zone of zones) text += this.localTime(zone);
    for (const point of this.points.values()) {
      const self = this.pointLink(point);
      const kind = element('kind', commodityTable[point.commodity].serviceKind);
      const content = `<UsagePoint ${espi}>${element('ServiceCategory', kind)}</UsagePoint>`;
      text += this.entry(self, point.title, content, [`${self}/MeterReading`, this.zoneLink(point.zone)]);
    }
    return text;
  }

  *chunk(chunk: SeriesChunk): Generator<string> {
    const point = this.points.get(chunk.device);
    if (!point) throw unwritable(chunk, 'its usage point was not given');
    const fault = greenButtonFault(chunk);
    if (fault) throw unwritable(chunk, fault);
    const unit = findUnit(chunk.unit)!;
    const base = findUnit(unit.base)!;
    const converter = countsConverter(unit, 1);
    const counts = new Float64Array(chunk.length);
    let whole = true;
    for (let i = 0; i < chunk.length; i++) {
      const count = converter.toCounts(chunk.value[i]!);
      if (Number.isNaN(count)) throw unwritable(chunk, `value ${chunk.value[i]}`);
      counts[i] = count;
      whole &&= count % 1000 === 0;
    }
    const key = `${chunk.device}\n${chunk.quantity}\n${chunk.intervalS}`;
    const finest = this.readings.get(`${key}\n1`);
    const step = whole && !finest ? 1000 : 1;
    let reading = this.readings.get(`${key}\n${step}`);
    if (!reading) {
      const place = this.readings.size + 1;
      reading = {
        self: `${this.pointLink(point)}/MeterReading/${place}`,
        point,
        step,
        intervalS: chunk.intervalS,
        blocks: 0,
      };
      this.readings.set(`${key}\n${step}`, reading);
      yield this.openReading(reading, place, chunk, base);
    }
    yield* this.blocks(reading, chunk, counts);
  }

  private openReading(reading: OpenReading, place: number, chunk: SeriesHead, base: Unit): string {
    const typeLink = `${this.base}/ReadingType/${place}`;
    const type = readingTypeOfHead(chunk, reading.point.commodity, base);
    const fields: readonly (readonly [string, number])[] = [
      ['accumulationBehaviour', type.accumulation],
      ['commodity', type.commodity],
      ['dataQualifier', type.aggregate || 12],
      ['flowDirection', type.flow],
      ['intervalLength', chunk.intervalS],
      ['kind', type.kind],
      ['phase', type.phase || 769],
      ['powerOfTenMultiplier', reading.step === 1000 ? base.multiplier : base.multiplier - 3],
      ['timeAttribute', type.macroPeriod],
      ['uom', base.uom!],
    ];
    const content = fields.map(([name, value]) => element(name, value)).join('');
    return (
      this.entry(typeLink, chunk.quantity, `<ReadingType ${espi}>${content}</ReadingType>`, []) +
      this.entry(reading.self, chunk.quantity, `<MeterReading ${espi}/>`, [
        `${reading.self}/IntervalBlock`,
        typeLink,
      ])
    );
  }

  /** A block for each run of readings that start on one local day. */
  private *blocks(reading: OpenReading, chunk: SeriesChunk, counts: Float64Array): Generator<string> {
    const zone = zoneTable(reading.point.zone);
    const { intervalS } = reading;
    let from = 0;
    let day = Number.NaN;
    for (let i = 0; i <= chunk.length; i++) {
      const next = i < chunk.length ? zone.localDayOf(chunk.end[i]! - intervalS) : Number.NaN;
      if (i > from && next !== day) {
        const block = this.block(reading, chunk, counts, from, i);
        if (block !== '') yield block;
        from = i;
      }
      day = next;
    }
  }

  private block(
    reading: OpenReading,
    chunk: SeriesChunk,
    counts: Float64Array,
    from: number,
    to: number,
  ): string {
    const { intervalS, step } = reading;
    let rows = '';
    let first = Number.POSITIVE_INFINITY;
    let last = 0;
    for (let i = from; i < to; i++) {
      if (chunk.quality[i] === Quality.missing) continue;
      const end = chunk.end[i]!;
      first = Math.min(first, end - intervalS);
      last = Math.max(last, end);
      const code = qualityToEspi(chunk.quality[i]!, chunk.flags[i]!);
      rows += '<IntervalReading>';
      if (code !== undefined) rows += `<ReadingQuality><quality>${code}</quality></ReadingQuality>`;
      rows += `<timePeriod><duration>${intervalS}</duration><start>${end - intervalS}</start></timePeriod>`;
      rows += `<value>${counts[i]! / step}</value></IntervalReading>\n`;
    }
    if (rows === '') return '';
    reading.blocks += 1;
    const interval = `<interval><duration>${last - first}</duration><start>${first}</start></interval>`;
    const content = `<IntervalBlock ${espi}>${interval}\n${rows}</IntervalBlock>`;
    return this.entry(`${reading.self}/IntervalBlock/${reading.blocks}`, '', content, []);
  }

  private localTime(zone: string): string {
    const local = espiLocalTime(zone, this.options.updatedS);
    const fields =
      element('dstEndRule', local.dstEndRule) +
      element('dstOffset', local.dstOffset) +
      element('dstStartRule', local.dstStartRule) +
      element('tzOffset', local.tzOffset);
    const content = `<LocalTimeParameters ${espi}>${fields}</LocalTimeParameters>`;
    return this.entry(this.zoneLink(zone), zone, content, []);
  }

  private pointLink(point: GreenButtonUsagePoint): string {
    return `${this.subscription}/UsagePoint/${encodeURIComponent(point.device)}`;
  }

  private zoneLink(zone: string): string {
    return `${this.base}/LocalTimeParameters/${encodeURIComponent(zone)}`;
  }

  private entry(self: string, title: string, content: string, related: readonly string[]): string {
    const up = self.slice(0, self.lastIndexOf('/'));
    const link = (rel: string, href: string): string => `<link rel="${rel}" href="${xml(href)}"/>\n`;
    const links = related.map((href) => link('related', href)).join('');
    return (
      `<entry>\n${element('id', uuid(self))}\n${link('self', self)}${link('up', up)}${links}` +
      `${element('title', xml(title))}\n${element('content', content)}\n` +
      `${element('published', this.updated)}\n${element('updated', this.updated)}\n</entry>\n`
    );
  }
}

/** Why Green Button cannot say a series, from its head alone; undefined when it can. */
export function greenButtonFault({ unit }: SeriesHead): string | undefined {
  const base = findUnit(findUnit(unit)?.base ?? '');
  return base && base.uom !== null ? undefined : `ESPI has no code for "${unit}"`;
}

/** Reading type by the chunk's own, its quantity, or what the commodity usually is. */
function readingTypeOfHead(chunk: SeriesHead, commodity: Commodity, base: Unit): ReadingType {
  for (const text of [chunk.quantity, chunk.readingType ?? ''])
    if (isReadingType(text)) return parseReadingType(text);
  const obis = findObis(chunk.quantity);
  const known = obis && readingTypeOfObis(obis, chunk.intervalS, base);
  if (known) return known;
  const kind = base.dimension === 'volume' ? Kind.volume : Kind.energy;
  return readingTypeFor({ commodity, kind, unit: base, measuringPeriodS: chunk.intervalS });
}

function unwritable(chunk: SeriesHead, detail: string): Error {
  return exchangeErrors.FILE_VALUE_UNWRITABLE(`${chunk.device} ${chunk.quantity}: ${detail}`);
}
