/** Readings as a file: channels of meters, window by window, through the writers of `exchange`. */
import { type SeriesChunk, writeCsv, writeGreenButton, writeNem12 } from '@openami/exchange';
import { type AccessContext, countsConverter } from '@openami/model';
import type { ChannelRecord } from '@openami/store';
import type { AppContext } from '../context.ts';
import type { ExportQuery } from '../contract/imports.ts';

const windowS = 100 * 86_400;
const metersAPage = 500;

interface ExportMeter {
  readonly id: number;
  readonly serial: string;
  readonly commodity: 'electricity' | 'gas' | 'water' | 'heat';
}

/** Text of the file in parts. Throws NOT_FOUND for a meter that is not registered. */
export function exportReadings(
  context: AppContext,
  ctx: AccessContext,
  query: ExportQuery,
): AsyncGenerator<string, void, undefined> {
  const { config, clock } = context;
  const span = { fromS: Date.parse(query.from) / 1000, toS: Date.parse(query.to) / 1000 };
  const nowS = Math.floor(clock.nowMs() / 1000);
  const zone = query.zone ?? config.zone;
  if (query.format === 'csv') return writeCsv(chunksOf(context, ctx, query, span), { zone });
  if (query.format === 'nem12') {
    const parties = { from: 'OPENAMI', to: 'OPENAMI' };
    return writeNem12(chunksOf(context, ctx, query, span), { createdS: nowS, ...parties });
  }
  return greenButton(context, ctx, query, span, nowS);
}

/** A Green Button feed names its usage points first. */
async function* greenButton(
  context: AppContext,
  ctx: AccessContext,
  query: ExportQuery,
  span: Span,
  nowS: number,
): AsyncGenerator<string, void, undefined> {
  const points = [];
  for await (const page of metersOf(context, ctx, query)) {
    for (const { id, serial, commodity } of page) {
      const { usagePoint } = await context.registry.meters.detail(ctx, id);
      const zone = usagePoint?.zone ?? query.zone ?? context.config.zone;
      points.push({ device: serial, title: usagePoint?.code ?? serial, commodity, zone });
    }
  }
  yield* writeGreenButton(points, chunksOf(context, ctx, query, span), { updatedS: nowS });
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
      if (one) found.push(one);
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

async function* chunksOf(
  context: AppContext,
  ctx: AccessContext,
  query: ExportQuery,
  span: Span,
): AsyncGenerator<SeriesChunk> {
  for await (const page of metersOf(context, ctx, query)) {
    const serials = new Map(page.map((meter) => [meter.id, meter.serial]));
    const channels = await context.registry.channels.ofMeters(ctx, [...serials.keys()]);
    for (const channel of channels) {
      const { alias, obis } = channel;
      if (query.quantity !== undefined && query.quantity !== alias && query.quantity !== obis) continue;
      for (let fromS = span.fromS; fromS < span.toS; fromS += windowS) {
        const window = { fromS, toS: Math.min(fromS + windowS, span.toS) };
        const chunk = await chunkOf(context, ctx, channel, serials.get(channel.meterId)!, window);
        if (chunk.length > 0) yield chunk;
      }
    }
  }
}

async function chunkOf(
  { store }: AppContext,
  ctx: AccessContext,
  channel: ChannelRecord,
  serial: string,
  span: Span,
): Promise<SeriesChunk> {
  const rows = await store.readings.profile(ctx, channel.id, span);
  let converter = countsConverter(channel.unit, rows.resolution[0] ?? channel.resolution);
  const value = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row++) {
    const resolution = rows.resolution[row]!;
    if (resolution !== converter.resolution) converter = countsConverter(channel.unit, resolution);
    value[row] = converter.toUnit(rows.value[row]!);
  }
  const { obis, alias, unit, intervalS, readingType } = channel;
  return {
    kind: 'series',
    ...{ device: serial, quantity: obis || alias, unit, intervalS },
    ...(readingType ? { readingType } : {}),
    end: Float64Array.from(rows.end),
    value,
    quality: rows.quality,
    flags: rows.flags,
    line: new Uint32Array(rows.length),
    length: rows.length,
  };
}
