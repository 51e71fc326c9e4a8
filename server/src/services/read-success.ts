/**
 * Read success: of the interval readings expected for a local day, how many are there, and how many came
 * by the deadline. Expected is what the channels of installed meters owe, by their interval length and the
 * real length of the day.
 */
import { type Clock, dayBounds, formatDay, type Period, type ZoneTable, zoneTable } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import type { Config } from '../config.ts';
import type { ReadSuccess, ReadSuccessDay } from '../contract/overview.ts';
import { TtlCache } from '../identity/ttl-cache.ts';
import type { LiveDirectory } from './live-directory.ts';
import { presenceByDay } from './presence.ts';

export interface ReadSuccessOptions {
  readonly config: Config;
  readonly directory: LiveDirectory;
  readonly store: ReadingStore;
  readonly clock: Clock;
}

export class ReadSuccessService {
  readonly #options: ReadSuccessOptions;
  readonly #table: ZoneTable;
  /** A day's figures change with late readings only: a quarter of a minute is fresh enough. */
  readonly #recent = new TtlCache<ReadSuccess>(15_000, 16);

  constructor(options: ReadSuccessOptions) {
    this.#options = options;
    this.#table = zoneTable(options.config.zone);
  }

  /** The last whole local days, oldest first. */
  days(count: number): Promise<ReadSuccess> {
    const today = this.#table.localDayOf(Math.floor(this.#options.clock.nowMs() / 1000));
    return this.#recent.get(`${today}/${count}`, () => this.#days(today - count, today));
  }

  async #days(from: number, to: number): Promise<ReadSuccess> {
    const { store, config } = this.#options;
    const span = { fromS: this.#table.dayStart(from), toS: this.#table.dayStart(to) };
    const asked = { zone: config.zone, span, withinS: [secondsOf(config.readDeadline)] };
    const counted = await presenceByDay(store, this.#channels(span), asked);
    const days: ReadSuccessDay[] = [];
    for (let day = from; day < to; day++) {
      const { present = 0, within: [byDeadline = 0] = [] } = counted.get(day) ?? {};
      days.push({ day: formatDay(day), expected: this.#expected(day), present, byDeadline });
    }
    return { zone: config.zone, deadline: config.readDeadline, days };
  }

  /** Interval channels of meters that were installed at some time in the span. */
  #channels({ fromS, toS }: { fromS: number; toS: number }): { id: number; intervalS: number }[] {
    const { columns, channelEnd } = this.#options.directory;
    const { meter, intervalS, from, until } = columns;
    const found: { id: number; intervalS: number }[] = [];
    for (let id = 1; id < channelEnd; id++) {
      if (meter[id] === 0 || intervalS[id] === 0 || from[id] === 0) continue;
      if (from[id]! < toS && until[id]! > fromS) found.push({ id, intervalS: intervalS[id]! });
    }
    return found;
  }

  /** Intervals that lie in the day and in the time of installation. */
  #expected(day: number): number {
    const { directory } = this.#options;
    const { columns, channelEnd } = directory;
    const bounds = dayBounds(this.#table, day);
    let expected = 0;
    for (let id = 1; id < channelEnd; id++) {
      if (columns.meter[id] === 0 || columns.intervalS[id] === 0 || columns.from[id] === 0) continue;
      for (const installed of directory.installedOf(id)) {
        expected += intervalsOwed(bounds, installed, columns.intervalS[id]!);
      }
    }
    return expected;
  }
}

/**
 * Intervals that a local day owes: those on the grid of their length from its start (days do not begin on a
 * whole hour of UTC everywhere) that lie wholly in the time of installation. A daily one is as long as its
 * day.
 */
export function intervalsOwed(day: Period, installed: Period, intervalS: number): number {
  const stepS = intervalS === 86_400 ? day.to - day.from : intervalS;
  const from = Math.max(day.from, installed.from) - day.from;
  const to = Math.min(day.to, installed.to) - day.from;
  return Math.max(0, Math.floor(to / stepS) - Math.ceil(from / stepS));
}

/** Seconds of `06:00`. */
function secondsOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number);
  return hours! * 3600 + minutes! * 60;
}
