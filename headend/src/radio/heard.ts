/**
 * What is heard over the air: every meter, by the paths its telegrams take, whether anybody registered it or
 * not. Bounded: who was not heard for longest is forgotten first.
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
}

export interface HeardLimits {
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
  readonly #meters = new Map<string, Entry>();
  #changed = new Set<string>();

  constructor(limits: Partial<HeardLimits> = {}) {
    this.#limits = { ...defaultHeardLimits, ...limits };
  }

  get size(): number {
    return this.#meters.size;
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
    const entry = this.#meters.get(name);
    return entry && show(name, entry);
  }

  /** Who was heard last comes first. */
  *all(): Generator<HeardMeter> {
    for (const [name, entry] of [...this.#meters].reverse()) yield show(name, entry);
  }

  /** What changed since this was asked the last time. */
  takeChanged(): HeardMeter[] {
    const names = this.#changed;
    this.#changed = new Set();
    return [...names].flatMap((name) => this.get(name) ?? []);
  }

  /** What was taken and could not be kept: it is told again. */
  putBack(taken: Iterable<HeardMeter>): void {
    for (const { name } of taken) if (this.#meters.has(name)) this.#changed.add(name);
  }

  /** What was kept of before, the one heard longest ago first. */
  restore(kept: Iterable<HeardMeter>): void {
    for (const { name, paths, firstMs, lastMs, telegrams, everyS, state, code, ...address } of kept) {
      const entry: Entry = {
        ...{ address, firstMs, lastMs, telegrams, everyS, state, code, paths: new Map() },
      };
      for (const { gateway, rssiMean, rssiMin, rssiMax, ...path } of paths) {
        const strengths = rssiMean === null ? 0 : path.telegrams;
        entry.paths.set(gateway, {
          ...{ ...path, strengths, rssiSum: (rssiMean ?? 0) * strengths },
          ...{ rssiMin: rssiMin ?? 0, rssiMax: rssiMax ?? 0 },
        });
      }
      this.#meters.set(name, entry);
      this.#trim();
    }
  }

  #entry(address: MbusAddress, atMs: number): Entry {
    const name = heardName(address);
    const entry = this.#meters.get(name) ?? {
      ...{ address, firstMs: atMs, lastMs: atMs, telegrams: 0, everyS: 0 },
      ...{ state: 'unreadable' as const, code: '', paths: new Map<string, Path>() },
    };
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

function show(name: string, { address, paths, ...facts }: Entry): HeardMeter {
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
