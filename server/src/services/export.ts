/** Readings as a file: channels of meters, window by window, through the writers of `exchange`. */
import {
  exchangeErrors,
  greenButtonFault,
  nem12Fault,
  type SeriesChunk,
  type SeriesHead,
  writeCsv,
  writeGreenButton,
  writeNem12,
} from '@openami/exchange';
import { type AccessContext, countsConverter, findUnit, qualityFromNem12, zoneTable } from '@openami/model';
import type { ChannelRecord, Readings, StatedQualities } from '@openami/store';
import type { AppContext } from '../context.ts';
import type { ExportQuery } from '../contract/imports.ts';
import { serverErrors } from '../errors.ts';
import { meterZone } from './meter-zone.ts';
import { nemStreamsOf } from './nem-streams.ts';

const windowS = 100 * 86_400;
const metersAPage = 500;

interface ExportMeter {
  readonly id: number;
  readonly serial: string;
  readonly commodity: 'electricity' | 'gas' | 'water' | 'heat';
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Text of the file in parts. Everything that can be known without the readings is checked before the
 * first part: throws METER_UNKNOWN, ZONE_UNKNOWN, and FILE_VALUE_UNWRITABLE for a channel the format
 * cannot say.
 */
export async function* exportReadings(
  context: AppContext,
  ctx: AccessContext,
  query: ExportQuery,
): AsyncGenerator<string, void, undefined> {
  const { config, clock } = context;
  const span = { fromS: Date.parse(query.from) / 1000, toS: Date.parse(query.to) / 1000 };
  const nowS = Math.floor(clock.nowMs() / 1000);
  const zone = query.zone ?? config.zone;
  zoneTable(zone);
  const dimensions = await checkChannels(context, ctx, query, span);
  const chunks = chunksOf(context, ctx, query, span);
  if (query.format === 'csv') yield* writeCsv(chunks, { zone, unitColumn: dimensions.size > 1 });
  else if (query.format === 'greenbutton') yield* greenButton(context, ctx, query, chunks, nowS);
  else yield* writeNem12(chunks, { createdS: nowS, from: 'OPENAMI', to: 'OPENAMI' });
}

const faultIn: Readonly<Record<ExportQuery['format'], (head: SeriesHead) => string | undefined>> = {
  csv: () => undefined,
  greenbutton: greenButtonFault,
  nem12: nem12Fault,
};

/** Dimensions of the channels. One that cannot be written is no fault while it has no reading in the span. */
async function checkChannels(
  context: AppContext,
  ctx: AccessContext,
  query: ExportQuery,
  span: Span,
): Promise<Set<string>> {
  const dimensions = new Set<string>();
  for await (const { channel, meter, filled } of channelsOf(context, ctx, query, span)) {
    const { serial } = meter;
    const head = headOf(channel, meter);
    dimensions.add(findUnit(head.unit)?.dimension ?? head.unit);
    const fault = faultIn[query.format](head);
    if (fault === undefined || filled === undefined) continue;
    const hint = `${serial} ${head.quantity}: ${fault}; choose other channels with --quantity`;
    throw exchangeErrors.FILE_VALUE_UNWRITABLE(hint);
  }
  return dimensions;
}

/** A Green Button feed names its usage points first. */
async function* greenButton(
  context: AppContext,
  ctx: AccessContext,
  query: ExportQuery,
  chunks: AsyncIterable<SeriesChunk>,
  nowS: number,
): AsyncGenerator<string, void, undefined> {
  const points = [];
  for await (const page of metersOf(context, ctx, query)) {
    for (const { id, serial, commodity } of page) {
      const detail = await context.registry.meters.detail(ctx, id);
      const { usagePoint } = detail;
      const zone = meterZone(detail, query.zone ?? context.config.zone);
      points.push({ device: serial, title: usagePoint?.code ?? serial, commodity, zone });
    }
  }
  yield* writeGreenButton(points, chunks, { updatedS: nowS });
}

/** The meters asked for, or all, in pages. */
async function* metersOf(
  { registry }: AppContext,
  ctx: AccessContext,
  { meter }: ExportQuery,
): AsyncGenerator<readonly ExportMeter[]> {
  if (meter !== undefined) {
    const found: ExportMeter[] = [];
    for (const serial of meter.split(',')) {
      const one = await registry.meters.find(ctx, serial.trim());
      if (!one) throw serverErrors.METER_UNKNOWN(`"${serial.trim()}"`);
      found.push(one);
    }
    yield found;
    return;
  }
  let cursor: string | undefined;
  do {
    const page = await registry.meters.list(ctx, { limit: metersAPage, ...(cursor ? { cursor } : {}) });
    yield page.items;
    cursor = page.next ?? undefined;
  } while (cursor);
}

interface Span {
  readonly fromS: number;
  readonly toS: number;
}

interface ExportChannel {
  readonly channel: ChannelRecord;
  readonly meter: ExportMeter;
  /** The part of the span that has readings of it; undefined when none has. */
  readonly filled: Span | undefined;
}

/** The channels asked for, meter by meter. */
async function* channelsOf(
  context: AppContext,
  ctx: AccessContext,
  query: ExportQuery,
  span: Span,
): AsyncGenerator<ExportChannel> {
  for await (const page of metersOf(context, ctx, query)) {
    const meters = new Map(page.map((meter) => [meter.id, meter]));
    const channels = await context.registry.channels.ofMeters(ctx, [...meters.keys()]);
    const wanted = channels.filter(
      ({ alias, obis, quantityKeys }) =>
        query.quantity === undefined || [alias, obis, ...quantityKeys].includes(query.quantity),
    );
    const filled = await filledOf(context, ctx, wanted, span);
    for (const channel of wanted) {
      yield { channel, meter: meters.get(channel.meterId)!, filled: filled.get(channel.id) };
    }
  }
}

/** Where channels have readings: what is empty is not looked through window by window. */
async function filledOf(
  { store }: AppContext,
  ctx: AccessContext,
  channels: readonly ChannelRecord[],
  span: Span,
): Promise<Map<number, Span>> {
  const ids = channels.map(({ id }) => id);
  const { length, channel, first, last } = await store.readings.extents(ctx, ids, span);
  const filled = new Map<number, Span>();
  for (let i = 0; i < length; i++) filled.set(channel[i]!, { fromS: first[i]! - 1, toS: last[i]! });
  return filled;
}

function* windowsOf({ fromS, toS }: Span): Generator<Span> {
  for (let at = fromS; at < toS; at += windowS) yield { fromS: at, toS: Math.min(at + windowS, toS) };
}

async function* chunksOf(
  context: AppContext,
  ctx: AccessContext,
  query: ExportQuery,
  span: Span,
): AsyncGenerator<SeriesChunk> {
  for await (const { channel, meter, filled } of channelsOf(context, ctx, query, span)) {
    for (const window of filled ? windowsOf(filled) : []) {
      const { rows, chunk } = await chunkOf(context, ctx, channel, meter, window);
      if (chunk.length === 0) continue;
      if (query.format !== 'nem12') yield chunk;
      else {
        const said = await context.store.stated.ofChannel(ctx, channel.id, window);
        yield { ...chunk, stated: wordsStillTrue(rows, said) };
      }
    }
  }
}

/** The series of a channel, by a name under which an import finds the channel again. */
function headOf(channel: ChannelRecord, { serial, attributes }: ExportMeter): SeriesHead {
  const { obis, quantityKeys, alias, unit, intervalS, readingType } = channel;
  const quantity = obis || (quantityKeys[0] ?? alias);
  const stream = nemStreamsOf(attributes)[quantity];
  return {
    ...{ device: serial, quantity, unit, intervalS },
    ...(stream ? { stream } : {}),
    ...(readingType ? { readingType } : {}),
  };
}

async function chunkOf(
  { store }: AppContext,
  ctx: AccessContext,
  channel: ChannelRecord,
  meter: ExportMeter,
  span: Span,
): Promise<{ rows: Readings; chunk: SeriesChunk }> {
  const rows = await store.readings.profile(ctx, channel.id, span);
  return { rows, chunk: seriesOf(rows, headOf(channel, meter)) };
}

/** Stored readings of one channel as what the writers of files take. */
export function seriesOf(rows: Readings, head: SeriesHead): SeriesChunk {
  let converter = countsConverter(head.unit, rows.resolution[0] ?? 1);
  const value = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const resolution = rows.resolution[row]!;
    if (resolution !== converter.resolution) converter = countsConverter(head.unit, resolution);
    value[row] = converter.toUnit(rows.value[row]!);
  }
  return {
    kind: 'series',
    ...head,
    end: Float64Array.from(rows.end),
    value,
    quality: rows.quality,
    flags: rows.flags,
    line: new Uint32Array(rows.length),
    length: rows.length,
  };
}

/** By row, what a NEM12 file said of the reading, while that is the value and quality it still has. */
function wordsStillTrue(rows: Readings, said: StatedQualities): (string | undefined)[] {
  const words: (string | undefined)[] = new Array(rows.length);
  let at = 0;
  for (let row = 0; row < rows.length; row++) {
    while (at < said.length && said.end[at]! < rows.end[row]!) at++;
    if (at === said.length) break;
    if (said.end[at] !== rows.end[row] || said.value[at] !== rows.value[row]) continue;
    if (said.resolution[at] !== rows.resolution[row]) continue;
    const [flag = '', reason = ''] = said.words[at]!.split(',');
    const meant = qualityFromNem12(flag, reason === '' ? undefined : Number(reason));
    if (!meant || meant.quality !== rows.quality[row]) continue;
    // reasons of its arrival may have come on top
    if ((meant.flags & ~rows.flags[row]!) === 0) words[row] = said.words[at];
  }
  return words;
}
