/**
 * A local day of a channel as a person judges it: what was measured, what is there, what is proposed, and
 * why.
 */
import { formatDay, parseDay, Quality, qualityName, reasonsOf, systemAccess } from '@openami/model';
import { type ReadingStore, type RegistryStore, registryErrors } from '@openami/store';
import {
  ABSENT,
  baseUnits,
  type ClockGrid,
  endOf,
  hasValue,
  isMeasured,
  isSigned,
  placeOnGrid,
  type Series,
} from '@openami/vee';
import type { VeeDay } from '../../contract/vee.ts';
import type { BookedChannel, ChannelBook } from './channel-book.ts';
import { installedAt } from './channel-facts.ts';
import { Grids, Windows } from './day-windows.ts';
import { byEnd } from './edit-rows.ts';
import type { Reestimate } from './edits.ts';
import { showException } from './show.ts';

export interface DayViewOptions {
  readonly registry: Pick<RegistryStore, 'exceptions' | 'channelFacts'>;
  readonly store: Pick<ReadingStore, 'readings' | 'days' | 'evidence' | 'writer'>;
  readonly book: ChannelBook;
  readonly reestimate: Reestimate;
}

/** Meters of the same network node whose mean is shown beside. */
const mostNeighbours = 20;
const weekDays = 7;

type Column = (number | null)[];

export class DayViewService {
  readonly #options: DayViewOptions;
  readonly #grids = new Grids();

  constructor(options: DayViewOptions) {
    this.#options = options;
  }

  /** Raises NOT_FOUND for a channel that is not there or has no intervals. */
  async of(channelId: number, dayText: string): Promise<VeeDay> {
    const { store, book, registry } = this.#options;
    await book.load([channelId]);
    const channel = book.get(channelId);
    if (channel === undefined || channel.facts.intervalS === 0)
      throw registryErrors.NOT_FOUND(`interval channel ${channelId}`);
    const { facts, around } = channel;
    const { zone, intervalS, resolution } = facts;
    const day = parseDay(dayText);
    const span = { fromS: zone.dayStart(day), toS: zone.dayStart(day + 1) };
    const clock = this.#grids.of(zone, intervalS, day, day + 1);
    const ends = Array.from({ length: clock.slots }, (_, slot) => endOf(clock, slot));
    const rows = await store.readings.profile(systemAccess, channelId, span);
    const { series } = placeOnGrid(rows, clock);
    const aside = placeOnGrid(await store.days.putAside(systemAccess, [channelId], span), clock);
    const current = columnOf(series);
    const exceptions = await registry.exceptions.list(systemAccess, {
      ...{ channelId, fromDay: dayText, toDay: formatDay(day + 1), limit: 100 },
    });
    const neighbours = await this.#neighbours(channel, span, clock);
    const closed = await store.days.of(systemAccess, [channelId], { fromDay: day, toDay: day + 1 });
    const before = { fromS: zone.dayStart(day - weekDays), toS: zone.dayStart(day - weekDays + 1) };
    const week = placeOnGrid(
      await store.readings.profile(systemAccess, channelId, before),
      this.#grids.of(zone, intervalS, day - weekDays, day - weekDays + 1),
    );
    return {
      ...{ channelId, meterId: facts.meter, serial: around.serial, alias: around.alias, unit: around.unit },
      ...{ baseUnit: facts.baseUnit ?? '', resolution, signed: isSigned(facts), intervalS },
      ...{ zone: zone.zone, day: dayText, ends },
      measured: measuredOf(series, aside.series),
      current,
      quality: Array.from(series.quality, (code) => (code === ABSENT ? 'absent' : qualityName(code))),
      reasons: Array.from(series.flags, (flags) => reasonsOf(flags)),
      ...(await this.#proposal(channel, ends)),
      ...scaled(neighbours, current),
      neighbourCount: neighbours.length,
      weekBefore: ends.map((end) => valueAt(week.series, weekBefore(channel, end))),
      registers: await this.#registers(channel, span),
      events: await this.#events(facts.meter, span),
      exceptions: exceptions.items.map((one) => showException(one, channel)),
      basis: Math.max(store.writer.horizon(), ...rows.revision),
      closed:
        closed.length === 0
          ? null
          : {
              ...{ expected: closed.expected[0]!, measured: closed.measured[0]! },
              ...{ questionable: closed.questionable[0]!, estimated: closed.estimated[0]! },
              ...{ edited: closed.edited[0]!, suspended: closed.suspended[0] === 1 },
            },
    };
  }

  /** What the ladder would make of the whole day. */
  async #proposal(
    channel: BookedChannel,
    ends: readonly number[],
  ): Promise<Pick<VeeDay, 'proposed' | 'lower' | 'upper' | 'proposedMethod'>> {
    const none = { proposed: ends.map(() => null), lower: ends.map(() => null), upper: ends.map(() => null) };
    if (ends.length === 0) return { ...none, proposedMethod: '' };
    try {
      const { rows, method, lower, upper } = await this.#options.reestimate(channel, {
        ...{ channelId: channel.facts.channel, action: 'estimate' },
        ...{ firstEnd: ends[0]!, lastEnd: ends.at(-1)! },
      });
      const made = byEnd(rows);
      return {
        proposed: ends.map((end) => made.get(end)?.value ?? null),
        lower: ends.map((end) => lower?.get(end) ?? null),
        upper: ends.map((end) => upper?.get(end) ?? null),
        proposedMethod: method,
      };
    } catch {
      // Nothing to estimate from: the day is shown without a proposal.
      return { ...none, proposedMethod: '' };
    }
  }

  /** Columns of other meters of the same kind at the same node. */
  async #neighbours(
    channel: BookedChannel,
    span: { fromS: number; toS: number },
    clock: ClockGrid,
  ): Promise<Column[]> {
    const { store, registry } = this.#options;
    const nodeId = installedAt(channel.around, span.fromS)?.nodeId;
    if (nodeId === null || nodeId === undefined) return [];
    const ids = await registry.channelFacts.atNode(systemAccess, nodeId, {
      ...{ intervalS: channel.facts.intervalS, readingType: channel.around.readingType },
      ...{ not: channel.facts.channel, limit: mostNeighbours },
    });
    if (ids.length === 0) return [];
    const windows = new Windows(await store.readings.profiles(systemAccess, ids, span));
    return ids
      .map((id) => columnOf(windows.placed(id, clock).series))
      .filter((column) => column.some((value) => value !== null));
  }

  async #registers(
    channel: BookedChannel,
    span: { fromS: number; toS: number },
  ): Promise<VeeDay['registers']> {
    const { store, book } = this.#options;
    const ofMeter = await book.loadMeters([channel.facts.meter]);
    const registers = ofMeter.filter(
      ({ facts }) => facts.intervalS === 0 && facts.kind === channel.facts.kind,
    );
    if (registers.length === 0) return [];
    const rows = await store.readings.profiles(
      systemAccess,
      registers.map(({ facts }) => facts.channel),
      { fromS: span.fromS - 86_400, toS: span.toS + 86_400 },
    );
    return Array.from(rows.end, (at, i) => {
      const register = registers.find(({ facts }) => facts.channel === rows.channel[i])!;
      const value = baseUnits(register.facts, rows.value[i]!);
      return { at, value, unit: register.facts.baseUnit ?? '' };
    });
  }

  async #events(meter: number, { fromS, toS }: { fromS: number; toS: number }): Promise<VeeDay['events']> {
    const events = await this.#options.store.evidence.events(systemAccess, {
      ...{ meters: [meter], limit: 200, beforeMs: (toS + 86_400) * 1_000 },
    });
    return events
      .filter(({ at }) => at > fromS - 86_400 && at <= toS + 86_400)
      .map(({ at, code, severity, detail }) => ({ at, code, severity, detail }));
  }
}

