/**
 * Which meter was where, when. Exclusion constraints keep a meter from being at two points, and a point
 * from having two meters of one role, at any instant; periods are [validFrom, validUntil).
 */
import { type AccessContext, countsConverter } from '@openami/model';
import { sql } from 'kysely';
import { registryErrors } from '../errors.ts';
import { kinds } from '../kinds.ts';
import type { InstallationRepository } from '../store.ts';
import type * as t from '../types.ts';
import type { Noted, Work } from './audit-chain.ts';
import { type Base, changing, reading, visible } from './base.ts';
import { columnsOf } from './coded.ts';
import { addressSql } from './meters.ts';
import { addPending } from './pending-readings.ts';
import { upsertMany } from './upsert.ts';

const columns = columnsOf(kinds.installations);
/** How far a caller's clock may be ahead of ours. */
const clockToleranceMs = 60_000;

async function put(
  db: Work,
  input: { meterId: number; usagePointId: number; at: Date; role?: string },
): Promise<t.Installation> {
  const { rows: found } = await sql<{ meter: string | null; point: string | null }>`SELECT
    (SELECT commodity FROM meter WHERE id = ${input.meterId} FOR UPDATE) AS meter,
    (SELECT commodity FROM usage_point WHERE id = ${input.usagePointId} FOR UPDATE) AS point`.execute(db);
  const { meter, point } = found[0]!;
  if (meter === null) throw registryErrors.NOT_FOUND(`meter ${input.meterId}`);
  if (point === null) throw registryErrors.NOT_FOUND(`usage point ${input.usagePointId}`);
  if (meter !== point) throw registryErrors.COMMODITY_MISMATCH(`a ${meter} meter at a ${point} usage point`);
  const { rows } =
    await sql<t.Installation>`INSERT INTO installation (meter_id, usage_point_id, role, valid_from)
    VALUES (${input.meterId}, ${input.usagePointId}, ${input.role ?? 'main'}, ${input.at})
    RETURNING ${columns}`.execute(db);
  await setState(db, input.meterId, 'installed', ['in_stock', 'removed']);
  return rows[0]!;
}

async function take(db: Work, meterId: number, at: Date): Promise<t.Installation> {
  const { rows } = await sql<t.Installation>`UPDATE installation SET valid_until = ${at}
    WHERE meter_id = ${meterId} AND valid_until IS NULL AND valid_from < ${at} RETURNING ${columns}`.execute(
    db,
  );
  if (rows[0] === undefined) {
    throw registryErrors.NOT_INSTALLED(
      `meter ${meterId} has no open installation that began before ${at.toISOString()}`,
    );
  }
  await setState(db, meterId, 'removed', ['installed', 'active', 'disconnected']);
  return rows[0];
}

async function setState(db: Work, meterId: number, to: t.MeterState, from: t.MeterState[]): Promise<void> {
  await sql`UPDATE meter SET state = ${to}, version = version + 1, updated_at = now()
    WHERE id = ${meterId} AND state = ANY(${from})`.execute(db);
}

/** Old meter out, new one in; their reads wait in the registry until the reading store has them. */
async function swap(db: Work, input: t.ExchangeInput, nowMs: number): Promise<t.ExchangeResult> {
  const role = input.role ?? 'main';
  // The states of both meters change now, so an exchange is recorded when it has been done.
  if (input.at.getTime() > nowMs + clockToleranceMs) {
    throw registryErrors.EXCHANGE_IN_FUTURE(`${input.at.toISOString()} has not come yet`);
  }
  const { rows } = await sql<{ meterId: number }>`SELECT meter_id FROM installation
    WHERE usage_point_id = ${input.usagePointId} AND role = ${role} AND valid_until IS NULL
    FOR UPDATE`.execute(db);
  const old = rows[0];
  if (old === undefined) {
    throw registryErrors.NOT_INSTALLED(`usage point ${input.usagePointId} has no ${role} meter`);
  }
  const meterId = input.newMeterId;
  if (meterId === old.meterId) throw registryErrors.EXCHANGE_SAME_METER(`meter ${meterId} is there already`);
  const removed = await take(db, old.meterId, input.at);
  const installed = await put(db, { meterId, usagePointId: input.usagePointId, at: input.at, role });
  const atMs = input.at.getTime();
  const finalReads = await reads(db, old.meterId, atMs, input.finalReads ?? []);
  const initialReads = await reads(db, meterId, atMs, input.initialReads ?? []);
  await addPending(db, [...finalReads, ...initialReads], nowMs);
  return { removed, installed, finalReads, initialReads };
}

