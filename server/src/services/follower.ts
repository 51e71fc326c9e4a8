/**
 * What a process that does not write readings learns of those that others write: the newest reading of each
 * meter, readings of watched channels and events for the live stream. Asked for every few seconds; what it
 * costs grows with what is new, not with what is stored.
 */
import { type Clock, type MeterEvent, systemAccess } from '@openami/model';
import type { ReadingStore, Readings } from '@openami/store';
import type { SseHub } from '../http/sse.ts';
import type { LastHeard } from './last-heard.ts';
import type { LiveStream } from './live-stream.ts';

export interface FollowerOptions {
  readonly store: Pick<ReadingStore, 'upkeep' | 'readings' | 'evidence'>;
  readonly heard: LastHeard;
  readonly live: LiveStream;
  readonly hub: SseHub;
  readonly clock: Clock;
}

/** An event may be stored so long after it was received. */
const lateMs = 60_000;
const mostEvents = 100;

export class Follower {
  readonly #options: FollowerOptions;
  #sinceS: number | undefined;
  /** Newest end of a watched channel that needs no sending: it was sent, or there before somebody watched. */
  readonly #sent = new Map<number, number>();
  /** Since when somebody listens: what came before is not news. */
  #listenedMs: number;
  #eventsFromMs: number;
  #told = new Set<string>();
  #looking: Promise<void> | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#listenedMs = options.clock.nowMs();
    this.#eventsFromMs = this.#listenedMs;
  }

  /** Looks once; a call that comes while one is at work shares it. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { store, heard, hub, clock } = this.#options;
    const { channel, latest, length, atS } = await store.upkeep.recentMarks(systemAccess, this.#sinceS);
    heard.note(channel, latest, length);
    this.#sinceS = atS;
    if (hub.size === 0) {
      this.#listenedMs = clock.nowMs();
      this.#sent.clear();
      return;
    }
    await this.#readings(channel, latest);
    await this.#events();
  }

  /** What watched channels have beyond what they had when they were first looked at. */
  async #readings(channels: Uint32Array, latest: Uint32Array): Promise<void> {
    const { store, live } = this.#options;
    const watched = live.watchedChannels();
    const unknown = [...watched].filter((id) => !this.#sent.has(id));
    for (const id of this.#sent.keys()) if (!watched.has(id)) this.#sent.delete(id);
    const sent = this.#sent;
    const ahead = [...channels].filter((id, row) => sent.has(id) && sent.get(id)! < latest[row]!);
    if (ahead.length > 0) {
      const fromS = Math.min(...ahead.map((id) => sent.get(id)!));
      const found = await store.readings.profiles(systemAccess, ahead, { fromS, toS: 2 ** 32 - 1 });
      live.stored({ readings: found }, (row) => found.end[row]! > sent.get(found.channel[row]!)!);
      this.#note(found);
    }
    if (unknown.length === 0) return;
    for (const id of unknown) sent.set(id, 0);
    this.#note(await store.readings.latest(systemAccess, unknown));
  }

  /** Rows are in the order of their ends. */
  #note({ length, channel, end }: Pick<Readings, 'length' | 'channel' | 'end'>): void {
    for (let row = 0; row < length; row++) this.#sent.set(channel[row]!, end[row]!);
  }

  async #events(): Promise<void> {
    const { store, live } = this.#options;
    const fromMs = Math.max(this.#eventsFromMs - lateMs, this.#listenedMs);
    const recent = await store.evidence.events(systemAccess, { fromMs, limit: mostEvents });
    const keyOf = ({ at, receivedMs, device, code }: MeterEvent) => `${receivedMs}/${device}/${code}/${at}`;
    const fresh = recent.filter((event) => !this.#told.has(keyOf(event)));
    live.events(fresh.reverse());
    this.#told = new Set(recent.map(keyOf));
    this.#eventsFromMs = Math.max(this.#eventsFromMs, ...recent.map(({ receivedMs }) => receivedMs));
  }
}
