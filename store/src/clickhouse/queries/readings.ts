/**
 * Readings as columns: profiles (now or as of a revision), days, newest, all revisions of one, presence.
 *
 * A span [fromS, toS) means the intervals that lie in it: those with fromS < end <= toS. All times are UTC
 * seconds.
 */
import type { AccessContext } from '@openami/model';
import type { EngineClient, Params, Settings } from '../client.ts';
import type { Table } from '../native.ts';
import {
  type ChannelCoverage,
  type ClippedChannel,
  coverageOf,
  type PresenceRows,
  presenceOf,
  type StepGrid,
} from './presence.ts';
import type { Scope } from './scope.ts';
import {
  answered,
  bounds,
  byInterval,
  type ChannelInterval,
  ids,
  inSpan,
  localDay,
  present,
  type Span,
  uint32,
} from './spans.ts';

/** Rows sorted by channel, then end. `value` counts `resolution` thousandths of the base unit. */
export interface Readings {
  readonly length: number;
  readonly channel: Uint32Array;
  readonly end: Uint32Array;
  readonly value: Float64Array;
  readonly resolution: Uint32Array;
  readonly quality: Uint8Array;
  readonly flags: Uint32Array;
  readonly revision: Uint32Array;
}

export interface AsOf {
  /** Revision second: what was known then. Default: what is current. */
  readonly asOf?: number;
}

/** One row per channel and local day of the interval's start (see `backToDayS`), sorted by both. */
export interface DailyRows {
  readonly length: number;
  readonly channel: Uint32Array;
  /** Local date as days since 1970-01-01. */
  readonly day: Uint16Array;
  /** Sum and largest in thousandths of the base unit; readings of quality `missing` do not count. */
  readonly total: Float64Array;
  readonly max: Float64Array;
  readonly count: Uint32Array;
  /** Readings per quality code: `byQuality[Quality.estimated][row]`; index 0 is unused. */
  readonly byQuality: readonly Uint32Array[];
}

/** Sorted by channel, then end. */
export interface ChannelEnds {
  readonly length: number;
  readonly channel: Uint32Array;
  readonly end: Uint32Array;
}

/** Newest end and (about: replaced rows count until merged) number of readings per channel. */
export interface ChannelMarks {
  readonly length: number;
  readonly channel: Uint32Array;
  readonly latest: Uint32Array;
  readonly readings: Float64Array;
}

/** First and last stored end of each channel that has readings. */
export interface ChannelExtents {
  readonly length: number;
  readonly channel: Uint32Array;
  readonly first: Uint32Array;
  readonly last: Uint32Array;
}

const columns = 'channel, end, value, resolution, quality, flags, revision';
const qualityCodes = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

export class ReadingQueries {
  private readonly client: EngineClient;
  private readonly scope: Scope;

  constructor(client: EngineClient, scope: Scope) {
    this.client = client;
    this.scope = scope;
  }

  /** Readings of one channel. Throws OUT_OF_SCOPE. */
  async profile(access: AccessContext, channel: number, span: Span, options: AsOf = {}): Promise<Readings> {
    return await this.profiles(access, [channel], span, options);
  }

  /** Readings of many channels. Throws OUT_OF_SCOPE. */
  async profiles(
    access: AccessContext,
    channels: readonly number[],
    span: Span,
    options: AsOf = {},
  ): Promise<Readings> {
    await this.scope.requireChannels(access, channels);
    if (isShort(channels, span) && options.asOf === undefined) return await this.short(channels, span);
    const params: Params = { channels, ...bounds(span) };
    // A few channels are a few granules: threads would cost more than they save.
    const settings: Settings = channels.length <= 16 ? { max_threads: 1 } : {};
    if (options.asOf === undefined) {
      const sql = `SELECT ${columns} FROM openami.reading FINAL WHERE ${inSpan} ORDER BY channel, end`;
      return readingsOf(await this.client.select(sql, params, settings));
    }
    const known = `${inSpan} AND revision <= {asOf:UInt32}`;
    const sql = `SELECT ${columns} FROM (
        SELECT ${columns} FROM openami.reading WHERE ${known}
        UNION ALL SELECT ${columns} FROM openami.reading_history WHERE ${known}
      ) ORDER BY channel, end, revision DESC LIMIT 1 BY channel, end`;
    return readingsOf(await this.client.select(sql, { ...params, asOf: uint32(options.asOf) }, settings));
  }

  /**
   * What people look at most: a month of a meter. Numbers stand in the statement, because parameters are a
   * statement of their own to the embedded engine, and the result comes whole and not in blocks. PREWHERE
   * leaves FINAL only the rows asked for to compare: both columns are the key, so it changes nothing.
   */
  private async short(channels: readonly number[], span: Span): Promise<Readings> {
    const { fromS, toS } = bounds(span);
    const sql = `SELECT ${columns} FROM openami.reading FINAL
      PREWHERE channel IN (${channels.map(uint32).join(',')}) AND end > ${fromS} AND end <= ${toS}
      ORDER BY channel, end`;
    return readingsOf(await this.client.select(sql, {}, { max_threads: 1, wait_end_of_query: 1 }));
  }

