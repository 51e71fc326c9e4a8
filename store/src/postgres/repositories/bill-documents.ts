/** The document of a bill: who it is for, what came before it, and the seller's words by version. */
import { sql } from 'kysely';
import type {
  BillDocumentRepository,
  BillDocumentSettingsRecord,
  BillPaper,
} from '../bill-document-store.ts';
import { type Base, changing, limitOf, reading, requireVersion, visible } from './base.ts';

const past = sql.raw(`jsonb_build_object('id', p.id, 'fromS', extract(epoch FROM p.from_at)::float8,
  'toS', extract(epoch FROM p.to_at)::float8, 'total', p.total::text, 'currency', p.currency,
  'usage', p.usage::text, 'unit', p.unit)`);
/** Bills of the agreement that were issued, and not taken back, when this one was issued. */
const stood = sql.raw(`p.agreement_id = b.agreement_id AND p.kind <> 'reversal'
  AND p.issued_at <= coalesce(b.issued_at, 'infinity') AND NOT EXISTS (SELECT 1 FROM bill r
    WHERE r.replaces = p.id AND r.kind = 'reversal' AND r.issued_at <= coalesce(b.issued_at, 'infinity'))`);
const installed = sql.raw(`i.usage_point_id = b.usage_point_id AND i.valid_from < b.to_at
  AND (i.valid_until IS NULL OR i.valid_until > b.from_at)`);

const meters = sql`(SELECT coalesce(jsonb_agg(jsonb_build_object('serial', m.serial,
    'fromS', extract(epoch FROM i.valid_from)::float8, 'untilS', extract(epoch FROM i.valid_until)::float8)
    ORDER BY i.valid_from, m.serial), '[]')
  FROM installation i JOIN meter m ON m.id = i.meter_id WHERE ${installed})`;
const registers = sql`(SELECT coalesce(jsonb_agg(jsonb_build_object('channelId', h.id, 'meterId', m.id,
    'serial', m.serial, 'role', i.role, 'readingType', h.reading_type, 'intervalS', 0,
    'resolution', h.resolution, 'unit', h.unit, 'digits', h.digits, 'obis', h.obis,
    'multiplier', h.multiplier::text, 'virtual', false,
    'fromS', extract(epoch FROM i.valid_from)::float8, 'untilS', extract(epoch FROM i.valid_until)::float8)
    ORDER BY i.valid_from, h.id), '[]')
  FROM installation i JOIN meter m ON m.id = i.meter_id
    JOIN channel h ON h.meter_id = m.id AND h.interval_s = 0 WHERE ${installed})`;

const settingColumns = sql.raw('version, settings, changed_by, since');

export function billDocumentRepository(base: Base): BillDocumentRepository {
  return {
    papers: (ctx, bills) =>
      reading(async () => {
        const { rows } = await sql<BillPaper>`SELECT b.id AS bill_id, k.name AS customer, c.language, u.zone,
            jsonb_build_object('addressLines', coalesce(e.address_lines, '{}'),
              'postcode', coalesce(e.postcode, ''), 'locality', coalesce(e.locality, ''),
              'country', coalesce(e.country, '')) AS place,
            ${meters} AS meters, ${registers} AS registers,
            (SELECT ${past} FROM bill p WHERE ${stood} AND p.cycle_to <= b.cycle_from
              ORDER BY p.cycle_to DESC, p.to_at DESC, p.id DESC LIMIT 1) AS last,
            (SELECT ${past} FROM bill p WHERE ${stood}
              AND p.cycle_from = (b.cycle_from - interval '1 year')::date
              ORDER BY p.to_at DESC, p.id DESC LIMIT 1) AS year_ago
          FROM bill b JOIN account c ON c.id = b.account_id JOIN customer k ON k.id = c.customer_id
            JOIN usage_point u ON u.id = b.usage_point_id LEFT JOIN premise e ON e.id = u.premise_id
          WHERE b.id = ANY(${[...bills]}::int[]) AND ${visible(ctx, 'usage_point', 'b.usage_point_id')}
          LIMIT ${limitOf(Math.max(1, bills.length))}`.execute(base.db);
        return rows;
      }),
    settings: (_ctx, at) =>
      reading(async () => {
        const order =
          at === undefined
            ? sql`version DESC`
            : sql`(since < ${at}) DESC,
          CASE WHEN since < ${at} THEN -version ELSE version END`;
        const { rows } = await sql<BillDocumentSettingsRecord>`SELECT ${settingColumns}
          FROM bill_document_settings ORDER BY ${order} LIMIT 1`.execute(base.db);
        return rows[0];
      }),
    putSettings: (ctx, settings, ifVersion) => {
      return changing(
        base,
        ctx,
        async (db, now) => {
          const { rows: found } = await sql<{ version: number }>`SELECT coalesce(max(version), 0) AS version
            FROM bill_document_settings`.execute(db);
          requireVersion('the words of bills', found[0], ifVersion);
          const { rows } = await sql<BillDocumentSettingsRecord>`INSERT INTO bill_document_settings
              (version, settings, changed_by, since)
            VALUES (${found[0]!.version + 1}, ${JSON.stringify(settings)}::jsonb, ${ctx.actor.id}, ${now})
            RETURNING ${settingColumns}`.execute(db);
          return rows[0]!;
        },
        ({ version }) => ({
          ...{ action: 'put', objectKind: 'bill_document_settings', objectId: String(version) },
        }),
      );
    },
  };
}
