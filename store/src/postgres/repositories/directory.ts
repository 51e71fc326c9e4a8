/**
 * What ingest keeps in memory: every meter with its channels and the time it is installed. Loaded in pages
 * by meter id; afterwards a change feed, fed by triggers, names the meters that were touched.
 */
import { type RawBuilder, sql } from 'kysely';
import type { DirectoryRepository } from '../store.ts';
import type { DirectoryChannel, DirectoryMeter } from '../types.ts';
import { type Base, reading, requireAll } from './base.ts';

type ChannelColumns = readonly [number, string[], string, string, number, number, string];
interface Row extends Omit<DirectoryMeter, 'channels' | 'installedUntil' | 'installedFrom' | 'away'> {
  readonly installedFrom: number | null;
  readonly installedUntil: number | null;
  /** Installations in order, where there are several; an open one ends with null. */
  readonly installations: readonly (readonly [number, number | null])[] | null;
  readonly channels: readonly ChannelColumns[] | null;
}

/**
 * Meters that satisfy a condition on `m`, with what hangs on them: three passes over sets, because a look
 * at two more tables for every meter took most of a start.
 */
function meters(where: RawBuilder<unknown>): RawBuilder<Row> {
  return sql<Row>`WITH m AS MATERIALIZED (
      SELECT id, serial, addresses, commodity FROM meter m WHERE ${where}),
    i AS (SELECT meter_id, extract(epoch FROM min(valid_from))::float8 AS installed_from,
        CASE WHEN bool_and(valid_until IS NOT NULL)
          THEN extract(epoch FROM max(valid_until))::float8 END AS installed_until,
        CASE WHEN count(*) > 1 THEN json_agg(json_build_array(
          extract(epoch FROM valid_from)::float8, extract(epoch FROM valid_until)::float8)
          ORDER BY valid_from) END AS installations
      FROM installation WHERE meter_id IN (SELECT id FROM m) GROUP BY meter_id),
    c AS (SELECT meter_id, json_agg(json_build_array(
        id, quantity_keys, reading_type, obis, interval_s, resolution, unit) ORDER BY id) AS channels
      FROM channel WHERE meter_id IN (SELECT id FROM m) GROUP BY meter_id)
    SELECT m.id AS meter_id, m.serial, m.addresses, m.commodity,
      i.installed_from, i.installed_until, i.installations, c.channels
    FROM m LEFT JOIN i ON i.meter_id = m.id LEFT JOIN c ON c.meter_id = m.id ORDER BY m.id`;
}

function channelOf(columns: ChannelColumns): DirectoryChannel {
  const [id, quantityKeys, readingType, obis, intervalS, resolution, unit] = columns;
  return { id, quantityKeys, readingType, obis, intervalS, resolution, unit };
}

function awayOf(installations: NonNullable<Row['installations']>): [number, number][] {
  return installations.slice(1).flatMap(([fromS], i): [number, number][] => {
    const untilS = installations[i]![1];
    return untilS !== null && untilS < fromS ? [[untilS, fromS]] : [];
  });
}

function meterOf({ installations, ...row }: Row): DirectoryMeter {
  return {
    ...row,
    away: awayOf(installations ?? []),
    installedFrom: row.installedFrom ?? 0,
    installedUntil: row.installedUntil ?? Number.POSITIVE_INFINITY,
    channels: (row.channels ?? []).map(channelOf),
  };
}

export function directoryRepository(base: Base): DirectoryRepository {
  return {
    version: (ctx) => {
      requireAll(ctx);
      return reading(async () => {
        const row = await base.db.selectFrom('directoryVersion').selectAll().executeTakeFirstOrThrow();
        return row.version;
      });
    },
    async *load(ctx, pageSize = 10_000) {
      requireAll(ctx);
      for (let after = 0; ; ) {
        const page = sql`m.id > ${after} ORDER BY id LIMIT ${pageSize}`;
        const { rows } = await reading(() => meters(page).execute(base.db));
        if (rows.length > 0) yield rows.map(meterOf);
        if (rows.length < pageSize) return;
        after = rows.at(-1)!.meterId;
      }
    },
    changedSince: (ctx, version) => {
      requireAll(ctx);
      return reading(async () => {
        // One statement, one snapshot: the version and the changes up to it.
        const { rows: changed } = await sql<{ version: number; ids: number[] }>`SELECT v.version,
          ARRAY(SELECT meter_id FROM directory_change WHERE version > ${version} ORDER BY meter_id) AS ids
          FROM directory_version v`.execute(base.db);
        const { version: now, ids } = changed[0]!;
        if (ids.length === 0) return { version: now, meters: [], removed: [] };
        const { rows } = await meters(sql`m.id = ANY(${ids}::int[])`).execute(base.db);
        const present = new Set(rows.map(({ meterId }) => meterId));
        return { version: now, meters: rows.map(meterOf), removed: ids.filter((id) => !present.has(id)) };
      });
    },
  };
}
