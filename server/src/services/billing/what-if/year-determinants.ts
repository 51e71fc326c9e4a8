/**
 * Determinants of a page of agreements for all cycles of a year and two tariffs, from one pass of the engine
 * over their intervals. Slots are put into classes: those of one cycle that lie in the same period of every
 * schedule of both tariffs. Sums of classes make the sums of periods, of either tariff:
 *
 *   own tariff     |  night  |      day       |  peak | night |
 *   other tariff   |       rest         | peak        | rest  |
 *   classes        |    0    |    1     |  2  |   3   |   0   |    of January; others of February
 *
 * It takes only what a sum or a largest interval is enough for; all else is left to the way of bills.
 */
import {
  type CompiledVersion,
  periodMapsOf,
  periodsOfSlots,
  type Window,
  windowPlan,
} from '@openami/billing';
import { type AccessContext, groupBy, zoneTable } from '@openami/model';
import { type BilledAgreement, type ClassSums, mostSlots, type ReadingStore } from '@openami/store';
import { billedChannels } from '../billed-channels.ts';
import type { BillTask, ReadyTask } from '../calculate.ts';
import { gridOf } from '../grid.ts';
import { tariffPieces } from '../rate-agreement.ts';
import {
  determinantsOf,
  fittingOf,
  type KnownDeterminants,
  type SqlDeterminants,
} from '../sql-determinants.ts';
import type { BookedTariff } from '../tariff-book.ts';
import { classRows, type SlotClass } from './class-rows.ts';

/** An agreement on each of its tariffs, and what it is billed for, cycle by cycle. */
export interface YearTask {
  readonly sides: readonly BilledAgreement[];
  readonly windows: readonly (Window | undefined)[];
}

/** Classes that are worth a pass; beyond, each cycle is asked for by itself. */
const mostClasses = 4_096;

/** One that is like others, as far as the engine is concerned. */
interface Alike {
  readonly task: YearTask;
  readonly versions: readonly (CompiledVersion | undefined)[];
  readonly window: Window;
  readonly channel: number;
  readonly intervalS: number;
  readonly key: string;
}

/** Where the sums of an agreement on one tariff are. */
interface Kept {
  readonly sums: ClassSums;
  readonly classes: readonly SlotClass[];
  readonly side: number;
  readonly from: number;
  readonly to: number;
  readonly window: Window;
  readonly intervalS: number;
}

/** What serves bills of these tasks; `rest` serves the others. Throws OUT_OF_SCOPE. */
export async function yearDeterminants(
  store: Pick<ReadingStore, 'classSums'>,
  ctx: AccessContext,
  tasks: readonly YearTask[],
  tariffs: readonly ReadonlyMap<string, BookedTariff>[],
  revision: number,
  rest: SqlDeterminants | undefined,
): Promise<SqlDeterminants> {
  const kept = new Map<BilledAgreement, Kept>();
  const alike = tasks.flatMap((task) => alikeOf(task, tariffs) ?? []);
  for (const group of groupBy(alike, ({ key }) => key).values()) {
    const classes = classesOf(group[0]!);
    if (classes === undefined) continue;
    const { window, intervalS } = group[0]!;
    const spec = { startS: window.fromS, intervalS, classes: classes.of, asOf: revision };
    const byChannel = new Map(group.map((one) => [one.channel, one]));
    const sums = await store.classSums.of(ctx, [...byChannel.keys()], spec);
    for (let from = 0, to = 0; from < sums.rows; from = to) {
      const channel = sums.channel[from]!;
      while (to < sums.rows && sums.channel[to] === channel) to++;
      const { task, versions } = byChannel.get(channel)!;
      for (const [side, agreement] of task.sides.entries())
        if (versions[side] !== undefined)
          kept.set(agreement, { sums, classes: classes.list, side, from, to, window, intervalS });
    }
  }
  return { of: (call, ready, asOf) => serve(kept, rest, call, ready, asOf) };
}

async function serve(
  kept: ReadonlyMap<BilledAgreement, Kept>,
  rest: SqlDeterminants | undefined,
  ctx: AccessContext,
  ready: readonly ReadyTask[],
  revision: number,
): Promise<ReadonlyMap<BillTask, KnownDeterminants>> {
  const others: ReadyTask[] = [];
  const known = new Map<BillTask, KnownDeterminants>();
  for (const one of ready) {
    const found = kept.get(one.task.agreement);
    const fitting = found && fittingOf(one);
    if (found === undefined || fitting === undefined) {
      others.push(one);
      continue;
    }
    const { window } = one.task;
    const first = (window.fromS - found.window.fromS) / found.intervalS;
    const slots = (window.toS - window.fromS) / found.intervalS;
    const row = classRows(found, fitting.version, first, slots);
    // what is odd is worked out from its intervals
    const spec = { startS: window.fromS, intervalS: found.intervalS, slots };
    const made = row && determinantsOf(fitting, row, spec);
    if (made !== undefined) known.set(one.task, new Map([[window.fromS, made]]));
  }
  if (rest === undefined || others.length === 0) return known;
  return new Map([...known, ...(await rest.of(ctx, others, revision))]);
}

