/** Readings of changes of the registry that wait for the reading store. */
import { countsConverter } from '@openami/model';
import { sql } from 'kysely';
import type { RegistryStore } from '../store.ts';
import type { ExchangeRead, PendingReading } from '../types.ts';
import type { Work } from './audit-chain.ts';
import { type Base, reading, requireAll } from './base.ts';

/** Handed out at once. */
const batchRows = 1_000;

export function pendingReadingRepository(base: Base): RegistryStore['pendingReadings'] {
  return {
    list: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<PendingReading>`SELECT id, channel_id, at, count, resolution, received
          FROM pending_reading ORDER BY id LIMIT ${batchRows}`.execute(base.db);
        return rows;
      });
    },
    remove: (ctx, ids) => {
      requireAll(ctx);
      return reading(async () => {
        await sql`DELETE FROM pending_reading WHERE id = ANY(${[...ids]}::int[])`.execute(base.db);
      });
    },
  };
}

/** Adds register readings in the transaction of the change that they belong to. */
export async function addPending(db: Work, reads: readonly ExchangeRead[], nowMs: number): Promise<void> {
  for (const { channel, atMs, value } of reads) {
    const count = countsConverter(channel.unit, channel.resolution).toCounts(value);
    await sql`INSERT INTO pending_reading (channel_id, at, count, resolution, received)
      VALUES (${channel.id}, ${new Date(atMs)}, ${count}, ${channel.resolution}, ${new Date(nowMs)})`.execute(
      db,
    );
  }
}
