/**
 * Windows of readings for closing days: rows of many channels on their grids, with what is known around
 * them.
 */
import { forEachRun, type Period, Quality, type ZoneTable } from '@openami/model';
import type { Readings } from '@openami/store';
import {
  type ClockGrid,
  clockGrid,
  type Grid,
  type MeterReads,
  type Placed,
  placeOnGrid,
  type RegisterTrack,
  registerSpans,
  type Series,
} from '@openami/vee';
import type { BookedChannel } from './channel-book.ts';

/** How far around a day readings are looked at: days before and after, seconds around it for registers. */
export interface LookSpan {
  readonly back: number;
  readonly ahead: number;
  readonly registerS: number;
}

/** What rules need, and what estimates need. */
export const shallowSpan: LookSpan = { back: 1, ahead: 0, registerS: 3 * 86_400 };
export const deepSpan: LookSpan = { back: 90, ahead: 14, registerS: 40 * 86_400 };

/** Rows of one channel in a result that is sorted by channel. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** Where each channel's rows are. */
function rangesOf({ channel, length }: Pick<Readings, 'channel' | 'length'>): Map<number, RowRange> {
  const ranges = new Map<number, RowRange>();
  forEachRun(channel, length, (id, from, to) => ranges.set(id, { from, to }));
  return ranges;
}

/** Grids of whole local days, shared by channels alike; days rarely differ between two calls. */
export class Grids {
  readonly #grids = new Map<string, ClockGrid>();

  /** Slots of the local days [fromDay, toDay). */
  of(zone: ZoneTable, intervalS: number, fromDay: number, toDay: number): ClockGrid {
    const startS = zone.dayStart(fromDay);
    return this.at(zone, startS, intervalS, Math.ceil((zone.dayStart(toDay) - startS) / intervalS));
  }

  at(zone: ZoneTable, startS: number, intervalS: number, slots: number): ClockGrid {
    const key = `${zone.zone}/${intervalS}/${startS}/${slots}`;
    const known = this.#grids.get(key);
    if (known) return known;
    const grid = clockGrid(zone, startS, intervalS, slots);
    if (this.#grids.size >= 64) this.#grids.clear();
    this.#grids.set(key, grid);
    return grid;
  }
}

/** Times that a grid covers. */
export function spanOf({ startS, slots, intervalS }: Grid): { readonly fromS: number; readonly toS: number } {
  return { fromS: startS, toS: startS + slots * intervalS };
}

/** Readings of channels on their grids. */
export class Windows {
  readonly rows: Readings;
  readonly #ranges: Map<number, RowRange>;

  constructor(rows: Readings) {
    this.rows = rows;
    this.#ranges = rangesOf(rows);
  }

  placed(channel: number, grid: ClockGrid): Placed {
    const { from, to } = this.range(channel);
    return placeOnGrid(this.rows, grid, from, to);
  }

  /** Undefined where the channel has none. */
  series(channel: number, grid: ClockGrid): Series | undefined {
    return this.#ranges.has(channel) ? this.placed(channel, grid).series : undefined;
  }

  /** Revision of the reading that ends there; 0 where there is none. */
  revisionAt(channel: number, end: number): number {
    const { from, to } = this.range(channel);
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.rows.end[middle]! < end) low = middle + 1;
      else high = middle;
    }
    return low < to && this.rows.end[low] === end ? this.rows.revision[low]! : 0;
  }

  range(channel: number): RowRange {
    return this.#ranges.get(channel) ?? { from: 0, to: 0 };
  }
}

/** The register of the same meter and direction as an interval channel; undefined when there is none. */
export function registerOf(
  channel: BookedChannel,
  ofMeter: readonly BookedChannel[],
): BookedChannel | undefined {
  const { kind, baseUnit } = channel.facts;
  if (kind === 'level') return undefined;
  const alike = ofMeter.filter(
    ({ facts }) => facts.intervalS === 0 && facts.kind === kind && facts.baseUnit === baseUnit,
  );
  // Tariff registers hold a part each; the total is what has no tariff.
  return alike.find(({ around }) => !isTariff(around)) ?? (alike.length === 1 ? alike[0] : undefined);
}

/** The tariff whose part a register holds; 0 for one that holds all. */
export function registerTariff({
  obis,
  readingType,
}: {
  readonly obis: string;
  readonly readingType: string;
}): number {
  return Number(/^\d+-\d+:\d+\.\d+\.(\d+)/.exec(obis)?.[1] ?? readingType.split('.')[11] ?? 0);
}

/** A register that holds the part of one tariff. */
export function isTariff(channel: { readonly obis: string; readonly readingType: string }): boolean {
  return registerTariff(channel) !== 0;
}

/** A register's line, in steps that count as the channel's do. */
export function trackOf(
  channel: BookedChannel,
  register: BookedChannel,
  windows: Windows,
): RegisterTrack | undefined {
  const { from, to } = windows.range(register.facts.channel);
  const atS: number[] = [];
  const steps: number[] = [];
  const { rows } = windows;
  for (let row = from; row < to; row++) {
    const quality = rows.quality[row]!;
    if (quality === Quality.missing || quality === Quality.estimated || quality === Quality.questionable)
      continue;
    atS.push(rows.end[row]!);
    steps.push(rows.value[row]!);
  }
  if (atS.length < 2) return undefined;
  const ratio = Number(register.around.multiplier) / Number(channel.around.multiplier);
  const { digits } = register.around;
  const reads: MeterReads = {
    ...{ atS, steps, resolution: register.facts.resolution * ratio },
    ...(digits === null ? {} : { digits }),
  };
  return registerSpans([reads]).track;
}

/** Times a channel owes readings of: while its meter is installed, from its first reading on. */
export function owedBy({ around }: BookedChannel, firstS: number | undefined): readonly Period[] {
  if (firstS === undefined) return [];
  const always = [{ fromS: firstS, untilS: null }];
  const installed = around.installations.length === 0 ? always : around.installations;
  return installed
    .map(({ fromS, untilS }) => ({
      from: Math.max(fromS, firstS),
      to: untilS ?? Number.POSITIVE_INFINITY,
    }))
    .filter(({ from, to }) => from < to);
}
