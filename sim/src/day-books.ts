/**
 * The books of the last days and of today, shared by all devices that run: what each meter measured, as long
 * as a meter keeps its load profile.
 */
import { DAY_S, HOUR_S, hourOf } from './calendar.ts';
import { type DayBook, indexOfEnd, Metering } from './metering.ts';
import type { SimChannel, SimMeter, World } from './world-types.ts';

/** Days a meter keeps its load profile. */
export const PROFILE_DAYS = 5;
/** No meter's clock is further ahead. */
const LOOK_AHEAD_S = 3 * HOUR_S;

/** What a register showed at a full hour. */
export interface HourlyRegister {
  readonly endS: number;
  /** In steps of the register. */
  readonly counts: number;
}

export class DayBooks {
  readonly world: World;
  readonly #metering: Metering;
  readonly #books = new Map<number, DayBook>();

  constructor(metering: Metering) {
    this.world = metering.world;
    this.#metering = metering;
  }

  /** The book of a local day that is kept. */
  get(day: number): DayBook | undefined {
    return this.#books.get(day);
  }

  /** Makes the books up to a moment, epoch seconds, and forgets the oldest. */
  advance(nowS: number): void {
    const wanted = this.world.days.dayOf(nowS + LOOK_AHEAD_S);
    while (this.#metering.day <= wanted) {
      const book = this.#metering.nextDay();
      if (book.day <= wanted - PROFILE_DAYS - 1) continue;
      this.#books.set(book.day, book);
      this.#books.delete(book.day - PROFILE_DAYS - 1);
    }
  }

  /** Counts of a channel for the reading stamped `endS`; undefined where the meter has none. */
  counts({ index, kind }: SimChannel, endS: number): number | undefined {
    const book = this.#books.get(this.world.days.dayOf(endS - 1));
    const i = book === undefined ? -1 : indexOfEnd(book.town, kind, endS);
    if (book === undefined || i < 0) return undefined;
    const counts = book.counts[book.first[index]! + i]!;
    return Number.isNaN(counts) ? undefined : counts;
  }

  /** Full hours in (afterS, untilS] that the meter still has a value of, the oldest first. */
  hours(channel: SimChannel, afterS: number, untilS: number): HourlyRegister[] {
    const rows: HourlyRegister[] = [];
    const firstS = hourOf(Math.max(afterS, untilS - PROFILE_DAYS * DAY_S)) + HOUR_S;
    for (let endS = firstS; endS <= untilS; endS += HOUR_S) {
      const counts = this.counts(channel, endS);
      if (counts !== undefined) rows.push({ endS, counts });
    }
    return rows;
  }

  /**
   * What a register that is kept by the hour shows at a moment: between two hours it moves evenly. Undefined
   * where nothing is known of the hour before.
   */
  shownAt(channel: SimChannel, atS: number): number | undefined {
    const hourS = hourOf(atS);
    const shown = this.counts(channel, hourS);
    if (shown === undefined || atS === hourS) return shown;
    const next = this.counts(channel, hourS + HOUR_S) ?? shown;
    return shown + Math.floor(((next - shown) * (atS - hourS)) / HOUR_S);
  }
}

/** Books up to a moment, made a day at a time with pauses: a server that starts at the same time goes on. */
export async function openDayBooks(world: World, nowS: number): Promise<DayBooks> {
  const metering = new Metering(world);
  const firstBook = world.days.dayOf(nowS + LOOK_AHEAD_S) - PROFILE_DAYS;
  while (metering.day < firstBook) {
    metering.nextDay();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const books = new DayBooks(metering);
  books.advance(nowS);
  return books;
}

/** The hourly register of a meter; undefined for one that has none. */
export function hourlyRegisterOf(world: World, meter: SimMeter): SimChannel | undefined {
  return channelOf(world, meter, ({ intervalS, registerEveryS }) => {
    return intervalS === 0 && registerEveryS === HOUR_S;
  });
}

/** The channel of hourly values of a meter; undefined for one that has none. */
export function hourlyValuesOf(world: World, meter: SimMeter): SimChannel | undefined {
  return channelOf(world, meter, ({ intervalS }) => intervalS === HOUR_S);
}

function channelOf(
  world: World,
  { channels }: SimMeter,
  fits: (kind: SimChannel['kind']) => boolean,
): SimChannel | undefined {
  return channels.map((index) => world.channels[index]!).find(({ kind }) => fits(kind));
}
