/**
 * What the meters make of the truth: a book of all readings of one local day, as each meter would stamp
 * and count them, with its faults. History and the live devices both read from these books.
 *
 *   true flow ─▶ installed? dead? ─▶ stuck, stolen share ─▶ stamped by the meter's clock ─▶ book
 *                                                     └───▶ added to its registers
 */
import { DAY_S, HOUR_S, SLOT_S } from './calendar.ts';
import type { ChannelKind, ChannelSource } from './channels.ts';
import { type TownDay, townDay, voltageCounts } from './town-day.ts';
import type { SimMeter, World } from './world-types.ts';

/** Readings of one local day. Reading i of channel c: `counts[first[c] + i]`; NaN: the meter has none. */
export interface DayBook {
  readonly day: number;
  readonly town: TownDay;
  readonly counts: Float64Array;
  readonly first: Uint32Array;
  /** Readings of each channel in this day. */
  readonly length: Uint16Array;
}

/** Days of the town, the last few kept: neighbours are asked for by meters whose clock is wrong. */
export class TownDays {
  readonly #world: World;
  readonly #days = new Map<number, TownDay>();

  constructor(world: World) {
    this.#world = world;
  }

  get(day: number): TownDay {
    let town = this.#days.get(day);
    if (town === undefined) {
      town = townDay(this.#world, day);
      if (this.#days.size >= 4) this.#days.delete(this.#days.keys().next().value!);
      this.#days.set(day, town);
    }
    return town;
  }
}

/** Seconds between two readings of a channel within a day. */
export function stepOf(kind: ChannelKind): number {
  return kind.intervalS === 0 ? kind.registerEveryS : kind.intervalS;
}

/** How many readings of a channel end in a day. */
function readingsIn(town: TownDay, kind: ChannelKind): number {
  const step = stepOf(kind);
  return step === SLOT_S ? town.slots : step === HOUR_S ? town.hours.count : 1;
}

/** Stamp of reading i of a channel in a day, epoch seconds. */
export function endOf(town: TownDay, kind: ChannelKind, i: number): number {
  const step = stepOf(kind);
  if (step === SLOT_S) return town.startS + (i + 1) * SLOT_S;
  return step === HOUR_S ? town.hours.firstEndS + i * HOUR_S : town.endS;
}

/** Index of the reading stamped `endS`, or -1 when the channel has none then. */
export function indexOfEnd(town: TownDay, kind: ChannelKind, endS: number): number {
  const step = stepOf(kind);
  if (endS <= town.startS || endS > town.endS) return -1;
  if (step === DAY_S) return endS === town.endS ? 0 : -1;
  return endS % step === 0 ? (endS - endOf(town, kind, 0)) / step : -1;
}

/** Reads the town day by day, in order; keeps what the registers show. */
export class Metering {
  readonly world: World;
  /** The day `nextDay` will give. */
  day: number;
  /** Counts each channel's register shows at the start of `day`. */
  readonly registers: Float64Array;
  readonly #towns: TownDays;
  readonly #delta = new Float64Array(200);

  constructor(world: World) {
    this.world = world;
    this.day = world.firstDay;
    this.registers = Float64Array.from(world.channels, (channel) => channel.initialCounts);
    this.#towns = new TownDays(world);
  }

  /** The book of the next day. */
  nextDay(): DayBook {
    const { world } = this;
    const town = this.#towns.get(this.day);
    const first = new Uint32Array(world.channels.length);
    const length = new Uint16Array(world.channels.length);
    let total = 0;
    for (const channel of world.channels) {
      first[channel.index] = total;
      length[channel.index] = readingsIn(town, channel.kind);
      total += length[channel.index]!;
    }
    const book: DayBook = {
      day: this.day,
      town,
      counts: new Float64Array(total).fill(Number.NaN),
      first,
      length,
    };
    for (const meter of world.meters) this.#read(meter, book);
    this.day++;
    return book;
  }

  #read(meter: SimMeter, book: DayBook): void {
    const { town } = book;
    if (meter.fromS >= town.endS || meter.untilS < town.startS) return;
    let read: ChannelSource | undefined;
    for (const index of meter.channels) {
      const { kind } = this.world.channels[index]!;
      // The register follows the interval channel of its source, so the deltas are still at hand.
      if (kind.source !== read) this.#observe(meter, kind, town);
      read = kind.source;
      const at = book.first[index]!;
      const n = book.length[index]!;
      if (kind.intervalS > 0) book.counts.set(this.#delta.subarray(0, n), at);
      else this.#register(meter, index, book);
    }
  }

  #register(meter: SimMeter, index: number, book: DayBook): void {
    const { kind } = this.world.channels[index]!;
    const { town } = book;
    let shows = this.registers[index]!;
    if (kind.registerEveryS === HOUR_S) {
      for (let i = 0; i < town.hours.count; i++) {
        const delta = this.#delta[i]!;
        if (Number.isNaN(delta)) continue;
        shows += delta;
        book.counts[book.first[index]! + i] = shows;
      }
    } else {
      const steps = meter.commodity === 'electricity' ? town.slots : town.hours.count;
      for (let i = 0; i < steps; i++) shows += this.#delta[i]! || 0;
      if (this.#present(meter, town.endS)) book.counts[book.first[index]!] = shows;
    }
    this.registers[index] = shows;
  }

  /** Whether the meter measures the interval that truly ends at `endS`. */
  #present(meter: SimMeter, endS: number): boolean {
    return endS > meter.fromS && endS <= meter.untilS && endS <= meter.faults.deadFromS;
  }

  /** Fills `#delta` with what the meter counts per step of the day. */
  #observe(meter: SimMeter, kind: ChannelKind, town: TownDay): void {
    const { faults } = meter;
    const point = this.world.usagePoints[meter.usagePoint]!;
    const step = meter.commodity === 'electricity' ? SLOT_S : HOUR_S;
    const n = step === SLOT_S ? town.slots : town.hours.count;
    const firstEnd = step === SLOT_S ? town.startS + SLOT_S : town.hours.firstEndS;
    const shift = Math.round(faults.clockOffsetS / step);
    const energy = kind.source !== 'voltage';
    for (let i = 0; i < n; i++) {
      const stamped = firstEnd + i * step;
      const shifted = shift !== 0 && stamped > faults.clockFromS;
      const endS = shifted ? stamped - shift * step : stamped;
      if (!this.#present(meter, endS)) {
        this.#delta[i] = Number.NaN;
        continue;
      }
      let counts = shifted
        ? this.#trueAt(kind.source, point.row, endS)
        : trueCounts(this.world, town, kind.source, point.row, i);
      if (energy && endS > faults.stuckFromS) counts = 0;
      if (kind.source === 'import' && endS > faults.theftFromS)
        counts = Math.round(counts * faults.theftShare);
      this.#delta[i] = counts;
    }
  }

  #trueAt(source: ChannelSource, row: number, endS: number): number {
    const town = this.#towns.get(this.world.days.dayOf(endS - 1));
    const slot = Math.round((endS - town.startS) / SLOT_S) - 1;
    return trueCounts(this.world, town, source, row, slot);
  }
}

/** True counts of one source in step i (15-minute slot, or hour for flows) of a day. */
export function trueCounts(
  world: World,
  town: TownDay,
  source: ChannelSource,
  row: number,
  i: number,
): number {
  if (source === 'volume') return town.flow[row * town.hours.count + i]!;
  if (source === 'import') return town.importWh[row * town.slots + i]!;
  if (source === 'export') return town.exportWh[row * town.slots + i]!;
  return voltageCounts(world, town, row, i);
}
