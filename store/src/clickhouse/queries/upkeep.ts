/** Figures about the store as a whole, what is new in it, and retention. */
import type { AccessContext } from '@openami/model';
import type { EngineClient } from '../client.ts';
import type { Scope } from './scope.ts';

/** Rows per kind. `readings` counts a replaced row until its part is merged. */
export interface StoreCounts {
  readonly readings: number;
  /** Replaced revisions kept. */
  readonly history: number;
  readonly frames: number;
  readonly rejections: number;
  readonly unregistered: number;
  readonly events: number;
}

/** Newest end per channel among what was stored lately. */
export interface RecentMarks {
  readonly length: number;
  readonly channel: Uint32Array;
  readonly latest: Uint32Array;
  /** Seconds of the engine's clock: where to go on. */
  readonly atS: number;
}

/** A part is looked at again for so long: it carries the time it was written, and is there a little later. */
const overlapS = 10;
/**
 * What was just inserted lies in small parts. A larger one is the result of a merge, which takes longer than
 * the time between two looks, so what is in it was seen before.
 */
const longestPart = 20_000_000;

export class Upkeep {
  private readonly client: EngineClient;
  private readonly scope: Scope;
  private readonly cluster: string | undefined;

  constructor(client: EngineClient, scope: Scope, cluster?: string) {
    this.client = client;
    this.scope = scope;
    this.cluster = cluster;
  }

  /** Cheap: row counts come from the parts' headers. Needs scope `all`. */
  async counts(access: AccessContext): Promise<StoreCounts> {
    this.scope.requireAll(access);
    const count = (table: string, name: string) =>
      `SELECT '${name}' AS name, count() AS rows FROM openami.${table}`;
    const table = await this.client.select(
      [
        count('reading', 'readings'),
        count('reading_history', 'history'),
        count('frame', 'frames'),
        count('rejection', 'rejections'),
        count('unregistered_reading', 'unregistered'),
        count('event', 'events'),
      ].join(' UNION ALL '),
    );
    const names = table.strings('name');
    const rows = table.f64('rows');
    const of = (name: string) => rows[names.indexOf(name)] ?? 0;
    return {
      readings: of('readings'),
      history: of('history'),
      frames: of('frames'),
      rejections: of('rejections'),
      unregistered: of('unregistered'),
      events: of('events'),
    };
  }

  /**
   * Marks of what was stored since `sinceS` (`atS` of the time before; absent: just now), for a process that
   * does not write itself. It reads only the parts made since, not the table. Needs scope `all`.
   */
  async recentMarks(access: AccessContext, sinceS?: number): Promise<RecentMarks> {
    this.scope.requireAll(access);
    const from = sinceS === undefined ? 'now()' : 'toDateTime({since:UInt32})';
    const parts = this.cluster ? `clusterAllReplicas(\`${this.cluster}\`, system.parts)` : 'system.parts';
    const made = await this.client.select(
      `SELECT toUnixTimestamp(now()) AS at, arrayStringConcat(groupUniqArray(name), ''',''') AS names
       FROM ${parts} WHERE active AND database = 'openami' AND table = {table:String}
         AND rows <= ${longestPart} AND modification_time >= ${from} - ${overlapS}`,
      { table: this.cluster ? 'reading_local' : 'reading', since: sinceS ?? 0 },
    );
    const atS = made.u32('at')[0]!;
    const names = made.strings('names')[0]!;
    const none = new Uint32Array();
    if (names === '') return { length: 0, channel: none, latest: none, atS };
    const table = await this.client.select(
      `SELECT channel, max(end) AS latest FROM openami.reading WHERE _part IN ('${names}') GROUP BY channel`,
    );
    return { length: table.rows, channel: table.u32('channel'), latest: table.u32('latest'), atS };
  }

  /**
   * Forgets readings, and their history, that end at or before `beforeS` (UTC seconds). Whole years go at
   * once, the rest is masked now and gone with the next merge. Returns the rows there were, history
   * included; where there are none, nothing is done. Needs scope `all`.
   */
  async dropBefore(access: AccessContext, beforeS: number): Promise<number> {
    this.scope.requireAll(access);
    const count = (table: string) =>
      `SELECT count() AS rows FROM openami.${table} WHERE end <= {before:UInt32}`;
    const before = Math.floor(beforeS);
    const found = await this.client.select(`${count('reading')} UNION ALL ${count('reading_history')}`, {
      before,
    });
    const rows = found.f64('rows').reduce((sum, one) => sum + one, 0);
    if (rows > 0) await this.drop(before);
    return rows;
  }

  private async drop(beforeS: number): Promise<void> {
    const suffix = this.cluster ? '_local' : '';
    const on = this.cluster ? ` ON CLUSTER \`${this.cluster}\`` : '';
    const limitYear = new Date(beforeS * 1_000).getUTCFullYear();
    for (const table of [`reading${suffix}`, `reading_history${suffix}`, `stated_quality${suffix}`]) {
      const parts = await this.client.select(
        `SELECT DISTINCT partition_id FROM system.parts
         WHERE active AND database = 'openami' AND table = {table:String} ORDER BY partition_id`,
        { table },
      );
      for (const id of parts.strings('partition_id')) {
        const year = Number(id);
        if (!Number.isInteger(year) || year >= limitYear) continue;
        await this.client.command(`ALTER TABLE openami.${table}${on} DROP PARTITION ID '${year}'`);
      }
      await this.client.command(
        `DELETE FROM openami.${table}${on} WHERE end <= {before:UInt32}`,
        { before: beforeS },
        { lightweight_deletes_sync: 2 },
      );
    }
  }
}
