/** Firmware images and campaigns. Steps of campaigns and meters are audited; blocks on the way are not. */

import { createHash } from 'node:crypto';
import { type AuditKind, openTransferSteps, type TransferStep, type WaveCount } from '@openami/model';
import { sql } from 'kysely';
import type {
  ActiveCampaign,
  Campaign,
  CampaignMeter,
  CampaignMeterDue,
  CampaignRepository,
  FirmwareImage,
} from '../command-store.ts';
import { registryErrors } from '../errors.ts';
import type { Noted, Work } from './audit-chain.ts';
import { appendAudit } from './audit-chain.ts';
import {
  type Base,
  changing,
  countOf,
  decodeCursor,
  limitOf,
  NothingToDo,
  newestFirst,
  pageOf,
  reading,
  requireAll,
  unlessNothing,
} from './base.ts';
import { endpointJson } from './endpoints.ts';

const imageColumns = sql.raw(
  'id, name, manufacturer, model, firmware, identifier, bytes, sha256, signed_by, created_by, created_at',
);
const campaignSql = sql.raw(`SELECT c.id, c.name, c.image_id, c.plan, c.state, c.wave, c.error, c.created_by,
  c.created_person, c.created_at, c.updated_at, c.version,
  (SELECT coalesce(jsonb_object_agg(w.wave, w.counts), '{}') FROM (
    SELECT s.wave, jsonb_object_agg(s.state, s.n) AS counts FROM (SELECT x.wave, x.state, count(*) AS n
      FROM campaign_meter x WHERE x.campaign_id = c.id GROUP BY x.wave, x.state) s
    GROUP BY s.wave) w) AS wave_counts
  FROM campaign c`);
const meterColumns = sql.raw(
  'x.id, x.campaign_id, x.meter_id, m.serial, x.wave, x.state, x.progress, x.version, x.updated_at',
);
/** Spelled out, not handed in: the index of open ones is found by it. */
const open = sql`(${sql.join(openTransferSteps.map((step) => sql.lit(step)))})`;

const noteOf = (action: string, objectKind: AuditKind, id: number, data: Record<string, unknown>): Noted => ({
  ...{ action, objectKind, objectId: String(id), data },
});

type CampaignRow = Omit<Campaign, 'meters' | 'counts'>;

function counted(row: CampaignRow): Campaign {
  const counts: Partial<Record<TransferStep, number>> = {};
  let meters = 0;
  for (const [state, count] of Object.values(row.waveCounts).flatMap((wave) => Object.entries(wave))) {
    counts[state as TransferStep] = (counts[state as TransferStep] ?? 0) + count;
    meters += count;
  }
  return { ...row, meters, counts };
}

