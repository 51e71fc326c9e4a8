/** What a device puts on the wire: push messages built from the day books. */
import { encodePush, type PushBody, type PushSeries } from '@openami/wire';
import { clockOffsetS, fateOf } from './delivery.ts';
import { type DayBook, indexOfEnd, Metering, stepOf } from './metering.ts';
import { chance, Stream } from './random.ts';
import type { SimChannel, SimMeter, World } from './world-types.ts';

/** Which readings a message takes: by fate and by whether it is the fetch of the morning after. */
export type Selection = 'regular' | 'recovered';

/**
 * Readings of a meter with stamps in (afterS, untilS], as series; what was lost is null inside a run of
 * values. Empty when there is nothing to say.
 */
export function seriesOf(
  world: World,
  meter: SimMeter,
  book: (day: number) => DayBook | undefined,
  afterS: number,
  untilS: number,
  selection: Selection,
): PushSeries[] {
  return meter.channels.flatMap((index) => {
    const rows = new SeriesRows(meter, world.channels[index]!);
    fill(rows, world, meter, world.channels[index]!, book, afterS, untilS, selection);
    return rows.length === 0 ? [] : [rows.series()];
  });
}

function fill(
  rows: SeriesRows,
  world: World,
  meter: SimMeter,
  channel: SimChannel,
  book: (day: number) => DayBook | undefined,
  afterS: number,
  untilS: number,
  selection: Selection,
): void {
  const { kind, index } = channel;
  const step = Math.min(3600, stepOf(kind));
  for (let end = (Math.floor(afterS / step) + 1) * step; end <= untilS; end += step) {
    const day = book(world.days.dayOf(end - 1));
    const i = day === undefined ? -1 : indexOfEnd(day.town, kind, end);
    if (day === undefined || i < 0) continue;
    const counts = day.counts[day.first[index]! + i]!;
    if (Number.isNaN(counts)) continue;
    const fate = fateOf(world, meter, end);
    const wanted =
      selection === 'recovered' ? fate === 'recovered' : fate === 'sent' || fate === 'duplicated';
    if (wanted) rows.add(end, counts);
  }
}

/** Readings of one channel on their way into a message. */
export class SeriesRows {
  readonly #meter: SimMeter;
  readonly #kind: SimChannel['kind'];
  readonly #ends: number[] = [];
  readonly #values: number[] = [];

  constructor(meter: SimMeter, { kind }: SimChannel) {
    this.#meter = meter;
    this.#kind = kind;
  }

  get length(): number {
    return this.#ends.length;
  }

  /** Oldest first. */
  add(end: number, counts: number): void {
    this.#ends.push(end);
    this.#values.push(counts / this.#kind.countsPerUnit);
  }

  /** Of at least one reading; what is not there is null inside a run of values. */
  series(): PushSeries {
    const { readingType, obis, unit, intervalS } = this.#kind;
    // One make names quantities by reading type, the others by OBIS code: both must work.
    const quantity = this.#meter.commodity === 'gas' ? readingType : obis.replace('*255', '');
    const ends = this.#ends;
    if (intervalS === 0) {
      return { quantity, unit, readings: ends.map((end, i) => [end, this.#values[i]!] as const) };
    }
    const first = ends[0]!;
    const values: (number | null)[] = new Array((ends.at(-1)! - first) / intervalS + 1).fill(null);
    for (const [i, end] of ends.entries()) values[(end - first) / intervalS] = this.#values[i]!;
    return { quantity, unit, interval: intervalS, first, values };
  }
}

/** A whole message; `nowS` is true time, the meter stamps it with its own clock. */
export function bodyOf(meter: SimMeter, serial: string, nowS: number, series: PushSeries[]): PushBody {
  return { meter: serial, sent: Math.floor(nowS) + clockOffsetS(meter, nowS), series };
}

const GARBAGE: readonly ((body: PushBody) => Uint8Array)[] = [
  (body) => encodePush('json', body).subarray(0, 40),
  (body) => encodePush('json', { ...body, series: body.series?.map((s) => ({ ...s, unit: 'V' })) }),
  () => Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d),
  (body) =>
    new TextEncoder().encode(`{"meter":"${body.meter}","series":[{"quantity":"1-0:1.29.0","values":[NaN]}]}`),
];
const MALFORMED_CHANCE = 1 / 4000;

/** Now and then a device also sends something broken; undefined: not this time. */
export function malformedOf(
  world: World,
  meter: SimMeter,
  endS: number,
  body: PushBody,
): Uint8Array | undefined {
  const draw = chance(world.seed, Stream.malformed, meter.index, endS);
  if (draw >= MALFORMED_CHANCE) return undefined;
  return GARBAGE[Math.floor((draw / MALFORMED_CHANCE) * GARBAGE.length)]!(body);
}

export interface SampleMessage {
  readonly serial: string;
  readonly topic: string;
  readonly body: PushBody;
}

/**
 * The messages of the first `intervals` quarter hours of history, one a meter and interval, as if every
 * link held (single messages are still lost at the stated rates): for benches and tests.
 */
export function* sampleMessages(world: World, intervals = 4): Generator<SampleMessage, void, undefined> {
  const metering = new Metering(world);
  const books = new Map<number, DayBook>();
  const startS = world.days.start(world.firstDay);
  for (let k = 1; k <= intervals; k++) {
    const endS = startS + k * 900;
    while (metering.day <= world.days.dayOf(endS - 1)) {
      const book = metering.nextDay();
      books.clear();
      books.set(book.day, book);
    }
    for (const meter of world.meters) {
      const series = seriesOf(world, meter, (day) => books.get(day), endS - 900, endS, 'regular');
      if (series.length === 0) continue;
      const body = bodyOf(meter, meter.serial, endS + 30, series);
      yield { serial: meter.serial, topic: readingsTopic(meter.serial), body };
    }
  }
}

export function readingsTopic(serial: string): string {
  return `openami/v1/${serial}/readings`;
}

export function eventsTopic(serial: string): string {
  return `openami/v1/${serial}/events`;
}
