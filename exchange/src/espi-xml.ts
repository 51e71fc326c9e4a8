/**
 * Green Button XML to entries: one object an Atom entry, the readings of a block in columns.
 *
 * Names are compared without their prefix, so that both `<value>` and `<espi:value>` are read. A
 * DOCTYPE is refused (no entity is ever expanded), and depth and length are limited.
 */
import { SaxesParser } from 'saxes';
import { exchangeErrors } from './errors.ts';
import { own } from './text.ts';

const maxDepth = 64;
/** Characters between two tags at most. */
const maxText = 1_048_576;
const maxLinks = 10_000;
/** IntervalReadings of one block at most. */
const maxBlock = 4_000_000;
/** Characters of the quality codes of one reading at most. */
const maxQuality = 1_000;

/** IntervalReadings as they stand in the file, in columns. */
export interface RawBlock {
  /** Epoch seconds; NaN when it is no whole number. */
  readonly start: number[];
  readonly duration: number[];
  /** Text of the value; empty when there is none. */
  readonly value: string[];
  /** ESPI quality codes of the reading, joined by blanks. */
  readonly quality: string[];
  /** Number of the IntervalReading in the file, from 1. */
  readonly ordinal: number[];
}

/** A measurement of a UsageSummary. */
export interface RawSummary {
  readonly measures: Map<string, Record<string, string>>;
  period: { start: number; duration: number };
}

/** An Atom entry with what matters of its content. */
export interface EspiEntry {
  id: string;
  title: string;
  self: string;
  up: string;
  readonly related: string[];
  /** Name of the ESPI element it holds. */
  kind: string;
  /** Fields of a ReadingType, LocalTimeParameters or UsagePoint. */
  readonly fields: Record<string, string>;
  block: RawBlock | undefined;
  summary: RawSummary | undefined;
}

const kinds = new Set([
  'UsagePoint',
  'MeterReading',
  'ReadingType',
  'IntervalBlock',
  'LocalTimeParameters',
  'UsageSummary',
  'ElectricPowerUsageSummary',
  'ElectricPowerQualitySummary',
]);
const summaries = new Set(['UsageSummary', 'ElectricPowerUsageSummary']);
const recordKinds = new Set(['ReadingType', 'LocalTimeParameters']);

/** Streaming reader; `onEntry` is called at the end of each entry. */
export class EspiXml {
  /** IntervalReadings seen. */
  readings = 0;
  /** Costs of intervals, which are not imported. */
  costs = 0;
  private readonly sax = new SaxesParser();
  private readonly stack: string[] = [];
  private text = '';
  private sinceEvent = 0;
  private entry: EspiEntry | undefined;
  private start = Number.NaN;
  private duration = Number.NaN;
  private value = '';
  private quality = '';
  private readonly onEntry: (entry: EspiEntry) => void;

  constructor(onEntry: (entry: EspiEntry) => void) {
    this.onEntry = onEntry;
    const sax = this.sax;
    sax.on('error', (error) => {
      throw exchangeErrors.XML_MALFORMED(error.message, {}, error);
    });
    sax.on('doctype', () => {
      throw exchangeErrors.XML_FORBIDDEN();
    });
    sax.on('opentag', (tag) => {
      this.sinceEvent = 0;
      this.open(local(tag.name), tag.attributes as Record<string, string>);
    });
    sax.on('text', (text) => this.append(text));
    sax.on('cdata', (text) => this.append(text));
    sax.on('closetag', (tag) => {
      this.sinceEvent = 0;
      this.close(local(tag.name));
    });
  }

  /** Throws XML_MALFORMED, XML_FORBIDDEN, XML_LIMIT. */
  write(text: string): void {
    this.sinceEvent += text.length;
    this.sax.write(text);
    if (this.sinceEvent > maxText + text.length)
      throw exchangeErrors.XML_LIMIT('text of more than a million characters');
  }

  /** The end of the input. Throws XML_MALFORMED when it is cut. */
  finish(): void {
    this.sax.close();
  }

  private append(text: string): void {
    if (this.text.length + text.length > maxText)
      throw exchangeErrors.XML_LIMIT('text of more than a million characters');
    this.text += text;
  }

