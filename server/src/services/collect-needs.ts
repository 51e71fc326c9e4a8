/**
 * What meters lack, from the store: the gaps of every item of the plans that select a meter. Nothing of it
 * is remembered, but for when a log was last read: a log leaves no reading that would tell.
 *
 * Of many meters at once, in two steps: how far each channel is covered, one row a channel; then the interval
 * ends of the few that lack something in between. A fleet is thus looked at in seconds, and what is held at a
 * time depends on the meters asked for together and not on the time looked back.
 */
import {
  type CaptureGrid,
  type Coverage,
  channelsOfItem,
  type Gaps,
  gapsOfCoverage,
  gridOf,
  type ItemGaps,
  itemsFor,
  missingIntervals,
  type Need,
  type NetworkCost,
  needOf,
  noGaps,
  openUntilS,
  owedPeriod,
  type PlanItem,
  type PlannedChannel,
  type ReadingPlan,
  unionOfGaps,
} from '@openami/headend';
import { forEachRun, type Period, systemAccess, type ZoneTable, zoneTable } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import type { PlanMembers } from './plan-members.ts';
import { clipped, type PlannedMeter, planMeterOf } from './planned-meter.ts';

/** What a session over a cellular or wired link takes. */
const usualCost: NetworkCost = { sessionMs: 1_500, requestMs: 300, entryMs: 1 };
/** Channels in one question for their coverage, and ends that one question for ends may bring. */
const coverageChannels = 20_000;
const endsAtOnce = 500_000;

/** One item of a plan on a meter, and when it may be asked for. */
interface Lookup {
  readonly meter: PlannedMeter;
  readonly plan: ReadingPlan;
  readonly item: PlanItem;
  readonly grid: CaptureGrid;
  readonly table: ZoneTable;
  readonly channels: readonly PlannedChannel[];
  readonly openS: number;
  readonly periods: readonly Period[];
}

interface Window {
  readonly fromS: number;
  readonly nowS: number;
}

export class CollectNeeds {
  readonly #store: ReadingStore;
  readonly #members: Pick<PlanMembers, 'owedFromS'>;
  readonly #logsRead = new Map<string, number>();

  constructor(store: ReadingStore, members: Pick<PlanMembers, 'owedFromS'>) {
    this.#store = store;
    this.#members = members;
  }

  logRead(meterId: number, obis: string, atS: number): void {
    this.#logsRead.set(`${meterId} ${obis}`, atS);
  }

  /** Needs of meters as of now, looking back so far. Raises what the store raises. */
  async of(
    meters: readonly PlannedMeter[],
    plans: readonly ReadingPlan[],
    nowS: number,
    lookBackS: number,
  ): Promise<Map<number, Need>> {
    const window = { fromS: Math.floor(nowS - lookBackS), nowS };
    const inForce = plans.filter(({ fromS = 0 }) => fromS <= nowS);
    const planned = meters.map((meter) => ({ meter, lookups: lookupsOf(meter, inForce, window) }));
    const lookups = planned.flatMap((one) => one.lookups);
    const coverage = await this.#coverage(lookups, window);
    const ends = await this.#ends(lookups, coverage, window);
    const needs = new Map<number, Need>();
    for (const { meter, lookups: own } of planned) {
      const { meterId } = meter.target;
      const items = own.map((lookup) => this.#itemGaps(lookup, coverage, ends, window));
      needs.set(meterId, needOf(items, meterId, nowS, usualCost));
    }
    return needs;
  }

  /** By channel; of registers only the last reading counts. */
  async #coverage(lookups: readonly Lookup[], { fromS, nowS }: Window): Promise<Map<number, Coverage>> {
    const groups = new Map<string, { stepS: number; phaseS: number; channels: Set<number> }>();
    for (const { item, grid, channels } of lookups) {
      if (item.kind === 'events') continue;
      // a grid that changes its step in between is settled by ends; any other tells first and last
      const [run] = grid.runs(fromS, nowS);
      const stepS = run?.stepS ?? 86_400;
      const phaseS = (run?.startS ?? 0) % stepS;
      const name = `${stepS} ${phaseS}`;
      const group = groups.get(name) ?? { stepS, phaseS, channels: new Set() };
      groups.set(name, group);
      for (const { id } of channels) group.channels.add(id);
    }
    const found = new Map<number, Coverage>();
    for (const { channels, ...grid } of groups.values()) {
      for (const part of partsOf([...channels].sort(ascending), coverageChannels)) {
        const rows = await this.#store.readings.coverage(systemAccess, part, { fromS, toS: nowS }, grid);
        for (let row = 0; row < rows.length; row++) {
          found.set(rows.channel[row]!, {
            ...{ firstS: rows.first[row]!, lastS: rows.last[row]!, isGapless: rows.isGapless[row] === 1 },
          });
        }
      }
    }
    return found;
  }

