/** Keys of meters: state, age, versions, import, check; never the key. Rotations: key-rotations.ts. */
import type { KeyCheck } from '@openami/headend';
import type { MeterKey } from '@openami/model';
import type { KeyImportRecord } from '@openami/store';
import type { AppContext } from '../context.ts';
import { IdParams } from '../contract/common.ts';
import * as c from '../contract/keys.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { bodyOf, streamBodies } from '../http/stream-body.ts';

const tags = ['keys'];
const read = { permission: 'keys:read' } as const;
const write = { permission: 'keys:write' } as const;
const iso = (at: Date | null) => at?.toISOString() ?? null;

/** Registers the routes. */
export function keyRoutes(app: App, context: AppContext): void {
  fleetRoutes(app, context);
  meterRoutes(app, context);
  app.register(async (scope) => {
    streamBodies(scope);
    importRoute(scope as unknown as App, context);
  });
}

function fleetRoutes(app: App, { registry, keys, names }: AppContext): void {
  app.get(
    '/api/v1/keys',
    {
      config: read,
      schema: {
        tags,
        summary: 'How many keys there are of each kind, state and suite, and how old the oldest is',
        response: { 200: c.KeySummaryList },
      },
    },
    async (request) =>
      (await registry.meterKeys.summary(access(request))).map(({ oldestAt, ...one }) => ({
        ...one,
        oldestAt: oldestAt.toISOString(),
      })),
  );
  app.get(
    '/api/v1/keys/overdue',
    {
      config: read,
      schema: {
        tags,
        summary: 'Meters whose keys are older than the policy allows, or have used half their counters',
        querystring: c.KeyAgeQuery,
        response: { 200: c.KeyAgeList },
      },
    },
    async (request) => {
      const { after = 0, limit = 100 } = request.query;
      const { items, total } = await keys.overdue(access(request), { afterMeterId: after, limit });
      return {
        ...{ maxAgeDays: keys.maxAgeDays, total },
        items: items.map(({ oldestAt, ...one }) => ({ ...one, oldestAt: oldestAt.toISOString() })),
      };
    },
  );
  app.get(
    '/api/v1/keys/imports',
    {
      config: read,
      schema: {
        tags,
        summary: 'Imports of key files, the newest first, with what was refused and why',
        response: { 200: c.KeyImportList },
      },
    },
    async (request) => {
      const nameOf = await names.names();
      return (await registry.keyImports.list(access(request), 20)).map((one) => ({
        ...showImport(one),
        importedByName: nameOf(one.importedBy),
      }));
    },
  );
}

function showKey(key: MeterKey): c.MeterKeyItem {
  const { kind, version, state, suite, origin, createdAt, activatedAt, provenAt, retiredAt } = key;
  return {
    ...{ kind, version, state, suite, origin, createdAt: createdAt.toISOString() },
    ...{ activatedAt: iso(activatedAt), provenAt: iso(provenAt), retiredAt: iso(retiredAt) },
  };
}

const showCheck = ({ keys, verdict, error }: KeyCheck): c.KeyCheckAnswer['meter'][number] => ({
  ...{ keys: keys.map((key) => ({ ...key })), verdict },
  error: error === undefined ? null : { code: error.code, detail: error.message, hint: error.hint },
});

function meterRoutes(app: App, { registry, keys }: AppContext): void {
  const url = '/api/v1/meters/:id/keys';
  const list = async (ctx: ReturnType<typeof access>, id: number) =>
    (
      await registry.meterKeys.list(ctx, {
        meterIds: [id],
        states: ['staged', 'active', 'previous', 'retired'],
      })
    ).map(showKey);
  app.get(
    url,
    {
      config: read,
      schema: {
        ...{ tags, summary: 'Versions of the keys of a meter', params: IdParams },
        response: { 200: c.MeterKeyList },
      },
    },
    (request) => list(access(request), request.params.id),
  );
  app.post(
    `${url}/check`,
    {
      config: write,
      schema: {
        ...{ tags, summary: 'Check the keys against the meter and what it sent', params: IdParams },
        description:
          'Opens an association under each set of keys the meter may use, and tries them on its last ' +
          'telegrams. With `telegram`, that one alone is looked at and the meter is left in peace.',
        body: c.KeyCheckBody,
        response: { 200: c.KeyCheckAnswer },
      },
    },
    async (request) => {
      const found = await keys.check(access(request), request.params.id, request.body.telegram);
      const { meter, meterError, telegrams, telegramsLooked } = found;
      return {
        ...{ meter: meter.map(showCheck), telegrams: telegrams.map(showCheck), telegramsLooked },
        meterError: meterError ? { code: meterError.code, detail: meterError.message } : null,
      };
    },
  );
  app.post(
    `${url}/settle`,
    {
      config: write,
      schema: {
        ...{ tags, summary: 'Take a staged key for the one in use, or give it up', params: IdParams },
        body: c.KeySettleBody,
        response: { 200: c.MeterKeyList },
      },
    },
    async (request) => {
      await keys.settle(access(request), request.params.id, request.body);
      return list(access(request), request.params.id);
    },
  );
}

function showImport({
  importedAt,
  counts,
  rejects,
  error,
  ...one
}: KeyImportRecord): Omit<c.KeyImportItem, 'importedByName'> {
  return {
    ...{ ...one, registered: 0, ...counts, importedAt: importedAt.toISOString() },
    ...{ rejects: rejects.map((each) => ({ ...each })), error: error && { ...error } },
  };
}

function importRoute(app: App, { keys }: AppContext): void {
  app.post(
    '/api/v1/keys/import',
    {
      config: write,
      schema: {
        tags,
        summary: 'Import a key file',
        description:
          'The body is the file: a table with a header row, or XML. Rows are taken one by one; a bad one ' +
          'costs only itself. The file is not kept; what it came to is. With `register` it is the list of ' +
          'a delivery: meters that are not known are registered as in stock.',
        querystring: c.KeyImportQuery,
        headers: c.KeyImportHeaders,
        response: { 200: c.KeyImportAnswer },
      },
    },
    async (request) => {
      const { name = '', format = 'csv', encoding = 'hex', suite = 0, different = 'reject' } = request.query;
      const { mapping, register } = request.query;
      const transportKey = request.headers['x-transport-key'];
      const record = await keys.import(access(request), bodyOf(request), {
        ...{ name, format, encoding, suite: suite as 0 | 1 | 2, different },
        ...(mapping === undefined ? {} : { mapping }),
        ...(register === undefined ? {} : { register }),
        ...(transportKey === undefined ? {} : { transportKey }),
      });
      const { name: _, importedBy: __, importedAt: ___, ...answer } = showImport(record);
      return answer;
    },
  );
}
