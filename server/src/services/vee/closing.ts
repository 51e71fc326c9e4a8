/**
 * Closes local days of many channels: readings in, estimates, findings and daily figures out.
 *
 *   page of channels ─▶ day ─▶ rules ─┬─ nothing wrong ─────────────────────────────┐
 *                                     └─ gaps, findings ─▶ history ─▶ rules, ladder ┴─▶ rows, closed days,
 *                                                                                     exceptions, statistics
 *
 * Most days need nothing but themselves; history is read for the few that do. Rows are committed with the
 * revision that was known before anything was read: what changes meanwhile is left alone and closed again.
 * Everything can be done twice: a process may die anywhere.
 */
import { type Clock, type Period, Quality, ReadingBatch, systemAccess } from '@openami/model';
import type { ClosedDays, JudgedDay, ReadingStore, RegistryStore } from '@openami/store';
import { type ClosedDay, DayCloser, type DayInput, dayTypeOf, Severity, Validator } from '@openami/vee';
import type { BookedChannel, ChannelBook } from './channel-book.ts';
import { Grids, outagesOf, owedBy, registerOf, trackOf, Windows } from './day-windows.ts';
import { judgedDay } from './judgement.ts';

export interface ClosingOptions {
  readonly store: Pick<ReadingStore, 'readings' | 'days' | 'writer'>;
  readonly registry: Pick<RegistryStore, 'exceptions'>;
  readonly book: ChannelBook;
  readonly clock: Clock;
  /** Channels that nothing is estimated for at the moment. */
  readonly isSuspended: (channel: BookedChannel) => boolean;
  /**
   * Start of a channel's first reading, UTC seconds; before it nothing is owed. Undefined: it never had
   * one.
   */
  readonly firstS: (channel: number) => number | undefined;
}

export interface ClosingSums {
  readonly channels: number;
  readonly changed: number;
  readonly estimated: number;
  readonly opened: number;
  readonly resolved: number;
}

/** Days of history that estimates look back over, and how far they look ahead where there is something. */
const historyDays = 90;
const aheadDays = 14;
/** Channels whose history is read in one query. */
const deepAtOnce = 32;
const registerMarginS = 40 * 86_400;

/** A day of one channel, closed. */
interface Outcome {
  readonly channel: BookedChannel;
  readonly closed: ClosedDay;
  readonly startS: number;
  readonly judged: JudgedDay;
  /** Where the day was read from: its revisions are what it is based on. */
  readonly windows: Windows;
  readonly suspended: boolean;
}

export class DayClosing {
  readonly #options: ClosingOptions;
  readonly #closer = new DayCloser(new Validator());
  readonly #grids = new Grids();

  constructor(options: ClosingOptions) {
    this.#options = options;
  }

