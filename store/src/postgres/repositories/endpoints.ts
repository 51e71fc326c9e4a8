/** How meters are reached. */
import { sql } from 'kysely';
import type { EndpointInput, EndpointRepository, MeterEndpoint } from '../command-store.ts';
import { registryErrors } from '../errors.ts';
import type { Work } from './audit-chain.ts';
import { type Base, limitOf, reading, requireAll, visible, writing } from './base.ts';

const names = [
  ...['meter_id', 'protocol', 'transport', 'mode', 'host', 'port', 'segment', 'concentrator', 'client_sap'],
  ...['server_sap', 'physical', 'address_bytes', 'mode_e', 'gateway_network', 'gateway_device'],
  ...['auth', 'security', 'suite', 'system_title', 'profile', 'version'],
];
const columns = sql.raw(names.join(', '));

/** SQL of an endpoint as JSON under the names of the program; null where there is none. */
export const endpointJson = sql.raw(
  `CASE WHEN e.meter_id IS NULL THEN NULL ELSE jsonb_build_object(${names
    .map((name) => `'${name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}', e.${name}`)
    .join(', ')}) END AS endpoint`,
);

async function putOne(db: Work, meterId: number, given: EndpointInput, now: Date): Promise<MeterEndpoint> {
  const { protocol, transport, mode, host, port, segment, concentrator } = given;
  const title = given.systemTitle.toLowerCase();
  const { rows } = await sql<MeterEndpoint>`INSERT INTO meter_endpoint AS e (meter_id, protocol,
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
        const { rows } = await sql<MeterEndpoint>`SELECT ${columns} FROM meter_endpoint
          WHERE meter_id = ${meterId} AND ${visible(ctx, 'meter', 'meter_id')}`.execute(base.db);
        return rows[0];
      }),
    put: async (ctx, meterId, given) => {
      requireAll(ctx);
      const now = new Date(base.clock.nowMs());
      const { protocol, mode, host } = given;
      return writing(
        base,
        ctx,
        (db) => putOne(db, meterId, given, now),
        () => ({
          action: 'update',
          objectKind: 'meter_endpoint',
          objectId: String(meterId),
          data: { protocol, mode, host },
        }),
      );
    },
    putMany: async (ctx, endpoints) => {
      requireAll(ctx);
      const now = new Date(base.clock.nowMs());
      await writing(
        base,
        ctx,
        async (db) => {
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
      requireAll(ctx);
      await writing(
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
        const { meterIds, systemTitles } = query;
        const titles = systemTitles?.filter((title) => title !== '').map((title) => title.toLowerCase());
        const of = meterIds
          ? sql`meter_id = ANY(${[...meterIds]}::int[])`
          : titles
            ? sql`system_title = ANY(${titles}::text[])`
            : sql`true`;
        const { rows } = await sql<MeterEndpoint>`SELECT ${columns} FROM meter_endpoint
          WHERE ${of} AND meter_id > ${query.afterMeterId ?? 0} ORDER BY meter_id
          LIMIT ${meterIds?.length ?? titles?.length ?? limitOf(query.limit)}`.execute(base.db);
        return rows;
      });
    },
    findByTitle: (ctx, systemTitle) => {
      requireAll(ctx);
      return reading(async () => {
        const { rows } = await sql<MeterEndpoint>`SELECT ${columns} FROM meter_endpoint
          WHERE system_title = ${systemTitle.toLowerCase()} AND system_title <> ''`.execute(base.db);
        return rows[0];
      });
    },
  };
}
