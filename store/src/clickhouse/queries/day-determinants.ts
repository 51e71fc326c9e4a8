/**
 * Determinants of whole local days, made once and added up by whoever bills the days. A day of a channel is
 * kept for each plan it was made by: how the day is cut into periods and where windows of a demand end. Days
 * that tariffs cut alike have one plan, whatever month, tariff or bill they are of.
 *
 *   make    intervals ─▶ one row a channel, day and plan
 *   follow  readings changed since the last time ─▶ rows of their days are stale, to be made again
 *   of      days ─▶ month, of those channels that have every day, none stale, nothing changed meanwhile
 *
 * A change is known by its revision, so nobody has to tell: a row that is used is what the intervals give.
 */
import { type AccessContext, DAY_S } from '@openami/model';
import type { EngineClient } from '../client.ts';
import {
  countColumns,
  type DeterminantSpec,
  figureColumns,
  figuresOfIntervals,
  intervalRows,
  literal,
  lookup,
  namesOf,
} from './determinant-columns.ts';
import { type ChannelDeterminants, longStatement, rowsOf } from './determinants.ts';
import type { Scope } from './scope.ts';
import { uint32 } from './spans.ts';

/** A day of a spec: its slots, and what it is cut by. */
export interface DayPlan {
  readonly firstSlot: number;
  readonly slots: number;
  /** 64 bits as decimal text: equal where a day would be worked out alike. */
  readonly plan: string;
}

const table = 'openami.day_determinant';
const columns = `channel, start, plan, present, estimated, least, most, negative, largest, energy, guessed,
  peaks, basis, stale`;
/** What is inserted again is newer, even where it is the same. */
const again = { ...longStatement, insert_deduplicate: 0 };
/** Up to which revision changed days are stale. */
const followed = `(SELECT max(basis) FROM ${table} WHERE channel = 0)`;

export class DayDeterminantQueries {
  private readonly client: EngineClient;
  private readonly scope: Scope;

  constructor(client: EngineClient, scope: Scope) {
    this.client = client;
    this.scope = scope;
  }

  /** Works days of channels out; of `spec` running totals are left out. Needs scope `all`. */
  async make(
    access: AccessContext,
    channels: readonly number[],
    spec: DeterminantSpec,
    days: readonly DayPlan[],
  ): Promise<void> {
    this.scope.requireAll(access);
    if (channels.length === 0 || days.length === 0) return;
    const { from, plain } = within(spec, days);
    const dayOf = new Uint16Array(plain.slots);
    for (const [d, { firstSlot, slots }] of days.entries())
      dayOf.fill(d + 1, firstSlot - from, firstSlot - from + slots);
    const first = `arrayElement(${literal(days.map(({ firstSlot }) => firstSlot - from))}, d)`;
    const plan = `arrayElement(${literal(days.map((day) => `toUInt64(${day.plan})`))}, d)`;
    const { energy, guessed, peaks } = figuresOfIntervals(plain, `(slot - ${first})`);
    const list = (of: readonly string[]) => (of.length === 0 ? 'emptyArrayInt64()' : literal(of));
    await this.client.command(
      `INSERT INTO ${table} (${columns})
       SELECT channel, toUInt32(${plain.startS} + ${plain.intervalS} * ${first}), ${plan},
         ${countColumns.map((column) => column.replace(/ AS \w+$/, '')).join(', ')},
         ${list(energy)}, ${list(guessed)}, ${list(peaks)}, max(revision), 0
       FROM (SELECT *, ${lookup(dayOf)} AS d FROM (${intervalRows(channels, plain)})) WHERE d > 0
       GROUP BY channel, d`,
      {},
      again,
    );
  }

  /** Months of the channels that can be added up from their days. Throws OUT_OF_SCOPE. */
  async of(
    access: AccessContext,
    channels: readonly number[],
    spec: DeterminantSpec,
    days: readonly DayPlan[],
  ): Promise<ChannelDeterminants[]> {
    await this.scope.requireChannels(access, channels);
    if (channels.length === 0 || days.length === 0 || spec.running.length > 0) return [];
    const names = namesOf(spec);
    const peak = (i: number) =>
      // slots of the day become slots of the month
      `maxIf(arrayElement(peaks, ${i + 1}) - 2 * slot, arrayElement(peaks, ${i + 1}) > 0)`;
    const figures = figureColumns(spec, {
      energy: names.energy.map((_, i) => `sum(arrayElement(energy, ${i + 1}))`),
      guessed: names.energy.map((_, i) => `sum(arrayElement(guessed, ${i + 1}))`),
      peaks: names.peaks.map((_, i) => peak(i)),
    });
    const ids = channels.map(uint32).join(',');
    const endS = spec.startS + spec.slots * spec.intervalS;
    const found = await this.client.select(
      `SELECT channel, toUInt32(sum(days.present)) AS present, toUInt32(sum(days.estimated)) AS estimated,
         min(days.least) AS least, max(days.most) AS most, max(days.negative) AS negative,
         max(days.largest) AS largest, toUInt8(max(basis) > ${uint32(spec.asOf)}) AS late,
         ${figures.join(', ')}
       FROM (SELECT *, intDiv(toInt64(start) - ${spec.startS}, ${spec.intervalS}) AS slot FROM ${table} FINAL
         WHERE channel IN (${ids}) AND start >= ${spec.startS} AND start < ${endS}
           AND ${planOf(spec, days)} AND stale = 0) AS days
       WHERE channel NOT IN (SELECT channel FROM openami.reading WHERE channel IN (${ids})
         AND end > ${spec.startS} AND end <= ${endS} AND revision > ${followed})
       GROUP BY channel HAVING count() = ${days.length} ORDER BY channel`,
      {},
      longStatement,
    );
    return rowsOf(found, spec);
  }

