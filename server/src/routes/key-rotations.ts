/** Rotations of keys: of one meter, of a group, and how far all of them are. */
import type { RotationState } from '@openami/headend';
import type { KeyRotation } from '@openami/store';
import type { AppContext } from '../context.ts';
import { IdParams } from '../contract/common.ts';
import * as c from '../contract/keys.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import type { NameOf } from '../identity/names.ts';

const tags = ['keys'];
const read = { permission: 'keys:read' } as const;
const write = { permission: 'keys:write' } as const;

/** Registers the routes. */
export function keyRotationRoutes(app: App, context: AppContext): void {
  meterRoutes(app, context);
  fleetRoutes(app, context);
}

function showRotation(rotation: KeyRotation, nameOf: NameOf): c.RotationItem {
  const { id, meterId, serial, batch, what, state, step, error, createdBy } = rotation;
  const progress = rotation.progress as RotationState;
  const { units, unit, sends, refusals, graceUntilS } = progress;
  return {
    ...{ id, meterId, serial, batch, what, state, step, error: error && { ...error }, createdBy },
    createdByName: nameOf(createdBy),
    ...{ unit: Math.min(unit + 1, units.length), sends, refusals },
    units: units.map(({ kinds, suite }) => ({ kinds: [...kinds], suite })),
    graceUntil: graceUntilS > 0 ? new Date(graceUntilS * 1000).toISOString() : null,
    createdAt: rotation.createdAt.toISOString(),
    updatedAt: rotation.updatedAt.toISOString(),
    finishedAt: rotation.finishedAt?.toISOString() ?? null,
  };
}

/** What a wish says, with a suite only where one is named. */
function wishOf({ kinds, suite }: { readonly kinds: c.RotationGroupBody['kinds']; readonly suite?: number }) {
  return { kinds, ...(suite === undefined ? {} : { suite: suite as 0 | 1 | 2 }) };
}

function meterRoutes(app: App, { registry, rotations, names }: AppContext): void {
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
      const nameOf = await names.names();
      const found = await registry.rotations.list(access(request), { meterId: request.params.id });
      return found.map((one) => showRotation(one, nameOf));
    },
  );
  app.post(
    url,
    {
      config: write,
      schema: {
        tags,
        summary: 'Rotate keys of a meter, or upgrade its security suite',
        params: IdParams,
        body: c.RotationBody,
        response: { 201: c.RotationItem },
      },
    },
    async (request, reply) => {
      reply.code(201);
      const begun = await rotations.begin(access(request), request.params.id, wishOf(request.body));
      return showRotation(begun, await names.names());
    },
  );
}

function fleetRoutes(app: App, { registry, rotations, keys, names }: AppContext): void {
  const url = '/api/v1/keys/rotations';
  app.get(
    url,
    {
      config: read,
      schema: {
        tags,
        summary: 'Rotations of the fleet, the newest first',
        querystring: c.RotationQuery,
        response: { 200: c.RotationList },
      },
    },
    async (request) => {
      const { state, batch, before, limit = 100 } = request.query;
      const query = {
        ...{ limit, ...(state ? { state } : {}), ...(batch === undefined ? {} : { batch }) },
        ...(before === undefined ? {} : { beforeId: before }),
      };
      const nameOf = await names.names();
      return (await registry.rotations.list(access(request), query)).map((one) => showRotation(one, nameOf));
    },
  );
  app.get(
    `${url}/progress`,
    {
      config: read,
      schema: {
        tags,
        summary: 'How many rotations are at which step, by the name they were begun under',
        response: { 200: c.RotationProgress },
      },
    },
    async (request) =>
      (await registry.rotations.progress(access(request))).map(({ begunAt, ...one }) => ({
        ...one,
        begunAt: begunAt.toISOString(),
      })),
  );
  app.post(
    url,
    {
      config: write,
      schema: {
        tags,
        summary: 'Rotate keys of a group of meters, up to a limit',
        description:
          'Meters that are being rotated already, or cannot be reached, are left out. Ask again to go on ' +
          'with the rest of the group.',
        body: c.RotationGroupBody,
        response: { 201: c.RotationGroupAnswer },
      },
    },
    async (request, reply) => {
      reply.code(201);
      const { overdue, kinds, suite, ...rest } = request.body;
      return rotations.beginMany(access(request), {
        ...{ ...rest, ...wishOf({ kinds, ...(suite === undefined ? {} : { suite }) }) },
        ...(overdue ? { before: keys.overdueBefore() } : {}),
      });
    },
  );
  app.post(
    `${url}/:id/cancel`,
    {
      config: write,
      schema: {
        tags,
        summary: 'Give up a rotation that has not sent anything yet',
        params: IdParams,
        response: { 200: c.RotationItem },
      },
    },
    async (request) =>
      showRotation(await rotations.cancel(access(request), request.params.id), await names.names()),
  );
}
