/**
 * Readings as columns: profiles (now or as of a revision), days, newest, all revisions of one, presence.
 *
 * A span [fromS, toS) means the intervals that lie in it: those with fromS < end <= toS. All times are UTC
 * seconds.
 */
import type { AccessContext } from '@openami/model';
import type { EngineClient, Params, Settings } from '../client.ts';
import type { Table } from '../native.ts';
import type { Scope } from './scope.ts';

export interface Span {
  readonly fromS: number;
  readonly toS: number;
}

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

/** A channel and the length of its intervals. */
export interface ChannelInterval {
  readonly id: number;
  readonly intervalS: number;
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

/** One row per local day over all channels asked for. */
export interface PresenceRows {
  readonly length: number;
  readonly day: Uint16Array;
  readonly channels: Uint32Array;
  readonly readings: Uint32Array;
  /** Readings whose first revision came by each of the deadlines. */
  readonly onTime: readonly Uint32Array[];
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
const inSpan = 'channel IN {channels:Array(UInt32)} AND end > {fromS:UInt32} AND end <= {toS:UInt32}';
const qualityCodes = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
const present = 'quality != 9';

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
    const parts = await this.byInterval(channels, (backS, list) =>
      this.client.select(sql, { channels: list, ...bounds(span), backS, zone }),
    );
    return dailyOf(parts);
  }

  /**
   * Ends that are stored, those of quality `missing` included, by channel and ascending: what need not be
   * asked for. Throws OUT_OF_SCOPE.
   */
  async ends(access: AccessContext, channels: readonly number[], span: Span): Promise<ChannelEnds> {
    await this.scope.requireChannels(access, channels);
    const table = await this.client.select(
      `SELECT channel, end FROM openami.reading WHERE ${inSpan} GROUP BY channel, end ORDER BY channel, end`,
      { channels, ...bounds(span) },
    );
    return { length: table.rows, channel: table.u32('channel'), end: table.u32('end') };
  }

  /** Where in a span each channel has readings; channels without any are left out. Throws OUT_OF_SCOPE. */
  async extents(access: AccessContext, channels: readonly number[], span: Span): Promise<ChannelExtents> {
    await this.scope.requireChannels(access, channels);
    const table = await this.client.select(
      `SELECT channel, min(end) AS first, max(end) AS last FROM openami.reading WHERE ${inSpan}
       GROUP BY channel ORDER BY channel`,
      { channels, ...bounds(span) },
    );
    const [channel, first, last] = ['channel', 'first', 'last'].map((name) => table.u32(name));
    return { length: table.rows, channel: channel!, first: first!, last: last! };
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

  /**
   * Readings per local day and how many came by each of some deadlines, in seconds after the day's end.
   * Throws OUT_OF_SCOPE.
   */
  async presence(
    access: AccessContext,
    channels: readonly ChannelInterval[],
    zone: string,
    span: Span,
    deadlinesS: readonly number[],
  ): Promise<PresenceRows> {
    await this.scope.requireChannels(access, ids(channels));
    const where = `${inSpan} AND ${present}`;
    const counts = deadlinesS.map(
      (deadlineS, i) => `toUInt32(countIf(toUnixTimestamp(first) <=
        toUnixTimestamp(toDateTime(day + 1, {zone:String})) + ${uint32(deadlineS)})) AS onTime${i}`,
    );
    const sql = `SELECT ${localDay} AS day, toUInt32(uniqExact(channel)) AS channels,
        toUInt32(count()) AS readings,
        ${counts.join(', ')}
      FROM (
        SELECT channel, end, min(revision) AS first FROM (
          SELECT channel, end, revision FROM openami.reading WHERE ${where}
          UNION ALL SELECT channel, end, revision FROM openami.reading_history WHERE ${where}
        ) GROUP BY channel, end
      ) GROUP BY day ORDER BY day`;
    const parts = await this.byInterval(channels, (backS, list) =>
      this.client.select(sql, { channels: list, ...bounds(span), backS, zone }),
    );
    return presenceOf(parts, deadlinesS.length);
  }

  /** Runs a query once per interval length, because the day of a reading is that of its start. */
  private async byInterval(
    channels: readonly ChannelInterval[],
    query: (backS: number, list: number[]) => Promise<Table>,
  ): Promise<Table[]> {
    const groups = new Map<number, number[]>();
    for (const { id, intervalS } of channels) {
      const list = groups.get(intervalS);
      if (list) list.push(id);
      else groups.set(intervalS, [id]);
    }
    const parts: Table[] = [];
    for (const [intervalS, list] of groups) parts.push(await query(backToDayS(intervalS), list));
    return parts;
  }
}

const localDay = 'toDate(toDateTime(toUnixTimestamp(end) - {backS:UInt32}, {zone:String}))';
const halfDayS = 43_200;

/**
 * Seconds from the end of an interval back into its day, which is that of its start. The days of a daily
 * value have 23 to 25 hours, so half a day after its nominal start is surely in the day meant.
 */
function backToDayS(intervalS: number): number {
  return intervalS < 2 * halfDayS ? intervalS : intervalS - halfDayS;
}

function ids(channels: readonly ChannelInterval[]): number[] {
  return channels.map((channel) => channel.id);
}

function uint32(value: number): number {
  return Math.min(Math.max(Math.floor(value), 0), 0xffff_ffff);
}

function bounds(span: Span): { fromS: number; toS: number } {
  return { fromS: uint32(span.fromS), toS: uint32(span.toS) };
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

/** Days of several interval lengths are added up. */
function presenceOf(parts: readonly Table[], deadlines: number): PresenceRows {
  const days = new Map<number, number[]>();
  const names = ['channels', 'readings', ...Array.from({ length: deadlines }, (_, i) => `onTime${i}`)];
  for (const part of parts) {
    const day = part.u16('day');
    const columns = names.map((name) => part.u32(name));
    for (let row = 0; row < part.rows; row++) {
      const sum = days.get(day[row]!) ?? names.map(() => 0);
      columns.forEach((column, i) => {
        sum[i]! += column[row]!;
      });
      days.set(day[row]!, sum);
    }
  }
  const sorted = [...days].sort((a, b) => a[0] - b[0]);
  const [channels, readings, ...onTime] = names.map((_, i) => Uint32Array.from(sorted, ([, sum]) => sum[i]!));
  return {
    length: sorted.length,
    day: Uint16Array.from(sorted, ([day]) => day),
    ...{ channels: channels!, readings: readings!, onTime },
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
