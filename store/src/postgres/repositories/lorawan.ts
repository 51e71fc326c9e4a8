/** Codecs of LoRaWAN devices, who has which, and downlinks. */
import type { AccessContext } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import type {
  KnownAssignment,
  ListedDownlink,
  LorawanRepository,
  StoredCodec,
  StoredDownlink,
} from '../lorawan-store.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, NothingToDo, reading, requireAll, unlessNothing } from './base.ts';
import { radioRepository } from './radio.ts';

async function codecsOf(db: Base['db'] | Work, id?: string): Promise<StoredCodec[]> {
  const { rows } = await sql<StoredCodec>`SELECT c.id, c.enabled, c.version, v.definition, v.uploaded_by,
      v.uploaded_at FROM lorawan_codec c JOIN lorawan_codec_version v USING (id, version)
    WHERE ${id === undefined ? sql`true` : sql`c.id = ${id}`} ORDER BY c.id`.execute(db);
  return rows;
}

const noCodec = (id: string) => registryErrors.NOT_FOUND(`codec ${id}`);

function codecs(base: Base): Pick<LorawanRepository, 'codecs' | 'putCodec' | 'enableCodec'> {
  return {
    codecs: async (ctx) => {
      requireAll(ctx);
      return reading(() => codecsOf(base.db));
    },
    putCodec: async (ctx, id, definition) => {
      const put = () =>
        changing(
          base,
          ctx,
          async (db, now) => {
            // the row is there and locked: versions come one after the other
            await sql`INSERT INTO lorawan_codec (id, version, updated_at) VALUES (${id}, 0, ${now})
              ON CONFLICT (id) DO UPDATE SET id = excluded.id`.execute(db);
            const [newest] = await codecsOf(db, id);
            if (newest?.definition === definition) throw new NothingToDo();
            const version = (newest?.version ?? 0) + 1;
            await sql`INSERT INTO lorawan_codec_version (id, version, definition, uploaded_by, uploaded_at)
              VALUES (${id}, ${version}, ${definition}, ${ctx.actor.id}, ${now})`.execute(db);
            await sql`UPDATE lorawan_codec SET version = ${version}, changes = changes + 1,
              updated_at = ${now} WHERE id = ${id}`.execute(db);
            return (await codecsOf(db, id))[0]!;
          },
          ({ version }) => ({
            ...{ action: version === 1 ? 'create' : 'update', objectKind: 'lorawan_codec' },
            ...{ objectId: id, data: { version } },
          }),
        );
      return (await unlessNothing(put)) ?? (await reading(() => codecsOf(base.db, id)))[0]!;
    },
    enableCodec: async (ctx, id, enabled) =>
      changing(
        base,
        ctx,
        async (db, now) => {
          await sql`UPDATE lorawan_codec SET enabled = ${enabled}, changes = changes + 1,
            updated_at = ${now} WHERE id = ${id}`.execute(db);
          const [codec] = await codecsOf(db, id);
          if (codec === undefined) throw noCodec(id);
          return codec;
        },
        () => ({ action: enabled ? 'enable' : 'disable', objectKind: 'lorawan_codec', objectId: id }),
      ),
  };
}

