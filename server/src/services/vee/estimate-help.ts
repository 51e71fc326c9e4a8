/** What estimates of a day may be made from besides the channel's own readings of the weeks around. */
import { type Period, Quality, systemAccess } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import {
  ABSENT,
  type ClockGrid,
  copySlot,
  type EstimateHelp,
  emptySeries,
  endOf,
  type Series,
  slotsOfDay,
} from '@openami/vee';
import type { BookedChannel, ChannelBook } from './channel-book.ts';
import type { ChannelChecks } from './checks.ts';
import { Grids, spanOf, Windows } from './day-windows.ts';

export interface HelpSources {
  readonly store: Pick<ReadingStore, 'readings'>;
  readonly book: ChannelBook;
  readonly checks: ChannelChecks;
}

/** Help for channels that share a clock, by channel id; `days` [from, to) are those to be estimated. */
export type HelpFor = (
  channels: readonly BookedChannel[],
  clock: ClockGrid,
  days: Period,
) => Promise<Map<number, EstimateHelp>>;

/** Fifty-two weeks: the same weekday. */
const yearDays = 364;
const earlierGrids = new Grids();

/** Reads all help there is. Rejects as the store does. */
export async function helpFor(
  sources: HelpSources,
  ...[channels, clock, days]: Parameters<HelpFor>
): ReturnType<HelpFor> {
  const [years, checked, temperatures] = await Promise.all([
    yearsBefore(sources, channels, clock, days),
    checksOf(sources, channels, clock),
    temperaturesOf(sources, channels, clock),
  ]);
  return new Map(
    channels.map(({ facts: { channel }, selection: { temperature } }) => {
      const [previousYear, check] = [years.get(channel), checked.get(channel)];
      const temperatureC = temperature === undefined ? undefined : temperatures.get(temperature);
      return [
        channel,
        {
          ...(previousYear ? { previousYear } : {}),
          ...(check ? { check } : {}),
          ...(temperatureC ? { temperatureC } : {}),
        },
      ];
    }),
  );
}

/** The days to be estimated as they were a year before, on their own clock positions. */
async function yearsBefore(
  { store }: HelpSources,
  channels: readonly BookedChannel[],
  clock: ClockGrid,
  { from: fromDay, to: toDay }: Period,
): Promise<Map<number, Series>> {
  const { zone } = channels[0]!.facts;
  const earlier = earlierGrids.of(zone, clock.intervalS, fromDay - yearDays, toDay - yearDays);
  const ids = channels.map(({ facts }) => facts.channel);
  const windows = new Windows(await store.readings.profiles(systemAccess, ids, spanOf(earlier)));
  const found = new Map<number, Series>();
  for (const id of ids) {
    const before = windows.series(id, earlier);
    if (before === undefined) continue;
    const series = emptySeries(clock.startS, clock.intervalS, clock.slots);
    for (let day = fromDay; day < toDay; day++) {
      const { from, to } = slotsOfDay(clock, day);
      for (let i = from; i < to; i++) {
        const at = slotAt(earlier, day - yearDays, clock.clock[i]!);
        if (at >= 0) copySlot(series, i, before, at);
      }
    }
    found.set(id, series);
  }
  return found;
}

/** First slot of a day at a clock position; -1 where the day had none. */
function slotAt(grid: ClockGrid, day: number, position: number): number {
  const { from, to } = slotsOfDay(grid, day);
  if (from + position < to && grid.clock[from + position] === position) return from + position;
  const at = grid.clock.subarray(from, to).indexOf(position);
  return at < 0 ? -1 : from + at;
}

/** What check channels measured, or were worked out to, in the counts of the channels they check. */
async function checksOf(
  { store, book, checks }: HelpSources,
  channels: readonly BookedChannel[],
  clock: ClockGrid,
): Promise<Map<number, Series>> {
  const checkOf = new Map(
    channels.flatMap(({ facts }) => {
      const check = checks.of(facts.channel);
      return check === undefined ? [] : [[facts.channel, check]];
    }),
  );
  const found = new Map<number, Series>();
  if (checkOf.size === 0) return found;
  await book.load(checkOf.values());
  const ids = [...new Set(checkOf.values())];
  const windows = new Windows(await store.readings.profiles(systemAccess, ids, spanOf(clock)));
  for (const { facts } of channels) {
    const check = book.get(checkOf.get(facts.channel) ?? -1)?.facts;
    if (check === undefined || check.intervalS !== facts.intervalS || check.baseUnit !== facts.baseUnit)
      continue;
    const series = windows.series(check.channel, clock);
    if (series === undefined) continue;
    const ratio = check.resolution / facts.resolution;
    for (let i = 0; i < clock.slots; i++) {
      series.value[i] = series.value[i]! * ratio;
      // What was itself estimated proves nothing.
      if (!proving.has(series.quality[i]!)) series.quality[i] = ABSENT;
    }
    found.set(facts.channel, series);
  }
  return found;
}

const proving: ReadonlySet<number> = new Set([
  Quality.raw,
  Quality.valid,
  Quality.verified,
  Quality.edited,
  Quality.derived,
]);

/** Means of temperature channels over the slots, °C; NaN where nothing is known. */
async function temperaturesOf(
  { store, book }: HelpSources,
  channels: readonly BookedChannel[],
  clock: ClockGrid,
): Promise<Map<number, Float64Array>> {
  const ids = new Set<number>();
  for (const { selection } of channels) if (selection.temperature) ids.add(selection.temperature);
  const found = new Map<number, Float64Array>();
  if (ids.size === 0) return found;
  await book.load(ids);
  const windows = new Windows(await store.readings.profiles(systemAccess, [...ids], spanOf(clock)));
  for (const id of ids) {
    const facts = book.get(id)?.facts;
    if (facts?.baseUnit !== 'degC') continue;
    const { from, to } = windows.range(id);
    const { end, value, quality } = windows.rows;
    const means = new SlotMeans(clock);
    for (let row = from; row < to; row++) {
      if (!proving.has(quality[row]!) && quality[row] !== Quality.estimated) continue;
      means.add(end[row]! - facts.intervalS, end[row]!, (value[row]! * facts.resolution) / 1_000);
    }
    found.set(id, means.finish());
  }
  return found;
}

/** Means over slots of values that hold for times; one that holds for no time is a sample in its slot. */
class SlotMeans {
  readonly #clock: ClockGrid;
  readonly #sum: Float64Array;
  readonly #weight: Float64Array;

  constructor(clock: ClockGrid) {
    this.#clock = clock;
    this.#sum = new Float64Array(clock.slots);
    this.#weight = new Float64Array(clock.slots);
  }

  add(fromS: number, toS: number, value: number): void {
    const { startS, intervalS, slots } = this.#clock;
    const start = Math.min(fromS, toS - 1);
    const first = Math.max(0, Math.floor((start - startS) / intervalS));
    const last = Math.min(slots - 1, Math.ceil((toS - startS) / intervalS) - 1);
    for (let i = first; i <= last; i++) {
      const end = endOf(this.#clock, i);
      const weight = Math.min(toS, end) - Math.max(start, end - intervalS);
      this.#sum[i] = this.#sum[i]! + value * weight;
      this.#weight[i] = this.#weight[i]! + weight;
    }
  }

  finish(): Float64Array {
    return this.#sum.map((sum, i) => (this.#weight[i]! > 0 ? sum / this.#weight[i]! : Number.NaN));
  }
}
