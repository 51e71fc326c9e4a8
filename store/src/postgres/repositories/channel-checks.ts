/** Channels that measure what another one measures too. */
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { ChannelCheck, ChannelCheckRepository } from '../vee-store.ts';
import { type Base, changing, reading, requireAll, requireVersion } from './base.ts';

const columns = sql.raw('channel_id, check_id, version, updated_by, updated_at');

export function channelCheckRepository(base: Base): ChannelCheckRepository {
  return {
    list: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<ChannelCheck>`SELECT ${columns} FROM channel_check
          ORDER BY channel_id`.execute(base.db);
        return rows;
      });
    },
    put: async (ctx, channelId, checkId, ifVersion) => {
      return changing(
        base,
        ctx,
        async (db, now) => {
          const { rows: had } = await sql<{ version: number }>`SELECT version FROM channel_check
            WHERE channel_id = ${channelId} FOR UPDATE`.execute(db);
          requireVersion(`the check of channel ${channelId}`, had[0], ifVersion);
          const { rows } = await sql<ChannelCheck>`INSERT INTO channel_check AS c
              (channel_id, check_id, updated_by, updated_at)
            VALUES (${channelId}, ${checkId}, ${ctx.actor.name}, ${now})
            ON CONFLICT (channel_id) DO UPDATE SET check_id = excluded.check_id,
              updated_by = excluded.updated_by, updated_at = excluded.updated_at, version = c.version + 1
            RETURNING ${columns}`.execute(db);
          return rows[0]!;
        },
        ({ version }) => ({
          action: version === 1 ? 'create' : 'update',
          objectKind: 'channel_check',
          objectId: String(channelId),
          data: { checkId },
        }),
      );
    },
    remove: async (ctx, channelId) => {
      await changing(
        base,
        ctx,
        async (db) => {
          const { numAffectedRows } = await sql`DELETE FROM channel_check
            WHERE channel_id = ${channelId}`.execute(db);
          if (numAffectedRows !== 1n) throw registryErrors.NOT_FOUND(`a check of channel ${channelId}`);
        },
        () => ({ action: 'delete', objectKind: 'channel_check', objectId: String(channelId) }),
      );
    },
  };
}
