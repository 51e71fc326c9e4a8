/**
 * What is heard over the air: every device, by the paths its telegrams take, whether anybody registered it or
 * not. Bounded: who was not heard for longest is forgotten first. Devices that are surely ours are counted
 * apart, so that many others, or many that do not exist, push none of them out.
 */
import { remember } from './remember.ts';

export interface HeardPath {
  readonly gateway: string;
  readonly telegrams: number;
  readonly lastMs: number;
  /** dBm; null where the gateway does not say. */
  readonly rssiMean: number | null;
  readonly rssiMin: number | null;
  readonly rssiMax: number | null;
  /** dB, of the last telegram; null where the gateway does not say. */
  readonly snrDb: number | null;
}

/** A device with its facts `A`, and what became of its last telegram. */
export type Heard<A, S extends string> = A & {
  readonly name: string;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Different telegrams; what several gateways heard is one. */
  readonly telegrams: number;
  /** Seconds between telegrams, about; 0 until there were two. */
  readonly everyS: number;
  readonly state: S;
  /** Code of the error of the last telegram; empty for none. */
  readonly code: string;
  readonly paths: readonly HeardPath[];
};

/** How strong a telegram was. */
export interface Signal {
  readonly rssiDbm?: number | null | undefined;
  readonly snrDb?: number | null | undefined;
}

interface Path {
  telegrams: number;
  lastMs: number;
  strengths: number;
  rssiSum: number;
  rssiMin: number;
  rssiMax: number;
  snrDb: number | null;
}

interface Entry<A, S> {
  /** As they were told last. */
  facts: A;
  readonly firstMs: number;
  lastMs: number;
  telegrams: number;
  everyS: number;
  state: S;
  code: string;
  readonly paths: Map<string, Path>;
  /** Grows with each telegram of anybody. */
  order: number;
}

export interface HeardLimits {
  /** Of those that are surely ours, and of all others. */
  readonly meters: number;
  /** Gateways of one meter. */
  readonly paths: number;
}

const defaultHeardLimits: HeardLimits = { meters: 100_000, paths: 32 };

/** Weight of the newest distance between two telegrams. */
const SHARE = 0.2;

export interface SignalKind<A, S> {
  readonly nameOf: (facts: A) => string;
  /** The state of a device no telegram of which was looked at. */
  readonly atFirst: S;
  /** True of a state that only a device of ours comes to: a key of ours opened it. Default: of none. */
  readonly isOurs?: (state: S) => boolean;
}

export class SignalBook<A extends object, S extends string> {
  readonly #kind: SignalKind<A, S>;
  readonly #limits: HeardLimits;
  /** In the order in which they were heard last. */
  readonly #ours = new Map<string, Entry<A, S>>();
  readonly #others = new Map<string, Entry<A, S>>();
  #order = 0;
  #changed = new Set<string>();

  constructor(kind: SignalKind<A, S>, limits: Partial<HeardLimits> = {}) {
    this.#kind = kind;
    this.#limits = { ...defaultHeardLimits, ...limits };
  }

  get size(): number {
    return this.#ours.size + this.#others.size;
  }

  /** A telegram that was not heard before. */
  telegram(facts: A, atMs: number, state: S, code: string): void {
    const entry = this.#entry(facts, atMs);
    if (entry.telegrams > 0 && atMs > entry.lastMs) {
      const distanceS = (atMs - entry.lastMs) / 1_000;
      entry.everyS = entry.everyS === 0 ? distanceS : entry.everyS + (distanceS - entry.everyS) * SHARE;
    }
    entry.telegrams += 1;
    entry.lastMs = Math.max(entry.lastMs, atMs);
    entry.state = state;
    entry.code = code;
    this.#claim(this.#kind.nameOf(facts), entry);
  }