/** The end of the slot a week before that shows the same on the wall clock. */
function weekBefore({ facts }: BookedChannel, end: number): number {
  const startS = end - facts.intervalS;
  const localS = facts.zone.localAt(startS) - weekDays * 86_400;
  return facts.zone.resolve(localS, 'earlier') + facts.intervalS;
}

function columnOf({ value, quality }: Series): Column {
  return Array.from(value, (counts, slot) => (hasValue(quality[slot]!) ? counts : null));
}

function valueAt({ startS, intervalS, value, quality }: Series, end: number): number | null {
  const slot = (end - startS) / intervalS - 1;
  return hasValue(quality[slot] ?? ABSENT) ? value[slot]! : null;
}

/** What the meter said: what was put aside where something stands in its place. */
function measuredOf({ value, quality }: Series, aside: Series): Column {
  const put = columnOf(aside);
  return Array.from(value, (counts, slot) => {
    const code = quality[slot]!;
    return isMeasured(code) || code === Quality.questionable ? counts : put[slot]!;
  });
}

/** Mean of the columns, made as large as the day's own values on average. */
function scaled(columns: readonly Column[], own: Column): { neighbours: Column } {
  const mean = own.map((_, i) => {
    const values = columns.map((column) => column[i] ?? null).filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  });
  const pairs = own.flatMap((value, i) =>
    value !== null && mean[i] != null ? [[value, mean[i]] as const] : [],
  );
  const [mine, theirs] = [0, 1].map((k) => pairs.reduce((sum, pair) => sum + pair[k as 0 | 1]!, 0));
  const factor = theirs! > 0 && mine! > 0 ? mine! / theirs! : 1;
  return { neighbours: mean.map((value) => (value === null ? null : Math.round(value * factor))) };
}
