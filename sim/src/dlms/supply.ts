/**
 * What a meter counts when its relay was open for a while: the world goes on as if it had not been, and what
 * it used then is taken off again. A quarter hour that ends while the relay is open counts nothing, so that
 * registers rise by the intervals, as they do without a relay.
 */
import type { ProfileSource } from '@openami/wire/dlms';
import { SLOT_S } from '../calendar.ts';

/** A logical name that goes with what flows; others, such as voltage, do not mind the relay. */
const counted: Readonly<Record<string, 'register' | 'interval' | 'power' | undefined>> = {
  '1.0.1.8.0.255': 'register',
  '1.0.2.8.0.255': 'register',
  '1.0.1.29.0.255': 'interval',
  '1.0.2.29.0.255': 'interval',
  '1.0.1.7.0.255': 'power',
  '1.0.31.7.0.255': 'power',
};
const registers = Object.keys(counted).filter((instance) => counted[instance] === 'register');

type ReadRegister = (instance: string) => number | undefined;

/** From an opening of the relay to the next closing, seconds since 1970 UTC. */
interface Off {
  readonly fromS: number;
  toS: number;
  /** What the world's registers showed at the beginning, and what they went on by until the end. */
  readonly held: ReadonlyMap<string, number>;
  lost: ReadonlyMap<string, number>;
}

const readAll = (read: ReadRegister) => new Map(registers.map((instance) => [instance, read(instance) ?? 0]));

export class Supply {
  readonly #off: Off[] = [];

  /** An event of the meter: the relay may have moved. `read` gives the world's registers at that moment. */
  happened(event: string, atS: number, read: ReadRegister): void {
    if (event === 'relay-connected') this.close(atS, read);
    if (event === 'relay-disconnected' || event === 'relay-ready') this.open(atS, read);
  }

  /** The relay opens. */
  open(atS: number, read: ReadRegister): void {
    if (this.#off.at(-1)?.toS === Number.POSITIVE_INFINITY) return;
    this.#off.push({ fromS: atS, toS: Number.POSITIVE_INFINITY, held: readAll(read), lost: new Map() });
  }

  /** The relay closes. */
  close(atS: number, read: ReadRegister): void {
    const last = this.#off.at(-1);
    if (last === undefined || last.toS !== Number.POSITIVE_INFINITY) return;
    const now = readAll(read);
    last.toS = atS;
    last.lost = new Map([...last.held].map(([instance, held]) => [instance, now.get(instance)! - held]));
  }

  /** What the meter shows at a moment, or for the period that ends then, given what the world has. */
  value(instance: string, atS: number, world: number, periodS: number = SLOT_S): number {
    switch (counted[instance]) {
      case 'register':
        return this.#register(instance, atS, world);
      case 'interval':
        return this.#interval(Math.floor(atS / SLOT_S) * SLOT_S, periodS, world);
      case 'power':
        return this.#isOff(atS) ? 0 : world;
      default:
        return world;
    }
  }

  /** Rows of a profile as the meter has them. */
  rows(world: ProfileSource, columns: readonly string[], periodS: number): ProfileSource {
    if (this.#off.length === 0) return world;
    const value = (row: number, column: number) =>
      this.value(columns[column]!, world.timeS(row), world.value(row, column), periodS);
    return { ...world, value };
  }

  #register(instance: string, atS: number, world: number): number {
    let value = world;
    for (const { fromS, toS, held, lost } of this.#off) {
      if (atS <= fromS) break;
      value -= atS < toS ? world - held.get(instance)! : lost.get(instance)!;
    }
    return value;
  }

  #interval(endS: number, periodS: number, world: number): number {
    const slots = Math.round(periodS / SLOT_S);
    let on = 0;
    for (let slot = 0; slot < slots; slot++) if (!this.#isOff(endS - slot * SLOT_S)) on++;
    return on === slots ? world : Math.round((world * on) / slots);
  }

  #isOff(atS: number): boolean {
    return this.#off.some(({ fromS, toS }) => atS > fromS && atS <= toS);
  }
}
