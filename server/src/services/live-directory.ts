/**
 * The head-end's address book, kept in step with the registry, and beside it what the overview needs of
 * every channel, as columns by channel id: its meter, interval length and time of installation.
 */
import { InMemoryDirectory } from '@openami/headend';
import { type Commodity, commodities, type Period, systemAccess } from '@openami/model';
import type { DirectoryMeter, DirectoryRepository } from '@openami/store';

/** Columns by channel id; a channel that is not known has meter 0. */
export interface ChannelColumns {
  meter: Uint32Array;
  /** Seconds; 0 for a register. */
  intervalS: Uint32Array;
  /** Epoch seconds. */
  from: Float64Array;
  until: Float64Array;
}

export class LiveDirectory {
  readonly memory = new InMemoryDirectory();
  readonly columns: ChannelColumns = {
    meter: new Uint32Array(1024),
    intervalS: new Uint32Array(1024),
    from: new Float64Array(1024),
    until: new Float64Array(1024),
  };
  /** Channel ids below this may be in use. */
  channelEnd = 0;
  readonly #registry: DirectoryRepository;
  readonly #channelsOfMeter = new Map<number, number[]>();
  /** Of the few meters that were nowhere for a while between two installations. */
  readonly #away = new Map<number, DirectoryMeter['away']>();
  /** By meter id: place in `commodities` + 1; 0 is none. */
  #commodity = new Uint8Array(1024);
  #version = 0;
  readonly #listeners: ((meters: readonly number[]) => void)[] = [];
  #refreshing: Promise<void> | undefined;
  #again = false;

  constructor(registry: DirectoryRepository) {
    this.#registry = registry;
  }

  /** Reads the whole registry. */
  async load(): Promise<void> {
    this.#version = await this.#registry.version(systemAccess);
    for await (const page of this.#registry.load(systemAccess)) {
      for (const meter of page) this.#put(meter);
    }
  }

  /** Takes over what changed since; calls that come while one is at work share the next. */
  refresh(): Promise<void> {
    if (this.#refreshing) {
      this.#again = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#refreshAll().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refreshAll(): Promise<void> {
    do {
      this.#again = false;
      const change = await this.#registry.changedSince(systemAccess, this.#version);
      for (const meterId of change.removed) this.#remove(meterId);
      for (const meter of change.meters) this.#put(meter);
      this.#version = change.version;
      const touched = [...change.removed, ...change.meters.map(({ meterId }) => meterId)];
      if (touched.length > 0) for (const listener of this.#listeners) listener(touched);
    } while (this.#again);
  }

  /** Called with the meters that the registry changed. */
  onChange(listener: (meters: readonly number[]) => void): void {
    this.#listeners.push(listener);
  }

  /** Commodity of the meter that a device address belongs to; undefined when there is none. */
  commodityOf(device: string): Commodity | undefined {
    return commodities[(this.#commodity[this.memory.meter(device)] ?? 0) - 1];
  }

  /** Meter of a channel; 0 when it is not known. */
  meterOf(channelId: number): number {
    return this.columns.meter[channelId] ?? 0;
  }

  /** When a channel's meter was installed, in order; none for one that never was. */
  installedOf(channelId: number): Period[] {
    const { meter, from, until } = this.columns;
    if (!from[channelId]) return [];
    const found: Period[] = [];
    let at = from[channelId]!;
    for (const [fromS, untilS] of this.#away.get(meter[channelId]!) ?? []) {
      found.push({ from: at, to: fromS });
      at = untilS;
    }
    found.push({ from: at, to: until[channelId]! });
    return found;
  }

  #put(meter: DirectoryMeter): void {
    const { meterId, commodity, installedFrom, installedUntil } = meter;
    if (meter.away.length > 0) this.#away.set(meterId, meter.away);
    else this.#away.delete(meterId);
    const before = this.#channelsOfMeter.get(meterId) ?? [];
    const now = meter.channels.map((channel) => channel.id);
    for (const id of before) if (!now.includes(id)) this.columns.meter[id] = 0;
    this.#channelsOfMeter.set(meterId, now);
    this.memory.setMeter(meter);
    if (meterId >= this.#commodity.length)
      this.#commodity = grown(this.#commodity, new Uint8Array(Math.max(meterId + 1, meterId * 2)));
    this.#commodity[meterId] = commodities.indexOf(commodity) + 1;
    for (const { id, intervalS } of meter.channels) {
      this.#reserve(id);
      this.columns.meter[id] = meterId;
      this.columns.intervalS[id] = intervalS;
      this.columns.from[id] = installedFrom;
      this.columns.until[id] = installedUntil;
    }
  }

  #remove(meterId: number): void {
    for (const id of this.#channelsOfMeter.get(meterId) ?? []) this.columns.meter[id] = 0;
    this.#channelsOfMeter.delete(meterId);
    this.#away.delete(meterId);
    this.memory.removeMeter(meterId);
  }

  #reserve(id: number): void {
    this.channelEnd = Math.max(this.channelEnd, id + 1);
    if (id < this.columns.meter.length) return;
    const size = Math.max(id + 1, this.columns.meter.length * 2);
    this.columns.meter = grown(this.columns.meter, new Uint32Array(size));
    this.columns.intervalS = grown(this.columns.intervalS, new Uint32Array(size));
    this.columns.from = grown(this.columns.from, new Float64Array(size));
    this.columns.until = grown(this.columns.until, new Float64Array(size));
  }
}

function grown<T extends { set(from: T): void }>(old: T, bigger: T): T {
  bigger.set(old);
  return bigger;
}
