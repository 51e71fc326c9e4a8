/**
 * Closed days: what validation made of a channel and a local day, as columns; and its statistics of channels.
 *
 *   row i  =  channel[i]  day[i]  total[i]  expected[i] measured[i] estimated[i] …
 */
import { type AccessContext, Quality } from '@openami/model';
import type { EngineClient } from '../client.ts';
import { encodeBlock, type Table } from '../native.ts';
import type { ReadingWriter } from '../writer/writer.ts';
import { type Readings, readingsOf } from './readings.ts';
import type { Scope } from './scope.ts';
import { inSpan, present, type Span } from './spans.ts';

/** Columns of closed days; the first `length` entries count. */
export interface ClosedDays {
  readonly length: number;
  readonly channel: Uint32Array;
  /** Local date as days since 1970-01-01. */
  readonly day: Uint16Array;
  /** Sum and largest of the intervals that have a value, in counts of `resolution`. */
  readonly total: Float64Array;
  readonly maximum: Float64Array;
  readonly maximumEnd: Uint32Array;
  readonly resolution: Uint32Array;
  /** Intervals the day owes. */
  readonly expected: Uint16Array;
  /** Of them measured by the meter (raw, valid, verified, questionable). */
  readonly measured: Uint16Array;
  readonly questionable: Uint16Array;
  readonly estimated: Uint16Array;
  readonly edited: Uint16Array;
  /** Worst finding: 0 none, 1 info, 2 suspect, 3 fail. */
  readonly worst: Uint8Array;
  /** 1 where estimation is suspended. */
  readonly suspended: Uint8Array;
  /** Newest revision the day is based on. */
  readonly basis: Uint32Array;
}

/** Sums over channels per local day. */
export interface DaySums {
  readonly length: number;
  readonly day: Uint16Array;
  readonly channels: Float64Array;
  readonly expected: Float64Array;
  readonly measured: Float64Array;
  readonly questionable: Float64Array;
  readonly estimated: Float64Array;
  readonly edited: Float64Array;
}

/** Local days [fromDay, toDay). */
export interface DaySpan {
  readonly fromDay: number;
  readonly toDay: number;
}

/** Every local day is a whole number of them, wherever it begins. */
const HALF_HOUR_S = 1_800;
const u16 = ['expected', 'measured', 'questionable', 'estimated', 'edited'] as const;
const names =
  `channel, day, total, maximum, maximumEnd, resolution, ${u16.join(', ')}, worst, suspended, basis` as const;
const inDays = 'day >= toDate({fromDay:UInt16}) AND day < toDate({toDay:UInt16})';

export class ClosedDayQueries {
  private readonly client: EngineClient;
  private readonly scope: Scope;
  private readonly writer: ReadingWriter;

  constructor(client: EngineClient, scope: Scope, writer: ReadingWriter) {
    this.client = client;
    this.scope = scope;
    this.writer = writer;
  }

  /** Stores days; a later closing of the same day replaces it. Rejects as the writer's `commit` does. */
  async put(days: ClosedDays, closedMs: number): Promise<void> {
    if (days.length === 0) return;
    const columns = [
      { name: 'channel', type: 'UInt32', data: days.channel },
      { name: 'day', type: 'Date', data: days.day },
      { name: 'total', type: 'Int64', data: days.total },
      { name: 'maximum', type: 'Int64', data: days.maximum },
      { name: 'maximumEnd', type: "DateTime('UTC')", data: days.maximumEnd },
      { name: 'resolution', type: 'UInt32', data: days.resolution },
      ...u16.map((name) => ({ name, type: 'UInt16' as const, data: days[name] })),
      { name: 'worst', type: 'UInt8', data: days.worst },
      { name: 'suspended', type: 'UInt8', data: days.suspended },
      { name: 'basis', type: "DateTime('UTC')", data: days.basis },
      {
        name: 'closed',
        type: "DateTime64(3, 'UTC')",
        data: new Float64Array(days.length).fill(closedMs),
      },
    ] as const;
    await this.writer.derive('closed_day', encodeBlock(columns, days.length));
  }

  /** Closed days of channels, by channel and day. Throws OUT_OF_SCOPE. */
  async of(access: AccessContext, channels: readonly number[], span: DaySpan): Promise<ClosedDays> {
    await this.scope.requireChannels(access, channels);
    const table = await this.client.select(
      `SELECT ${names} FROM openami.closed_day FINAL
       WHERE channel IN {channels:Array(UInt32)} AND ${inDays} ORDER BY channel, day`,
      { channels, ...span },
    );
    return closedDaysOf(table);
  }

