/**
 * The address book in memory: device address and quantity to channel, lean enough for millions of
 * channels.
 *
 *   address ─ Map ─▶ meter slot ─▶ first row ─▶ next row     (rows of a meter are chained)
 *   row: channel id, shape, installed from, until, next      (typed arrays)
 *   shape: what channels have in common, such as unit, keys  (a few dozen objects)
 *
 * A `Channel` object is made when it is asked for: 40 bytes a channel at rest instead of some 300.
 */
import {
  type Channel,
  type ChannelDirectory,
  type Commodity,
  type DirectoryEntry,
  quantityKey,
} from '@openami/model';

/** One channel as the registry gives it. */
export interface DirectoryRow {
  /** Every address its meter is known by: serial and others. */
  readonly devices: readonly string[];
  readonly channel: Channel;
  /** Names of its quantity besides its reading type and OBIS code: aliases. */
  readonly keys?: readonly string[];
  /** Epoch seconds. */
  readonly installedFrom: number;
  /** Epoch seconds; Infinity while installed. */
  readonly installedUntil: number;
}

/** A meter with all its channels, as the registry loads it. */
export interface DirectoryMeterRow {
  readonly meterId: number;
  readonly serial: string;
  readonly addresses: readonly string[];
  readonly commodity: Commodity;
  readonly installedFrom: number;
  readonly installedUntil: number;
  readonly channels: readonly (Omit<Channel, 'meterId' | 'commodity'> & {
    readonly quantityKeys: readonly string[];
  })[];
}

type Shape = Omit<Channel, 'id' | 'meterId'> & { readonly keys: ReadonlySet<string> };

const none = -1;

export class InMemoryDirectory implements ChannelDirectory {
  readonly #shapes: Shape[] = [];
  readonly #shapeIndex = new Map<string, number>();
  /** Address to meter slot. */
  readonly #slots = new Map<string, number>();
  /** Registry ids are dense, so arrays serve as maps; 0 is none, else index + 1. */
  #slotOfMeter = new Uint32Array(64);
  #rowOfChannel = new Uint32Array(64);
  /** Addresses of a meter slot; nearly always one, and the same text as the key of the map. */
  readonly #addresses: (string | string[] | undefined)[] = [];
  #meterId = new Uint32Array(64);
  #firstRow = new Int32Array(64).fill(none);
  #meterSlots = 0;
  #channelId = new Uint32Array(64);
  #shapeOf = new Uint32Array(64);
  #slotOf = new Uint32Array(64);
  #nextRow = new Int32Array(64);
  #from = new Float64Array(64);
  #until = new Float64Array(64);
  #rows = 0;
  #freeRow = none;

  /** Channels it knows. */
  channels = 0;
  /** Meters it knows. */
  meters = 0;

  meter(device: string): number {
    const slot = this.#slots.get(device);
    return slot === undefined ? 0 : this.#meterId[slot]!;
  }

  find(device: string, quantity: string, intervalS: number): DirectoryEntry | undefined {
    const slot = this.#slots.get(device);
    if (slot === undefined) return undefined;
    const key = quantityKey(quantity);
    let other = none;
    for (let row = this.#firstRow[slot]!; row !== none; row = this.#nextRow[row]!) {
      const shape = this.#shapes[this.#shapeOf[row]!]!;
      if (!shape.keys.has(key)) continue;
      if (shape.intervalS === intervalS) return this.#entry(row, slot);
      // An interval of another length is a mistake worth telling; a register is another quantity.
      if (shape.intervalS > 0 && intervalS > 0) other = row;
    }
    return other === none ? undefined : this.#entry(other, slot);
  }