  /** Closes a local day of interval channels that share it. Rejects as the store does; a repeat is safe. */
  async close(channels: readonly BookedChannel[], day: number): Promise<ClosingSums> {
    const { store } = this.#options;
    const used = channels.filter(({ facts, around }) => facts.intervalS > 0 && !around.virtual);
    if (used.length === 0) return { channels: 0, changed: 0, estimated: 0, opened: 0, resolved: 0 };
    const basis = store.writer.horizon();
    const outages = await this.#outages(used, day);
    const shallow = await this.#windows(used, day - 1, day + 1);
    const outcomes: Outcome[] = [];
    const deep: BookedChannel[] = [];
    for (const channel of used) {
      const outcome = this.#closeOne(channel, day, shallow, { outages, deep: false });
      if (isPlain(outcome)) outcomes.push(outcome);
      else deep.push(channel);
    }
    for (let at = 0; at < deep.length; at += deepAtOnce) {
      outcomes.push(...(await this.#closeDeep(deep.slice(at, at + deepAtOnce), day, outages)));
    }
    return this.#store(outcomes, day, basis);
  }

  async #closeDeep(
    channels: readonly BookedChannel[],
    day: number,
    outages: ReadonlyMap<number, Period[]>,
  ): Promise<Outcome[]> {
    const { book, store } = this.#options;
    const siblings = await book.loadMeters([...new Set(channels.map(({ facts }) => facts.meter))]);
    const intervals = siblings.filter(({ facts, around }) => facts.intervalS > 0 && !around.virtual);
    const windows = await this.#windows(intervals, day - historyDays, day + 1 + aheadDays);
    const ids = channels.map(({ facts }) => facts.channel);
    const { facts } = channels[0]!;
    const span = { fromS: facts.zone.dayStart(day), toS: facts.zone.dayStart(day + 1) };
    const aside = new Windows(await store.days.putAside(systemAccess, ids, span));
    const registers = siblings.filter((one) => one.facts.intervalS === 0);
    const registerRows = new Windows(
      await store.readings.profiles(
        systemAccess,
        registers.map((one) => one.facts.channel),
        { fromS: span.fromS - registerMarginS, toS: span.toS + registerMarginS },
      ),
    );
    return channels.map((channel) => {
      const ofMeter = siblings.filter((one) => one.facts.meter === channel.facts.meter);
      return this.#closeOne(channel, day, windows, { outages, deep: true, aside, registerRows, ofMeter });
    });
  }

  #closeOne(
    channel: BookedChannel,
    day: number,
    windows: Windows,
    more: {
      readonly outages: ReadonlyMap<number, Period[]>;
      readonly deep: boolean;
      readonly aside?: Windows;
      readonly registerRows?: Windows;
      readonly ofMeter?: readonly BookedChannel[];
    },
  ): Outcome {
    const { facts, selection } = channel;
    const [from, to] = more.deep ? [day - historyDays, day + 1 + aheadDays] : [day - 1, day + 1];
    const clock = this.#grids.of(facts.zone, facts.intervalS, from, to);
    const { series, arrivalOf } = windows.placed(facts.channel, clock);
    const suspended = this.#options.isSuspended(channel);
    const owed = owedBy(channel, this.#options.firstS(facts.channel));
    const outages = more.outages.get(facts.meter);
    const register = more.ofMeter && registerOf(channel, more.ofMeter);
    const track = register && more.registerRows && trackOf(channel, register, more.registerRows);
    const putAside = more.aside?.series(facts.channel, clock);
    const siblings = (more.ofMeter ?? [])
      .filter((one) => one !== channel && one.facts.intervalS === facts.intervalS && !one.around.virtual)
      .map((one) => ({
        ...{ facts: one.facts, kind: one.facts.kind, statistics: one.statistics },
        series: windows.placed(one.facts.channel, clock).series,
      }));
    const input: DayInput = {
      ...{ facts, selection, series, clock, day, dayType: dayTypeOf(day), arrival: arrivalOf(day) },
      statistics: channel.statistics,
      // Without history nothing is estimated: whoever needs it is closed again with it.
      suspended: suspended || !more.deep,
      owed,
      ...(outages ? { outages } : {}),
      ...(track ? { register: track } : {}),
      ...(putAside ? { putAside } : {}),
      ...(siblings.length > 0 ? { siblings } : {}),
    };
    const closed = this.#closer.close(input);
    const judged = judgedDay(channel, day, clock.startS, closed, this.#closer.findings);
    // The digest is of this call: what it learnt is kept now, and stored with the rest.
    if (more.deep || isPlain({ closed })) {
      channel.statistics.learn(day, input.dayType, this.#closer.digest, closed.sound);
    }
    return { channel, closed, startS: clock.startS, judged, suspended, windows };
  }

  async #outages(channels: readonly BookedChannel[], day: number): Promise<Map<number, Period[]>> {
    const { zone } = channels[0]!.facts;
    return outagesOf(this.#options.store, zone.dayStart(day - 2), zone.dayStart(day + 2));
  }

  async #windows(channels: readonly BookedChannel[], fromDay: number, toDay: number): Promise<Windows> {
    const { zone } = channels[0]!.facts;
    const span = { fromS: zone.dayStart(fromDay), toS: zone.dayStart(toDay) };
    const ids = channels.map(({ facts }) => facts.channel);
    return new Windows(await this.#options.store.readings.profiles(systemAccess, ids, span));
  }

  /** Readings first, then what tells of them: a day is closed only when its readings are stored. */
  async #store(outcomes: readonly Outcome[], day: number, basis: number): Promise<ClosingSums> {
    const { store, registry, clock, book } = this.#options;
    const readings = new ReadingBatch();
    const seen: number[] = [];
    let estimated = 0;
    for (const { channel, closed, startS, windows } of outcomes) {
      const { channel: id, resolution, intervalS } = channel.facts;
      for (const slot of closed.changed) {
        const k = slot - closed.from;
        const end = startS + (slot + 1) * intervalS;
        readings.push(id, end, closed.value[k]!, resolution, closed.quality[k]!, closed.flags[k]!);
        seen.push(windows.revisionAt(id, end));
        if (closed.quality[k] === Quality.estimated) estimated++;
      }
    }
    if (readings.length > 0) await store.writer.commit({ readings, basis: Uint32Array.from(seen) });
    const closedMs = clock.nowMs();
    await store.days.put(closedDays(outcomes, day, basis), closedMs);
    const { opened, resolved } = await registry.exceptions.judge(
      systemAccess,
      outcomes.map(({ judged }) => judged),
    );
    const ids = Uint32Array.from(outcomes, ({ channel }) => channel.facts.channel);
    await store.days.putStatistics(
      ids,
      Array.from(ids, (id) => book.encodeStatistics(id)),
      closedMs,
    );
    return { channels: outcomes.length, changed: readings.length, estimated, opened, resolved };
  }
}

/** Nothing is open and nothing was found that history could say more of. */
function isPlain({ closed }: Pick<Outcome, 'closed'>): boolean {
  const open = closed.measured + closed.edited < closed.expected;
  return !open && closed.worst < Severity.suspect;
}

function closedDays(outcomes: readonly Outcome[], day: number, basis: number): ClosedDays {
  const u16 = (pick: (closed: ClosedDay) => number) => Uint16Array.from(outcomes, (one) => pick(one.closed));
  const u32 = (pick: (one: Outcome) => number) => Uint32Array.from(outcomes, pick);
  return {
    length: outcomes.length,
    channel: u32(({ channel }) => channel.facts.channel),
    day: new Uint16Array(outcomes.length).fill(day),
    total: Float64Array.from(outcomes, ({ closed }) => closed.total),
    maximum: Float64Array.from(outcomes, ({ closed }) => closed.maximum),
    maximumEnd: u32(({ closed, startS, channel }) =>
      closed.maximumSlot < 0 ? 0 : startS + (closed.maximumSlot + 1) * channel.facts.intervalS,
    ),
    resolution: u32(({ channel }) => channel.facts.resolution),
    expected: u16((closed) => closed.expected),
    measured: u16((closed) => closed.measured),
    questionable: u16((closed) => closed.questionable),
    estimated: u16((closed) => closed.estimated),
    edited: u16((closed) => closed.edited),
    worst: Uint8Array.from(outcomes, ({ closed }) => closed.worst),
    suspended: Uint8Array.from(outcomes, ({ suspended }) => Number(suspended)),
    basis: new Uint32Array(outcomes.length).fill(basis),
  };
}
