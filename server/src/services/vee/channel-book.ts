/**
 * Channels as validation sees them: facts from the registry, the rules that apply, statistics. Learnt when a
 * channel is first met, forgotten when its meter changes in the registry.
 */
import { type Clock, systemAccess } from '@openami/model';
import type { ChannelAround, ReadingStore, RegistryStore } from '@openami/store';
import {
  type ChannelFacts,
  type ChannelState,
  type ChannelStatistics,
  type Selection,
  StatisticsBuffer,
  selectRules,
} from '@openami/vee';
import { factsOf } from './channel-facts.ts';
import type { RuleBook } from './rule-book.ts';

export interface ChannelBookOptions {
  readonly registry: Pick<RegistryStore, 'channelFacts'>;
  readonly rules: RuleBook;
  readonly clock: Clock;
  /** Zone of meters that are nowhere. */
  readonly zone: string;
}

/** Channels asked of the registry in one query. */
const channelsAtOnce = 5_000;

export class BookedChannel implements ChannelState {
  readonly around: ChannelAround;
  readonly facts: ChannelFacts;
  readonly selection: Selection;
  readonly #statistics: () => ChannelStatistics;

  constructor(
    around: ChannelAround,
    facts: ChannelFacts,
    selection: Selection,
    statistics: () => ChannelStatistics,
  ) {
    this.around = around;
    this.facts = facts;
    this.selection = selection;
    this.#statistics = statistics;
  }

  get statistics(): ChannelStatistics {
    return this.#statistics();
  }
}

export class ChannelBook {
  readonly #options: ChannelBookOptions;
  readonly #channels = new Map<number, BookedChannel>();
  readonly #ofMeter = new Map<number, number[]>();
  /** Meters whose channels are all in the book. */
  readonly #whole = new Set<number>();
  /** Every channel in order, once they were all asked for; good until the registry changes. */
  #all: readonly BookedChannel[] | undefined;
  /** How often the registry changed. */
  changes = 0;
  readonly #selections = new Map<string, Selection>();
  readonly #records = new StatisticsBuffer();
  readonly #recordOf = new Map<number, number>();

  constructor(options: ChannelBookOptions) {
    this.#options = options;
    options.rules.onChange(() => this.#clear());
  }

  /** Takes what was learnt of channels before. */
  async loadStatistics(store: Pick<ReadingStore, 'days'>): Promise<void> {
    const { channel, state } = await store.days.statistics(systemAccess);
    for (const [row, id] of channel.entries()) this.#records.decode(this.#record(id), state[row]!);
  }

  /** A channel that is in the book. */
  get(channel: number): BookedChannel | undefined {
    return this.#channels.get(channel);
  }

  /** Those of the channels that the registry knows, put in the book where they are not. */
  async load(channels: Iterable<number>): Promise<void> {
    const missing = [...new Set(channels)].filter((id) => !this.#channels.has(id));
    for (let at = 0; at < missing.length; at += channelsAtOnce) {
      const part = missing.slice(at, at + channelsAtOnce);
      this.#put(await this.#options.registry.channelFacts.of(systemAccess, part));
    }
  }

  /** Every channel of these meters, put in the book. */
  async loadMeters(meters: readonly number[]): Promise<BookedChannel[]> {
    const missing = meters.filter((meter) => !this.#whole.has(meter));
    if (missing.length > 0) {
      this.#put(await this.#options.registry.channelFacts.ofMeters(systemAccess, missing));
      for (const meter of missing) this.#whole.add(meter);
    }
    return meters.flatMap((meter) => (this.#ofMeter.get(meter) ?? []).map((id) => this.#channels.get(id)!));
  }

  /** Channels of a meter that are in the book. */
  ofMeter(meter: number): BookedChannel[] {
    return (this.#ofMeter.get(meter) ?? []).map((id) => this.#channels.get(id)!);
  }

  /** All channels of the registry in order, a page at a time. */
  async *pages(size: number): AsyncGenerator<BookedChannel[]> {
    const known = this.#all;
    if (known) {
      for (let at = 0; at < known.length; at += size) yield known.slice(at, at + size);
      return;
    }
    const all: BookedChannel[] = [];
    const { changes } = this;
    for (let after = 0; ; ) {
      const page = await this.#options.registry.channelFacts.page(systemAccess, after, size);
      if (page.length === 0) break;
      after = page.at(-1)!.channelId;
      const booked = this.#put(page);
      all.push(...booked);
      yield booked;
    }
    if (this.changes === changes) this.#all = all;
  }

  /** The registry changed what it knows of these meters. */
  forget(meters: Iterable<number>): void {
    this.changes++;
    this.#all = undefined;
    for (const meter of meters) {
      for (const channel of this.#ofMeter.get(meter) ?? []) this.#channels.delete(channel);
      this.#ofMeter.delete(meter);
      this.#whole.delete(meter);
    }
  }

  /** A channel's statistics to be stored. */
  encodeStatistics(channel: number): Uint8Array {
    return this.#records.encode(this.#record(channel));
  }

  #put(page: readonly ChannelAround[]): BookedChannel[] {
    const nowS = Math.floor(this.#options.clock.nowMs() / 1000);
    return page.map((around) => {
      const known = this.#channels.get(around.channelId);
      if (known) return known;
      const facts = factsOf(around, nowS, this.#options.zone);
      const id = around.channelId;
      const booked = new BookedChannel(around, facts, this.#selection(facts), () =>
        this.#records.record(this.#record(id)),
      );
      this.#channels.set(id, booked);
      const siblings = this.#ofMeter.get(around.meterId) ?? [];
      if (!siblings.includes(id)) this.#ofMeter.set(around.meterId, [...siblings, id]);
      return booked;
    });
  }

  /** Channels alike share their rules: there are few kinds of channel and many channels. */
  #selection(facts: ChannelFacts): Selection {
    const selection = selectRules(this.#options.rules.current(facts.zone), facts);
    const key = JSON.stringify(selection, (name, value) =>
      value instanceof Set ? [...value] : name === 'rule' ? value.id : value,
    );
    const same = this.#selections.get(key);
    if (same) return same;
    this.#selections.set(key, selection);
    return selection;
  }

  #record(channel: number): number {
    let record = this.#recordOf.get(channel);
    if (record === undefined) {
      record = this.#recordOf.size;
      this.#recordOf.set(channel, record);
    }
    return record;
  }

  #clear(): void {
    this.changes++;
    this.#all = undefined;
    this.#channels.clear();
    this.#ofMeter.clear();
    this.#whole.clear();
    this.#selections.clear();
  }
}

/** Whether a channel's days are closed: it has intervals, and a meter measures them. */
export function isClosed({ facts, around }: BookedChannel): boolean {
  return facts.intervalS > 0 && !around.virtual;
}

/** Meters of channels, each once. */
export function metersOf(channels: readonly BookedChannel[]): number[] {
  return [...new Set(channels.map(({ facts }) => facts.meter))];
}
