/**
 * Groups exceptions by likely cause, so that a dead concentrator is one item of the work list and not 400.
 *
 * For one kind of work on one day every place that could be the cause (a concentrator, route, firmware,
 * meter type, or everything at once) is weighed by how much of it is affected and how much of what is
 * affected it explains:
 *
 *   precision = affected in it / all in it        recall = affected in it / affected, not yet explained
 *
 * The best by 2·p·r / (p + r) is taken, what it explains is set aside, and so on until nothing that is
 * mostly affected is left. The rest is grouped by meter. A cause that shows again within a week is the same
 * one: a meter whose clock is off for days is one item, too.
 */
import { groupBy } from '@openami/model';
import type { ExceptionItem, ExceptionKind } from './kinds.ts';
import { exceptionKind } from './kinds.ts';

/** What meters can have in common, the most particular first. */
export const causeDimensions = ['concentrator', 'route', 'firmware', 'meterType'] as const;
export type CauseDimension = (typeof causeDimensions)[number];
export type Cause = CauseDimension | 'time' | 'meter';

/** Where a meter belongs; what is not known is left out. */
export type MeterPlaces = Partial<Readonly<Record<CauseDimension, string>>>;

/** All meters in service, those without exceptions too: a cause is judged by whom it spares. */
export type Population = ReadonlyMap<number, MeterPlaces>;

export interface ExceptionGroup {
  readonly kind: ExceptionKind;
  /** First and last local day. */
  readonly day: number;
  readonly lastDay: number;
  readonly cause: Cause;
  /** Name of the concentrator, route, …; the meter's number; '' for time. */
  readonly name: string;
  readonly items: readonly ExceptionItem[];
  /** Different meters affected, and how many belong to the cause. */
  readonly meters: number;
  readonly population: number;
}

export interface GroupOptions {
  /** Meters a common cause must explain; default 3. */
  readonly leastMeters?: number;
  /** Share of its meters that must be affected; default 0.5. */
  readonly leastShare?: number;
}

interface Candidate {
  readonly cause: Cause;
  readonly name: string;
  readonly meters: readonly number[];
  readonly population: number;
  readonly score: number;
}

/** Days after which a cause that shows again is another one. */
const sameCauseDays = 7;

/** Groups of all kinds and days, in no particular order (rank.ts sorts them). */
export function groupExceptions(
  items: readonly ExceptionItem[],
  population: Population,
  options: GroupOptions = {},
): ExceptionGroup[] {
  const sizes = sizesOf(population);
  const groups: ExceptionGroup[] = [];
  for (const [key, alike] of groupBy(items, (item) => `${exceptionKind(item.rule)}/${item.day}`)) {
    const kind = key.slice(0, key.indexOf('/')) as ExceptionKind;
    groups.push(...groupAlike(kind, alike, population, sizes, options));
  }
  return overDays(groups);
}

/** Puts groups of one cause on days near each other together. */
function overDays(groups: readonly ExceptionGroup[]): ExceptionGroup[] {
  const found: ExceptionGroup[] = [];
  for (const alike of groupBy(groups, ({ kind, cause, name }) => `${kind}/${cause}/${name}`).values()) {
    let last: ExceptionGroup | undefined;
    for (const next of alike.toSorted((a, b) => a.day - b.day)) {
      const isSame = last && next.cause !== 'time' && next.day - last.lastDay <= sameCauseDays;
      if (last && !isSame) found.push(last);
      last = last && isSame ? together(last, next) : next;
    }
    if (last) found.push(last);
  }
  return found;
}

function together(a: ExceptionGroup, b: ExceptionGroup): ExceptionGroup {
  const items = [...a.items, ...b.items];
  const meters = new Set(items.map(({ meter }) => meter)).size;
  return { ...a, items, meters, lastDay: b.lastDay, population: Math.max(a.population, b.population) };
}

function groupAlike(
  kind: ExceptionKind,
  items: readonly ExceptionItem[],
  population: Population,
  sizes: ReadonlyMap<string, number>,
  options: GroupOptions,
): ExceptionGroup[] {
  const byMeter = groupBy(items, (item) => item.meter);
  const groups: ExceptionGroup[] = [];
  const make = (cause: Cause, name: string, meters: readonly number[], size: number): void => {
    const members = meters.flatMap((meter) => byMeter.get(meter)!);
    groups.push({
      ...{ kind, day: items[0]!.day, lastDay: items[0]!.day, cause, name, items: members },
      ...{ meters: meters.length, population: size },
    });
    for (const meter of meters) byMeter.delete(meter);
  };
  for (;;) {
    const best = bestCause([...byMeter.keys()], population, sizes, options);
    if (best === undefined) break;
    make(best.cause, best.name, best.meters, best.population);
  }
  for (const meter of [...byMeter.keys()]) make('meter', String(meter), [meter], 1);
  return groups;
}

function bestCause(
  affected: readonly number[],
  population: Population,
  sizes: ReadonlyMap<string, number>,
  { leastMeters = 3, leastShare = 0.5 }: GroupOptions,
): Candidate | undefined {
  let best: Candidate | undefined;
  const weigh = (cause: Cause, name: string, meters: readonly number[], size: number): void => {
    const precision = meters.length / size;
    if (meters.length < leastMeters || precision < leastShare) return;
    const recall = meters.length / affected.length;
    const score = (2 * precision * recall) / (precision + recall);
    // Of equals the first one stays: dimensions go from particular to general.
    if (best === undefined || score > best.score) best = { cause, name, meters, population: size, score };
  };
  for (const dimension of causeDimensions) {
    const places = groupBy(affected, (meter) => population.get(meter)?.[dimension]);
    for (const [name, meters] of places) {
      if (name !== undefined) weigh(dimension, name, meters, sizes.get(`${dimension}/${name}`)!);
    }
  }
  weigh('time', '', affected, Math.max(population.size, affected.length));
  return best;
}

/** Number of meters of every concentrator, route, … */
function sizesOf(population: Population): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const places of population.values()) {
    for (const dimension of causeDimensions) {
      const name = places[dimension];
      if (name === undefined) continue;
      const key = `${dimension}/${name}`;
      sizes.set(key, (sizes.get(key) ?? 0) + 1);
    }
  }
  return sizes;
}