  /** Totals per channel and local day of `zone` (IANA). Throws OUT_OF_SCOPE. */
  async daily(
    access: AccessContext,
    channels: readonly ChannelInterval[],
    zone: string,
    span: Span,
  ): Promise<DailyRows> {
    await this.scope.requireChannels(access, ids(channels));
    const counts = qualityCodes.map((code) => `toUInt32(countIf(quality = ${code})) AS q${code}`);
    const sql = `SELECT channel, ${localDay} AS day,
        sumIf(value * toInt64(resolution), ${present}) AS total,
        maxIf(value * toInt64(resolution), ${present}) AS max,
        toUInt32(countIf(${present})) AS count, ${counts.join(', ')}
      FROM openami.reading FINAL WHERE ${inSpan} GROUP BY channel, day ORDER BY channel, day`;
    const parts = await byInterval(channels, (backS, list) =>
      this.client.select(sql, { channels: ids(list), ...bounds(span), backS, zone }),
    );
    return dailyOf(parts);
  }

  /**
   * Ends that need not be asked for, by channel and ascending: those stored, of quality `missing` too. An
   * estimate is none, unless it stands in for something the meter said. Throws OUT_OF_SCOPE.
   */
  async ends(access: AccessContext, channels: readonly number[], span: Span): Promise<ChannelEnds> {
    await this.scope.requireChannels(access, channels);
    const table = await this.client.select(
      `SELECT channel, end FROM (
         SELECT channel, end FROM openami.reading WHERE ${inSpan} AND ${answered}
         UNION ALL SELECT channel, end FROM openami.reading_history WHERE ${inSpan} AND ${answered}
       ) GROUP BY channel, end ORDER BY channel, end`,
      { channels, ...bounds(span) },
    );
    return { length: table.rows, channel: table.u32('channel'), end: table.u32('end') };
  }

  /**
   * How far stored ends, those of quality `missing` included, cover a span: one row a channel, sorted,
   * channels without any left out. Cheap for many channels, since only counts and a sum of hashes leave the
   * engine. What it says is gapless is so; who is told not to be is to be looked at by `ends` (rows that were
   * stored twice and are not merged yet look like that too). Throws OUT_OF_SCOPE.
   */
  async coverage(
    access: AccessContext,
    channels: readonly number[],
    span: Span,
    grid: StepGrid,
  ): Promise<ChannelCoverage> {
    await this.scope.requireChannels(access, channels);
    return await coverageOf(this.client, channels, span, grid);
  }

  /** Where in a span each channel has readings; channels without any are left out. Throws OUT_OF_SCOPE. */
  async extents(access: AccessContext, channels: readonly number[], span: Span): Promise<ChannelExtents> {
    await this.scope.requireChannels(access, channels);
    const table = await this.client.select(
      `SELECT channel, min(end) AS first, max(end) AS last FROM openami.reading WHERE ${inSpan}
       GROUP BY channel ORDER BY channel`,
      { channels, ...bounds(span) },
    );
    return extentsOf(table);
  }

  /**
   * Channels behind `after`, by id, of which readings that end by `byS` have a revision in (sinceS, untilS],
   * with the first and last such end; `limit` at most. Needs scope `all`.
   */
  async revised(
    access: AccessContext,
    of: { readonly sinceS: number; readonly untilS: number; readonly byS: number },
    after: number,
    limit: number,
  ): Promise<ChannelExtents> {
    this.scope.requireAll(access);
    const [since, until, by] = [of.sinceS, of.untilS, of.byS].map(uint32);
    const table = await this.client.select(
      `SELECT channel, min(end) AS first, max(end) AS last FROM openami.reading
       WHERE channel > ${uint32(after)} AND end <= ${by} AND revision > ${since} AND revision <= ${until}
       GROUP BY channel ORDER BY channel LIMIT ${uint32(limit)}`,
    );
    return extentsOf(table);
  }

  /** Newest reading of each channel; channels without one are left out. Throws OUT_OF_SCOPE. */
  async latest(access: AccessContext, channels: readonly number[]): Promise<Readings> {
    await this.scope.requireChannels(access, channels);
    const sql = `SELECT ${columns} FROM openami.reading FINAL
      WHERE channel IN {channels:Array(UInt32)} AND (channel, end) IN (
        SELECT channel, max(end) FROM openami.reading
        WHERE channel IN {channels:Array(UInt32)} GROUP BY channel)
      ORDER BY channel`;
    return readingsOf(await this.client.select(sql, { channels }));
  }