  /** Sums per local day over channels; all of them when none are named. Throws OUT_OF_SCOPE. */
  async sums(access: AccessContext, span: DaySpan, channels?: readonly number[]): Promise<DaySums> {
    if (channels === undefined) this.scope.requireAll(access);
    else await this.scope.requireChannels(access, channels);
    const table = await this.client.select(
      `SELECT day, count() AS channels, ${u16.map((name) => `sum(${name}) AS ${name}`).join(', ')}
       FROM openami.closed_day FINAL
       WHERE ${inDays} ${channels ? 'AND channel IN {channels:Array(UInt32)}' : ''}
       GROUP BY day ORDER BY day`,
      { ...span, ...(channels ? { channels } : {}) },
    );
    const of = (name: (typeof u16)[number] | 'channels') => table.f64(name);
    return {
      length: table.rows,
      day: table.u16('day'),
      channels: of('channels'),
      expected: of('expected'),
      measured: of('measured'),
      questionable: of('questionable'),
      estimated: of('estimated'),
      edited: of('edited'),
    };
  }

  /** Stores what was learnt of channels: one state each, at most 256 bytes. */
  async putStatistics(channels: Uint32Array, states: readonly Uint8Array[], closedMs: number): Promise<void> {
    const rows = states.length;
    if (rows === 0) return;
    const closed = new Float64Array(rows).fill(closedMs);
    const block = encodeBlock(
      [
        { name: 'channel', type: 'UInt32', data: channels },
        { name: 'state', type: 'String', data: states },
        { name: 'closed', type: "DateTime64(3, 'UTC')", data: closed },
      ],
      rows,
    );
    await this.writer.derive('channel_statistics', block);
  }

  /** What was learnt of every channel. Needs scope `all`. */
  async statistics(access: AccessContext): Promise<{ channel: Uint32Array; state: Uint8Array[] }> {
    this.scope.requireAll(access);
    const table = await this.client.select(
      'SELECT channel, state FROM openami.channel_statistics FINAL ORDER BY channel',
    );
    return { channel: table.u32('channel'), state: table.bytes('state') };
  }

  /**
   * Measured versions that were replaced by something else, the newest of each interval in (fromS, toS], by
   * channel and end. Throws OUT_OF_SCOPE.
   */
  async putAside(access: AccessContext, channels: readonly number[], span: Span): Promise<Readings> {
    await this.scope.requireChannels(access, channels);
    const table = await this.client.select(
      `SELECT channel, end, value, resolution, quality, flags, revision FROM openami.reading_history FINAL
       WHERE ${inSpan}
         AND quality IN (${Quality.raw}, ${Quality.valid}, ${Quality.questionable})
       ORDER BY channel, end, revision DESC LIMIT 1 BY channel, end`,
      { channels, ...span },
    );
    return readingsOf(table);
  }

  /** How many measured readings of intervals in a span each channel has, by channel. Needs scope `all`. */
  async measured(access: AccessContext, { fromS, toS }: Span): Promise<ChannelCounts> {
    this.scope.requireAll(access);
    const table = await this.client.select(
      `SELECT channel, toUInt32(uniqExact(end)) AS readings FROM openami.reading
       WHERE end > {fromS:UInt32} AND end <= {toS:UInt32}
         AND quality NOT IN (${Quality.estimated}, ${Quality.projected}, ${Quality.missing})
       GROUP BY channel ORDER BY channel`,
      { fromS, toS },
    );
    return { length: table.rows, channel: table.u32('channel'), readings: table.u32('readings') };
  }

  /** Newest revision that a closed day is based on; 0 when none is closed. Needs scope `all`. */
  async newestBasis(access: AccessContext): Promise<number> {
    this.scope.requireAll(access);
    const table = await this.client.select('SELECT max(basis) AS basis FROM openami.closed_day');
    return table.u32('basis')[0] ?? 0;
  }

  /** First end of every channel that has readings; what is said to be missing is none. Needs scope `all`. */
  async firstEnds(access: AccessContext): Promise<ReadonlyMap<number, number>> {
    this.scope.requireAll(access);
    const table = await this.client.select(
      `SELECT channel, min(end) AS first FROM openami.reading WHERE ${present} GROUP BY channel`,
    );
    const first = table.u32('first');
    return new Map(Array.from(table.u32('channel'), (channel, row) => [channel, first[row]!]));
  }