  private open(name: string, attributes: Record<string, string>): void {
    if (this.stack.length >= maxDepth) throw exchangeErrors.XML_LIMIT(`more than ${maxDepth} elements deep`);
    const parent = this.stack.at(-1);
    this.stack.push(name);
    this.text = '';
    if (name === 'entry') {
      this.entry = newEntry();
      return;
    }
    const entry = this.entry;
    if (!entry) return;
    if (name === 'link' && parent === 'entry') {
      this.link(entry, attributes);
      return;
    }
    // The content of an entry is one element; a ReadingType inside a MeterReading is taken as well.
    if (kinds.has(name) && (entry.kind === '' || recordKinds.has(name))) entry.kind ||= own(name);
    if (name === 'IntervalBlock')
      entry.block ??= { start: [], duration: [], value: [], quality: [], ordinal: [] };
    else if (summaries.has(name))
      entry.summary ??= { measures: new Map(), period: { start: Number.NaN, duration: Number.NaN } };
    else if (name === 'IntervalReading') {
      this.start = this.duration = Number.NaN;
      this.value = this.quality = '';
    }
  }

  private link(entry: EspiEntry, attributes: Record<string, string>): void {
    const href = linkKey(attributes.href ?? '');
    const rel = attributes.rel;
    if (rel === 'self') entry.self = href;
    else if (rel === 'up') entry.up = href;
    else if (rel === 'related') {
      if (entry.related.length >= maxLinks) throw exchangeErrors.XML_LIMIT('too many links in one entry');
      entry.related.push(href);
    }
  }

  private close(name: string): void {
    this.stack.pop();
    const entry = this.entry;
    const text = this.text.trim();
    this.text = '';
    if (!entry) return;
    const parent = this.stack.at(-1) ?? '';
    if (name === 'entry') {
      this.entry = undefined;
      this.onEntry(entry);
    } else if (name === 'IntervalReading') this.reading(entry);
    else if (parent === 'IntervalReading') this.readingField(name, text);
    else if (parent === 'timePeriod' && this.stack.at(-2) === 'IntervalReading') {
      if (name === 'start') this.start = whole(text);
      else if (name === 'duration') this.duration = whole(text);
    } else if (parent === 'ReadingQuality') {
      if (this.quality.length > maxQuality) throw exchangeErrors.XML_LIMIT('too many qualities of a reading');
      if (name === 'quality') this.quality += `${text} `;
    } else if (parent === 'entry') {
      if (name === 'id') entry.id = own(text);
      else if (name === 'title') entry.title = own(text);
    } else if (recordKinds.has(parent) || parent === 'ServiceCategory') entry.fields[name] = own(text);
    else if (entry.summary) this.summaryField(entry.summary, parent, name, text);
  }

  private readingField(name: string, text: string): void {
    if (name === 'value') this.value = text;
    else if (name === 'cost') this.costs += 1;
  }

  private reading(entry: EspiEntry): void {
    this.readings += 1;
    const block = entry.block;
    if (!block) return;
    if (block.start.length >= maxBlock)
      throw exchangeErrors.XML_LIMIT(`more than ${maxBlock} readings in one block`);
    block.start.push(this.start);
    block.duration.push(this.duration);
    block.value.push(this.value);
    block.quality.push(this.quality);
    block.ordinal.push(this.readings);
  }

  private summaryField(summary: RawSummary, parent: string, name: string, text: string): void {
    if (parent === 'billingPeriod') {
      if (name === 'start') summary.period.start = whole(text);
      else if (name === 'duration') summary.period.duration = whole(text);
      return;
    }
    if (!summaries.has(this.stack.at(-2) ?? '')) return;
    let measure = summary.measures.get(parent);
    if (!measure) {
      measure = {};
      summary.measures.set(parent, measure);
    }
    measure[name] = own(text);
  }
}

function newEntry(): EspiEntry {
  return {
    id: '',
    title: '',
    self: '',
    up: '',
    related: [],
    kind: '',
    fields: {},
    block: undefined,
    summary: undefined,
  };
}

/** A link without host and closing slash, so that absolute and relative ones meet. */
function linkKey(href: string): string {
  return own(
    href
      .trim()
      .replace(/^https?:\/\/[^/]*/i, '')
      .replace(/\/+$/, ''),
  );
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** A whole number, or NaN. */
export function whole(text: string): number {
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) + 0 : Number.NaN;
}
