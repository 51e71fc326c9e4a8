/** The overview, read success, map, search and live stream. */
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import * as c from '../contract/overview.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';

const tags = ['overview'];

/** Registers the routes. */
export function overviewRoutes(app: App, context: AppContext): void {
  const { overview, success, registry } = context;
  const config = { permission: 'overview:read' } as const;
  app.get(
    '/api/v1/overview',
    { config, schema: { tags, summary: 'State of the whole system', response: { 200: c.Overview } } },
    async () => overview.read(),
  );
  app.get(
    '/api/v1/read-success',
    {
      config,
      schema: {
        tags,
        summary: 'Readings expected, present and in time, by local day',
        querystring: c.ReadSuccessQuery,
        response: { 200: c.ReadSuccess },
      },
    },
    async (request) => success.days(request.query.days ?? 30),
  );
  app.get(
    '/api/v1/map',
    {
      config: { permission: 'meters:read' },
      schema: {
        tags,
        summary: 'Usage points and network nodes with their place',
        response: { 200: c.MapData },
      },
    },
    async (request) => {
      const ctx = access(request);
      const [points, nodes] = await Promise.all([registry.map.points(ctx), registry.map.nodes(ctx)]);
      return {
        points: { ...points, meterId: points.meterId.map((id) => (id === 0 ? null : id)) },
        nodes: nodes.map(({ id, kind, lon, lat, parentId, name }) => ({
          id,
          kind,
          lon,
          lat,
          parentId,
          name,
        })),
      };
    },
  );
  searchRoute(app, context);
  streamRoute(app, context);
}

function searchRoute(app: App, { registry }: AppContext): void {
  app.get(
    '/api/v1/search',
    {
      config: { permission: 'meters:read' },
      schema: {
        tags,
        summary: 'One box: serial, address, account, customer, usage point',
        querystring: c.SearchQuery,
        response: { 200: Type.Array(c.SearchHit) },
      },
    },
    async (request) => {
      const { q, limit } = request.query;
      const hits = await registry.search.find(access(request), q, limit);
      return hits.map(({ kind, id, title, subtitle }) => ({
        kind,
        id,
        meterId: kind === 'meter' ? id : null,
        title,
        subtitle,
      }));
    },
  );
}

function streamRoute(app: App, { hub, live, registry }: AppContext): void {
  app.get(
    '/api/v1/stream',
    {
      // a HEAD would hold a stream open that carries nothing
      exposeHeadRoute: false,
      config: { permission: 'overview:read' },
      schema: {
        tags,
        summary: 'Live figures, events and import progress; with `meter`, its readings too',
        description:
          'Server-sent events: overview, meter-event, import, command, command-order, campaign, reading.',
        querystring: c.StreamQuery,
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const { meter } = request.query;
      const ctx = access(request);
      const channels = meter === undefined ? [] : await registry.channels.ofMeters(ctx, [meter]);
      const caller = `${ctx.actor.kind} ${ctx.actor.id}`;
      // from here on nothing waits: what there is room for now is there below
      hub.checkRoom(caller);
      reply.hijack();
      const unwatch = live.watch(channels);
      reply.raw.on('close', unwatch);
      const headers = reply.getHeaders() as Record<string, string>;
      hub.add(reply.raw, caller, new Set(channels.map((channel) => channel.id)), headers);
    },
  );
}