function alikeOf(task: YearTask, tariffs: readonly ReadonlyMap<string, BookedTariff>[]): Alike | undefined {
  const [agreement] = task.sides;
  const windows = task.windows.filter((window) => window !== undefined);
  const [first, last] = [windows[0], windows.at(-1)];
  if (agreement === undefined || first === undefined || last === undefined) return undefined;
  if (windows.some((window, i) => i > 0 && window.fromS !== windows[i - 1]!.toS)) return undefined;
  const window = { fromS: first.fromS, toS: last.toS };
  const { source, import: drawn } = billedChannels(agreement, window.fromS, window.toS);
  const [clip, ...more] = drawn;
  if (source !== 'intervals' || clip === undefined || more.length > 0) return undefined;
  if (clip.fromS !== window.fromS || clip.toS !== window.toS) return undefined;
  const { intervalS, channelId: channel } = clip.channel;
  const [grid, ...others] = gridOf(zoneTable(agreement.zone), window, intervalS);
  if (grid === undefined || others.length > 0 || grid.startS !== window.fromS) return undefined;
  if (grid.intervalS !== intervalS || grid.length > mostSlots) return undefined;
  if (grid.startS + grid.length * intervalS !== window.toS) return undefined;
  const versions = task.sides.map((side, at) => versionOf(side, window, tariffs[at]!, intervalS));
  if (versions.every((version) => version === undefined)) return undefined;
  const bounds = windows.map(({ toS }) => toS).join(' ');
  const key = [agreement.zone, intervalS, window.fromS, bounds, ...versions.map(numberOf)].join(' ');
  return { task, versions, window, channel, intervalS, key };
}

/** The version that is in force throughout, where sums and single largest intervals are all it asks for. */
function versionOf(
  agreement: BilledAgreement,
  window: Window,
  tariffs: ReadonlyMap<string, BookedTariff>,
  intervalS: number,
): CompiledVersion | undefined {
  const { pieces, gaps } = tariffPieces(agreement, window, tariffs);
  const [piece, ...more] = pieces;
  if (piece === undefined || more.length > 0 || gaps.length > 0) return undefined;
  const version = piece.tariff.compiled.versions.find(({ fromDay, toDay }) => {
    const zone = zoneTable(agreement.zone);
    return fromDay <= zone.localDayOf(window.fromS) && toDay > zone.localDayOf(window.toS - 1);
  });
  if (version === undefined || version.needs.running.length > 0) return undefined;
  const isPlain = version.needs.demands.every((need) => {
    const { length, step } = windowPlan(need, intervalS);
    return length === 1 && step === 1;
  });
  return isPlain ? version : undefined;
}

/** Numbers of versions, so that keys are short. */
const numbers = new WeakMap<CompiledVersion, number>();
let counted = 0;

function numberOf(version: CompiledVersion | undefined): number {
  if (version === undefined) return 0;
  const known = numbers.get(version) ?? ++counted;
  numbers.set(version, known);
  return known;
}

function classesOf({
  task,
  versions,
  window,
  intervalS,
}: Alike): { readonly of: Uint16Array; readonly list: readonly SlotClass[] } | undefined {
  const [{ zone }] = task.sides as [BilledAgreement];
  const slots = (window.toS - window.fromS) / intervalS;
  const maps = versions.map((version) =>
    version === undefined
      ? []
      : periodMapsOf(version, window, zone).map((map) => ({
          ...{ of: periodsOfSlots(map, window.fromS, intervalS, slots), periods: map.names.length },
        })),
  );
  const columns = maps.flat();
  const of = new Uint16Array(slots);
  const list: SlotClass[] = [];
  const known = new Map<number, number>();
  const windows = task.windows.filter((one) => one !== undefined);
  for (let slot = 0, turn = 0; slot < slots; slot++) {
    while (window.fromS + slot * intervalS >= windows[turn]!.toS) turn++;
    let code = turn;
    for (const column of columns) code = code * column.periods + column.of[slot]!;
    let at = known.get(code);
    if (at === undefined) {
      if (list.length >= mostClasses || !Number.isSafeInteger(code)) return undefined;
      at = list.length;
      known.set(code, at);
      list.push({ firstSlot: slot, periods: maps.map((side) => side.map((column) => column.of[slot]!)) });
    }
    of[slot] = at;
  }
  return { of, list };
}
