/** What simulated meters measured, by meter and time, out of the world: nothing is kept for each meter. */
import type { ProfileSource } from '@openami/wire/dlms';
import { DAY_S, SLOT_S } from '../calendar.ts';
import type { ChannelKind } from '../channels.ts';
import { clockOffsetS } from '../delivery.ts';
import { type DayBook, indexOfEnd, Metering } from '../metering.ts';
import type { World } from '../world-types.ts';

/** Rows of one profile of one meter. */
export interface SeriesRequest {
  /** Index of the meter in its world. */
  readonly meter: number;
  /** Logical name of each column. */
  readonly columns: readonly string[];
  readonly periodS: number;
  /** Rows that end in (fromS, toS], seconds since 1970 UTC. */
  readonly fromS: number;
  readonly toS: number;
}

export interface Measurements {
  /** Undefined for a profile it has no rows of. */
  series(request: SeriesRequest): ProfileSource | undefined;
  /** What a register shows at a moment; undefined for one that measures nothing of the kind. */
  value(meter: number, instance: string, atS: number): number | undefined;
  /** False from the moment on that the meter is dead. */
  isAlive(meter: number, atS: number): boolean;
  /** How far its clock is off. */
  clockOffsetS(meter: number, atS: number): number;
}

/** A channel of the world behind a logical name: its interval values, or what they add up to. */
interface Column {
  readonly alias: 'import' | 'export' | 'voltage';
  readonly isRegister: boolean;
}

const columns: Readonly<Record<string, Column | undefined>> = {
  '1.0.1.29.0.255': { alias: 'import', isRegister: false },
  '1.0.2.29.0.255': { alias: 'export', isRegister: false },
  '1.0.32.5.0.255': { alias: 'voltage', isRegister: false },
  '1.0.1.8.0.255': { alias: 'import', isRegister: true },
  '1.0.2.8.0.255': { alias: 'export', isRegister: true },
};
/** Nominal voltage, tenths of a volt: of meters that keep no record of theirs. */
const NOMINAL = 2300;
const SLOTS_AN_HOUR = 4;

export interface WorldMeasurementsOptions {
  /** Days whose readings are kept at hand; a day of 10,000 meters is some 15 MB. */
  readonly days?: number;
}

export class WorldMeasurements implements Measurements {
  readonly #world: World;
  readonly #metering: Metering;
  readonly #days: number;
  /** Readings of whole days, the longest kept first. */
  readonly #books = new Map<number, DayBook>();
  /** Registers at the start of each day since the world's first. */
  readonly #registers: Float64Array[];

  constructor(world: World, { days = 4 }: WorldMeasurementsOptions = {}) {
    this.#world = world;
    this.#metering = new Metering(world);
    this.#days = days;
    this.#registers = [this.#metering.registers.slice()];
  }