  /** Days of channels that were closed while estimation was suspended, from a day on. Needs scope `all`. */
  async suspended(access: AccessContext, fromDay: number): Promise<ChannelDays> {
    this.scope.requireAll(access);
    const table = await this.client.select(
      `SELECT channel, day FROM openami.closed_day FINAL
       WHERE day >= toDate({fromDay:UInt16}) AND suspended = 1 ORDER BY day, channel`,
      { fromDay },
    );
    return { length: table.rows, channel: table.u32('channel'), day: table.u16('day') };
  }

  /** Losses and returns of meters in a span, by meter and time. Needs scope `all`. */
  async losses(
    access: AccessContext,
    of: Loss,
    meters: readonly number[],
    { fromS, toS }: Span,
  ): Promise<LossEvents> {
    this.scope.requireAll(access);
    const table = await this.client.select(
      `SELECT meter, at, toUInt8(code LIKE {back:String}) AS restored FROM openami.event FINAL
       WHERE meter IN {meters:Array(UInt32)} AND at > {fromS:UInt32} AND at <= {toS:UInt32}
         AND (code LIKE {lost:String} OR code LIKE {back:String})
       ORDER BY meter, at, restored`,
      { meters, fromS, toS, ...lossCodes[of] },
    );
    return {
      length: table.rows,
      meter: table.u32('meter'),
      at: table.u32('at'),
      restored: table.u8('restored'),
    };
  }

  /**
   * Half hours of settled time in which readings changed after a revision, by their first end: what closed
   * days are not based on any more. By channel, then end. Needs scope `all`.
   */
  async changedSince(
    access: AccessContext,
    { sinceS, untilS, endS, afterChannel, channels }: ChangedSpan,
  ): Promise<{ length: number; channel: Uint32Array; end: Uint32Array }> {
    this.scope.requireAll(access);
    const table = await this.client.select(
      `SELECT channel, min(end) AS first FROM openami.reading
       WHERE revision > {sinceS:UInt32} AND revision <= {untilS:UInt32} AND end <= {endS:UInt32}
         AND channel > {afterChannel:UInt32} AND channel <= {afterChannel:UInt32} + {channels:UInt32}
       GROUP BY channel, intDiv(toUInt32(end), ${HALF_HOUR_S}) ORDER BY channel, first`,
      { sinceS, untilS, endS, afterChannel, channels },
    );
    return { length: table.rows, channel: table.u32('channel'), end: table.u32('first') };
  }
}

export interface ChannelCounts {
  readonly length: number;
  readonly channel: Uint32Array;
  readonly readings: Uint32Array;
}

export interface ChannelDays {
  readonly length: number;
  readonly channel: Uint32Array;
  readonly day: Uint16Array;
}

/** What a meter is without for a time: the network's power, or its own switch let none through. */
export type Loss = 'power' | 'supply';

/** CIM end-device event codes (IEC 61968-9) that begin and end a loss, whatever the kind of device. */
const lossCodes: Readonly<Record<Loss, { readonly lost: string; readonly back: string }>> = {
  power: { lost: '%.26.0.85', back: '%.26.0.216' },
  supply: { lost: '%.31.0.68', back: '%.31.0.42' },
};

/** A meter without something, or with it again. */
export interface LossEvents {
  readonly length: number;
  readonly meter: Uint32Array;
  readonly at: Uint32Array;
  /** 1 where it came back. */
  readonly restored: Uint8Array;
}

export interface ChangedSpan {
  /** Revisions (sinceS, untilS]. */
  readonly sinceS: number;
  readonly untilS: number;
  /** Newest interval end asked for. */
  readonly endS: number;
  /** Channels (afterChannel, afterChannel + channels]. */
  readonly afterChannel: number;
  readonly channels: number;
}

function closedDaysOf(table: Table): ClosedDays {
  return {
    length: table.rows,
    channel: table.u32('channel'),
    day: table.u16('day'),
    total: table.f64('total'),
    maximum: table.f64('maximum'),
    maximumEnd: table.u32('maximumEnd'),
    resolution: table.u32('resolution'),
    expected: table.u16('expected'),
    measured: table.u16('measured'),
    questionable: table.u16('questionable'),
    estimated: table.u16('estimated'),
    edited: table.u16('edited'),
    worst: table.u8('worst'),
    suspended: table.u8('suspended'),
    basis: table.u32('basis'),
  };
}
