/** How meters are reached. */
import type { MeterEndpoint } from '@openami/model';
import { type RawBuilder, sql } from 'kysely';
import type { EndpointRepository, StoredEndpoint, TitledMeter } from '../command-store.ts';
import { registryErrors } from '../errors.ts';
import type { Work } from './audit-chain.ts';
import { type Base, changing, limitOf, reading, requireAll, visible, writing } from './base.ts';

const names = [
  ...['meter_id', 'protocol', 'transport', 'mode', 'host', 'port', 'segment', 'concentrator', 'client_sap'],
  ...['server_sap', 'physical', 'address_bytes', 'mode_e', 'gateway_network', 'gateway_device'],
  ...['auth', 'security', 'suite', 'system_title', 'profile', 'version'],
];
/** The title of an endpoint, else the one that the key file of the meter gave. */
const titleOf = (endpoint: string) =>
  `coalesce(nullif(${endpoint}system_title, ''),
    (SELECT k.system_title FROM meter k WHERE k.id = ${endpoint}meter_id))`;
const columns = sql.raw(
  names.map((name) => (name === 'system_title' ? `${titleOf('')} AS system_title` : name)).join(', '),
);

/** SQL of an endpoint as JSON under the names of the program; null where there is none. */
export const endpointJson = sql.raw(
  `CASE WHEN e.meter_id IS NULL THEN NULL ELSE jsonb_build_object(${names
    .map((name) => {
      const shown = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
      return `'${shown}', ${name === 'system_title' ? titleOf('e.') : `e.${name}`}`;
    })
    .join(', ')}) END AS endpoint`,
);

async function titled(db: Work | Base['db'], where: RawBuilder<unknown>): Promise<TitledMeter[]> {
  const { rows } = await sql<TitledMeter>`SELECT m.id AS meter_id, m.serial,
      coalesce(nullif(e.system_title, ''), m.system_title) AS title
    FROM meter m LEFT JOIN meter_endpoint e ON e.meter_id = m.id WHERE ${where} ORDER BY m.id`.execute(db);
  return rows.filter(({ title }) => title !== '');
}

/** Meters of titles, by their own or by that of their endpoint; each side has its index. */
const among = (titles: readonly string[]) =>
  sql`m.id IN (SELECT id FROM meter WHERE system_title = ANY(${[...titles]}::text[]) AND system_title <> ''
    UNION SELECT meter_id FROM meter_endpoint
    WHERE system_title = ANY(${[...titles]}::text[]) AND system_title <> '')`;

async function putOne(db: Work, meterId: number, given: MeterEndpoint, now: Date): Promise<StoredEndpoint> {
  const { protocol, transport, mode, host, port, segment, concentrator } = given;
  const title = given.systemTitle.toLowerCase();
  const others = title === '' ? [] : await titled(db, sql`m.id <> ${meterId} AND ${among([title])}`);
  if (others[0] !== undefined)
    throw registryErrors.ALREADY_EXISTS(`meter ${others[0].serial} has system title ${title}`);
  const { rows } = await sql<StoredEndpoint>`INSERT INTO meter_endpoint AS e (meter_id, protocol,
      transport, mode, host, port, segment, concentrator, client_sap, server_sap, auth, security,
      suite, system_title, profile, physical, address_bytes, mode_e, gateway_network, gateway_device,
      updated_at)
    SELECT id, ${protocol}, ${transport}, ${mode}, ${host}, ${port}::int, ${segment}, ${concentrator},
      ${given.clientSap}::int, ${given.serverSap}::int, ${given.auth}, ${given.security},
      ${given.suite}::smallint, ${title}, ${given.profile}, ${given.physical}::int,
      ${given.addressBytes}::smallint, ${given.modeE}, ${given.gatewayNetwork}::smallint,
      ${given.gatewayDevice.toLowerCase()}, ${now}::timestamptz
      FROM meter WHERE id = ${meterId}
    ON CONFLICT (meter_id) DO UPDATE SET protocol = excluded.protocol,
      transport = excluded.transport, mode = excluded.mode, host = excluded.host,
      port = excluded.port, segment = excluded.segment, concentrator = excluded.concentrator,
      client_sap = excluded.client_sap, server_sap = excluded.server_sap, auth = excluded.auth,
      security = excluded.security, suite = excluded.suite, system_title = excluded.system_title,
      profile = excluded.profile, physical = excluded.physical,
      address_bytes = excluded.address_bytes, mode_e = excluded.mode_e,
      gateway_network = excluded.gateway_network, gateway_device = excluded.gateway_device,
      updated_at = excluded.updated_at, version = e.version + 1
    RETURNING ${columns}`.execute(db);
  if (rows[0] === undefined) throw registryErrors.NOT_FOUND(`meter ${meterId}`);
  return rows[0];
}

