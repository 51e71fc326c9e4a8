/** Figures about the store as a whole, and retention. */
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
    for (const table of [`reading${suffix}`, `reading_history${suffix}`]) {
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