  /** Ends of channels whose coverage says too little, by channel and ascending. */
  async #ends(
    lookups: readonly Lookup[],
    coverage: ReadonlyMap<number, Coverage>,
    { fromS, nowS }: Window,
  ): Promise<Map<number, Uint32Array>> {
    const wanted = new Map<number, number>();
    for (const { item, grid, channels, periods } of lookups) {
      if (item.kind !== 'profile') continue;
      for (const { id } of channels) {
        if (coveredGaps(grid, coverage.get(id), periods) === undefined) {
          wanted.set(id, grid.count(fromS, nowS));
        }
      }
    }
    const found = new Map<number, Uint32Array>();
    const all = [...wanted.keys()].sort(ascending);
    const each = Math.max(1, ...wanted.values());
    for (const part of partsOf(all, Math.max(1, Math.floor(endsAtOnce / each)))) {
      const rows = await this.#store.readings.ends(systemAccess, part, { fromS, toS: nowS });
      forEachRun(rows.channel, rows.length, (id, from, to) => found.set(id, rows.end.subarray(from, to)));
    }
    return found;
  }

  #itemGaps(
    { meter, plan, item, grid, table, channels, openS, periods }: Lookup,
    coverage: ReadonlyMap<number, Coverage>,
    ends: ReadonlyMap<number, Uint32Array>,
    { fromS, nowS }: Window,
  ): ItemGaps {
    const { meterId } = meter.target;
    const owedFromS = this.#members.owedFromS(plan, meterId) ?? nowS;
    const about = { plan, item, grid, table, owedFromS };
    if (item.kind === 'profile') {
      const parts = channels.flatMap(({ id }) => {
        const covered = coveredGaps(grid, coverage.get(id), periods);
        const stored = ends.get(id) ?? [];
        return covered ?? periods.map(({ from, to }) => missingIntervals(grid, stored, from, to));
      });
      return { ...about, gaps: unionOfGaps(grid, parts) };
    }
    const read =
      item.kind === 'events'
        ? item.obis.map((obis) => this.#logsRead.get(`${meterId} ${obis}`) ?? 0)
        : channels.map(({ id }) => coverage.get(id)?.lastS ?? 0);
    if (read.length === 0) return { ...about, gaps: noGaps };
    // What was never read is read as far back as anything else.
    return { ...about, gaps: owedPeriod(grid, Math.max(Math.min(...read), fromS), openS) };
  }
}

function lookupsOf(meter: PlannedMeter, plans: readonly ReadingPlan[], { fromS, nowS }: Window): Lookup[] {
  const { zone, installed, target } = meter;
  const table = zoneTable(zone);
  return itemsFor(plans, planMeterOf(meter)).map(({ plan, item }) => {
    const openS = openUntilS(plan, table, target.meterId, nowS);
    return {
      ...{ meter, plan, item, table, openS, grid: gridOf(item, zone) },
      channels: channelsOfItem(item, meter.channels),
      periods: clipped(installed, fromS, openS),
    };
  });
}

/** Gaps by what is known in short; undefined when the ends must be looked at. */
function coveredGaps(
  grid: CaptureGrid,
  coverage: Coverage | undefined,
  periods: readonly Period[],
): Gaps[] | undefined {
  const found: Gaps[] = [];
  for (const { from, to } of periods) {
    const gaps = gapsOfCoverage(grid, coverage, from, to);
    if (gaps === undefined) return undefined;
    found.push(gaps);
  }
  return found;
}

const ascending = (a: number, b: number): number => a - b;

function* partsOf<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
