/**
 * Whether a meter has a full day of readings, and where its register stands. Asked of the reading store for
 * some meters at once, and of each at most once an hour.
 */
import { type Clock, findUnit, groupBy, systemAccess } from '@openami/model';
import type { ChannelRecord, ReadingStore, RegistryStore } from '@openami/store';

export interface DayCount {
  readonly day: { readonly present: number; readonly expected: number } | null;
  /** m³ or kWh; null where it has no such register. */
  readonly registerIndex: number | null;
}

/** A meter with its installation, and the end of the day that is counted. */
export interface CountedDay {
  readonly meterId: number;
  readonly fromS: number;
  readonly toS: number;
}

const dayS = 86_400;
const lifeMs = 3_600_000;
const metersAtOnce = 100;
const mostKept = 100_000;
/** Thousandths of Wh and L in a kWh and a m³. */
const thousandths = 1e6;

export interface DayCountOptions {
  readonly registry: Pick<RegistryStore, 'channels'>;
  readonly store: Pick<ReadingStore, 'readings'>;
  readonly clock: Clock;
}

export class DayCounts {
  readonly #options: DayCountOptions;
  readonly #kept = new Map<number, DayCount & { readonly atMs: number }>();

  constructor(options: DayCountOptions) {
    this.#options = options;
  }

  /** What was counted of a meter last. */
  of(meterId: number): DayCount | undefined {
    return this.#kept.get(meterId);
  }

  /** Counts those that were not counted within the hour. */
  async count(meters: readonly CountedDay[]): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    const due = meters.filter(({ meterId }) => nowMs - (this.#kept.get(meterId)?.atMs ?? 0) >= lifeMs);
    for (let at = 0; at < due.length; at += metersAtOnce)
      await this.#countSome(due.slice(at, at + metersAtOnce), nowMs);
  }

  async #countSome(meters: readonly CountedDay[], atMs: number): Promise<void> {
    const { registry, store } = this.#options;
    const channels = await registry.channels.ofMeters(
      systemAccess,
      meters.map(({ meterId }) => meterId),
    );
    const ofMeter = groupBy(channels, ({ meterId }) => meterId);
    const days = await this.#whole(store, meters, ofMeter);
    const ends = await this.#ends(store, days, ofMeter);
    const registers = await this.#registers(store, channels);
    for (const meter of meters) {
      const own = ofMeter.get(meter.meterId) ?? [];
      const day = days.includes(meter) ? dayOf(meter, own, ends) : null;
      const registerIndex = own.map(({ id }) => registers.get(id)).find((one) => one !== undefined) ?? null;
      if (this.#kept.size >= mostKept) this.#kept.clear();
      this.#kept.set(meter.meterId, { day, registerIndex, atMs });
    }
  }

  /** Those that were read for a whole day since they were installed: one reading is none. */
  async #whole(
    { readings }: Pick<ReadingStore, 'readings'>,
    meters: readonly CountedDay[],
    ofMeter: ReadonlyMap<number, readonly ChannelRecord[]>,
  ): Promise<CountedDay[]> {
    const asked = meters.filter(({ fromS, toS }) => toS - fromS >= dayS);
    const channels = asked.flatMap(({ meterId }) => ofMeter.get(meterId) ?? []);
    if (channels.length === 0) return [];
    const span = spanOf(asked.map(({ fromS, toS }) => ({ fromS, toS })));
    const ids = channels.map(({ id }) => id);
    const { channel, first, length } = await readings.extents(systemAccess, ids, span);
    const firstOf = new Map(Array.from({ length }, (_, row) => [channel[row]!, first[row]!]));
    return asked.filter(({ meterId, fromS, toS }) =>
      ofMeter.get(meterId)?.some(({ id, intervalS }) => {
        const firstS = firstOf.get(id);
        return firstS !== undefined && toS - Math.max(firstS - intervalS, fromS) >= dayS;
      }),
    );
  }

  /** Ends of the readings of each channel in the days that are counted. */
  async #ends(
    { readings }: Pick<ReadingStore, 'readings'>,
    days: readonly CountedDay[],
    ofMeter: ReadonlyMap<number, readonly ChannelRecord[]>,
  ): Promise<Map<number, number[]>> {
    const asked = days.flatMap(({ meterId }) => (ofMeter.get(meterId) ?? []).map(({ id }) => id));
    const found = new Map<number, number[]>();
    if (asked.length === 0) return found;
    const span = spanOf(days.map(({ toS }) => ({ fromS: toS - dayS, toS })));
    const { channel, end, length } = await readings.ends(systemAccess, asked, span);
    for (let row = 0; row < length; row++) {
      const list = found.get(channel[row]!) ?? [];
      list.push(end[row]!);
      found.set(channel[row]!, list);
    }
    return found;
  }

  /** The newest reading of each register of energy or volume. */
  async #registers(
    { readings }: Pick<ReadingStore, 'readings'>,
    channels: readonly ChannelRecord[],
  ): Promise<Map<number, number>> {
    const asked = channels.filter(isRegister).map(({ id }) => id);
    if (asked.length === 0) return new Map();
    const { channel, value, resolution, length } = await readings.latest(systemAccess, asked);
    return new Map(
      Array.from({ length }, (_, row) => [channel[row]!, (value[row]! * resolution[row]!) / thousandths]),
    );
  }
}

/** From the first to the last of some spans. */
function spanOf(spans: readonly { readonly fromS: number; readonly toS: number }[]) {
  return {
    fromS: Math.max(0, Math.min(...spans.map(({ fromS }) => fromS))),
    toS: Math.max(...spans.map(({ toS }) => toS)),
  };
}

function isRegister({ intervalS, unit, commodity }: ChannelRecord): boolean {
  const wanted = commodity === 'water' || commodity === 'gas' ? 'volume' : 'energy';
  return intervalS === 0 && findUnit(unit)?.dimension === wanted;
}

function dayOf(
  { toS }: CountedDay,
  channels: readonly ChannelRecord[],
  ends: ReadonlyMap<number, readonly number[]>,
): DayCount['day'] {
  let [present, expected] = [0, 0];
  for (const { id, intervalS } of channels) {
    // a register is read when it is read; once a day is a day
    const owed = intervalS === 0 ? 1 : Math.max(1, Math.floor(dayS / intervalS));
    const found = (ends.get(id) ?? []).filter((end) => end > toS - dayS && end <= toS).length;
    expected += owed;
    present += Math.min(found, owed);
  }
  return { present, expected };
}