  series({ meter, columns: names, periodS, fromS, toS }: SeriesRequest): ProfileSource | undefined {
    if (periodS < SLOT_S || (periodS !== DAY_S && (periodS % SLOT_S !== 0 || DAY_S % periodS !== 0))) {
      return undefined;
    }
    const { fromS: installedS, untilS } = this.#world.meters[meter]!;
    const { deadFromS } = this.#world.meters[meter]!.faults;
    const first = Math.max(fromS, installedS, this.#world.days.start(this.#world.firstDay));
    const last = Math.min(toS, untilS, deadFromS);
    const cells = names.map((name) => this.#cell(meter, columns[name], periodS));
    const value = (timeS: number, column: number): number => cells[column]!(timeS);
    return periodS === DAY_S ? this.#daily(first, last, value) : periodic(first, last, periodS, value);
  }

  value(meter: number, instance: string, atS: number): number | undefined {
    const column = columns[instance];
    if (column?.isRegister) return this.#register(meter, column.alias, atS);
    const slotEndS = Math.floor(atS / SLOT_S) * SLOT_S;
    if (column !== undefined) return this.#interval(meter, column.alias, slotEndS) || 0;
    const power = (this.#interval(meter, 'import', slotEndS) || 0) * SLOTS_AN_HOUR;
    const voltage = this.#interval(meter, 'voltage', slotEndS) || NOMINAL;
    if (instance === '1.0.1.7.0.255') return power;
    if (instance === '1.0.32.7.0.255') return voltage;
    // hundredths of an ampere, of tenths of a volt
    if (instance === '1.0.31.7.0.255') return Math.round((power * 1000) / voltage);
    return undefined;
  }

  isAlive(meter: number, atS: number): boolean {
    return atS < this.#world.meters[meter]!.faults.deadFromS;
  }

  clockOffsetS(meter: number, atS: number): number {
    return clockOffsetS(this.#world.meters[meter]!, atS);
  }

  /** One column by the end of its row; 0 for what only the meter itself knows (a status). */
  #cell(meter: number, column: Column | undefined, periodS: number): (timeS: number) => number {
    if (column === undefined) return () => 0;
    const { alias, isRegister } = column;
    if (isRegister) return (timeS) => this.#register(meter, alias, timeS);
    if (periodS === SLOT_S) return (timeS) => this.#interval(meter, alias, timeS);
    return (timeS) => this.#total(meter, alias, timeS - periodS, timeS);
  }

  #daily(fromS: number, toS: number, value: (timeS: number, column: number) => number): ProfileSource {
    const { days } = this.#world;
    // the midnight that ends a day is the row of that day
    const first = days.dayOf(fromS) + 1;
    const count = Math.max(0, days.dayOf(toS) - first + 1);
    const timeS = (row: number): number => days.start(first + row);
    return { count: () => count, timeS, value: (row, column) => value(timeS(row), column) };
  }

  /** Counts of the slot that ends at a moment; NaN for none. */
  #interval(meter: number, alias: Column['alias'], endS: number): number {
    const channel = this.#channel(meter, alias);
    if (channel === undefined) return Number.NaN;
    const book = this.#book(this.#world.days.dayOf(endS - 1));
    const at = indexOfEnd(book.town, channel.kind, endS);
    return at < 0 ? Number.NaN : book.counts[book.first[channel.index]! + at]!;
  }

  #total(meter: number, alias: Column['alias'], fromS: number, toS: number): number {
    let total = 0;
    for (let endS = fromS + SLOT_S; endS <= toS; endS += SLOT_S) {
      total += this.#interval(meter, alias, endS) || 0;
    }
    return total;
  }

  #register(meter: number, alias: Column['alias'], atS: number): number {
    const channel = this.#channel(meter, `${alias}-register`);
    if (channel === undefined) return Number.NaN;
    const { days, firstDay } = this.#world;
    const day = Math.max(firstDay, days.dayOf(atS));
    return this.#registersAt(day)[channel.index]! + this.#total(meter, alias, days.start(day), atS);
  }

  #channel(meter: number, alias: string): { readonly index: number; readonly kind: ChannelKind } | undefined {
    for (const index of this.#world.meters[meter]!.channels) {
      const channel = this.#world.channels[index]!;
      if (channel.kind.alias === alias) return channel;
    }
    return undefined;
  }

  #registersAt(day: number): Float64Array {
    const { firstDay } = this.#world;
    while (this.#registers.length <= day - firstDay) {
      const next = firstDay + this.#registers.length - 1;
      this.#keep(next, this.#make(next, this.#registers.at(-1)!));
      this.#registers.push(this.#metering.registers.slice());
    }
    return this.#registers[day - firstDay]!;
  }

  #book(day: number): DayBook {
    const known = this.#books.get(day);
    if (known !== undefined) return known;
    // interval values do not depend on what the registers showed before
    return this.#keep(day, this.#make(day, this.#registers[0]!));
  }

  #make(day: number, registers: Float64Array): DayBook {
    this.#metering.day = day;
    this.#metering.registers.set(registers);
    return this.#metering.nextDay();
  }

  #keep(day: number, book: DayBook): DayBook {
    if (this.#books.size >= this.#days) this.#books.delete(this.#books.keys().next().value!);
    this.#books.set(day, book);
    return book;
  }
}

function periodic(
  fromS: number,
  toS: number,
  periodS: number,
  value: (timeS: number, column: number) => number,
): ProfileSource {
  const firstS = (Math.floor(fromS / periodS) + 1) * periodS;
  const count = Math.max(0, Math.floor((toS - firstS) / periodS) + 1);
  return {
    count: () => count,
    timeS: (row) => firstS + row * periodS,
    value: (row, column) => value(firstS + row * periodS, column),
  };
}
