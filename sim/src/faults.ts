/**
 * Deals out what is wrong in the town: leaks, stuck and dead meters, wrong clocks, energy that is stolen,
 * meters that are exchanged. Exact numbers by share of each commodity, never two faults on one meter.
 */
import type { Commodity } from '@openami/model';
import { DAY_S, type LocalDays } from './calendar.ts';
import { hash, Stream } from './random.ts';
import type { MeterFaults } from './world-types.ts';

/** Share of the meters of a commodity that have the fault at some time in the history. */
export const FaultShares = {
  leak: 0.03,
  theft: 0.01,
  wrongClock: 0.008,
  dead: 0.005,
  stuck: 0.01,
  exchange: 0.008,
} as const;

export interface FaultPlan {
  readonly none: MeterFaults;
  /** Faults of the n-th meter of a commodity. */
  of(commodity: Commodity, n: number): MeterFaults;
  /** By number among the water usage points. */
  readonly leaks: ReadonlyMap<number, { fromS: number; litresPerHour: number }>;
  /** Electricity usage point -> instant of the exchange. */
  readonly exchanges: ReadonlyMap<number, number>;
}

interface Span {
  readonly days: LocalDays;
  readonly firstDay: number;
  readonly endDay: number;
}

const NEVER = Number.POSITIVE_INFINITY;
/** Clock errors in the order they are dealt: seconds, and days before the end of history they began. */
const CLOCKS: readonly (readonly [offsetS: number, daysBack: number])[] = [
  [-420, 200],
  [7200, 3],
  [-3600, 22],
  [-1860, 200],
  [195, 200],
  [-540, 40],
];

/** Deals the faults of a town with so many usage points of each commodity. */
export function dealFaults(seed: number, counts: Record<Commodity, number>, span: Span): FaultPlan {
  const none: MeterFaults = {
    stuckFromS: NEVER,
    deadFromS: NEVER,
    theftFromS: NEVER,
    theftShare: 1,
    clockFromS: NEVER,
    clockOffsetS: 0,
  };
  const faults = new Map<string, MeterFaults>();
  const leaks = new Map<number, { fromS: number; litresPerHour: number }>();
  const exchanges = new Map<number, number>();
  const instant = (a: number, b: number): number => {
    const length = Math.max(1, span.endDay - span.firstDay);
    const day =
      span.firstDay + Math.floor(length * (0.15 + 0.7 * (hash(seed, Stream.fault, a, b) / 2 ** 32)));
    return span.days.start(day) + 3600 * (8 + (hash(seed, Stream.fault, b, a) % 9));
  };
  const deal = dealer(seed, counts, faults, none);
  deal('electricity', FaultShares.theft, 1, (n, i) => ({
    theftFromS: instant(1, n),
    theftShare: 0.35 + 0.08 * (i % 5),
  }));
  const endS = span.days.start(span.endDay);
  deal('electricity', FaultShares.wrongClock, 2, (_, i) => {
    const [clockOffsetS, back] = CLOCKS[i % CLOCKS.length]!;
    return { clockOffsetS, clockFromS: endS - back * DAY_S };
  });
  deal('electricity', FaultShares.dead, 3, (n) => ({ deadFromS: instant(3, n) }));
  deal('water', FaultShares.stuck, 4, (n) => ({ stuckFromS: instant(4, n) }));
  deal('gas', FaultShares.stuck, 5, (n) => ({ stuckFromS: instant(5, n) }));
  deal('electricity', FaultShares.exchange, 6, (n) => {
    // On a quarter hour, so that no interval is split between two meters.
    exchanges.set(n, instant(6, n));
    return {};
  });
  for (const n of ranked(seed, counts.water, 7).slice(0, share(counts.water, FaultShares.leak))) {
    if (faults.has(`water${n}`)) continue;
    leaks.set(n, { fromS: instant(7, n), litresPerHour: 4 + (hash(seed, Stream.fault, 8, n) % 60) });
  }
  return { none, of: (commodity, n) => faults.get(`${commodity}${n}`) ?? none, leaks, exchanges };
}

/** How many meters a share is: at least one, so that a small world has every fault. */
function share(count: number, part: number): number {
  return Math.max(1, Math.round(count * part));
}

function dealer(
  seed: number,
  counts: Record<Commodity, number>,
  faults: Map<string, MeterFaults>,
  none: MeterFaults,
) {
  return (
    commodity: Commodity,
    part: number,
    salt: number,
    make: (n: number, i: number) => Partial<MeterFaults>,
  ): void => {
    let left = share(counts[commodity], part);
    let dealt = 0;
    for (const n of ranked(seed, counts[commodity], salt)) {
      if (left === 0) return;
      if (faults.has(`${commodity}${n}`)) continue;
      faults.set(`${commodity}${n}`, { ...none, ...make(n, dealt++) });
      left--;
    }
  };
}

/** 0..count-1 in an order of the seed. */
function ranked(seed: number, count: number, salt: number): number[] {
  const rank = new Float64Array(count);
  for (let i = 0; i < count; i++) rank[i] = hash(seed, Stream.fault, 100 + salt, i);
  return Array.from({ length: count }, (_, i) => i).sort((a, b) => rank[a]! - rank[b]! || a - b);
}
