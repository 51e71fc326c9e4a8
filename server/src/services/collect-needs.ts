/**
 * What meters lack, from the store: the gaps of every item of the plans that select a meter. Nothing of it
 * is remembered, but for when a log was last read: a log leaves no reading that would tell.
 */
import {
  type CaptureGrid,
  channelsOfItem,
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
import { systemAccess, zoneTable } from '@openami/model';
import type { CollectTarget, ReadingStore } from '@openami/store';

export interface PlannedMeter {
  readonly target: CollectTarget;
  readonly zone: string;
  readonly channels: readonly PlannedChannel[];
  /** Epoch seconds. */
  readonly installedFrom: number;
  readonly installedUntil: number;
}

/** What a session over a cellular or wired link takes. */
const usualCost: NetworkCost = { sessionMs: 1_500, requestMs: 300, entryMs: 1 };

/** Present ends of one channel, ascending. */
type Ends = ReadonlyMap<number, Uint32Array>;

export class CollectNeeds {
  readonly #store: ReadingStore;
  readonly #logsRead = new Map<string, number>();

  constructor(store: ReadingStore) {
    this.#store = store;
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
    const planned = meters.map((meter) => ({ meter, items: itemsFor(plans, planMeterOf(meter)) }));
    const channels = new Set<number>();
    for (const { meter, items } of planned) {
      for (const { item } of items)
        for (const { id } of channelsOfItem(item, meter.channels)) channels.add(id);
    }
    const ends = await this.#ends([...channels], { fromS: nowS - lookBackS, toS: nowS });
    const needs = new Map<number, Need>();
    for (const { meter, items } of planned) {
      const gaps = items.map(({ plan, item }) => this.#itemGaps(meter, plan, item, ends, nowS, lookBackS));
      needs.set(meter.target.meterId, needOf(gaps, meter.target.meterId, nowS, usualCost));
    }
    return needs;
  }

  async #ends(channels: readonly number[], span: { fromS: number; toS: number }): Promise<Ends> {
    const found = new Map<number, Uint32Array>();
    if (channels.length === 0) return found;
    const { length, channel, end } = await this.#store.readings.ends(systemAccess, channels, span);
    for (let from = 0; from < length; ) {
      let to = from + 1;
      while (to < length && channel[to] === channel[from]) to++;
      found.set(channel[from]!, end.subarray(from, to));
      from = to;
    }
    return found;
  }

  #itemGaps(
    meter: PlannedMeter,
    plan: ReadingPlan,
    item: PlanItem,
    ends: Ends,
    nowS: number,
    lookBackS: number,
  ): ItemGaps {
    const { zone, target, installedFrom, installedUntil } = meter;
    const grid = gridOf(item, zone);
    const table = zoneTable(zone);
    const about = { plan, item, grid, table };
    const channels = channelsOfItem(item, meter.channels);
    const openS = openUntilS(plan, table, target.meterId, nowS);
    if (item.kind === 'profile') {
      const fromS = Math.max(nowS - lookBackS, installedFrom);
      const toS = Math.min(openS, installedUntil);
      const parts = channels.map(({ id }) =>
        missingIntervals(grid, ends.get(id) ?? new Uint32Array(0), fromS, toS),
      );
      return { ...about, gaps: unionOfGaps(grid, parts) };
    }
    const read =
      item.kind === 'events'
        ? item.obis.map((obis) => this.#logsRead.get(`${target.meterId} ${obis}`) ?? 0)
        : channels.map(({ id }) => ends.get(id)?.at(-1) ?? 0);
    if (read.length === 0) return { ...about, gaps: noGaps };
    return { ...about, gaps: this.#owed(grid, Math.min(...read), openS, nowS - lookBackS) };
  }

  /** A log that was never read is read as far back as anything else. */
  #owed(grid: CaptureGrid, lastReadS: number, openS: number, sinceS: number) {
    return owedPeriod(grid, Math.max(lastReadS, sinceS), openS);
  }
}

export function planMeterOf({ target, zone }: PlannedMeter) {
  const { meterId: id, commodity, model, attributes, endpoint } = target;
  return {
    ...{ id, commodity, model, attributes, zone },
    ...{ protocol: endpoint.protocol, segment: endpoint.segment },
  };
}
