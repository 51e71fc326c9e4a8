/** Groups of channels by time, and channels that are worked out of others. */
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type { ChannelGroup, GroupMember, VirtualChannel, VirtualChannelRepository } from '../vee-store.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, reading, requireAll, requireVersion } from './base.ts';

const channelColumns = sql.raw('channel_id, formula, version, updated_by, updated_at');

async function groupsOf(db: Base['db'] | Work, code?: string): Promise<ChannelGroup[]> {
  const { rows } = await sql<ChannelGroup>`SELECT g.code, g.name, g.version,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('channelId', m.channel_id, 'validFrom', m.valid_from,
        'validUntil', m.valid_until) ORDER BY m.channel_id, m.valid_from), '[]')
        FROM channel_group_member m WHERE m.group_code = g.code) AS members
    FROM channel_group g WHERE ${code === undefined ? sql`true` : sql`g.code = ${code}`}
    ORDER BY g.code`.execute(db);
  return rows.map((group) => ({ ...group, members: group.members.map(memberOf) }));
}

/** Times inside JSON come as text. */
function memberOf({ channelId, validFrom, validUntil }: GroupMember): GroupMember {
  return { channelId, validFrom: new Date(validFrom), validUntil: validUntil && new Date(validUntil) };
}

function groups(base: Base): Pick<VirtualChannelRepository, 'groups' | 'putGroup' | 'removeGroup'> {
  return {
    groups: async (ctx) => {
      requireAll(ctx);
      return reading(() => groupsOf(base.db));
    },
    putGroup: async (ctx, { code, name, members }, ifVersion) => {
      return changing(
        base,
        ctx,
        async (db, now) => {
          const { rows } = await sql<{ version: number }>`SELECT version FROM channel_group
            WHERE code = ${code} FOR UPDATE`.execute(db);
          requireVersion(code, rows[0], ifVersion);
          await sql`INSERT INTO channel_group AS g (code, name, updated_at) VALUES (${code}, ${name}, ${now})
            ON CONFLICT (code) DO UPDATE SET name = excluded.name, updated_at = excluded.updated_at,
              version = g.version + 1`.execute(db);
          await sql`DELETE FROM channel_group_member WHERE group_code = ${code}`.execute(db);
          await sql`INSERT INTO channel_group_member (group_code, channel_id, valid_from, valid_until)
            SELECT ${code}, m."channelId", m."validFrom", m."validUntil"
            FROM json_to_recordset(${JSON.stringify(members)}::json)
              AS m("channelId" int, "validFrom" timestamptz, "validUntil" timestamptz)`.execute(db);
          return (await groupsOf(db, code))[0]!;
        },
        ({ version }) => ({
          action: version === 1 ? 'create' : 'update',
          objectKind: 'channel_group',
          objectId: code,
          data: { members: members.length },
        }),
      );
    },
    removeGroup: async (ctx, code) => {
      await changing(
        base,
        ctx,
        async (db) => {
          const { numAffectedRows } = await sql`DELETE FROM channel_group WHERE code = ${code}`.execute(db);
          if (numAffectedRows !== 1n) throw registryErrors.NOT_FOUND(`channel group ${code}`);
        },
        () => ({ action: 'delete', objectKind: 'channel_group', objectId: code }),
      );
    },
  };
}

export function virtualChannelRepository(base: Base): VirtualChannelRepository {
  return {
    ...groups(base),
    list: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<VirtualChannel>`SELECT ${channelColumns} FROM virtual_channel
          ORDER BY channel_id`.execute(base.db);
        return rows;
      });
    },
    put: async (ctx, channelId, formula, ifVersion) => {
      return changing(
        base,
        ctx,
        async (db, now) => {
          const { rows: had } = await sql<{ version: number }>`SELECT version FROM virtual_channel
            WHERE channel_id = ${channelId} FOR UPDATE`.execute(db);
          requireVersion(`virtual channel ${channelId}`, had[0], ifVersion);
          const { rows } = await sql<VirtualChannel>`INSERT INTO virtual_channel AS v
              (channel_id, formula, updated_by, updated_at)
            VALUES (${channelId}, ${formula}, ${ctx.actor.name}, ${now})
            ON CONFLICT (channel_id) DO UPDATE SET formula = excluded.formula,
              updated_by = excluded.updated_by, updated_at = excluded.updated_at, version = v.version + 1
            RETURNING ${channelColumns}`.execute(db);
          return rows[0]!;
        },
        ({ version }) => ({
          action: version === 1 ? 'create' : 'update',
          objectKind: 'virtual_channel',
          objectId: String(channelId),
          data: { formula },
        }),
      );
    },
    remove: async (ctx, channelId) => {
      await changing(
        base,
        ctx,
        async (db) => {
          const { numAffectedRows } = await sql`DELETE FROM virtual_channel
            WHERE channel_id = ${channelId}`.execute(db);
          if (numAffectedRows !== 1n) throw registryErrors.NOT_FOUND(`virtual channel ${channelId}`);
        },
        () => ({ action: 'delete', objectKind: 'virtual_channel', objectId: String(channelId) }),
      );
    },
  };
}