  /** The way of a telegram, also of one that another gateway handed on already. */
  path(facts: A, gateway: string, atMs: number, { rssiDbm, snrDb }: Signal): void {
    const { paths } = this.#entry(facts, atMs);
    let path = paths.get(gateway);
    if (path === undefined) {
      if (paths.size >= this.#limits.paths) paths.delete(oldestOf(paths));
      path = { telegrams: 0, lastMs: atMs, strengths: 0, rssiSum: 0, rssiMin: 0, rssiMax: 0, snrDb: null };
      paths.set(gateway, path);
    }
    path.telegrams += 1;
    path.lastMs = Math.max(path.lastMs, atMs);
    path.snrDb = snrDb ?? path.snrDb;
    if (rssiDbm === undefined || rssiDbm === null) return;
    path.rssiMin = path.strengths === 0 ? rssiDbm : Math.min(path.rssiMin, rssiDbm);
    path.rssiMax = path.strengths === 0 ? rssiDbm : Math.max(path.rssiMax, rssiDbm);
    path.rssiSum += rssiDbm;
    path.strengths += 1;
  }

  /** Something else is known of a device now; one that was not heard before is heard with it. */
  note(facts: A, atMs: number): void {
    this.#entry(facts, atMs);
  }

  /** What became of its last telegram has changed since: it could be read after all, say. */
  judge(name: string, state: S, code: string): void {
    const entry = this.#find(name);
    if (entry === undefined) return;
    Object.assign(entry, { state, code });
    this.#claim(name, entry);
    this.#changed.add(name);
  }

  get(name: string): Heard<A, S> | undefined {
    const entry = this.#find(name);
    return entry && show(name, entry);
  }

  /** True where it was surely ours once, whatever came under its name since. */
  isOurs(name: string): boolean {
    return this.#ours.has(name);
  }

  /** How many devices are in each state. */
  states(): ReadonlyMap<S, number> {
    const count = new Map<S, number>();
    for (const map of [this.#ours, this.#others])
      for (const { state } of map.values()) count.set(state, (count.get(state) ?? 0) + 1);
    return count;
  }

  /** Who was heard last comes first. */
  *all(): Generator<Heard<A, S>> {
    const all = [...this.#ours, ...this.#others].sort(([, a], [, b]) => b.order - a.order);
    for (const [name, entry] of all) yield show(name, entry);
  }

  /** What changed since this was asked the last time. */
  takeChanged(): Heard<A, S>[] {
    const names = this.#changed;
    this.#changed = new Set();
    return [...names].flatMap((name) => this.get(name) ?? []);
  }

  /** What was taken and could not be kept: it is told again. */
  putBack(taken: Iterable<Heard<A, S>>): void {
    for (const { name } of taken) if (this.#find(name)) this.#changed.add(name);
  }

  /** What was kept of before, the one heard longest ago first. */
  restore(kept: Iterable<Heard<A, S>>): void {
    for (const { name, paths, firstMs, lastMs, telegrams, everyS, state, code, ...facts } of kept) {
      const entry: Entry<A, S> = {
        ...{ firstMs, lastMs, telegrams, everyS, state, code, paths: new Map(), order: 0 },
        // what is left of a device and its facts are its facts
        facts: facts as unknown as A,
      };
      for (const { gateway, rssiMean, rssiMin, rssiMax, snrDb, ...path } of paths) {
        const strengths = rssiMean === null ? 0 : path.telegrams;
        entry.paths.set(gateway, {
          ...{ ...path, strengths, rssiSum: (rssiMean ?? 0) * strengths },
          ...{ rssiMin: rssiMin ?? 0, rssiMax: rssiMax ?? 0, snrDb: snrDb ?? null },
        });
      }
      this.#put(this.#isOurs(state) ? this.#ours : this.#others, name, entry);
    }
  }

  #isOurs(state: S): boolean {
    return this.#kind.isOurs?.(state) ?? false;
  }

  #find(name: string): Entry<A, S> | undefined {
    return this.#ours.get(name) ?? this.#others.get(name);
  }

  #entry(facts: A, atMs: number): Entry<A, S> {
    const name = this.#kind.nameOf(facts);
    const entry = this.#find(name) ?? {
      ...{ facts, firstMs: atMs, lastMs: atMs, telegrams: 0, everyS: 0, order: 0 },
      ...{ state: this.#kind.atFirst, code: '', paths: new Map<string, Path>() },
    };
    entry.facts = facts;
    this.#changed.add(name);
    this.#put(this.#ours.has(name) ? this.#ours : this.#others, name, entry);
    return entry;
  }

  #claim(name: string, entry: Entry<A, S>): void {
    if (this.#isOurs(entry.state) && this.#others.delete(name)) this.#put(this.#ours, name, entry);
  }

  /** Puts it at the end, as heard last, and forgets who comes first where there are too many. */
  #put(map: Map<string, Entry<A, S>>, name: string, entry: Entry<A, S>): void {
    entry.order = ++this.#order;
    const oldest = remember(map, name, entry, this.#limits.meters);
    if (oldest !== undefined) this.#changed.delete(oldest);
  }
}

function oldestOf(paths: ReadonlyMap<string, Path>): string {
  let oldest = '';
  let lastMs = Number.POSITIVE_INFINITY;
  for (const [gateway, path] of paths) {
    if (path.lastMs >= lastMs) continue;
    oldest = gateway;
    lastMs = path.lastMs;
  }
  return oldest;
}

function show<A, S extends string>(
  name: string,
  { facts, paths, order: _, ...state }: Entry<A, S>,
): Heard<A, S> {
  return {
    ...facts,
    ...{ name, ...state },
    paths: Array.from(paths, ([gateway, path]) => ({
      ...{ gateway, telegrams: path.telegrams, lastMs: path.lastMs, snrDb: path.snrDb },
      rssiMean: path.strengths === 0 ? null : path.rssiSum / path.strengths,
      rssiMin: path.strengths === 0 ? null : path.rssiMin,
      rssiMax: path.strengths === 0 ? null : path.rssiMax,
    })),
  };
}