async function find(db: Base['db'] | Work, id: number): Promise<Campaign> {
  const { rows } = await sql<CampaignRow>`${campaignSql} WHERE c.id = ${id}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`campaign ${id}`);
  return counted(rows[0]);
}

function images(base: Base): Pick<CampaignRepository, 'addImage' | 'images' | 'imageInfo' | 'image'> {
  return {
    addImage: async (ctx, input) => {
      const { name, manufacturer, model, firmware, identifier, sha256, signedBy, signature, content } = input;
      return changing(
        base,
        ctx,
        async (db, now) => {
          const { rows } = await sql<FirmwareImage>`INSERT INTO firmware_image (name, manufacturer, model,
              firmware, identifier, bytes, sha256, signature, signed_by, content, created_by, created_at)
            VALUES (${name}, ${manufacturer}, ${model}, ${firmware}, ${identifier.toLowerCase()},
              ${content.length}, ${sha256}, ${signature && Buffer.from(signature)}, ${signedBy},
              ${Buffer.from(content)}, ${ctx.actor.id}, ${now})
            ON CONFLICT (sha256) DO NOTHING RETURNING ${imageColumns}`.execute(db);
          if (rows[0] === undefined)
            throw registryErrors.ALREADY_EXISTS('this firmware image is here already');
          return rows[0];
        },
        ({ id }) => noteOf('create', 'firmware_image', id, { name, sha256, signedBy, bytes: content.length }),
      );
    },
    images: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<FirmwareImage>`SELECT ${imageColumns} FROM firmware_image
          ORDER BY id DESC LIMIT 1000`.execute(base.db);
        return rows;
      });
    },
    imageInfo: async (ctx, id) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<FirmwareImage>`SELECT ${imageColumns} FROM firmware_image
          WHERE id = ${id}`.execute(base.db);
        if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`firmware image ${id}`);
        return rows[0];
      });
    },
    image: async (ctx, id) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ identifier: string; version: string; sha256: string; content: Buffer }>`
          SELECT identifier, firmware AS version, sha256, content FROM firmware_image
          WHERE id = ${id}`.execute(base.db);
        if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`firmware image ${id}`);
        const { identifier, version, sha256, content } = rows[0];
        if (createHash('sha256').update(content).digest('hex') !== sha256)
          throw registryErrors.FIRMWARE_DAMAGED(`firmware image ${id}`);
        return { identifier, version, content: Uint8Array.from(content) };
      });
    },
  };
}

/** Raises ALREADY_EXISTS for meters of another campaign that is open. */
async function requireFree(db: Work, meters: readonly { readonly meterId: number }[]): Promise<void> {
  const ids = meters.map(({ meterId }) => meterId);
  const { rows } = await sql<{ serial: string; campaignId: number }>`SELECT m.serial, x.campaign_id
    FROM campaign_meter x JOIN meter m ON m.id = x.meter_id WHERE x.meter_id = ANY(${ids}::int[])
      AND x.state IN ${open} ORDER BY x.meter_id LIMIT 1`.execute(db);
  const [one] = rows;
  if (one !== undefined)
    throw registryErrors.ALREADY_EXISTS(
      `meter ${one.serial} is in campaign ${one.campaignId}, which is open`,
    );
}

const create = (base: Base): CampaignRepository['create'] => {
  return async (ctx, { name, imageId, plan, createdPerson, meters, progress }) => {
    return changing(
      base,
      ctx,
      async (db, now) => {
        const { rows } = await sql<{ id: number }>`INSERT INTO campaign (name, image_id, plan, state,
            created_by, created_person, created_at, updated_at) VALUES (${name}, ${imageId},
            ${JSON.stringify(plan)}, 'draft', ${ctx.actor.id}, ${createdPerson}, ${now}, ${now})
          RETURNING id`.execute(db);
        const { id } = rows[0]!;
        await requireFree(db, meters);
        await sql`INSERT INTO campaign_meter (campaign_id, meter_id, wave, state, progress, updated_at)
          SELECT ${id}::int, y."meterId", y.wave, 'waiting', ${JSON.stringify(progress)}::jsonb,
            ${now}::timestamptz
          FROM ROWS FROM (json_to_recordset(${JSON.stringify(meters)}::json) AS ("meterId" int, wave int))
            WITH ORDINALITY AS y("meterId", wave, place) ORDER BY place`.execute(db);
        return find(db, id);
      },
      ({ id }) => noteOf('create', 'campaign', id, { name, imageId, plan, meters: meters.length }),
    );
  };
};

const advance = (base: Base): CampaignRepository['advance'] => {
  return async (ctx, id, ifVersion, { state, wave, error, plan }) => {
    return unlessNothing(() =>
      changing(
        base,
        ctx,
        async (db, now) => {
          const kept = plan === undefined ? sql`plan` : sql`${JSON.stringify(plan)}::jsonb`;
          const { numAffectedRows } = await sql`UPDATE campaign SET state = ${state}, wave = ${wave},
            error = ${error}, plan = ${kept}, version = version + 1, updated_at = ${now}
            WHERE id = ${id} AND version = ${ifVersion}`.execute(db);
          if (numAffectedRows !== 1n) throw new NothingToDo();
          // What was told to activate is followed to its end.
          if (state === 'aborted')
            await sql`UPDATE campaign_meter SET state = 'aborted', version = version + 1, updated_at = ${now}
              WHERE campaign_id = ${id} AND state IN ('waiting', 'transferring', 'verified')`.execute(db);
          return find(db, id);
        },
        () => noteOf('advance', 'campaign', id, { state, wave, error, ...(plan ? { plan } : {}) }),
      ),
    );
  };
};

/** Nothing leaves once the kill switch is on: under the lock that sends of commands take, too. */
async function requireUnkilled(db: Work): Promise<void> {
  const { rows } = await sql<{ killSwitch: boolean }>`SELECT kill_switch FROM command_gate
    FOR UPDATE`.execute(db);
  if (rows[0]!.killSwitch) throw new NothingToDo();
}

const advanceMeter = (base: Base): CampaignRepository['advanceMeter'] => {
  return async (ctx, id, ifVersion, { state, progress }) => {
    requireAll(ctx);
    const nowMs = base.clock.nowMs();
    const notBefore = progress.notBeforeS > 0 ? new Date(progress.notBeforeS * 1000) : null;
    return unlessNothing(() =>
      reading(() =>
        base.db.transaction().execute(async (db) => {
          const before = await sql<{ state: string; activations: number }>`SELECT state,
              coalesce((progress->>'activations')::int, 0) AS activations
            FROM campaign_meter WHERE id = ${id} AND version = ${ifVersion} FOR UPDATE`.execute(db);
          if (before.rows[0] === undefined) throw new NothingToDo();
          // What is told to activate has left, as a command that is noted as sent.
          const { activations = 0 } = progress;
          if (activations > before.rows[0].activations) await requireUnkilled(db);
          const { rows } = await sql<CampaignMeterDue>`UPDATE campaign_meter x SET state = ${state},
              progress = ${JSON.stringify(progress)}::jsonb, not_before = ${notBefore}::timestamptz,
              version = x.version + 1, updated_at = ${new Date(nowMs)}
            FROM meter m LEFT JOIN meter_endpoint e ON e.meter_id = m.id
            WHERE x.id = ${id} AND m.id = x.meter_id AND x.state IN ${open}
            RETURNING ${meterColumns}, ${endpointJson}`.execute(db);
          const row = rows[0];
          if (row === undefined) throw new NothingToDo();
          // Thousands of blocks a meter: the trail gets the steps.
          if (before.rows[0].state !== state) {
            const { campaignId, meterId } = row;
            const { error = null } = progress as { error?: string | null };
            const data = { campaignId, meterId, state, error };
            await appendAudit(db, nowMs, ctx, noteOf('advance', 'campaign_meter', id, data));
          }
          return row;
        }),
      ),
    );
  };
};

const due = (base: Base): CampaignRepository['due'] => {
  return async (ctx, id, wave, states, limit, busy) => {
    requireAll(ctx);
    const now = new Date(base.clock.nowMs());
    return reading(async () => {
      const { rows } = await sql<CampaignMeterDue>`SELECT ${meterColumns}, ${endpointJson}
        FROM campaign_meter x JOIN meter m ON m.id = x.meter_id
          LEFT JOIN meter_endpoint e ON e.meter_id = m.id
        WHERE x.campaign_id = ${id} AND x.wave <= ${wave} AND x.state = ANY(${[...states]}::text[])
          AND (x.not_before IS NULL OR x.not_before <= ${now})
          AND NOT x.meter_id = ANY(${[...busy]}::int[])
          AND NOT EXISTS (SELECT FROM command c WHERE c.meter_id = x.meter_id AND c.state = 'running')
        ORDER BY x.wave, x.updated_at, x.id LIMIT ${limit}`.execute(base.db);
      return rows;
    });
  };
};

export function campaignRepository(base: Base): CampaignRepository {
  return {
    ...images(base),
    ...{ create: create(base), advance: advance(base), advanceMeter: advanceMeter(base), due: due(base) },
    one: async (ctx, id) => {
      requireAll(ctx);
      return reading(() => find(base.db, id));
    },
    list: async (ctx, query = {}) => {
      requireAll(ctx);
      const match = query.state ? sql`c.state = ${query.state}` : sql`true`;
      const campaigns = { select: campaignSql, from: sql`campaign c`, id: 'c.id' };
      const page = await newestFirst<CampaignRow>(base, campaigns, match, query);
      return { ...page, items: page.items.map(counted) };
    },
    meters: async (ctx, id, query = {}) => {
      requireAll(ctx);
      const limit = limitOf(query.limit);
      const state = query.state ? sql`x.state = ${query.state}` : sql`true`;
      const match = sql`x.campaign_id = ${id} AND ${state}`;
      return reading(async () => {
        await find(base.db, id);
        const beyond = query.cursor ? sql`x.id > ${decodeCursor(query.cursor, 'number')[0]}` : sql`true`;
        const { rows } = await sql<CampaignMeter>`SELECT ${meterColumns} FROM campaign_meter x
          JOIN meter m ON m.id = x.meter_id WHERE ${match} AND ${beyond}
          ORDER BY x.id LIMIT ${limit + 1}`.execute(base.db);
        return { ...pageOf(rows, limit), total: await countOf(base, sql`campaign_meter x WHERE ${match}`) };
      });
    },
    active: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<ActiveCampaign>`SELECT c.id, c.image_id, c.plan, c.state, c.wave, c.version
          FROM campaign c WHERE c.state = 'running' OR EXISTS (SELECT FROM campaign_meter x
            WHERE x.campaign_id = c.id AND x.state = 'activating') ORDER BY c.id`.execute(base.db);
        return rows;
      });
    },
    mayTransfer: async (ctx, id) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql`SELECT FROM campaign, command_gate
          WHERE id = ${id} AND state = 'running' AND NOT kill_switch`.execute(base.db);
        return rows.length === 1;
      });
    },
    counts: async (ctx, id) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<WaveCount>`SELECT wave, count(*) AS total,
            count(*) FILTER (WHERE state = 'failed') AS failed,
            count(*) FILTER (WHERE state IN ${open}) AS open
          FROM campaign_meter WHERE campaign_id = ${id} GROUP BY wave ORDER BY wave`.execute(base.db);
        return rows;
      });
    },
    killSwitch: async (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<{ killSwitch: boolean }>`SELECT kill_switch
          FROM command_gate`.execute(base.db);
        return rows[0]!.killSwitch;
      });
    },
  };
}