async function reads(
  db: Work,
  meterId: number,
  atMs: number,
  given: readonly { readonly channelId: number; readonly value: number }[],
): Promise<t.ExchangeRead[]> {
  const { rows } = await sql<t.ChannelRecord>`SELECT ${columnsOf(kinds.channels, 'c')}, m.commodity
    FROM channel c JOIN meter m ON m.id = c.meter_id WHERE c.meter_id = ${meterId}`.execute(db);
  const channels = new Map(rows.map((channel) => [channel.id, channel]));
  return given.map(({ channelId, value }) => {
    const channel = channels.get(channelId);
    if (channel === undefined)
      throw registryErrors.BAD_VALUE(`channel ${channelId} is not of meter ${meterId}`);
    if (channel.intervalS !== 0) throw registryErrors.BAD_VALUE(`channel ${channelId} is not a register`);
    const tooBig = channel.digits !== null && value >= 10 ** channel.digits;
    // Refused here and not by the reading store, which comes after the exchange is done.
    const isExact = Number.isSafeInteger(countsConverter(channel.unit, channel.resolution).toCounts(value));
    if (!isExact || value < 0 || tooBig) {
      throw registryErrors.BAD_VALUE(`${value} is not a reading of channel ${channelId}`);
    }
    return { channel, atMs, value };
  });
}

async function history(
  base: Base,
  ctx: AccessContext,
  column: 'meter_id' | 'usage_point_id',
  id: number,
): Promise<t.InstallationDetail[]> {
  return reading(async () => {
    const { rows } = await sql<t.InstallationDetail>`SELECT ${columnsOf(kinds.installations, 'i')},
        m.serial, u.code AS usage_point_code, ${sql.raw(addressSql)} AS address
      FROM installation i JOIN meter m ON m.id = i.meter_id JOIN usage_point u ON u.id = i.usage_point_id
      LEFT JOIN premise p ON p.id = u.premise_id
      WHERE i.${sql.raw(column)} = ${id} AND ${visible(ctx, 'usage_point', 'i.usage_point_id')}
      ORDER BY i.valid_from`.execute(base.db);
    return rows;
  });
}

export function installationRepository(base: Base): InstallationRepository {
  const note =
    (action: string) =>
    (row: t.Installation): Noted => ({
      action,
      objectKind: 'installation',
      objectId: String(row.id),
      data: { meterId: row.meterId, usagePointId: row.usagePointId },
    });
  return {
    install: (ctx, input) => {
      return changing(base, ctx, (db) => put(db, input), note('install'));
    },
    remove: (ctx, { meterId, at }) => {
      return changing(base, ctx, (db) => take(db, meterId, at), note('remove'));
    },
    exchange: (ctx, input) => {
      return changing(
        base,
        ctx,
        (db) => swap(db, input, base.clock.nowMs()),
        ({ removed, installed }) => ({
          ...note('exchange')(installed),
          data: {
            removedMeterId: removed.meterId,
            meterId: installed.meterId,
            usagePointId: input.usagePointId,
          },
        }),
      );
    },
    ofMeter: (ctx, meterId) => history(base, ctx, 'meter_id', meterId),
    ofUsagePoint: (ctx, usagePointId) => history(base, ctx, 'usage_point_id', usagePointId),
    upsertMany: (ctx, rows, options) => upsertMany(base, ctx, 'installations', rows, options),
  };
}
