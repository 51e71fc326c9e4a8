/** Keys of meters: state, age, versions, import, rotation; never the key. */
import { readKeyFile } from '@openami/exchange';
import { importKeys } from '@openami/headend';
import type { KeyRotation } from '@openami/store';
import type { AppContext } from '../context.ts';
import * as c from '../contract/collection.ts';
import { IdParams } from '../contract/common.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { bodyOf, streamBodies } from '../http/stream-body.ts';
import type { NameOf } from '../identity/names.ts';

const tags = ['keys'];
const read = { permission: 'keys:read' } as const;
const write = { permission: 'keys:write' } as const;

/** Registers the routes. */
export function keyRoutes(app: App, context: AppContext): void {
  lookRoutes(app, context);
  rotationRoutes(app, context);
  app.register(async (scope) => {
    streamBodies(scope);
    importRoute(scope as unknown as App, context);
  });
}

function lookRoutes(app: App, { registry }: AppContext): void {
  app.get(
    '/api/v1/keys',
    {
      config: read,
      schema: {
        tags,
        summary: 'How many keys there are of each kind and state, and how old the oldest is',
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
    '/api/v1/meters/:id/keys',
    {
      config: read,
      schema: {
        tags,
        summary: 'Versions of the keys of a meter',
        params: IdParams,
        response: { 200: c.MeterKeyList },
      },
    },
    async (request) => {
      const keys = await registry.meterKeys.list(access(request), {
        meterIds: [request.params.id],
        states: ['staged', 'active', 'previous', 'retired'],
      });
      return keys.map(({ kind, version, state, suite, origin, createdAt }) => ({
        ...{ kind, version, state, suite, origin, createdAt: createdAt.toISOString() },
      }));
    },
  );
}

function showRotation(rotation: KeyRotation, nameOf: NameOf): c.RotationItem {
  const { id, meterId, what, state, step, error, createdBy, createdAt, finishedAt } = rotation;
  return {
    ...{ id, meterId, what, state, step, error: error && { ...error }, createdBy },
    createdByName: nameOf(createdBy),
    ...{ createdAt: createdAt.toISOString(), finishedAt: finishedAt?.toISOString() ?? null },
  };
}

function rotationRoutes(app: App, { registry, rotations, names }: AppContext): void {
  const url = '/api/v1/meters/:id/rotations';
  app.get(
    url,
    {
      config: read,
      schema: {
        tags,
        summary: 'Rotations of the keys of a meter, the newest first',
        params: IdParams,
        response: { 200: c.RotationList },
      },
    },
    async (request) => {
      const found = await registry.rotations.list(access(request), { meterId: request.params.id });
      const nameOf = await names.names();
      return found.map((rotation) => showRotation(rotation, nameOf));
    },
  );
  app.post(
    url,
    {
      config: write,
      schema: {
        tags,
        summary: 'Rotate keys of a meter',
        params: IdParams,
        body: c.RotationBody,
        response: { 201: c.RotationItem },
      },
    },
    async (request, reply) => {
      reply.code(201);
      const { id } = request.params;
      const begun = await rotations.begin(access(request), id, request.body.kinds);
      return showRotation(begun, await names.names());
    },
  );
}

function importRoute(app: App, { registry, dlms }: AppContext): void {
  app.post(
    '/api/v1/keys/import',
    {
      config: write,
      schema: {
        tags,
        summary: 'Import a key file',
        description:
          'The body is the file: a table with a header row, or XML. Rows are taken one by one; a bad one ' +
          'costs only itself. The file is not kept.',
        querystring: c.KeyImportQuery,
        response: { 200: c.KeyImportAnswer },
      },
    },
    async (request) => {
      const { format = 'csv', encoding = 'hex', suite = 0, different = 'reject' } = request.query;
      let touched: number[] = [];
      const answer = await importKeys(access(request), readKeyFile(bodyOf(request), { format }), {
        ...{ vault: await dlms.vault(), store: registry.meterKeys, encoding, different },
        suite: suite as 0 | 1 | 2,
        metersOf: async (ctx, serials) => {
          const found = new Map<string, number>();
          for (const serial of serials) {
            const meter = await registry.meters.find(ctx, serial);
            if (meter !== undefined) found.set(serial, meter.id);
          }
          touched = [...found.values()];
          return found;
        },
      });
      dlms.forget(...touched);
      return { ...answer, rejects: answer.rejects.map((each) => ({ ...each })) };
    },
  );
}