  /** Channels that lack a day or have one stale, and the days that one of them lacks. Needs scope `all`. */
  async lacking(
    access: AccessContext,
    channels: readonly number[],
    spec: DeterminantSpec,
    days: readonly DayPlan[],
  ): Promise<{ readonly channels: number[]; readonly days: DayPlan[] }> {
    this.scope.requireAll(access);
    if (channels.length === 0 || days.length === 0) return { channels: [], days: [] };
    const kept = `SELECT channel, start FROM ${table} FINAL
      WHERE channel IN (${channels.map(uint32).join(',')})
      AND ${planOf(spec, days)} AND stale = 0`;
    const found = await this.client.select(
      `SELECT 1 AS kind, channel AS id FROM (${kept}) GROUP BY id HAVING count() = ${days.length}
       UNION ALL
       SELECT 2 AS kind, start AS id FROM (${kept}) GROUP BY id HAVING count() = ${channels.length}`,
      {},
      longStatement,
    );
    const whole = [new Set<number>(), new Set<number>()] as const;
    const [kind, id] = [found.u8('kind'), found.u32('id')];
    for (let row = 0; row < found.rows; row++) whole[kind[row]! - 1]!.add(id[row]!);
    return {
      channels: channels.filter((channel) => !whole[0].has(channel)),
      days: days.filter(({ firstSlot }) => !whole[1].has(spec.startS + firstSlot * spec.intervalS)),
    };
  }

  /**
   * Days in which readings have changed since the last time, up to the revision `untilS`, become stale. Gives
   * how many. Needs scope `all`.
   */
  async follow(access: AccessContext, untilS: number): Promise<number> {
    this.scope.requireAll(access);
    const until = uint32(untilS);
    const news = `openami.reading WHERE revision > ${followed} AND revision <= ${until}`;
    // a local day lies in two days of UTC, or in three where it has 25 hours
    const changed = `SELECT DISTINCT channel, intDiv(toUnixTimestamp(end) - 1, ${DAY_S}) AS day FROM ${news}`;
    const earliest = `(SELECT toInt64(toUnixTimestamp(min(end))) FROM ${news}) - ${2 * DAY_S}`;
    const stale = `SELECT DISTINCT channel, start, plan FROM (
        SELECT channel, start, plan, arrayJoin([0, 1, 2]) + intDiv(start, ${DAY_S}) AS day
        FROM ${table} FINAL WHERE channel > 0 AND stale = 0 AND start > ${earliest})
      WHERE (channel, day) IN (${changed})`;
    const count = await this.client.select(`SELECT toUInt32(count()) AS days FROM (${stale})`);
    const days = count.u32('days')[0] ?? 0;
    if (days > 0)
      await this.client.command(
        `INSERT INTO ${table} (channel, start, plan, stale) SELECT channel, start, plan, 1 FROM (${stale})`,
        {},
        again,
      );
    await this.client.command(
      `INSERT INTO ${table} (channel, start, plan, basis) SELECT 0, 0, 0, ${until}`,
      {},
      again,
    );
    return days;
  }
}

/** Condition: the row is of one of the days, by the plan the day has here. */
function planOf({ startS, intervalS }: DeterminantSpec, days: readonly DayPlan[]): string {
  const pairs = days.map(({ firstSlot, plan }) => `(${startS + firstSlot * intervalS},${plan})`);
  return `(start, plan) IN (${pairs.join(',')})`;
}

/** The part of a spec from the first to the last of the days, without running totals. */
function within(spec: DeterminantSpec, days: readonly DayPlan[]): { from: number; plain: DeterminantSpec } {
  const from = days[0]!.firstSlot;
  const last = days.at(-1)!;
  const to = last.firstSlot + last.slots;
  const plain: DeterminantSpec = {
    ...{ startS: spec.startS + from * spec.intervalS, intervalS: spec.intervalS, slots: to - from },
    schedules: spec.schedules.map(({ periods, of }) => ({ periods, of: of.subarray(from, to) })),
    demands: spec.demands.map((demand) => ({ ...demand, ends: demand.ends.subarray(from, to) })),
    ...{ running: [], asOf: spec.asOf },
  };
  return { from, plain };
}
