/** How much is stored, counted in the engine: by channel, and by local day and deadline. */
import type { EngineClient } from '../client.ts';
import type { Table } from '../native.ts';
import { GridHashes } from './grid-hashes.ts';
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

/** A channel whose readings count where their ends lie in (fromS, toS]; left out: in the whole span. */
export interface ClippedChannel extends ChannelInterval {
  readonly fromS?: number;
  readonly toS?: number;
}

/** Where the ends of regular intervals lie: those with `end % stepS === phaseS`. */
export interface StepGrid {
  readonly stepS: number;
  readonly phaseS: number;
}

/** Of each channel that has readings: its first and last end, and whether it has all in between. */
export interface ChannelCoverage {
  readonly length: number;
  readonly channel: Uint32Array;
  readonly first: Uint32Array;
  readonly last: Uint32Array;
  /** 1: exactly the ends of the grid from first to last. 0: not, or not for sure. */
  readonly isGapless: Uint8Array;
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

export async function coverageOf(
  client: EngineClient,
  channels: readonly number[],
  span: Span,
  grid: StepGrid,
): Promise<ChannelCoverage> {
  const table = await client.select(
    `SELECT channel, min(end) AS first, max(end) AS last, toUInt32(count()) AS ends,
       sum(intHash64(toUInt32(end))) AS hash,
       toUInt32(hash % 4294967296) AS low, toUInt32(intDiv(hash, 4294967296)) AS high
     FROM openami.reading WHERE ${inSpan} AND ${answered} GROUP BY channel ORDER BY channel`,
    { channels, ...bounds(span) },
    // in the order of the key: no channel is held longer than it is read
    { optimize_aggregation_in_order: 1 },
  );
  const [channel, first, last, ends, low, high] = ['channel', 'first', 'last', 'ends', 'low', 'high'].map(
    (name) => table.u32(name),
  );
  const known = new GridHashes(bounds(span), grid);
  const isGapless = new Uint8Array(table.rows);
  for (let row = 0; row < table.rows; row++) {
    const hash = (BigInt(high![row]!) << 32n) | BigInt(low![row]!);
    isGapless[row] = known.isWhole(first![row]!, last![row]!, ends![row]!, hash) ? 1 : 0;
  }
  return { length: table.rows, channel: channel!, first: first!, last: last!, isGapless };
}

export async function presenceOf(
  client: EngineClient,
  channels: readonly ClippedChannel[],
  zone: string,
  span: Span,
  deadlinesS: readonly number[],
): Promise<PresenceRows> {
  const where = `${inSpan} AND ${present} AND ${answered}`;
  const isWhole = ({ fromS, toS }: ClippedChannel) => fromS === undefined && toS === undefined;
  const counts = deadlinesS.map(
    (deadlineS, i) => `toUInt32(countIf(toUnixTimestamp(first) <=
      toUnixTimestamp(toDateTime(day + 1, {zone:String})) + ${uint32(deadlineS)})) AS onTime${i}`,
  );
  const firsts = `SELECT channel, end, min(revision) AS first FROM (
        SELECT channel, end, revision FROM openami.reading WHERE ${where}
        UNION ALL SELECT channel, end, revision FROM openami.reading_history WHERE ${where}
      ) GROUP BY channel, end`;
  const clips = `SELECT c.1 AS channel, c.2 AS clipFrom, c.3 AS clipTo FROM (
        SELECT arrayJoin(arrayZip({channels:Array(UInt32)}, {clipFroms:Array(UInt32)},
          {clipTos:Array(UInt32)})) AS c)`;
  const daysOf = (from: string) => `SELECT ${localDay} AS day, toUInt32(uniqExact(channel)) AS channels,
      toUInt32(count()) AS readings, ${counts.join(', ')}
    FROM ${from} GROUP BY day ORDER BY day`;
  const whole = await byInterval(channels.filter(isWhole), (backS, list) =>
    client.select(daysOf(`(${firsts})`), { channels: ids(list), ...bounds(span), backS, zone }),
  );
  const clipped = await byInterval(
    channels.filter((channel) => !isWhole(channel)),
    (backS, list) =>
      client.select(
        daysOf(`(${firsts}) AS f INNER JOIN (${clips}) AS c ON f.channel = c.channel
          WHERE end > clipFrom AND end <= clipTo`),
        {
          ...{ channels: ids(list), ...bounds(span), backS, zone },
          clipFroms: list.map(({ fromS }) => uint32(fromS ?? 0)),
          clipTos: list.map(({ toS }) => uint32(toS ?? 0xffff_ffff)),
        },
      ),
  );
  return addedUp([...whole, ...clipped], deadlinesS.length);
}

/** Days of several interval lengths are added up. */
function addedUp(parts: readonly Table[], deadlines: number): PresenceRows {
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
