/**
 * Determinants that the store makes by itself: of accounts with one channel of whole, regular intervals under
 * one version of a tariff that asks for energy, demand in kW and tiers. They are the very ones that intervals
 * would give, which a property test holds; whoever is not like that is billed from intervals.
 */
import {
  type CompiledVersion,
  type Determinants,
  daysStarting,
  endsWindow,
  estimatedProblem,
  periodMapsOf,
  periodsOfSlots,
  perUnitOf,
  runningNeeds,
  type VersionPiece,
  type Window,
  windowPlan,
} from '@openami/billing';
import { type AccessContext, groupBy, zoneTable } from '@openami/model';
import { type ChannelDeterminants, type DeterminantSpec, mostSlots, type ReadingStore } from '@openami/store';
import type { BillTask, ReadyTask } from './calculate.ts';
import { gridOf } from './grid.ts';

/** Determinants of a task by the start of each stretch. */
export type KnownDeterminants = ReadonlyMap<number, Determinants>;

export interface SqlDeterminants {
  /** Of those tasks it can do exactly. */
  of(
    ctx: AccessContext,
    tasks: readonly ReadyTask[],
    revision: number,
  ): Promise<ReadonlyMap<BillTask, KnownDeterminants>>;
}

/** A task that is like others, as far as the engine is concerned. */
interface Fitting {
  readonly task: BillTask;
  readonly version: CompiledVersion;
  readonly channel: number;
  readonly intervalS: number;
  readonly multiplier: number;
  readonly persons: number;
  readonly unit: string;
  readonly key: string;
}

export function sqlDeterminants(store: Pick<ReadingStore, 'determinants'>): SqlDeterminants {
  return {
    of: async (ctx, tasks, revision) => {
      const known = new Map<BillTask, KnownDeterminants>();
      const fitting = tasks.flatMap((task) => fittingOf(task) ?? []);
      for (const alike of groupBy(fitting, ({ key }) => key).values()) {
        const first = alike[0]!;
        const spec = specOf(first, revision);
        if (spec === undefined) continue;
        const byChannel = new Map(alike.map((one) => [one.channel, one]));
        for (const row of await store.determinants.of(ctx, [...byChannel.keys()], spec)) {
          const one = byChannel.get(row.channel)!;
          const made = row.odd ? undefined : determinantsOf(one, row, spec);
          if (made !== undefined) known.set(one.task, new Map([[one.task.window.fromS, made]]));
        }
      }
      return known;
    },
  };
}

/** Undefined for what the engine cannot do exactly. */
export function fittingOf({ task, channels, pieces, stretches, needs }: ReadyTask): Fitting | undefined {
  const { window, agreement } = task;
  const [clip, ...others] = channels.import;
  if (channels.source !== 'intervals' || clip === undefined || others.length > 0) return undefined;
  if (needs.export || needs.reactive || clip.fromS !== window.fromS || clip.toS !== window.toS)
    return undefined;
  const [{ version }, ...more] = stretches as [VersionPiece, ...VersionPiece[]];
  const multiplier = Number(clip.channel.multiplier);
  const { intervalS } = clip.channel;
  const { persons, tariff } = pieces[0]!;
  if (more.length > 0 || !Number.isSafeInteger(multiplier) || !isPlain(version, intervalS)) return undefined;
  const tiers = version.needs.running.length > 0;
  if (tiers && multiplier !== 1) return undefined;
  const key = [
    ...[tariff.record.code, version.label, agreement.zone, window.fromS, window.toS, intervalS],
    ...(tiers ? [persons, task.cycle.from, task.cycle.to] : []),
  ].join(' ');
  const { unit } = tariff.record;
  return { task, version, channel: clip.channel.channelId, intervalS, multiplier, persons, unit, key };
}

/** Everything it needs is a sum or a largest value of what is drawn. */
function isPlain({ needs }: CompiledVersion, intervalS: number): boolean {
  return (
    needs.dynamic.length === 0 &&
    needs.events.length === 0 &&
    needs.schedules.every(({ events }) => events.length === 0) &&
    needs.demands.every(
      (need) =>
        need.unit === 'kW' &&
        need.flow === 'import' &&
        need.event === undefined &&
        windowPlan(need, intervalS).fits,
    )
  );
}

/** Undefined where the window is not whole intervals of one grid. */
function specOf(
  { task, version, intervalS, persons, unit }: Fitting,
  asOf: number,
): DeterminantSpec | undefined {
  const { window, cycle, agreement } = task;
  const zone = zoneTable(version.zone ?? agreement.zone);
  const [segment, ...others] = gridOf(zoneTable(agreement.zone), window, intervalS);
  if (segment === undefined || others.length > 0 || segment.length > mostSlots) return undefined;
  const { startS, length: slots } = segment;
  if (startS !== window.fromS || startS + slots * intervalS !== window.toS || segment.intervalS !== intervalS)
    return undefined;
  const days = { days: daysStarting(agreement.zone, window), cycleDays: cycle.to - cycle.from };
  const usage = { perUnit: perUnitOf(unit), import: [] };
  return {
    ...{ startS, intervalS, slots, asOf },
    schedules: periodMapsOf(version, window, agreement.zone).map((map) => ({
      ...{ periods: map.names.length, of: periodsOfSlots(map, startS, intervalS, slots) },
    })),
    demands: version.needs.demands.map((need) => {
      const { length, step } = windowPlan(need, intervalS);
      const ends = Uint8Array.from({ length: slots }, (_, slot) =>
        endsWindow(zone, startS + slot * intervalS, intervalS, step) ? 1 : 0,
      );
      const { schedule, straddle, estimatedCanPeak } = need;
      return { schedule, length, ends, straddle, estimatedCanPeak };
    }),
    running: runningNeeds(version, days, { usage, persons }).map(({ schedule, periods, limits }) => ({
      ...{ schedule, filling: periods, limits },
    })),
  };
}

/** Undefined where a sum is beyond what is exact. */
export function determinantsOf(
  { version, multiplier, unit, task }: Fitting,
  row: ChannelDeterminants,
  { startS, intervalS, slots }: Pick<DeterminantSpec, 'startS' | 'intervalS' | 'slots'>,
): Determinants | undefined {
  const worth = row.resolution * multiplier;
  let exact = true;
  const times = (count: number): number => {
    const amount = count * worth;
    exact &&= Number.isSafeInteger(amount);
    return amount;
  };
  const window: Window = task.window;
  const made: Determinants = {
    ...{ fromS: window.fromS, toS: window.toS, perUnit: perUnitOf(unit) },
    ...{ expected: slots, present: row.present, estimated: row.estimated },
    energy: row.energy.map((periods, s) => ({
      import: periods.map(times),
      export: periods.map(() => 0),
      estimated: row.estimatedEnergy[s]!.map(times),
    })),
    demand: row.peaks.map((peaks, d) => ({
      windowS: version.needs.demands[d]!.windowS,
      energy: peaks.map((peak) => (peak === undefined ? 0 : times(peak.counts))),
      atS: peaks.map((peak) => (peak === undefined ? 0 : startS + (peak.slot + 1) * intervalS)),
      estimated: peaks.map((peak) => (peak?.estimated ? 1 : 0)),
    })),
    running: row.running,
    ...{ dynamic: [], events: [], reactive: 0, problems: estimatedProblem(row.estimated, slots) },
  };
  return exact ? made : undefined;
}
