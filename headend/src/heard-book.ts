/**
 * What is heard over the air: every device, by the paths its telegrams take, whether anybody registered it or
 * not. Bounded: who was not heard for longest is forgotten first.
 */

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
}

export interface HeardLimits {
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
}

export class SignalBook<A extends object, S extends string> {
  readonly #kind: SignalKind<A, S>;
  readonly #limits: HeardLimits;
  /** In the order in which they were heard last. */
  readonly #meters = new Map<string, Entry<A, S>>();
  #changed = new Set<string>();

  constructor(kind: SignalKind<A, S>, limits: Partial<HeardLimits> = {}) {
    this.#kind = kind;
    this.#limits = { ...defaultHeardLimits, ...limits };
  }

  get size(): number {
    return this.#meters.size;
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
  }

  /** The way of a telegram, also of one that another gateway handed on already. */
  path(facts: A, gateway: string, atMs: number, { rssiDbm, snrDb }: Signal): void {
    const { paths } = this.#entry(facts, atMs);
    let path = paths.get(gateway);
    if (path === undefined) {
      if (paths.size >= this.#limits.paths) paths.delete(oldestOf(paths));
      path = {
        ...{ telegrams: 0, lastMs: atMs, strengths: 0, rssiSum: 0, rssiMin: 0, rssiMax: 0, snrDb: null },
      };
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
    const entry = this.#meters.get(name);
    if (entry === undefined) return;
    Object.assign(entry, { state, code });
    this.#changed.add(name);
  }

  get(name: string): Heard<A, S> | undefined {
    const entry = this.#meters.get(name);
    return entry && show(name, entry);
  }

  /** Who was heard last comes first. */
  *all(): Generator<Heard<A, S>> {
    for (const [name, entry] of [...this.#meters].reverse()) yield show(name, entry);
  }

  /** What changed since this was asked the last time. */
  takeChanged(): Heard<A, S>[] {
    const names = this.#changed;
    this.#changed = new Set();
    return [...names].flatMap((name) => this.get(name) ?? []);
  }

  /** What was kept of before, the one heard longest ago first. */
  restore(kept: Iterable<Heard<A, S>>): void {
    for (const { name, paths, firstMs, lastMs, telegrams, everyS, state, code, ...facts } of kept) {
      const entry: Entry<A, S> = {
        ...{ firstMs, lastMs, telegrams, everyS, state, code, paths: new Map() },
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
      this.#meters.set(name, entry);
      this.#trim();
    }
  }

  #entry(facts: A, atMs: number): Entry<A, S> {
    const name = this.#kind.nameOf(facts);
    const entry = this.#meters.get(name) ?? {
      ...{ facts, firstMs: atMs, lastMs: atMs, telegrams: 0, everyS: 0 },
      ...{ state: this.#kind.atFirst, code: '', paths: new Map<string, Path>() },
    };
    entry.facts = facts;
    // moves it to the end: it was heard last
    this.#meters.delete(name);
    this.#meters.set(name, entry);
    this.#changed.add(name);
    this.#trim();
    return entry;
  }

  #trim(): void {
    if (this.#meters.size <= this.#limits.meters) return;
    const [oldest] = this.#meters.keys();
    this.#meters.delete(oldest!);
    this.#changed.delete(oldest!);
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

function show<A, S extends string>(name: string, { facts, paths, ...state }: Entry<A, S>): Heard<A, S> {
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
