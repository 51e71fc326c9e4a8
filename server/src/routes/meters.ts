/** Meters: the table, one meter, create and change, installation and exchange. */
import type { MeterListItem } from '@openami/store';
import type { AppContext } from '../context.ts';
import { Done, IdParams } from '../contract/common.ts';
import * as c from '../contract/meters.ts';
import { MeterBody, MeterPatch } from '../contract/registry.ts';
import { serverErrors } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { entityTag, ifMatch } from '../http/etag.ts';
import { access } from '../http/guard.ts';
import { channelInput } from '../services/channel-input.ts';
import { readMeter } from '../services/meter-detail.ts';

const tags = ['meters'];
const read = { permission: 'meters:read' } as const;
const write = { permission: 'meters:write' } as const;

/** Registers the routes. */
export function meterRoutes(app: App, context: AppContext): void {
  listRoute(app, context);
  detailRoute(app, context);
  createRoute(app, context);
  changeRoute(app, context);
  installRoutes(app, context);
  exchangeRoute(app, context);
}

function listRoute(app: App, { registry, heard }: AppContext): void {
  app.get(
    '/api/v1/meters',
    {
      config: read,
      schema: { tags, summary: 'List meters', querystring: c.MeterQuery, response: { 200: c.MeterList } },
    },
    async (request) => {
      const { readStatus, ...query } = request.query;
      const within = readStatus ? heard.meters(readStatus) : {};
      const page = await registry.meters.list(access(request), { ...query, ...within });
      const items = page.items.map((item) => showItem(item, heard.of(item.id)));
      return { items, next: page.next, total: page.total };
    },
  );
}

function showItem(item: MeterListItem, lastEnd: number): c.MeterItem {
  const { id, serial, manufacturer, model, commodity, state, usagePointCode, address, account } = item;
  return {
    ...{ id, serial, manufacturer, model, commodity, state, usagePointCode, address, account },
    lastReadingAt: lastEnd === 0 ? null : new Date(lastEnd * 1000).toISOString(),
    firmware: item.firmware,
    protocol: item.protocol,
  };
}

function detailRoute(app: App, context: AppContext): void {
  app.get(
    '/api/v1/meters/:id',
    {
      config: read,
      schema: {
        tags,
        summary: 'One meter with its channels, installations and customer',
        params: IdParams,
        response: { 200: c.MeterDetail },
      },
    },
    async (request, reply) => {
      const { meter, shown } = await readMeter(context, access(request), request.params.id);
      reply.header('etag', entityTag(meter.version));
      return shown;
    },
  );
}

function createRoute(app: App, context: AppContext): void {
  const { registry, directory } = context;
  app.post(
    '/api/v1/meters',
    {
      config: write,
      schema: {
        tags,
        summary: 'Create a meter, with channels',
        body: MeterBody,
        response: { 201: c.MeterDetail },
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const { channels = [], ...body } = request.body;
      // a wrong channel must not leave a meter behind
      const wanted = channels.map((channel) => channelInput(channel, body.commodity));
      const aliases = wanted.map(({ alias }) => alias);
      const twice = aliases.find((alias, i) => aliases.indexOf(alias) !== i);
      if (twice !== undefined) {
        throw serverErrors.VALIDATION_FAILED(`Two channels are called "${twice}"; give each an alias`);
      }
      const meter = await registry.meters.create(ctx, body);
      for (const channel of wanted) await registry.channels.create(ctx, { ...channel, meterId: meter.id });
      await directory.refresh();
      const { shown } = await readMeter(context, ctx, meter.id);
      reply.code(201).header('location', `/api/v1/meters/${meter.id}`);
      reply.header('etag', entityTag(meter.version));
      return shown;
    },
  );
}

function changeRoute(app: App, context: AppContext): void {
  const { registry, directory } = context;
  app.patch(
    '/api/v1/meters/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Change a meter',
        description: 'Send the ETag as If-Match to be sure that nobody changed it in between.',
        params: IdParams,
        body: MeterPatch,
        response: { 200: c.MeterDetail },
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const meter = await registry.meters.update(ctx, request.params.id, request.body, ifMatch(request));
      await directory.refresh();
      const { shown } = await readMeter(context, ctx, meter.id);
      reply.header('etag', entityTag(meter.version));
      return shown;
    },
  );
}

function installRoutes(app: App, { registry, directory }: AppContext): void {
  app.post(
    '/api/v1/meters/:id/install',
    {
      config: write,
      schema: {
        tags,
        summary: 'Install a meter at a usage point',
        params: IdParams,
        body: c.InstallBody,
        response: { 200: Done },
      },
    },
    async (request) => {
      const { usagePointId, at } = request.body;
      const input = { meterId: request.params.id, usagePointId, at: new Date(at) };
      await registry.installations.install(access(request), input);
      await directory.refresh();
      return { ok: true } as const;
    },
  );
  app.post(
    '/api/v1/meters/:id/remove',
    {
      config: write,
      schema: {
        tags,
        summary: 'Remove a meter from its usage point',
        params: IdParams,
        body: c.RemoveBody,
        response: { 200: Done },
      },
    },
    async (request) => {
      const input = { meterId: request.params.id, at: new Date(request.body.at) };
      await registry.installations.remove(access(request), input);
      await directory.refresh();
      return { ok: true } as const;
    },
  );
}

function exchangeRoute(app: App, context: AppContext): void {
  const { registry, directory, pendingReadings } = context;
  app.post(
    '/api/v1/usage-points/:id/exchange',
    {
      config: write,
      schema: {
        tags,
        summary: 'Exchange the meter of a usage point at an instant, with register readings of both',
        params: IdParams,
        body: c.ExchangeBody,
        response: { 200: Done },
      },
    },
    async (request) => {
      const { at, ...body } = request.body;
      await registry.installations.exchange(access(request), {
        ...body,
        usagePointId: request.params.id,
        at: new Date(at),
      });
      await directory.refresh();
      // they are in the registry: what fails now is delivered later
      await pendingReadings.deliverSoon();
      return { ok: true } as const;
    },
  );
}
