/** Reads what is stored under many (channel, end) keys: ranges where the keys are dense, a set where not. */
import { Quality } from '@openami/model';
import type { EngineClient } from '../client.ts';
import type { Table } from '../native.ts';
import { RevisedBatch } from './block.ts';

const keysPerQuery = 50_000;

/** Which versions are wanted: a select up to its WHERE, what it wants besides the keys, and their order. */
interface Wanted {
  readonly select: string;
  readonly only: string;
  readonly order: string;
}

const current: Wanted = {
  select: 'SELECT channel, end, value, resolution, quality, flags, revision FROM openami.reading FINAL',
  only: '',
  order: '',
};

/** The newest version as the meter sent it, or as validation passed it on its way in. */
const measured: Wanted = {
  select:
    'SELECT channel, end, value, resolution, quality, flags, revision FROM openami.reading_history FINAL',
  only: `AND quality IN (${Quality.raw}, ${Quality.valid})`,
  order: 'ORDER BY channel, end, revision DESC LIMIT 1 BY channel, end',
};

/** What holds now. `channels` and `ends` are sorted by channel, then end. */
export function lookupCurrent(
  client: EngineClient,
  channels: Uint32Array,
  ends: Uint32Array,
): Promise<RevisedBatch> {
  return lookup(client, current, channels, ends);
}

/** What was measured and then replaced; keys without such a version are left out. Sorted as above. */
export function lookupMeasured(
  client: EngineClient,
  channels: Uint32Array,
  ends: Uint32Array,
): Promise<RevisedBatch> {
  return lookup(client, measured, channels, ends);
}

async function lookup(
  client: EngineClient,
  wanted: Wanted,
  channels: Uint32Array,
  ends: Uint32Array,
): Promise<RevisedBatch> {
  const found = new RevisedBatch(channels.length);
  for (let from = 0; from < channels.length; from += keysPerQuery) {
    const to = Math.min(from + keysPerQuery, channels.length);
    take(await lookupChunk(client, wanted, channels.subarray(from, to), ends.subarray(from, to)), found);
  }
  return found;
}

async function lookupChunk(
  client: EngineClient,
  { select, only, order }: Wanted,
  channels: Uint32Array,
  ends: Uint32Array,
): Promise<Table> {
  const ids = distinct(channels);
  const shape = rectangle(ids.length, channels, ends);
  if (shape.rows <= 4 * channels.length + 1_000) {
    return await client.select(
      `${select} WHERE channel IN {channels:Array(UInt32)}
         AND end >= {from:UInt32} AND end <= {to:UInt32} ${only} ${order}`,
      { channels: ids, from: shape.from, to: shape.to },
    );
  }
  return await client.select(
    `${select} WHERE channel IN {channels:Array(UInt32)} AND (channel, toUInt32(end)) IN
       (SELECT arrayJoin(arrayZip({keyChannels:Array(UInt32)}, {keyEnds:Array(UInt32)})) AS key)
       AND end >= {from:UInt32} AND end <= {to:UInt32} ${only} ${order}`,
    { channels: ids, keyChannels: channels, keyEnds: ends, from: shape.from, to: shape.to },
  );
}

function distinct(sorted: Uint32Array): Uint32Array {
  return sorted.filter((id, i) => i === 0 || id !== sorted[i - 1]);
}

/** Rows a query over all channels and the whole time span would read, guessed from the closest keys. */
function rectangle(
  channelCount: number,
  channels: Uint32Array,
  ends: Uint32Array,
): { from: number; to: number; rows: number } {
  let from = 0xffffffff;
  let to = 0;
  let gapS = 86_400;
  for (let i = 0; i < ends.length; i++) {
    from = Math.min(from, ends[i]!);
    to = Math.max(to, ends[i]!);
    if (i > 0 && channels[i] === channels[i - 1]) gapS = Math.min(gapS, ends[i]! - ends[i - 1]!);
  }
  // Without a close pair the interval is unknown: assume a short one.
  const stepS = gapS === 86_400 ? 300 : gapS;
  return { from, to, rows: channelCount * ((to - from) / stepS + 1) };
}

/** Copies a result into columns of our own. */
function take(table: Table, into: RevisedBatch): void {
  const { rows } = into;
  const start = rows.length;
  rows.reserve(start + table.rows);
  rows.channel.set(table.u32('channel'), start);
  rows.end.set(table.u32('end'), start);
  rows.value.set(table.f64('value'), start);
  rows.resolution.set(table.u32('resolution'), start);
  rows.quality.set(table.u8('quality'), start);
  rows.flags.set(table.u32('flags'), start);
  rows.length = start + table.rows;
  if (into.revision.length < rows.capacity) {
    const bigger = new Uint32Array(rows.capacity);
    bigger.set(into.revision);
    into.revision = bigger;
  }
  into.revision.set(table.u32('revision'), start);
}