export function endpointRepository(base: Base): EndpointRepository {
  return {
    get: (ctx, meterId) =>
      reading(async () => {
        const { rows } = await sql<StoredEndpoint>`SELECT ${columns} FROM meter_endpoint
          WHERE meter_id = ${meterId} AND ${visible(ctx, 'meter', 'meter_id')}`.execute(base.db);
        return rows[0];
      }),
    put: async (ctx, meterId, given, opens = []) => {
      const { protocol, transport, mode, host, port, auth, security, suite, systemTitle } = given;
      const { gatewayNetwork, gatewayDevice } = given;
      return changing(
        base,
        ctx,
        (db, now) => putOne(db, meterId, given, now),
        () => ({
          action: 'update',
          objectKind: 'meter_endpoint',
          objectId: String(meterId),
          // less protection is what one will look for
          data: {
            ...{ protocol, transport, mode, host, port, gatewayNetwork, gatewayDevice },
            ...{ auth, security, suite, systemTitle, ...(opens.length > 0 ? { opens: [...opens] } : {}) },
          },
        }),
      );
    },
    putMany: async (ctx, endpoints) => {
      await changing(
        base,
        ctx,
        async (db, now) => {
          for (const { meterId, ...given } of endpoints) await putOne(db, meterId, given, now);
        },
        () => ({
          action: 'update',
          objectKind: 'meter_endpoint',
          objectId: '*',
          data: { meterIds: endpoints.map(({ meterId }) => meterId) },
        }),
      );
    },
    remove: async (ctx, meterId) => {
      await changing(
        base,
        ctx,
        async (db) => {
          const { numAffectedRows } =
            await sql`DELETE FROM meter_endpoint WHERE meter_id = ${meterId}`.execute(db);
          if (numAffectedRows !== 1n) throw registryErrors.NOT_FOUND(`endpoint of meter ${meterId}`);
        },
        () => ({ action: 'delete', objectKind: 'meter_endpoint', objectId: String(meterId) }),
      );
    },
    list: (ctx, query = {}) => {
      requireAll(ctx);
      return reading(async () => {
        const { meterIds } = query;
        const of = meterIds ? sql`meter_id = ANY(${[...meterIds]}::int[])` : sql`true`;
        const { rows } = await sql<StoredEndpoint>`SELECT ${columns} FROM meter_endpoint
          WHERE ${of} AND meter_id > ${query.afterMeterId ?? 0} ORDER BY meter_id
          LIMIT ${meterIds?.length ?? limitOf(query.limit)}`.execute(base.db);
        return rows;
      });
    },
    hasConcentrator: (ctx, name) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql`SELECT 1 FROM meter_endpoint
          WHERE concentrator = ${name} AND concentrator <> '' LIMIT 1`.execute(base.db);
        return rows.length > 0;
      });
    },
    ...titlesOf(base),
  };
}

function titlesOf(base: Base): Pick<EndpointRepository, 'findByTitle' | 'titles' | 'noteTitles'> {
  return {
    findByTitle: (ctx, systemTitle) => {
      requireAll(ctx);
      const title = systemTitle.toLowerCase();
      return reading(async () =>
        (await titled(base.db, among([title]))).find((meter) => meter.title === title),
      );
    },
    titles: (ctx, { meterIds, titles }) => {
      requireAll(ctx);
      const wanted = titles.map((title) => title.toLowerCase());
      return reading(() => titled(base.db, sql`(m.id = ANY(${[...meterIds]}::int[]) OR ${among(wanted)})`));
    },
    noteTitles: async (ctx, titles) => {
      requireAll(ctx);
      const rows = JSON.stringify(titles.map(({ meterId, title }) => ({ id: meterId, title })));
      await writing(
        base,
        ctx,
        (db) =>
          sql`UPDATE meter m SET system_title = x.title
            FROM (SELECT min(id) AS id, lower(title) AS title FROM json_to_recordset(${rows}::json)
              AS x(id int, title text) GROUP BY lower(title)) x
            WHERE m.id = x.id AND m.system_title = '' AND NOT EXISTS (
              SELECT FROM meter o LEFT JOIN meter_endpoint e ON e.meter_id = o.id
              WHERE o.id <> m.id AND (o.system_title = x.title OR e.system_title = x.title))`.execute(db),
        () => ({
          action: 'note_title',
          objectKind: 'meter',
          objectId: titles.length === 1 ? String(titles[0]!.meterId) : '*',
          data: { titles: titles.slice(0, 100) },
        }),
      );
    },
  };
}
