/**
 * The history of the town as the head-end would have received it, day by day, ready for the store.
 *
 *   books of each day ─▶ receive time of each reading ─▶ buckets at 00:30 and 05:55 local ─▶ commits
 *
 * Most readings are received before the 06:00 deadline, some hours or days later, some never, a few
 * twice; those of a meter whose clock is ahead are refused. Two commits a day keep the revisions honest
 * to the deadline without a commit a message. With the readings come the messages they were in.
 */
import { type Commit, type Frame, Quality, ReadingBatch, Reason, type Rejection } from '@openami/model';
import { HOUR_S } from './calendar.ts';
import { clockOffsetS, downtimes, fateOf, receivedAtS } from './delivery.ts';
import { simErrors } from './errors.ts';
import { eventsOfDay } from './events.ts';
import { DayLetters } from './history-messages.ts';
import { type DayBook, endOf, Metering } from './metering.ts';
import type { SimChannel, SimMeter, World } from './world-types.ts';

/** Registry ids of a simulated meter; 0 for one the registry does not hold. */
export interface ChannelIds {
  /** Channel id of a meter's channel. */
  channel(serial: string, alias: string): number;
  /** Meter id. */
  meter(serial: string): number;
}

export interface HistoryStep {
  /** Local day whose end this is part of. */
  readonly day: number;
  /** When these commits were received, ms. */
  readonly receivedMs: number;
  readonly commit: Commit;
  /** True for the last step of a day. */
  readonly lastOfDay: boolean;
}

const FUTURE_S = 300;
const DRIFT_S = 180;
const LATE_S = 86_400;
const BUCKETS: readonly number[] = [1800, 5 * HOUR_S + 55 * 60];

interface Bucket {
  readonly readings: ReadingBatch;
  readonly rejections: Rejection[];
  readonly frames: Frame[];
}

/**
 * Yields the commits of [fromDay, untilDay) in the order of receipt; readings received after `untilDay`
 * began (plus half an hour) are left to the live devices. Days before `fromDay` are walked silently for
 * what was still under way and for the registers.
 *
 * @throws SIM_CHANNEL_MISSING
 */
export function* history(
  world: World,
  ids: ChannelIds,
  fromDay: number = world.firstDay,
  untilDay: number = world.endDay,
): Generator<HistoryStep, void, undefined> {
  const metering = new Metering(world);
  const channelIds = channelIdsOf(world, ids);
  const buckets = new Map<number, Bucket>();
  while (metering.day < untilDay) {
    const book = metering.nextDay();
    const { day } = book;
    for (const meter of world.meters) {
      const letters = deliver(world, meter, book, channelIds, buckets);
      for (const frame of letters.frames(ids.meter(meter.serial), bucketTime(world, fromDay, 1)))
        buckets.get(frame.receivedMs / 1000)!.frames.push(frame);
    }
    // A day is complete for its own 05:55 bucket and the 00:30 bucket after it.
    for (const receivedS of [bucketTime(world, day, 1), bucketTime(world, day + 1, 0)]) {
      const bucket = buckets.get(receivedS);
      buckets.delete(receivedS);
      if (day < fromDay) continue;
      const lastOfDay = receivedS !== bucketTime(world, day, 1);
      const receivedMs = receivedS * 1000;
      const events = lastOfDay ? eventsOfDay(world, day, receivedMs, (serial) => ids.meter(serial)) : [];
      const readings = bucket?.readings ?? new ReadingBatch(0);
      const { rejections = [], frames = [] } = bucket ?? {};
      yield { day, receivedMs, lastOfDay, commit: { receivedMs, readings, frames, rejections, events } };
    }
  }
}

function channelIdsOf(world: World, ids: ChannelIds): Uint32Array {
  return Uint32Array.from(world.channels, ({ meter, kind }) => {
    const { serial } = world.meters[meter]!;
    const id = ids.channel(serial, kind.alias);
    if (!(id > 0)) throw simErrors.SIM_CHANNEL_MISSING(`${serial} has no channel '${kind.alias}'`);
    return id;
  });
}

function bucketTime(world: World, day: number, part: number): number {
  return world.days.start(day) + BUCKETS[part]!;
}

/** First bucket at or after an instant. */
function bucketFor(world: World, atS: number): number {
  const day = world.days.dayOf(atS);
  for (let part = 0; part < BUCKETS.length; part++) {
    const time = bucketTime(world, day, part);
    if (atS <= time) return time;
  }
  return bucketTime(world, day + 1, 0);
}

function deliver(
  world: World,
  meter: SimMeter,
  book: DayBook,
  channelIds: Uint32Array,
  buckets: Map<number, Bucket>,
): DayLetters {
  const letters = new DayLetters(meter);
  const down = downtimes(world, meter, book.day);
  const regular = bucketTime(world, book.day + 1, 0);
  for (const index of meter.channels) {
    const channel = world.channels[index]!;
    const { kind } = channel;
    const first = book.first[index]!;
    for (let i = 0; i < book.length[index]!; i++) {
      const counts = book.counts[first + i]!;
      if (Number.isNaN(counts)) continue;
      const end = endOf(book.town, kind, i);
      const receivedS = receivedAtS(world, meter, book.day, down, end);
      if (receivedS === Number.POSITIVE_INFINITY) continue;
      const time = receivedS <= regular ? regular : bucketFor(world, receivedS);
      const bucket = open(buckets, time, time === regular ? book.counts.length : 1024);
      if (end > receivedS + FUTURE_S) {
        const refused = tooEarly(meter, channel, counts, end, time);
        bucket.rejections.push(refused);
        letters.put(time, channel, end, counts, refused.code);
        continue;
      }
      letters.put(time, channel, end, counts);
      const flags = flagsOf(meter, end, receivedS);
      bucket.readings.push(channelIds[index]!, end, counts, kind.resolution, Quality.valid, flags);
      if (fateOf(world, meter, end) === 'duplicated') {
        const againS = bucketFor(world, time + 1);
        const again = open(buckets, againS, 1024);
        again.readings.push(channelIds[index]!, end, counts, kind.resolution, Quality.valid, flags);
        letters.put(againS, channel, end, counts);
      }
    }
  }
  return letters;
}

function open(buckets: Map<number, Bucket>, time: number, capacity: number): Bucket {
  let bucket = buckets.get(time);
  if (bucket === undefined) {
    bucket = { readings: new ReadingBatch(capacity), rejections: [], frames: [] };
    buckets.set(time, bucket);
  }
  return bucket;
}

function flagsOf(meter: SimMeter, endS: number, receivedS: number): number {
  const late = receivedS - endS > LATE_S ? Reason.late : 0;
  return Math.abs(clockOffsetS(meter, endS)) > DRIFT_S ? late | Reason.clockShift : late;
}

/** What the pipeline says of a reading stamped in the future. */
function tooEarly(
  meter: SimMeter,
  channel: SimChannel,
  counts: number,
  end: number,
  receivedS: number,
): Rejection {
  return {
    receivedMs: receivedS * 1000,
    source: 'sim',
    device: meter.serial,
    quantity: channel.kind.obis,
    end,
    value: String(counts / channel.kind.countsPerUnit),
    code: 'READING_FUTURE',
    detail: 'the clock of the meter is ahead',
  };
}
