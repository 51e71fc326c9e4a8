/**
 * Keys of meters that are heard, ready for use: looked up when a telegram asks for one, and kept for a while,
 * also that there is none, so that a town of strangers costs no look a telegram.
 */
import type { MbusKey } from '@openami/wire/mbus';

/** A registered meter, and its key where it has one. */
export interface KnownMeter {
  readonly meterId: number;
  /** The name its readings are handed on by. */
  readonly device: string;
  readonly key: MbusKey | undefined;
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

export class RadioKeys {
  readonly #source: KnownMeterSource;
  readonly #clock: { nowMs(): number };
  readonly #kept = new Map<string, Kept>();
  readonly #asked = new Map<string, Promise<KnownMeter | undefined>>();
  /** Names to be looked up together, in one turn. */
  #next: Map<string, (found: Promise<ReadonlyMap<string, KnownMeter>>) => void> | undefined;

  constructor(source: KnownMeterSource, clock: { nowMs(): number }) {
    this.#source = source;
    this.#clock = clock;
  }

  /** The registered meter of a name; undefined for none. Rejects as the source does. */
  async find(name: string): Promise<KnownMeter | undefined> {
    const kept = this.#kept.get(name);
    if (kept && kept.untilMs > this.#clock.nowMs()) return kept.meter;
    let asked = this.#asked.get(name);
    if (asked === undefined) {
      asked = this.#look(name).finally(() => this.#asked.delete(name));
      this.#asked.set(name, asked);
    }
    return asked;
  }

  /** Meters or keys may have changed. */
  forgetAll(): void {
    this.#kept.clear();
  }

  async #look(name: string): Promise<KnownMeter | undefined> {
    const meter = (await this.#together(name)).get(name);
    if (this.#kept.size >= most) this.#kept.delete(this.#kept.keys().next().value!);
    const untilMs = this.#clock.nowMs() + (meter ? keptMs : strangerMs);
    this.#kept.set(name, { meter, untilMs });
    return meter;
  }

  #together(name: string): Promise<ReadonlyMap<string, KnownMeter>> {
    if (this.#next === undefined) {
      this.#next = new Map();
      setImmediate(() => {
        const names = this.#next!;
        this.#next = undefined;
        const found = this.#source([...names.keys()]);
        for (const tell of names.values()) tell(found);
      });
    }
    const names = this.#next;
    return new Promise((done) => names.set(name, done));
  }
}
