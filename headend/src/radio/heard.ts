/**
 * What is heard over the air: every meter, by the paths its telegrams take, whether anybody registered it or
 * not. Bounded: who was not heard for longest is forgotten first. Meters that a key of ours opened are
 * counted apart, so that many others, or many that do not exist, push none of them out.
 */
import type { MbusAddress } from '@openami/wire/mbus';

/** What became of a meter's last telegram. */
export type HeardState =
  /** Read, and nothing of it is secret. */
  | 'plain'
  | 'decrypted'
  | 'no-key'
  | 'wrong-key'
  /** Damaged, or of a kind that is not known. */
  | 'unreadable';

export interface HeardPath {
  readonly gateway: string;
  readonly telegrams: number;
  readonly lastMs: number;
  /** dBm; null where the gateway does not say. */
  readonly rssiMean: number | null;
  readonly rssiMin: number | null;
  readonly rssiMax: number | null;
}

export interface HeardMeter extends MbusAddress {
  /** `KAM-12345678`. */
  readonly name: string;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Different telegrams; what several gateways heard is one. */
  readonly telegrams: number;
  /** Seconds between telegrams, about; 0 until there were two. */
  readonly everyS: number;
  readonly state: HeardState;
  /** Code of the error of the last telegram; empty for none. */
  readonly code: string;
  readonly paths: readonly HeardPath[];
}

interface Path {
  telegrams: number;
  lastMs: number;
  strengths: number;
  rssiSum: number;
  rssiMin: number;
  rssiMax: number;
}

interface Entry {
  /** Of its last telegram: version and type may have been damaged in one before. */
  address: MbusAddress;
  readonly firstMs: number;
  lastMs: number;
  telegrams: number;
  everyS: number;
  state: HeardState;
  code: string;
  readonly paths: Map<string, Path>;
  /** Grows with each telegram of anybody. */
  order: number;
}

export interface HeardLimits {
  /** Of those that a key opened, and of all others. */
  readonly meters: number;
  /** Gateways of one meter. */
  readonly paths: number;
}

export const defaultHeardLimits: HeardLimits = { meters: 100_000, paths: 32 };

/** Weight of the newest distance between two telegrams. */
const SHARE = 0.2;

/** The name by which a meter that is heard is known: manufacturers number their meters, each for himself. */
export function heardName({ manufacturer, id }: Pick<MbusAddress, 'manufacturer' | 'id'>): string {
  return `${manufacturer}-${id}`;
}

export class HeardBook {
  readonly #limits: HeardLimits;
  /** In the order in which they were heard last. */
  readonly #opened = new Map<string, Entry>();
  readonly #others = new Map<string, Entry>();
  #order = 0;
  #changed = new Set<string>();

  constructor(limits: Partial<HeardLimits> = {}) {
    this.#limits = { ...defaultHeardLimits, ...limits };
  }

  get size(): number {
    return this.#opened.size + this.#others.size;
  }

