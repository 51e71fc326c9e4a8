/**
 * Closes local days of many channels: readings in, estimates, findings and daily figures out.
 *
 *   page of channels ─▶ day ─▶ rules ─┬─ nothing wrong ─────────────────────────────┐
 *                                     └─ gaps, findings ─▶ history ─▶ rules, ladder ┴─▶ rows, closed days,
 *                                                                                     exceptions, statistics
 *
 * Most days need nothing but themselves; history is read for the few that do. Each row is committed with the
 * revision of the reading it was made from: what changes meanwhile is left alone and closed again. Everything
 * can be done twice: a process may die anywhere.
 */
import { type Clock, groupBy, Quality, ReadingBatch, systemAccess } from '@openami/model';
import type { ClosedDays, JudgedDay, ReadingStore, RegistryStore } from '@openami/store';
import {
  type ChannelFacts,
  type ClockGrid,
  type ClosedDay,
  DayCloser,
  DayDigest,
  type DayInput,
  dayTypeOf,
  type EstimateHelp,
  slotsOfDay,
  Validator,
} from '@openami/vee';
import { besideOf } from './beside.ts';
import { type BookedChannel, type ChannelBook, isClosed, metersOf } from './channel-book.ts';
import {
  deepSpan,
  Grids,
  type LookSpan,
  owedBy,
  registerOf,
  shallowSpan,
  spanOf,
  trackOf,
  Windows,
} from './day-windows.ts';
import type { HelpFor } from './estimate-help.ts';
import { judgedDay } from './judgement.ts';
import { keptSlots, type Stated, statedOf } from './kept.ts';
import { type LossesOf, lossesOf } from './losses.ts';

export interface ClosingOptions {
  readonly store: Pick<ReadingStore, 'readings' | 'days' | 'writer' | 'stated'>;
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
  readonly help: HelpFor;
}

export interface ClosingSums {
  readonly channels: number;
  readonly changed: number;
  readonly estimated: number;
  readonly opened: number;
  readonly resolved: number;
}

/** So few are read with their history at once: a look for nothing costs more than what it would save. */
const fewChannels = 4;
/** Channels whose history is read in one query. */
const deepAtOnce = 32;

/** Days of the past that are learnt of a channel that was never closed. */
const pastDays = 28;
const strangersAtOnce = 128;

/** Readings around a day. */
interface Look {
  readonly span: LookSpan;
  readonly ofMeter: ReadonlyMap<number, readonly BookedChannel[]>;
  readonly windows: Windows;
  readonly registerRows: Windows;
  readonly aside: Windows;
  readonly help: ReadonlyMap<number, EstimateHelp>;
  readonly stated: Stated;
}

/** A day of one channel, closed. */
interface Outcome {
  readonly channel: BookedChannel;
  readonly closed: ClosedDay;
  readonly startS: number;
  readonly judged: JudgedDay;
  /** Where the day was read from: its revisions are what it is based on. */
  readonly windows: Windows;
  readonly suspended: boolean;
  readonly day: number;
}

export class DayClosing {
  readonly #options: ClosingOptions;
  readonly #closer = new DayCloser(new Validator());
  readonly #grids = new Grids();
  readonly #past = new DayDigest();

  constructor(options: ClosingOptions) {
    this.#options = options;
  }

