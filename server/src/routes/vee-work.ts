/** Validation: the work list, days as they were judged, suspensions, how far days are closed. */
import type { Suspension } from '@openami/store';
import type { AppContext } from '../context.ts';
import { IdParams } from '../contract/common.ts';
import * as c from '../contract/vee.ts';
import type { App } from '../http/app-type.ts';
import { dayAsked } from '../http/days.ts';
import { access } from '../http/guard.ts';
import { workKeyOf } from '../http/idempotency.ts';
import { showException } from '../services/vee/show.ts';
import { personOf } from './commands.ts';

const tags = ['validation'];
const read = { permission: 'vee:read' } as const;
const write = { permission: 'vee:write' } as const;

/** Registers the routes. */
export function veeWorkRoutes(app: App, context: AppContext): void {
  exceptionRoutes(app, context);
  dayRoutes(app, context);
  suspensionRoutes(app, context);
}

function exceptionRoutes(app: App, { vee, registry }: AppContext): void {
  app.get(
    '/api/v1/vee/work',
    {
      config: read,
      schema: {
        tags,
        summary: 'Open exceptions grouped by likely cause, what moves bills most first',
        response: { 200: c.ExceptionGroups },
      },
    },
    async () => vee.workList.groups(),
  );
  app.get(
    '/api/v1/vee/exceptions',
    {
      config: read,
      schema: {
        tags,
        summary: 'Exceptions, newest first',
        querystring: c.ExceptionQuery,
        response: { 200: c.ExceptionList },
      },
    },
    async (request) => {
      const { ids, ...query } = request.query;
      const { items, next, total } = await registry.exceptions.list(access(request), {
        ...query,
        ...(ids === undefined ? {} : { ids: ids.split(',').map(Number) }),
      });
      await vee.book.load(items.map(({ channelId }) => channelId));
      return { items: items.map((one) => showException(one, vee.book.get(one.channelId))), next, total };
    },
  );
  app.get(
    '/api/v1/vee/exceptions/:id',
    {
      config: read,
      schema: { tags, summary: 'An exception', params: IdParams, response: { 200: c.ExceptionItem } },
    },
    async (request) => {
      const found = await registry.exceptions.get(access(request), request.params.id);
      await vee.book.load([found.channelId]);
      return showException(found, vee.book.get(found.channelId));
    },
  );
  app.post(
    '/api/v1/vee/exceptions/decide',
    {
      config: write,
      schema: {
        tags,
        summary: 'Decide many exceptions with one reason',
        description:
          'Each becomes an edit of its own, so each can be undone; one that cannot be decided is named in ' +
          '`failed` and holds up none of the others. Large ones wait for a second person.',
        body: c.BulkBody,
        response: { 200: c.BulkAnswer },
      },
    },
    async (request) =>
      vee.workList.decide(access(request), await personOf(request, registry), {
        ...request.body,
        key: workKeyOf(request),
      }),
  );
  app.post(
    '/api/v1/vee/exceptions/reopen',
    {
      config: write,
      schema: {
        tags,
        summary: 'Open exceptions again that were decided without an edit',
        description: 'Those that an edit decided are opened again when the edit is undone.',
        body: c.ReopenBody,
        response: { 200: c.ReopenAnswer },
      },
    },
    async (request) => {
      const { exceptionIds, reason } = request.body;
      return { opened: await registry.exceptions.reopenAlone(access(request), exceptionIds, reason) };
    },
  );
}

function dayRoutes(app: App, { vee }: AppContext): void {
  app.get(
    '/api/v1/vee/days/:channel/:day',
    {
      config: read,
      schema: {
        tags,
        summary: 'A local day of a channel: measured, current, proposed, neighbours, registers, events',
        params: c.VeeDayParams,
        response: { 200: c.VeeDay },
      },
    },
    async (request) => {
      const { channel, day } = request.params;
      dayAsked('day', day);
      return vee.days.of(channel, day);
    },
  );
  app.get(
    '/api/v1/vee/state',
    {
      config: read,
      schema: { tags, summary: 'How far days are closed', response: { 200: c.VeeStateItem } },
    },
    async () => {
      const { closing, zones, waiting, trouble, totals } = vee.state;
      return {
        closing,
        zones: [...zones],
        ...{ waiting, trouble },
        suspensions: vee.suspensions.live.length,
        totals: { ...totals },
      };
    },
  );
}

function show({ fromAt, untilAt, ...rest }: Suspension): c.SuspensionItem {
  return { ...rest, fromAt: fromAt.toISOString(), untilAt: untilAt?.toISOString() ?? null };
}

function suspensionRoutes(app: App, { vee, registry, requireWriter }: AppContext): void {
  app.get(
    '/api/v1/vee/suspensions',
    {
      config: read,
      schema: {
        tags,
        summary: 'Where nothing is estimated for now, and where nothing was; newest first',
        response: { 200: c.SuspensionList },
      },
    },
    async (request) => (await registry.suspensions.list(access(request), { limit: 200 })).map(show),
  );
  app.post(
    '/api/v1/vee/suspensions',
    {
      config: write,
      schema: {
        tags,
        summary: 'Suspend estimation: the data is expected later',
        body: c.SuspensionBody,
        response: { 201: c.SuspensionItem },
      },
    },
    async (request, reply) => {
      requireWriter();
      const { kind, target = '', reason } = request.body;
      const started = await vee.suspensions.start(access(request), { kind, target, reason });
      return reply.code(201).send(show(started));
    },
  );
  app.post(
    '/api/v1/vee/suspensions/:id/end',
    {
      config: write,
      schema: {
        tags,
        summary: 'Estimate again; days closed meanwhile are closed once more',
        params: IdParams,
        response: { 200: c.SuspensionItem },
      },
    },
    async (request) => {
      requireWriter();
      const ended = await registry.suspensions.end(access(request), request.params.id);
      await vee.suspensions.load();
      await vee.resume();
      return show(ended);
    },
  );
}