  /** Newest end of every channel that has readings. Needs scope `all`. */
  async marks(access: AccessContext): Promise<ChannelMarks> {
    this.scope.requireAll(access);
    const table = await this.client.select(
      `SELECT channel, max(end) AS latest, count() AS readings FROM openami.reading
       GROUP BY channel ORDER BY channel`,
    );
    return {
      length: table.rows,
      channel: table.u32('channel'),
      latest: table.u32('latest'),
      readings: table.f64('readings'),
    };
  }

  /** All versions of one reading, oldest first; the last is current. Throws OUT_OF_SCOPE. */
  async revisions(access: AccessContext, channel: number, end: number): Promise<Readings> {
    await this.scope.requireChannels(access, [channel]);
    const where = 'channel = {channel:UInt32} AND end = {end:UInt32}';
    const sql = `SELECT ${columns} FROM (
        SELECT ${columns} FROM openami.reading WHERE ${where}
        UNION ALL SELECT ${columns} FROM openami.reading_history WHERE ${where}
      ) ORDER BY revision LIMIT 1 BY revision`;
    return readingsOf(await this.client.select(sql, { channel, end: uint32(end) }));
  }

  /** Replaced versions in a span of `asOf` or before, oldest first. Throws OUT_OF_SCOPE. */
  async replaced(
    access: AccessContext,
    channels: readonly number[],
    span: Span,
    { asOf }: Required<AsOf>,
  ): Promise<Readings> {
    await this.scope.requireChannels(access, channels);
    const sql = `SELECT ${columns} FROM openami.reading_history WHERE ${inSpan} AND revision <= {asOf:UInt32}
      ORDER BY channel, end, revision LIMIT 1 BY channel, end, revision`;
    return readingsOf(await this.client.select(sql, { channels, ...bounds(span), asOf: uint32(asOf) }));
  }

  /**
   * Readings per local day and how many came by each of some deadlines, in seconds after the day's end. A
   * channel may stand there several times with clips that are apart. Throws OUT_OF_SCOPE.
   */
  async presence(
    access: AccessContext,
    channels: readonly ClippedChannel[],
    zone: string,
    span: Span,
    deadlinesS: readonly number[],
  ): Promise<PresenceRows> {
    await this.scope.requireChannels(access, ids(channels));
    return await presenceOf(this.client, channels, zone, span, deadlinesS);
  }
}

function extentsOf(table: Table): ChannelExtents {
  const [channel, first, last] = ['channel', 'first', 'last'].map((name) => table.u32(name));
  return { length: table.rows, channel: channel!, first: first!, last: last! };
}

/** Even with a reading every second the result stays below what the engine hands out whole. */
function isShort(channels: readonly number[], { fromS, toS }: Span): boolean {
  return channels.length > 0 && channels.length * (toS - fromS) <= 8_000_000;
}

/** Columns of a result that has all of a reading's. */
export function readingsOf(table: Table): Readings {
  return {
    length: table.rows,
    channel: table.u32('channel'),
    end: table.u32('end'),
    value: table.f64('value'),
    resolution: table.u32('resolution'),
    quality: table.u8('quality'),
    flags: table.u32('flags'),
    revision: table.u32('revision'),
  };
}

function dailyOf(parts: readonly Table[]): DailyRows {
  const order = sortedRows(parts, (part) => ({ major: part.u32('channel'), minor: part.u16('day') }));
  const length = order.length;
  const u32 = (name: string) => Uint32Array.from(gather(parts, order, (part) => part.u32(name)));
  const f64 = (name: string) => Float64Array.from(gather(parts, order, (part) => part.f64(name)));
  return {
    length,
    channel: u32('channel'),
    day: Uint16Array.from(gather(parts, order, (part) => part.u16('day'))),
    total: f64('total'),
    max: f64('max'),
    count: u32('count'),
    byQuality: [new Uint32Array(length), ...qualityCodes.map((code) => u32(`q${code}`))],
  };
}

interface RowAt {
  readonly part: number;
  readonly row: number;
}

function sortedRows(
  parts: readonly Table[],
  keys: (part: Table) => { major: Uint32Array; minor: Uint16Array },
): RowAt[] {
  const columnsOf = parts.map(keys);
  const rows = parts.flatMap((table, part) =>
    Array.from({ length: table.rows }, (_, row) => ({ part, row })),
  );
  if (parts.length < 2) return rows;
  return rows.sort((a, b) => {
    const [x, y] = [columnsOf[a.part]!, columnsOf[b.part]!];
    return x.major[a.row]! - y.major[b.row]! || x.minor[a.row]! - y.minor[b.row]!;
  });
}

function gather(
  parts: readonly Table[],
  order: readonly RowAt[],
  column: (part: Table) => ArrayLike<number>,
): number[] {
  const data = parts.map(column);
  return order.map(({ part, row }) => data[part]![row]!);
}
