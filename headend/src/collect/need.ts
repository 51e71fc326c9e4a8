/**
 * From what a meter lacks to what to ask it: the requests of one session, and the work it is in the queue.
 *
 *     gaps of its items ──▶ closed by now? ──▶ neighbours joined ──▶ long ones cut ──▶ in order of deadline,
 *                                                                                  up to a session's budget
 *
 * A range is asked for once for all channels of its profile. Two gaps of a profile with stored rows between
 * are two requests, since what is stored is not asked for again. Where a link's round trip costs more than
 * the rows between, `bridge` lets one request cover both; it is off unless the segment asks for it.
 *
 * What does not fit the budget stays in the queue as the rest, so that a meter with a week to catch up gives
 * its slot to others in between.
 */
import type { ZoneTable } from '@openami/model';
import { type Gaps, noGaps } from './gaps.ts';
import type { CaptureGrid } from './grid.ts';
import { deadlinesOf, openUntilS, type PlanItem, type ReadingPlan } from './plan.ts';

/** One item of one plan on one meter, and what is missing of it. */
export interface ItemGaps {
  readonly plan: ReadingPlan;
  readonly item: PlanItem;
  readonly grid: CaptureGrid;
  /** Of the usage point's zone: whose day's close the deadline counts from. */
  readonly table: ZoneTable;
  readonly gaps: Gaps;
  /** Since when the plan owes this meter's readings, UTC seconds; default always. */
  readonly owedFromS?: number;
}

/** What the network takes, in milliseconds of the meter's own link. */
export interface NetworkCost {
  /** Connect, associate, release. */
  readonly sessionMs: number;
  /** One request's round trip. */
  readonly requestMs: number;
  /** One entry on its way. */
  readonly entryMs: number;
}

export interface SessionLimits {
  /** Entries of one request. */
  readonly requestEntries: number;
  /** Entries of one session. */
  readonly sessionEntries: number;
  /** Ask again for stored rows between two gaps where that costs less than a second request. */
  readonly bridge: boolean;
}

export const defaultSessionLimits: SessionLimits = {
  requestEntries: 2_000,
  sessionEntries: 4_000,
  bridge: false,
};

/**
 * Intervals in [fromS, toS) of an item. Registers are read as they are; events of the log from `fromS` on.
 */
export interface ReadRequest {
  readonly plan: ReadingPlan;
  readonly item: PlanItem;
  readonly fromS: number;
  readonly toS: number;
  readonly entries: number;
}

/**
 * What is known of work in the queue: the deadlines of its most urgent entry, and what it is worth and
 * costs.
 */
export interface Workload {
  /** UTC seconds by level, ascending, 1 to 4. */
  readonly deadlines: readonly number[];
  readonly entries: number;
  /** Sum of value over the entries. */
  readonly worth: number;
  readonly costMs: number;
}

export interface Need {
  readonly requests: readonly ReadRequest[];
  /** All of it; undefined when nothing is missing. */
  readonly work?: Workload;
  /** What the session's budget leaves; undefined when nothing. */
  readonly rest?: Workload;
}

/**
 * Gap of an item that is read once a period (registers, event logs): the period that holds `openS` (of
 * `openUntilS`), unless the item was read in it. What was not read in earlier periods cannot be read any
 * more.
 */
export function owedPeriod(grid: CaptureGrid, lastReadS: number, openS: number): Gaps {
  const startS = grid.startOf(openS);
  if (lastReadS >= startS) return noGaps;
  return {
    length: 1,
    fromS: Uint32Array.of(Math.max(0, lastReadS)),
    toS: Uint32Array.of(startS),
    count: Uint32Array.of(1),
  };
}

interface Ranked extends ReadRequest {
  readonly deadlines: readonly number[];
}

/** What to ask a meter for now. `items` may hold gaps that are not open yet; they are left alone. */
export function needOf(
  items: readonly ItemGaps[],
  meter: number,
  nowS: number,
  cost: NetworkCost,
  limits: SessionLimits = defaultSessionLimits,
): Need {
  const all = items.flatMap((item) => requestsOfItem(item, meter, nowS, cost, limits));
  if (all.length === 0) return { requests: [] };
  all.sort((a, b) => a.deadlines[0]! - b.deadlines[0]! || a.fromS - b.fromS);
  let entries = 0;
  let taken = 0;
  while (taken < all.length && (taken === 0 || entries + all[taken]!.entries <= limits.sessionEntries)) {
    entries += all[taken]!.entries;
    taken += 1;
  }
  const rest = all.slice(taken);
  return {
    requests: all.slice(0, taken).map(({ deadlines: _, ...request }) => request),
    work: workloadOf(all, cost),
    ...(rest.length > 0 && { rest: workloadOf(rest, cost) }),
  };
}

function workloadOf(requests: readonly Ranked[], cost: NetworkCost): Workload {
  let entries = 0;
  let worth = 0;
  for (const request of requests) {
    entries += request.entries;
    worth += request.entries * request.plan.value;
  }
  const costMs = cost.sessionMs + requests.length * cost.requestMs + entries * cost.entryMs;
  return { deadlines: requests[0]!.deadlines, entries, worth, costMs };
}

function requestsOfItem(
  { plan, item, grid, table, gaps, owedFromS }: ItemGaps,
  meter: number,
  nowS: number,
  cost: NetworkCost,
  limits: SessionLimits,
): Ranked[] {
  const untilS = openUntilS(plan, table, meter, nowS);
  const requests: Ranked[] = [];
  if (item.kind !== 'profile') {
    const last = gaps.length - 1;
    if (last < 0 || gaps.toS[last]! > nowS) return requests;
    const deadlines = deadlinesOf(plan, table, gaps.toS[last]!, owedFromS);
    const entries = item.obis.length;
    return [{ plan, item, fromS: gaps.fromS[last]!, toS: nowS, entries, deadlines }];
  }
  let i = 0;
  while (i < gaps.length && gaps.fromS[i]! < untilS) {
    const fromS = gaps.fromS[i]!;
    let toS = gaps.toS[i]!;
    i += 1;
    while (limits.bridge && i < gaps.length && gaps.fromS[i]! < untilS) {
      if (grid.count(toS, gaps.fromS[i]!) * cost.entryMs >= cost.requestMs) break;
      toS = gaps.toS[i]!;
      i += 1;
    }
    for (const part of cut(grid, fromS, Math.min(toS, untilS), limits.requestEntries)) {
      requests.push({ plan, item, ...part, deadlines: deadlinesOf(plan, table, part.firstEndS, owedFromS) });
    }
  }
  return requests;
}

/** Parts of [fromS, toS) with at most `most` intervals each; the last ends with its last whole interval. */
function cut(grid: CaptureGrid, fromS: number, toS: number, most: number) {
  const parts: { fromS: number; toS: number; entries: number; firstEndS: number }[] = [];
  for (const { startS, stepS, count } of grid.runs(fromS, toS)) {
    let k = 0;
    while (k < count) {
      const last = parts.at(-1);
      const joins = last !== undefined && last.toS === startS + k * stepS && last.entries < most;
      const n = Math.min(count - k, joins ? most - last.entries : most);
      const endS = startS + (k + n) * stepS;
      if (joins) {
        last.toS = endS;
        last.entries += n;
      } else {
        const at = startS + k * stepS;
        parts.push({ fromS: at, toS: endS, entries: n, firstEndS: at + stepS });
      }
      k += n;
    }
  }
  return parts;
}