  /** Channels of a meter, by one of its addresses; none for one that is not known. */
  channelsOf(device: string): Channel[] {
    const slot = this.#slots.get(device);
    const found: Channel[] = [];
    if (slot === undefined) return found;
    for (let row = this.#firstRow[slot]!; row !== none; row = this.#nextRow[row]!) {
      found.push(this.#entry(row, slot).channel);
    }
    return found;
  }

  /** All addresses of the meter that one of them is of; none for one that is not known. */
  addressesOf(device: string): readonly string[] {
    const slot = this.#slots.get(device);
    return slot === undefined ? [] : this.#devicesOf(slot);
  }

  /** Adds a meter without channels, or more addresses of one. */
  putMeter(meterId: number, devices: readonly string[]): void {
    const slot = this.#slotFor(meterId);
    for (const device of devices) {
      if (this.#slots.get(device) === slot) continue;
      this.#slots.set(device, slot);
      const known = this.#addresses[slot];
      this.#addresses[slot] = known === undefined ? device : [known, device].flat();
    }
  }

  /** Makes what is known of a meter exactly this: addresses and channels it no longer has are forgotten. */
  setMeter(row: DirectoryMeterRow): void {
    const { meterId, commodity, installedFrom, installedUntil } = row;
    const slot = this.#slotFor(meterId);
    const devices = [row.serial, ...row.addresses];
    for (const device of this.#devicesOf(slot)) {
      if (!devices.includes(device) && this.#slots.get(device) === slot) this.#slots.delete(device);
    }
    this.#addresses[slot] = undefined;
    for (const device of devices) if (this.#slots.get(device) === slot) this.#slots.delete(device);
    this.putMeter(meterId, devices);
    const kept = new Set(row.channels.map(({ id }) => id));
    for (let at = this.#firstRow[slot]!; at !== none; ) {
      const next = this.#nextRow[at]!;
      if (!kept.has(this.#channelId[at]!)) this.removeChannel(this.#channelId[at]!);
      at = next;
    }
    for (const { quantityKeys, ...columns } of row.channels) {
      const channel = { ...columns, meterId, commodity };
      this.put({ devices: [], channel, keys: quantityKeys, installedFrom, installedUntil });
    }
  }

  /** Adds a channel or replaces what was known of it. */
  put(row: DirectoryRow): void {
    const { channel } = row;
    this.putMeter(channel.meterId, row.devices);
    const slot = this.#slotFor(channel.meterId);
    let at = (this.#rowOfChannel[channel.id] ?? 0) - 1;
    if (at !== none && this.#slotOf[at] !== slot) {
      this.removeChannel(channel.id);
      at = none;
    }
    if (at === none) at = this.#addRow(channel.id, slot);
    this.#shapeOf[at] = this.#shapeFor(channel, row.keys ?? []);
    this.#from[at] = row.installedFrom;
    this.#until[at] = row.installedUntil;
  }

  /** Forgets a channel; its readings become unregistered. */
  removeChannel(channelId: number): void {
    const at = (this.#rowOfChannel[channelId] ?? 0) - 1;
    if (at === none) return;
    this.#rowOfChannel[channelId] = 0;
    this.channels -= 1;
    const slot = this.#slotOf[at]!;
    if (this.#firstRow[slot] === at) this.#firstRow[slot] = this.#nextRow[at]!;
    else {
      let before = this.#firstRow[slot]!;
      while (this.#nextRow[before] !== at) before = this.#nextRow[before]!;
      this.#nextRow[before] = this.#nextRow[at]!;
    }
    this.#nextRow[at] = this.#freeRow;
    this.#freeRow = at;
  }

  /** Forgets a meter, its addresses and its channels. */
  removeMeter(meterId: number): void {
    const slot = (this.#slotOfMeter[meterId] ?? 0) - 1;
    if (slot === none) return;
    while (this.#firstRow[slot] !== none) this.removeChannel(this.#channelId[this.#firstRow[slot]!]!);
    for (const device of this.#devicesOf(slot)) {
      if (this.#slots.get(device) === slot) this.#slots.delete(device);
    }
    this.#addresses[slot] = undefined;
    this.#slotOfMeter[meterId] = 0;
    this.meters -= 1;
  }

  #devicesOf(slot: number): readonly string[] {
    return [this.#addresses[slot] ?? []].flat();
  }

  #entry(row: number, slot: number): DirectoryEntry {
    const { commodity, readingType, obis, intervalS, resolution, unit } = this.#shapes[this.#shapeOf[row]!]!;
    const id = this.#channelId[row]!;
    const meterId = this.#meterId[slot]!;
    return {
      channel: { id, meterId, commodity, readingType, obis, intervalS, resolution, unit },
      installedFrom: this.#from[row]!,
      installedUntil: this.#until[row]!,
    };
  }

  #slotFor(meterId: number): number {
    const known = (this.#slotOfMeter[meterId] ?? 0) - 1;
    if (known !== none) return known;
    const slot = this.#meterSlots++;
    this.meters += 1;
    if (slot === this.#meterId.length) {
      this.#meterId = grown(this.#meterId, new Uint32Array(slot * 2));
      this.#firstRow = grown(this.#firstRow, new Int32Array(slot * 2).fill(none));
    }
    this.#meterId[slot] = meterId;
    this.#slotOfMeter = roomFor(this.#slotOfMeter, meterId);
    this.#slotOfMeter[meterId] = slot + 1;
    return slot;
  }

  #addRow(channelId: number, slot: number): number {
    let at = this.#freeRow;
    if (at !== none) this.#freeRow = this.#nextRow[at]!;
    else {
      at = this.#rows++;
      if (at === this.#channelId.length) this.#growRows(at * 2);
    }
    this.#rowOfChannel = roomFor(this.#rowOfChannel, channelId);
    this.#rowOfChannel[channelId] = at + 1;
    this.channels += 1;
    this.#channelId[at] = channelId;
    this.#slotOf[at] = slot;
    this.#nextRow[at] = this.#firstRow[slot]!;
    this.#firstRow[slot] = at;
    return at;
  }

  #growRows(capacity: number): void {
    this.#channelId = grown(this.#channelId, new Uint32Array(capacity));
    this.#shapeOf = grown(this.#shapeOf, new Uint32Array(capacity));
    this.#slotOf = grown(this.#slotOf, new Uint32Array(capacity));
    this.#nextRow = grown(this.#nextRow, new Int32Array(capacity));
    this.#from = grown(this.#from, new Float64Array(capacity));
    this.#until = grown(this.#until, new Float64Array(capacity));
  }

  #shapeFor(channel: Channel, aliases: readonly string[]): number {
    const { commodity, readingType, obis, intervalS, resolution, unit } = channel;
    const kind = `${commodity}\n${readingType}\n${obis}\n${intervalS}\n${resolution}\n${unit}`;
    const id = aliases.length === 0 ? kind : `${kind}\n${aliases.join('\n')}`;
    const known = this.#shapeIndex.get(id);
    if (known !== undefined) return known;
    const names = [readingType, obis, ...aliases].filter((name) => name !== '');
    const keys = new Set(names.map((name) => quantityKey(name)));
    const index = this.#shapes.push({ commodity, readingType, obis, intervalS, resolution, unit, keys }) - 1;
    this.#shapeIndex.set(id, index);
    return index;
  }
}

function roomFor(array: Uint32Array<ArrayBuffer>, index: number): Uint32Array<ArrayBuffer> {
  if (index < array.length) return array;
  return grown(array, new Uint32Array(Math.max(index + 1, array.length * 2)));
}

function grown<T extends { set(from: T): void }>(old: T, bigger: T): T {
  bigger.set(old);
  return bigger;
}
