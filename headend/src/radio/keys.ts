/**
 * Keys of meters that are heard, ready for use: looked up when a telegram asks for one, and kept for a while,
 * also that there is none, so that a town of strangers costs no look a telegram.
 */
import type { MbusKey } from '@openami/wire/mbus';
import type { P1Key } from '@openami/wire/p1';
import { remember } from '../remember.ts';

/** A registered meter, and its key where it has one. */
export interface KnownMeter {
  readonly meterId: number;
  /** The name its readings are handed on by. */
  readonly device: string;
  readonly key: MbusKey | undefined;
  /** Of its customer port (P1). */
  readonly portKey?: P1Key | undefined;
}

/** Looks registered meters up by their names; names that nobody registered are left out. */
export type KnownMeterSource = (names: readonly string[]) => Promise<ReadonlyMap<string, KnownMeter>>;

interface Kept {
  readonly meter: KnownMeter | undefined;
  readonly untilMs: number;
}

const keptMs = 10 * 60_000;
/** Who is registered meanwhile is to be heard soon. */
const strangerMs = 60_000;
const most = 100_000;
/** Meters of ours that are looked up along with one: keys that are taken out are written down, each time. */
const along = 2_000;

type Found = Promise<ReadonlyMap<string, KnownMeter>>;
type Turn = Map<string, (found: Found) => void>;

export class RadioKeys {
  readonly #source: KnownMeterSource;
  readonly #clock: { nowMs(): number };
  readonly #known = new Map<string, Kept>();
  /** Apart, so that many strangers push out no meter of ours. */
  readonly #strangers = new Map<string, Kept>();
  /** Anew after a change: what was asked before it is of before it. */
  #asked = new Map<string, Promise<KnownMeter | undefined>>();
  /** Names to be looked up together, in one turn. */
  #next: Turn | undefined;

  constructor(source: KnownMeterSource, clock: { nowMs(): number }) {
    this.#source = source;
    this.#clock = clock;
  }

  /** The registered meter of a name; undefined for none. Rejects as the source does. */
  async find(name: string): Promise<KnownMeter | undefined> {
    const kept = this.#known.get(name) ?? this.#strangers.get(name);
    if (kept && kept.untilMs > this.#clock.nowMs()) return kept.meter;
    const asking = this.#asked;
    let asked = asking.get(name);
    if (asked === undefined) {
      asked = this.#look(name).finally(() => asking.delete(name));
      asking.set(name, asked);
    }
    return asked;
  }

  /** Meters or keys may have changed. */
  forgetAll(): void {
    this.#strangers.clear();
    // who they are is known still: they are looked up together
    for (const [name, { meter }] of this.#known) this.#known.set(name, { meter, untilMs: 0 });
    this.#asked = new Map();
    this.#next = undefined;
  }

  async #look(name: string): Promise<KnownMeter | undefined> {
    return (await this.#together(name)).get(name);
  }

  #keep(name: string, meter: KnownMeter | undefined): void {
    const [map, other] = meter ? [this.#known, this.#strangers] : [this.#strangers, this.#known];
    other.delete(name);
    remember(map, name, { meter, untilMs: this.#clock.nowMs() + (meter ? keptMs : strangerMs) }, most);
  }

  #together(name: string): Found {
    let turn = this.#next;
    if (turn === undefined) {
      const fresh: Turn = new Map();
      turn = fresh;
      this.#next = fresh;
      setImmediate(() => {
        if (this.#next === fresh) this.#next = undefined;
        const found = this.#lookUp([...fresh.keys()]);
        for (const tell of fresh.values()) tell(found);
      });
    }
    const names = turn;
    return new Promise((done) => names.set(name, done));
  }

  async #lookUp(asked: readonly string[]): Found {
    const asking = this.#asked;
    const names = this.#withStale(asked);
    const found = await this.#source(names);
    if (asking === this.#asked) for (const name of names) this.#keep(name, found.get(name));
    return found;
  }

  /** With other meters of ours that are soon to be looked up, where one of them is asked for. */
  #withStale(asked: readonly string[]): readonly string[] {
    if (!asked.some((name) => this.#known.has(name))) return asked;
    const names = new Set(asked);
    const soonMs = this.#clock.nowMs() + keptMs / 2;
    for (const [name, { untilMs }] of this.#known) {
      if (names.size >= asked.length + along) break;
      if (untilMs <= soonMs) names.add(name);
    }
    return [...names];
  }
}
