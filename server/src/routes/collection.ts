/** Collection: what is queued and read, the service level, plans, sessions and gaps of meters. */
import { parsePlan, type SessionRecord } from '@openami/headend';
import { formatDay } from '@openami/model';
import type { ReadingPlanRecord } from '@openami/store';
import type { AppContext } from '../context.ts';
import * as c from '../contract/collection.ts';
import { Done, IdParams } from '../contract/common.ts';
import { serverErrors } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { ifMatch } from '../http/etag.ts';
import { access } from '../http/guard.ts';
import { orderKeyOf } from '../http/idempotency.ts';
import { personOf } from './commands.ts';

const tags = ['collection'];
const read = { permission: 'collection:read' } as const;
const write = { permission: 'collection:write' } as const;

/** Registers the routes. */
export function collectionRoutes(app: App, context: AppContext): void {
  stateRoutes(app, context);
  meterRoutes(app, context);
  planRoutes(app, context);
}

const iso = (ms: number) => new Date(ms).toISOString();

function stateRoutes(app: App, { collection, dlms, serviceLevel }: AppContext): void {
  app.get(
    '/api/v1/collection',
    {
      config: read,
      schema: { tags, summary: 'How collection stands', response: { 200: c.CollectionState } },
    },
    async () => {
      const { segments, plannedMs, collector, scheduler } = collection;
      const { sessions: started, ...outcomes } = collector.metrics;
      const totals = { meters: 0, lacking: 0, entries: 0, atRisk: 0, overdue: 0 };
      for (const segment of segments) {
        for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += segment[name];
      }
      return {
        plannedAt: plannedMs === 0 ? null : iso(plannedMs),
        connected: dlms.connected,
        queue: { ...scheduler.counts },
        sessions: { started, ...outcomes },
        totals,
        segments: segments.map((one) => ({ ...one, link: collection.linkOf(one.segment) ?? null })),
      };
    },
  );
  app.get(
    '/api/v1/collection/service-level',
    {
      config: read,
      schema: {
        tags,
        summary: 'Proof of the service level by local day and plan, newest first',
        querystring: c.ServiceLevelQuery,
        response: { 200: c.ServiceLevelList },
      },
    },
    async (request) => {
      const days = await serviceLevel.days(request.query.days ?? 7);
      return days.map(({ day, group, expected, present, levels }) => ({
        ...{ day: formatDay(day), plan: group, expected, present },
        levels: levels.map(({ deadlineS, ...level }) => ({ ...level, deadline: iso(deadlineS * 1000) })),
      }));
    },
  );
}

function showSession(record: SessionRecord): c.SessionItem {
  const { id, purpose, remote, startedMs, durationMs, ok, stage, error, diagnosis } = record;
  const { apdusSent, bytesSent, bytesReceived, recoveredAbove } = record;
  return {
    ...{ id, purpose, remote, startedAt: iso(startedMs), durationMs: Math.round(durationMs), ok },
    ...{ stage: stage ?? null, code: error?.code ?? null, detail: error?.message ?? null },
    diagnosis: diagnosis
      ? {
          outcome: diagnosis.outcome,
          code: diagnosis.error.code,
          detail: diagnosis.error.message,
          hint: diagnosis.error.hint,
        }
      : null,
    ...{ apdusSent, bytesSent, bytesReceived, recoveredAbove: recoveredAbove ?? null },
  };
}

function meterRoutes(app: App, { collection, dlms, registry, commands }: AppContext): void {
  app.get(
    '/api/v1/meters/:id/sessions',
    {
      config: read,
      schema: {
        tags,
        summary: 'The last sessions with a meter, newest first',
        params: IdParams,
        response: { 200: c.SessionList },
      },
    },
    async (request) => dlms.field.book.of(request.params.id).map(showSession),
  );
  app.get(
    '/api/v1/meters/:id/sessions/:session',
    {
      config: { permission: 'frames:read' },
      schema: {
        tags,
        summary: 'What was said in a session, in words and without secrets',
        params: c.SessionParams,
        response: { 200: c.SessionDetail },
      },
    },
    async (request) => {
      const { id, session } = request.params;
      const record = dlms.field.book.of(id).find((one) => one.id === session);
      const lines = await dlms.field.book.lines(id, session);
      if (record === undefined || lines === undefined) {
        throw serverErrors.SESSION_UNKNOWN(`session ${session} of meter ${id}`);
      }
      return {
        ...showSession(record),
        lines: lines.map(({ atMs, side, bytes, counter, text, apdu }) => ({
          ...{ at: atMs === 0 ? null : iso(atMs), side, bytes: bytes ?? null },
          ...{ counter: counter ?? null, text: text ?? null, apdu: apdu ?? null },
        })),
      };
    },
  );
  app.get(
    '/api/v1/meters/:id/gaps',
    {
      config: read,
      schema: {
        tags,
        summary: 'What a meter lacks now, by the store and the plans',
        params: IdParams,
        response: { 200: c.GapList },
      },
    },
    async (request) => {
      const need = await collection.gapsOf(request.params.id);
      const items = (need?.requests ?? []).map(({ plan, item, fromS, toS, entries }) => ({
        ...{ plan: plan.code, kind: item.kind, obis: [...item.obis] },
        ...{ from: iso(fromS * 1000), to: iso(toS * 1000), entries },
      }));
      const deadlines = (need?.work?.deadlines ?? []).map((at) => iso(at * 1000));
      return { items, entries: need?.work?.entries ?? 0, deadlines };
    },
  );
  app.post(
    '/api/v1/meters/:id/read',
    {
      config: { permission: 'commands:write' },
      schema: {
        tags,
        summary: 'Read attributes of a meter now: a command like any other',
        params: IdParams,
        body: c.ReadBody,
        response: { 201: c.ReadOrdered },
      },
    },
    async (request, reply) => {
      const { orderId } = await commands.orders.request(access(request), {
        ...{ kind: 'read', params: request.body, meterIds: [request.params.id], reason: '' },
        key: orderKeyOf(request),
        person: await personOf(request, registry),
      });
      reply.code(201).header('location', `/api/v1/commands/orders/${orderId}`);
      return { orderId };
    },
  );
}

function showPlan({ createdAt, updatedAt, plan, ...record }: ReadingPlanRecord): c.PlanItem {
  return {
    ...{ ...record, plan: plan as Record<string, unknown> },
    ...{ createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() },
  };
}

function planRoutes(app: App, { registry, collection }: AppContext): void {
  const url = '/api/v1/reading-plans';
  app.get(
    url,
    { config: read, schema: { tags, summary: 'Reading plans', response: { 200: c.PlanList } } },
    async (request) => (await registry.readingPlans.list(access(request))).map(showPlan),
  );
  app.put(
    `${url}/:code`,
    {
      config: write,
      schema: {
        tags,
        summary: 'Make or change a reading plan',
        description: 'Send its version as If-Match to be sure that nobody changed it in between.',
        params: c.PlanParams,
        body: c.PlanBody,
        response: { 200: c.PlanItem },
      },
    },
    async (request) => {
      const { code } = request.params;
      const given = { ...request.body, code };
      parsePlan(given);
      const record = await registry.readingPlans.put(access(request), code, given, ifMatch(request));
      void collection.plan();
      return showPlan(record);
    },
  );
  app.delete(
    `${url}/:code`,
    {
      config: write,
      schema: { tags, summary: 'Delete a reading plan', params: c.PlanParams, response: { 200: Done } },
    },
    async (request) => {
      await registry.readingPlans.remove(access(request), request.params.code);
      return { ok: true } as const;
    },
  );
}
