/**
 * A channel: one measured quantity of one meter, with a fixed interval length and resolution. It is
 * what a reading belongs to.
 */
import type { Commodity } from './commodity.ts';

export interface Channel {
  /** The store's integer, unique for ever. */
  readonly id: number;
  readonly meterId: number;
  readonly commodity: Commodity;
  /** CIM reading type, 18 fields, e.g. `0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0`. */
  readonly readingType: string;
  /** OBIS code where the meter has one, e.g. `1-0:1.8.0*255`; else empty. */
  readonly obis: string;
  /** Seconds between interval ends; 0 for a register. */
  readonly intervalS: number;
  /** Thousandths of the base unit in one count of the stored value. */
  readonly resolution: number;
  /** Unit people read, e.g. `kWh`; its base unit is the stored one. */
  readonly unit: string;
}

/**
 * What ingest must know of a channel, resolved once a message: the channel and the time in which its
 * meter is installed (epoch seconds; `until` is Infinity while it is).
 */
export interface DirectoryEntry {
  readonly channel: Channel;
  readonly installedFrom: number;
  readonly installedUntil: number;
}

/** Address book of the head-end: device and quantity, as the sender names them, to a channel. */
export interface ChannelDirectory {
  /** Registry id of a device address (serial or other address); 0 when it is not registered. */
  meter(device: string): number;
  /** `quantity` may be an OBIS code in any usual spelling, a CIM reading type, or a channel alias. */
  find(device: string, quantity: string, intervalS: number): DirectoryEntry | undefined;
}