  /** Closes a local day of interval channels that share it. Rejects as the store does; a repeat is safe. */
  async close(channels: readonly BookedChannel[], day: number): Promise<ClosingSums> {
    const { store } = this.#options;
    const used = channels.filter(isClosed);
    if (used.length === 0) return { channels: 0, changed: 0, estimated: 0, opened: 0, resolved: 0 };
    const basis = store.writer.horizon();
    await this.#meet(used, day);
    const losses = await this.#losses(used, day);
    const outcomes: Outcome[] = [];
    const deep: BookedChannel[] = [];
    if (used.length <= fewChannels) deep.push(...used);
    else {
      const shallow = await this.#look(used, day, shallowSpan);
      for (const channel of used) {
        const outcome = this.#closeOne(channel, day, shallow, losses);
        if (outcome.suspended || !outcome.closed.needsHistory) outcomes.push(this.#learnt(outcome));
        else deep.push(channel);
      }
    }
    for (let at = 0; at < deep.length; at += deepAtOnce) {
      const part = deep.slice(at, at + deepAtOnce);
      const view = await this.#look(part, day, deepSpan);
      for (const channel of part) outcomes.push(this.#learnt(this.#closeOne(channel, day, view, losses)));
    }
    return this.#store(outcomes, day, basis);
  }

  /**
   * Channels that are closed for the first time: what there is of their past is learnt, so it can vouch for
   * them.
   */
  async #meet(channels: readonly BookedChannel[], day: number): Promise<void> {
    const strangers = channels.filter(({ facts, statistics }) => {
      const firstS = this.#options.firstS(facts.channel);
      return statistics.lastDay < 0 && firstS !== undefined && firstS < facts.zone.dayStart(day);
    });
    for (let at = 0; at < strangers.length; at += strangersAtOnce) {
      const part = strangers.slice(at, at + strangersAtOnce);
      const { zone } = part[0]!.facts;
      const span = { fromS: zone.dayStart(day - pastDays), toS: zone.dayStart(day) };
      const ids = part.map(({ facts }) => facts.channel);
      const windows = new Windows(await this.#options.store.readings.profiles(systemAccess, ids, span));
      for (const { facts, statistics, selection } of part) {
        const clock = this.#grids.of(facts.zone, facts.intervalS, day - pastDays, day);
        const { series } = windows.placed(facts.channel, clock);
        for (let past = day - pastDays; past < day; past++) {
          const { from, to } = slotsOfDay(clock, past);
          this.#past.take(series, from, to);
          if (this.#past.present > 0)
            statistics.learn(past, dayTypeOf(past, selection.holidays), this.#past, true);
        }
      }
    }
  }

  /** Readings around a day of channels, of what is beside them on their meters, and of their registers. */
  async #look(channels: readonly BookedChannel[], day: number, span: LookSpan): Promise<Look> {
    const { book, store } = this.#options;
    const { zone } = channels[0]!.facts;
    const beside = await book.loadMeters(metersOf(channels));
    const ofMeter = groupBy(beside, ({ facts }) => facts.meter);
    const ids = (list: readonly BookedChannel[]) => list.map(({ facts }) => facts.channel);
    const intervals = beside.filter(isClosed);
    const registers = beside.filter(({ facts }) => facts.intervalS === 0);
    const [fromS, toS] = [zone.dayStart(day), zone.dayStart(day + 1)];
    const clock = this.#clockOf(channels[0]!.facts, day, span);
    const [rows, registerRows, aside, help, stated] = await Promise.all([
      store.readings.profiles(systemAccess, ids(intervals), spanOf(clock)),
      store.readings.profiles(systemAccess, ids(registers), {
        ...{ fromS: fromS - span.registerS, toS: toS + span.registerS },
      }),
      store.days.putAside(systemAccess, ids(channels), { fromS, toS }),
      span === shallowSpan ? new Map() : this.#options.help(channels, clock, { from: day, to: day + 1 }),
      span === shallowSpan ? new Map() : statedOf(store, channels, { fromS, toS }),
    ]);
    return {
      ...{ span, ofMeter, windows: new Windows(rows), help, stated },
      ...{ registerRows: new Windows(registerRows), aside: new Windows(aside) },
    };
  }

  #clockOf({ zone, intervalS }: ChannelFacts, day: number, span: LookSpan): ClockGrid {
    return this.#grids.of(zone, intervalS, day - span.back, day + 1 + span.ahead);
  }

  #closeOne(channel: BookedChannel, day: number, look: Look, losses: ReadonlyMap<number, LossesOf>): Outcome {
    const { facts, selection } = channel;
    const { windows, span } = look;
    const clock = this.#clockOf(facts, day, span);
    const { series, arrivalOf } = windows.placed(facts.channel, clock);
    const suspended = this.#options.isSuspended(channel);
    const ofMeter = look.ofMeter.get(facts.meter) ?? [];
    const register = registerOf(channel, ofMeter);
    const track = register && trackOf(channel, register, look.registerRows);
    const putAside = look.aside.series(facts.channel, clock);
    const endS = facts.zone.dayStart(day + 1);
    const owes = (one: BookedChannel) => (this.#options.firstS(one.facts.channel) ?? endS) < endS;
    const help = look.help.get(facts.channel);
    const kept = keptSlots(series, facts.resolution, look.stated.get(facts.channel));
    const input: DayInput = {
      ...{ facts, selection, series, clock, day, arrival: arrivalOf(day) },
      statistics: channel.statistics,
      owed: owedBy(channel, this.#options.firstS(facts.channel)),
      // Without history nothing is estimated: whoever needs it is closed again with it.
      suspended: suspended || span === shallowSpan,
      ...losses.get(facts.meter),
      ...(help ? { help } : {}),
      ...(kept ? { kept } : {}),
      ...(track ? { register: track } : {}),
      ...(putAside ? { putAside } : {}),
      ...besideOf(channel, ofMeter, { windows, clock, owes }),
    };
    const closed = this.#closer.close(input);
    const judged = judgedDay(channel, day, clock.startS, closed, this.#closer.findings);
    return { channel, closed, startS: clock.startS, judged, suspended, windows, day };
  }

  /** What the rules saw of the day that was closed last is learnt; it is stored with the rest. */
  #learnt(outcome: Outcome): Outcome {
    const { channel, day, closed } = outcome;
    channel.statistics.learn(day, closed.dayType, this.#closer.digest, closed.sound);
    return outcome;
  }

  #losses(channels: readonly BookedChannel[], day: number): Promise<Map<number, LossesOf>> {
    const { zone } = channels[0]!.facts;
    const span = { fromS: zone.dayStart(day - 2), toS: zone.dayStart(day + 2) };
    return lossesOf(this.#options.store, channels, span);
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
