/** What goes to the live stream: figures each second, events as they come, readings of watched meters. */
import { defaultEventDeskLimits, EventDesk } from '@openami/headend';
import {
  type Clock,
  countsConverter,
  eventName,
  type MeterEvent,
  type ReadingBatch,
  systemAccess,
} from '@openami/model';
import type { ReadingStore } from '@openami/store';
import type { StreamMeterEvent } from '../contract/overview.ts';
import type { SseHub } from '../http/sse.ts';

export interface LiveStreamOptions {
  readonly hub: SseHub;
  readonly store: ReadingStore;
  readonly clock: Clock;
}

/** A channel somebody watches. */
export interface WatchedChannel {
  readonly id: number;
  readonly unit: string;
  readonly resolution: number;
}

/** Columns of readings, of a commit or of the store. */
type StoredRows = Pick<ReadingBatch, 'length' | 'channel' | 'end' | 'value' | 'quality'>;

const countEveryMs = 10_000;
const maxReadingsACommit = 500;
/** Events that are looked up at the start, the newest first. */
const eventPage = 1_000;
const eventPages = 20;

export class LiveStream {
  readonly #options: LiveStreamOptions;
  readonly #watched = new Map<number, { streams: number; toUnit: (count: number) => number }>();
  /** What is raised of the events that are stored: no repeats, storms summed up. */
  readonly #desk = new EventDesk();
  #counted = 0;
  #countedAt = 0;
  #countedMs = Number.NEGATIVE_INFINITY;
  #counting: Promise<void> | undefined;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
  }

  /** Learns which events were told before a restart: a log is read again after it. */
  async load(): Promise<void> {
    const { clock, store } = this.#options;
    const fromMs = clock.nowMs() - defaultEventDeskLimits.newsMs;
    let page = { fromMs, limit: eventPage } as { fromMs: number; limit: number; beforeMs?: number };
    for (let pages = 0; pages < eventPages; pages++) {
      const events = await store.evidence.events(systemAccess, page);
      this.#desk.remember(events);
      if (events.length < eventPage) return;
      page = { ...page, beforeMs: events.at(-1)!.receivedMs };
    }
  }

  /** Readings stored: counted every ten seconds, and in between what the writer has added. */
  async readingsStored(): Promise<number> {
    if (performance.now() - this.#countedMs > countEveryMs) {
      this.#counting ??= this.#count().finally(() => {
        this.#counting = undefined;
      });
      // only the first caller has nothing to go by
      if (this.#countedMs === Number.NEGATIVE_INFINITY) await this.#counting;
      else this.#counting.catch(() => undefined);
    }
    return this.#counted + this.#options.store.writer.stats().stored - this.#countedAt;
  }

  async #count(): Promise<void> {
    const before = this.#options.store.writer.stats().stored;
    const { readings } = await this.#options.store.upkeep.counts(systemAccess);
    this.#counted = readings;
    this.#countedAt = before;
    this.#countedMs = performance.now();
  }

  /** Sends the figures of this second. */
  tick(): void {
    const { hub, store, clock } = this.#options;
    this.#raise(this.#desk.flush(clock.nowMs()));
    if (hub.size === 0) return;
    this.readingsStored().then(
      (readingsStored) => {
        const { readingsPerSecond, queuedRows } = store.writer.stats();
        const now = new Date(clock.nowMs()).toISOString();
        hub.publish('overview', { readingsPerSecond, readingsStored, now, queuedRows });
      },
      () => undefined, // the engine is restarting: the next second tells
    );
  }

  /** Sends events that were stored, as the desk lets them pass. */
  events(events: readonly MeterEvent[]): void {
    this.#raise(this.#desk.take(events, this.#options.clock.nowMs()));
  }

  #raise(events: readonly MeterEvent[]): void {
    for (const event of events) this.#options.hub.publish('meter-event', showEvent(event));
  }

  /** Channels somebody watches now. */
  watchedChannels(): ReadonlySet<number> {
    return new Set(this.#watched.keys());
  }

  /** Sends readings of watched channels that were stored: all rows, or those that `wanted` names. */
  stored({ readings }: { readings?: StoredRows | undefined }, wanted?: (row: number) => boolean): void {
    if (this.#watched.size === 0 || !readings) return;
    let sent = 0;
    for (let row = 0; row < readings.length && sent < maxReadingsACommit; row++) {
      const channel = readings.channel[row]!;
      const watched = this.#watched.get(channel);
      if (!watched || wanted?.(row) === false) continue;
      sent++;
      this.#options.hub.publishReading({
        channel,
        end: readings.end[row]!,
        value: watched.toUnit(readings.value[row]!),
        quality: readings.quality[row]!,
      });
    }
  }

  /** Watches channels until the returned function is called. */
  watch(channels: readonly WatchedChannel[]): () => void {
    for (const { id, unit, resolution } of channels) {
      const known = this.#watched.get(id);
      if (known) known.streams++;
      else this.#watched.set(id, { streams: 1, toUnit: countsConverter(unit, resolution).toUnit });
    }
    return () => {
      for (const { id } of channels) {
        const known = this.#watched.get(id);
        if (known && --known.streams === 0) this.#watched.delete(id);
      }
    };
  }
}

/** An event as the API shows it. */
export function showEvent(event: MeterEvent): StreamMeterEvent {
  const { at, meter, device, code, severity, detail } = event;
  return {
    at: new Date(at * 1000).toISOString(),
    meterId: meter === 0 ? null : meter,
    device,
    code,
    name: eventName(code),
    severity,
    detail,
  };
}