  /** A telegram that was not heard before. */
  telegram(address: MbusAddress, atMs: number, state: HeardState, code: string): void {
    const entry = this.#entry(address, atMs);
    if (entry.telegrams > 0 && atMs > entry.lastMs) {
      const distanceS = (atMs - entry.lastMs) / 1_000;
      entry.everyS = entry.everyS === 0 ? distanceS : entry.everyS + (distanceS - entry.everyS) * SHARE;
    }
    entry.address = address;
    entry.telegrams += 1;
    entry.lastMs = Math.max(entry.lastMs, atMs);
    entry.state = state;
    entry.code = code;
    if (state === 'decrypted' && this.#others.delete(heardName(address)))
      this.#put(this.#opened, heardName(address), entry);
  }

  /** The way of a telegram, also of one that another gateway handed on already. */
  path(address: MbusAddress, gateway: string, atMs: number, rssiDbm: number | undefined): void {
    const { paths } = this.#entry(address, atMs);
    let path = paths.get(gateway);
    if (path === undefined) {
      if (paths.size >= this.#limits.paths) paths.delete(oldestOf(paths));
      path = { telegrams: 0, lastMs: atMs, strengths: 0, rssiSum: 0, rssiMin: 0, rssiMax: 0 };
      paths.set(gateway, path);
    }
    path.telegrams += 1;
    path.lastMs = Math.max(path.lastMs, atMs);
    if (rssiDbm === undefined) return;
    path.rssiMin = path.strengths === 0 ? rssiDbm : Math.min(path.rssiMin, rssiDbm);
    path.rssiMax = path.strengths === 0 ? rssiDbm : Math.max(path.rssiMax, rssiDbm);
    path.rssiSum += rssiDbm;
    path.strengths += 1;
  }

  get(name: string): HeardMeter | undefined {
    const entry = this.#opened.get(name) ?? this.#others.get(name);
    return entry && show(name, entry);
  }

  /** True where a key of ours opened it, whatever came under its name since. */
  isOpened(name: string): boolean {
    return this.#opened.has(name);
  }

  /** Who was heard last comes first. */
  *all(): Generator<HeardMeter> {
    const all = [...this.#opened, ...this.#others].sort(([, a], [, b]) => b.order - a.order);
    for (const [name, entry] of all) yield show(name, entry);
  }

  /** What changed since this was asked the last time. */
  takeChanged(): HeardMeter[] {
    const names = this.#changed;
    this.#changed = new Set();
    return [...names].flatMap((name) => this.get(name) ?? []);
  }

  /** What was taken and could not be kept: it is told again. */
  putBack(taken: Iterable<HeardMeter>): void {
    for (const { name } of taken)
      if (this.#opened.has(name) || this.#others.has(name)) this.#changed.add(name);
  }

  /** What was kept of before, the one heard longest ago first. */
  restore(kept: Iterable<HeardMeter>): void {
    for (const { name, paths, firstMs, lastMs, telegrams, everyS, state, code, ...address } of kept) {
      const entry: Entry = {
        ...{ address, firstMs, lastMs, telegrams, everyS, state, code, paths: new Map(), order: 0 },
      };
      for (const { gateway, rssiMean, rssiMin, rssiMax, ...path } of paths) {
        const strengths = rssiMean === null ? 0 : path.telegrams;
        entry.paths.set(gateway, {
          ...{ ...path, strengths, rssiSum: (rssiMean ?? 0) * strengths },
          ...{ rssiMin: rssiMin ?? 0, rssiMax: rssiMax ?? 0 },
        });
      }
      this.#put(state === 'decrypted' ? this.#opened : this.#others, name, entry);
    }
  }

  #entry(address: MbusAddress, atMs: number): Entry {
    const name = heardName(address);
    const opened = this.#opened.get(name);
    const entry = opened ??
      this.#others.get(name) ?? {
        ...{ address, firstMs: atMs, lastMs: atMs, telegrams: 0, everyS: 0, order: 0 },
        ...{ state: 'unreadable' as const, code: '', paths: new Map<string, Path>() },
      };
    this.#changed.add(name);
    this.#put(opened ? this.#opened : this.#others, name, entry);
    return entry;
  }

  /** Puts it at the end, as heard last, and forgets who comes first where there are too many. */
  #put(map: Map<string, Entry>, name: string, entry: Entry): void {
    entry.order = ++this.#order;
    map.delete(name);
    map.set(name, entry);
    if (map.size <= this.#limits.meters) return;
    const [oldest] = map.keys();
    map.delete(oldest!);
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

function show(name: string, { address, paths, order: _, ...facts }: Entry): HeardMeter {
  const { manufacturer, id, version, type } = address;
  return {
    ...{ name, manufacturer, id, version, type, ...facts },
    paths: Array.from(paths, ([gateway, path]) => ({
      ...{ gateway, telegrams: path.telegrams, lastMs: path.lastMs },
      rssiMean: path.strengths === 0 ? null : path.rssiSum / path.strengths,
      rssiMin: path.strengths === 0 ? null : path.rssiMin,
      rssiMax: path.strengths === 0 ? null : path.rssiMax,
    })),
  };
}