function assignments(base: Base): Pick<LorawanRepository, 'stamp' | 'assignments' | 'assign'> {
  return {
    stamp: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ stamp: string }>`SELECT concat_ws(' ',
            (SELECT sum(changes) FROM lorawan_codec), '/',
            (SELECT sum(changes) FROM lorawan_device)) AS stamp`.execute(base.db);
        return rows[0]!.stamp;
      });
    },
    assignments: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } =
          await sql<KnownAssignment>`SELECT dev_eui, codec_id, meter, had FROM lorawan_device`.execute(
            base.db,
          );
        return rows;
      });
    },
    assign: async (ctx, { devEui, codecId, meter }) => {
      await changing(
        base,
        ctx,
        async (db, now) => {
          const had = codecId === null ? [] : [codecId];
          await sql`INSERT INTO lorawan_device AS d (dev_eui, codec_id, meter, had, updated_at)
            VALUES (${devEui}, ${codecId}, ${meter}, ${had}::text[], ${now})
            ON CONFLICT (dev_eui) DO UPDATE SET codec_id = excluded.codec_id, meter = excluded.meter,
              had = CASE WHEN d.had @> excluded.had THEN d.had ELSE d.had || excluded.had END,
              changes = d.changes + 1, updated_at = excluded.updated_at`.execute(db);
        },
        () => ({
          ...{ action: 'assign', objectKind: 'lorawan_device', objectId: devEui },
          data: { codecId, meter },
        }),
      );
    },
  };
}

const columns = sql`id, dev_eui, record, version, extract(epoch FROM due_at)::float8 AS due_s`;
const dueAt = (dueS: number | null) => (dueS === null ? null : new Date(dueS * 1_000));

type Downlinks = 'addDownlink' | 'downlink' | 'downlinkOf' | 'replaceDownlink' | 'dueDownlinks' | 'downlinks';

function downlinks(base: Base): Pick<LorawanRepository, Downlinks> {
  const select = async <T = StoredDownlink>(
    ctx: AccessContext,
    match: RawBuilder<unknown>,
    what: RawBuilder<unknown> = columns,
  ) => {
    requireAll(ctx);
    return reading(async () => {
      const { rows } = await sql<T>`SELECT ${what} FROM lorawan_downlink ${match}`.execute(base.db);
      return rows;
    });
  };
  return {
    addDownlink: async (ctx, { id, devEui, record, version, dueS }, names) => {
      const add = () =>
        changing(
          base,
          ctx,
          async (db, now) => {
            const { rows } = await sql`INSERT INTO lorawan_downlink
                (id, dev_eui, record, version, names, due_at, ordered_by, ordered_at)
              VALUES (${id}, ${devEui}, ${JSON.stringify(record)}::jsonb, ${version}, ${[...names]}::text[],
                ${dueAt(dueS)}, ${ctx.actor.id}, ${now})
              ON CONFLICT (id) DO NOTHING RETURNING id`.execute(db);
            if (rows.length === 0) throw new NothingToDo();
            return true;
          },
          () => ({ action: 'order', objectKind: 'lorawan_downlink', objectId: id, data: { devEui } }),
        );
      return (await unlessNothing(add)) ?? false;
    },
    downlink: async (ctx, id) => (await select(ctx, sql`WHERE id = ${id}`))[0],
    downlinkOf: async (ctx, names) =>
      (await select(ctx, sql`WHERE names && ${[...names]}::text[] LIMIT 1`))[0],
    // what a network server says of it is no act of a person, and comes often: not in the audit trail
    replaceDownlink: async (ctx, { id, record, version, dueS }) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql`UPDATE lorawan_downlink
          SET record = ${JSON.stringify(record)}::jsonb, version = ${version}, due_at = ${dueAt(dueS)}
          WHERE id = ${id} AND version = ${version - 1} RETURNING id`.execute(base.db);
        return rows.length > 0;
      });
    },
    dueDownlinks: (ctx, nowS, most) =>
      select(ctx, sql`WHERE due_at <= ${dueAt(nowS)} ORDER BY due_at, ordered_at LIMIT ${most}`),
    downlinks: (ctx, devEui, most) =>
      select<ListedDownlink>(
        ctx,
        sql`WHERE dev_eui = ${devEui} ORDER BY ordered_at DESC, id LIMIT ${most}`,
        sql`${columns}, ordered_by, ordered_at`,
      ),
  };
}

export function lorawanRepository(base: Base): LorawanRepository {
  return {
    heard: radioRepository(base, 'lorawan_heard'),
    ...codecs(base),
    ...assignments(base),
    ...downlinks(base),
  };
}
