/**
 * Bills of a page of agreements: their channels, readings as of a revision, determinants and lines. What
 * cannot be billed gets the reason; one agreement's fault is no other's.
 *
 *   agreements ─▶ pieces by tariff ─▶ readings (one query) ─▶ determinants ─▶ lines
 */
import {
  type BillingCycle,
  baselineReachS,
  type CarryState,
  isGasEnergy,
  type Needs,
  sameBase,
  type Usage,
  type VersionPiece,
  type Window,
} from '@openami/billing';
import { type AccessContext, OpenAmiError, zoneTable } from '@openami/model';
import type { BillBefore, BilledAgreement, BillHoldRecord, ReadingStore } from '@openami/store';
import {
  type BilledChannels,
  billedChannels,
  channelsRead,
  type ExtraNeeds,
  extraNeeds,
} from './billed-channels.ts';
import { readingsAsOf } from './billed-readings.ts';
import { type InputRegistry, type PageInputs, pageInputs } from './inputs.ts';
import {
  rateAgreement,
  stretchesOf,
  type TariffPiece,
  type TracedBill,
  tariffPieces,
} from './rate-agreement.ts';
import type { SqlDeterminants } from './sql-determinants.ts';
import type { BookedTariff } from './tariff-book.ts';
import { intervalUsage, type ReadingRows, registerReachS, registerUsage } from './usage.ts';

/** What is asked for of one agreement. */
export interface BillTask {
  readonly agreement: BilledAgreement;
  /** Day numbers of the whole cycle. */
  readonly cycle: BillingCycle['cycle'];
  readonly window: Window;
  readonly carryIn?: CarryState;
  /** What is used, where it is not what is stored: a projection. */
  readonly usage?: Omit<Usage, 'perUnit'>;
}

export interface Calculated {
  readonly task: BillTask;
  readonly channels: BilledChannels;
  readonly bill: TracedBill | undefined;
  readonly tariff: string | null;
  readonly holds: readonly BillHoldRecord[];
}

export interface CalculateOptions {
  /** Prices, events and facts of usage points. */
  readonly registry: InputRegistry;
  readonly store: Pick<ReadingStore, 'readings'>;
  readonly tariffs: ReadonlyMap<string, BookedTariff>;
  readonly revision: number;
  /** Determinants straight from the store, where it can make them. */
  readonly sql?: SqlDeterminants;
}

/** A task that can be billed, made ready. */
export interface ReadyTask {
  readonly task: BillTask;
  readonly channels: BilledChannels;
  readonly pieces: readonly TariffPiece[];
  readonly stretches: readonly VersionPiece[];
  readonly needs: ExtraNeeds;
  /** Its meter counts the volume of gas, its tariff bills energy. */
  readonly gas: boolean;
}

/**
 * What of a cycle an agreement is billed for, by the dates it holds and where the bill before ended: after a
 * change of cycles that may lie within this one. Undefined for none of it.
 */
export function windowOf(
  { zone: name, fromS, untilS }: Pick<BilledAgreement, 'zone' | 'fromS' | 'untilS'>,
  cycle: BillingCycle['cycle'],
  before?: Pick<BillBefore, 'toS'>,
): Window | undefined {
  const zone = zoneTable(name);
  const window = {
    fromS: Math.max(zone.dayStart(cycle.from), Math.ceil(fromS), before?.toS ?? 0),
    toS: Math.min(zone.dayStart(cycle.to), untilS === null ? Number.POSITIVE_INFINITY : Math.ceil(untilS)),
  };
  return window.toS > window.fromS ? window : undefined;
}

/** Calculates; the results are in the order of the tasks. Throws OUT_OF_SCOPE and what the stores throw. */
export async function calculate(
  ctx: AccessContext,
  tasks: readonly BillTask[],
  { registry, store, tariffs, revision, sql }: CalculateOptions,
): Promise<Calculated[]> {
  const prepared = tasks.map((task) => prepare(task, tariffs));
  const ready = prepared.filter(isReady);
  const given = await pageInputs(registry, ready, revision);
  const stored = ready.filter(({ task }) => task.usage === undefined);
  const known = await sql?.of(ctx, stored, revision);
  const slow = ready.filter((one) => known?.get(one.task) === undefined);
  const histories = new Map(slow.flatMap((one) => historyOf(one, given) ?? []));
  const read = slow.filter(({ task }) => task.usage === undefined || histories.has(task));
  const rows = await readRows(store, ctx, read, histories, revision);
  return prepared.map((one) => {
    if (!isReady(one)) return one;
    const { task, channels, pieces } = one;
    const tariff = pieces[0]!.tariff.record.code;
    try {
      const made = known?.get(task);
      const bill = rateAgreement({
        ...{ zone: task.agreement.zone, cycle: task.cycle, pieces, carryIn: task.carryIn },
        usage: made ? { import: [] } : (task.usage ?? usageOf(one, channels, rows(channels.source))),
        facts: (tariff) => given.facts(one, tariff),
        ...(histories.has(task) && { history: usageOf(one, histories.get(task)!, rows('intervals')) }),
        ...(made && { determinants: (_version, window) => made.get(window.fromS) }),
      });
      return { task, channels, bill, tariff, holds: [] };
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      const message = `${error.message} ${error.hint}`;
      return { task, channels, bill: undefined, tariff, holds: [{ code: 'NOT_RATED', message }] };
    }
  });
}

const isReady = (one: ReadyTask | Calculated): one is ReadyTask => 'pieces' in one;

/** Those of the tasks that can be billed. */
export function readyTasks(
  tasks: readonly BillTask[],
  tariffs: ReadonlyMap<string, BookedTariff>,
): ReadyTask[] {
  return tasks.map((task) => prepare(task, tariffs)).filter(isReady);
}

function prepare(task: BillTask, tariffs: ReadonlyMap<string, BookedTariff>): ReadyTask | Calculated {
  const { agreement, window } = task;
  const { pieces, gaps } = tariffPieces(agreement, window, tariffs);
  const channels = billedChannels(agreement, window.fromS, window.toS);
  const tariff = pieces[0]?.tariff.record.code ?? null;
  const held = (code: string, message: string): Calculated => ({
    ...{ task, channels, bill: undefined, tariff, holds: [{ code, message }] },
  });
  if (gaps.length > 0)
    return held(
      'NO_TARIFF',
      `No tariff from ${zoneTable(agreement.zone).format(gaps[0]!.fromS)} on: give ${agreement.code} one.`,
    );
  if (channels.import.length === 0)
    return held('NO_CHANNEL', `No channel of ${agreement.usagePoint} measures what is drawn: register one.`);
  const bills = pieces[0]!.tariff.record.unit;
  const unlike = pieces.find(({ tariff: { record } }) => !sameBase(record.unit, bills));
  if (unlike !== undefined)
    return held(
      'NOT_RATED',
      `Its tariffs bill ${bills} and ${unlike.tariff.record.unit} within one cycle: ` +
        'let the second begin with a cycle.',
    );
  const gas =
    agreement.commodity === 'gas' && channels.import.every(({ channel }) => isGasEnergy(channel.unit, bills));
  const odd = channels.import.find(({ channel }) => !sameBase(channel.unit, bills));
  if (odd !== undefined && !gas) {
    const { serial, unit } = odd.channel;
    return held('NOT_RATED', `${serial} measures ${unit}, the tariff bills ${bills}.`);
  }
  let stretches: readonly VersionPiece[];
  try {
    stretches = stretchesOf(pieces, agreement.zone);
  } catch (error) {
    return held('NO_TARIFF', (error as Error).message);
  }
  if (channels.source === 'registers') {
    const { needs } = stretches.find(({ version }) => needsIntervals(version.needs))?.version ?? {};
    if (needs !== undefined)
      return held('NOT_RATED', 'Its tariff goes by the time of use, its meter gives registers only.');
  }
  return { task, channels, pieces, stretches, needs: extraNeeds(stretches), gas };
}

/** A register says how much, not when. */
function needsIntervals({ schedules, demands, dynamic, events }: Needs): boolean {
  return schedules.length > 1 || demands.length > 0 || dynamic.length > 0 || events.length > 0;
}

/** Channels of the days before a bill, where an event in it is measured against them. */
function historyOf(
  { task, channels, pieces, stretches }: ReadyTask,
  inputs: PageInputs,
): [[BillTask, BilledChannels]] | undefined {
  const { fromS, toS } = task.window;
  const called = pieces.some(({ tariff }) => {
    const events = inputs.events(tariff.record.code);
    return stretches.some(({ version }) =>
      version.needs.events.some(({ event }) =>
        events[event]?.some((one) => one.fromS >= fromS && one.fromS < toS),
      ),
    );
  });
  if (!called || channels.source !== 'intervals') return undefined;
  return [[task, billedChannels(task.agreement, fromS - baselineReachS, toS)]];
}

type RowsBySource = (source: BilledChannels['source']) => ReadingRows;

async function readRows(
  store: CalculateOptions['store'],
  ctx: AccessContext,
  ready: readonly ReadyTask[],
  histories: ReadonlyMap<BillTask, BilledChannels>,
  revision: number,
): Promise<RowsBySource> {
  const rows = { intervals: noRows, registers: noRows } as Record<BilledChannels['source'], ReadingRows>;
  for (const source of ['intervals', 'registers'] as const) {
    const of = ready.filter(({ channels }) => channels.source === source);
    if (of.length === 0) continue;
    const clips = of.flatMap(({ task, channels, needs }) =>
      [channels, histories.get(task) ?? []].flat().flatMap((some) => channelsRead(some, needs)),
    );
    const before = of.some(({ task }) => histories.has(task)) ? baselineReachS : 0;
    const reachS = source === 'registers' ? registerReachS : before;
    const fromS = Math.min(...of.map(({ task }) => task.window.fromS)) - reachS - 1;
    const longest = clips.reduce((most, { channel }) => Math.max(most, channel.intervalS), 0);
    const toS = Math.max(...of.map(({ task }) => task.window.toS)) + reachS + longest;
    const ids = [...new Set(clips.map(({ channel }) => channel.channelId))];
    rows[source] = await readingsAsOf(store, ctx, ids, { fromS, toS }, revision);
  }
  return (source) => rows[source];
}

const noRows: ReadingRows = () => {
  throw new Error('no readings were loaded');
};

function usageOf({ task, stretches, needs }: ReadyTask, channels: BilledChannels, rows: ReadingRows) {
  if (channels.source === 'intervals')
    return intervalUsage(channels, needs, rows, zoneTable(task.agreement.zone));
  return {
    import: registerUsage(channels.import, stretches, rows),
    ...(needs.export &&
      channels.export.length > 0 && { export: registerUsage(channels.export, stretches, rows) }),
  };
}
