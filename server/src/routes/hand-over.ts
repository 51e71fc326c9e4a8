/** Batches of bills for another system: cut, fetched, acknowledged or refused. */
import { type HandOverBatch, registryErrors } from '@openami/store';
import type { AppContext } from '../context.ts';
import { IdParams } from '../contract/common.ts';
import * as c from '../contract/hand-over.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { streamOf } from '../http/send-text.ts';
import type { NameOf } from '../identity/names.ts';
import { thawed } from '../services/hand-over/frozen.ts';

const tags = ['hand-over'];
const read = { permission: 'handover:read' } as const;
const write = { permission: 'handover:write' } as const;
const params = IdParams;

/** Registers the routes. */
export function handOverRoutes(app: App, context: AppContext): void {
  listRoutes(app, context);
  contentRoutes(app, context);
  writeRoutes(app, context);
  settingRoutes(app, context);
}

function show(batch: HandOverBatch, nameOf: NameOf): c.BatchItem {
  const { id, runId, state, bills, totals, due, sha256, bytes, reason, refused } = batch;
  return {
    ...{ id, runId, state, bills, totals: { ...totals }, due: { ...due }, sha256, bytes, reason, refused },
    ...{ createdAt: batch.createdAt.toISOString(), createdByName: nameOf(batch.createdBy) },
    acknowledgedAt: batch.acknowledgedAt?.toISOString() ?? null,
    acknowledgedByName: nameOf(batch.acknowledgedBy),
  };
}

function listRoutes(app: App, { registry, names }: AppContext): void {
  app.get(
    '/api/v1/hand-over/batches',
    {
      config: read,
      schema: {
        ...{ tags, summary: 'Batches, newest first; or those behind a number, in order' },
        querystring: c.BatchQuery,
        response: { 200: c.BatchList },
      },
    },
    async (request) => {
      const { after, limit = 100, cursor } = request.query;
      const ctx = access(request);
      const nameOf = await names.names();
      if (after !== undefined) {
        const items = await registry.handOver.after(ctx, after, limit);
        return { items: items.map((one) => show(one, nameOf)), next: null, total: items.length };
      }
      const page = await registry.handOver.list(ctx, { limit, ...(cursor !== undefined && { cursor }) });
      return { ...page, items: page.items.map((one) => show(one, nameOf)) };
    },
  );
  app.get(
    '/api/v1/hand-over/batches/:id',
    { config: read, schema: { tags, summary: 'A batch', params, response: { 200: c.BatchItem } } },
    async (request) =>
      show(await registry.handOver.get(access(request), request.params.id), await names.names()),
  );
  app.get(
    '/api/v1/hand-over/bills',
    {
      config: read,
      schema: {
        ...{ tags, summary: 'Bills as they were handed over; newest first' },
        querystring: c.HandedBillQuery,
        response: { 200: c.HandedBillList },
      },
    },
    async (request) => {
      const page = await registry.handOver.bills(access(request), request.query);
      return { ...page, items: page.items.map((one) => ({ ...one })) };
    },
  );
}

function contentRoutes(app: App, { registry, names }: AppContext): void {
  app.get(
    '/api/v1/hand-over/batches/:id/content',
    {
      config: read,
      schema: {
        ...{ tags, summary: 'The content of a batch: lines of JSON, one a bill; the same bytes each time' },
        ...{ params, produces: ['application/x-ndjson'] },
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const { id, sha256, state } = await registry.handOver.get(ctx, request.params.id);
      if (state === 'building') throw registryErrors.HAND_OVER_STATE(`batch ${id} is not whole yet`);
      const content = await streamOf(thawed(registry, ctx, 'batch', id));
      reply.type('application/x-ndjson; charset=utf-8').header('etag', `"${sha256}"`);
      reply.header('content-disposition', `attachment; filename="batch-${id}.jsonl"`);
      return reply.send(content);
    },
  );
  app.post(
    '/api/v1/hand-over/batches/:id/acknowledge',
    {
      config: { permission: 'handover:acknowledge' },
      schema: {
        ...{ tags, summary: 'Acknowledge a batch with what was counted; name the bills that are refused' },
        ...{ params, body: c.BatchReceipt, response: { 200: c.BatchItem } },
      },
    },
    async (request) => {
      const { refused = [], ...receipt } = request.body;
      const { id } = request.params;
      const batch = await registry.handOver.acknowledge(access(request), id, { ...receipt, refused });
      return show(batch, await names.names());
    },
  );
}

function writeRoutes(app: App, { batches, names }: AppContext): void {
  app.post(
    '/api/v1/hand-over/batches',
    {
      config: write,
      schema: {
        ...{ tags, summary: 'Hand over what is issued of a run and was not handed over' },
        ...{ body: c.BatchCreate, response: { 201: c.BatchesMade } },
      },
    },
    async (request, reply) => {
      const made = await batches.cut(access(request), request.body.run);
      const nameOf = await names.names();
      reply.code(201);
      return { items: made.map((one) => show(one, nameOf)) };
    },
  );
  app.post(
    '/api/v1/hand-over/again',
    {
      config: write,
      schema: {
        ...{ tags, summary: 'Hand refused bills over again, in a batch of their own' },
        ...{ body: c.BatchAgain, response: { 201: c.BatchesMade } },
      },
    },
    async (request, reply) => {
      const { bills, reason } = request.body;
      const batch = await batches.cutAgain(access(request), bills, reason);
      reply.code(201);
      return { items: [show(batch, await names.names())] };
    },
  );
}

function settingRoutes(app: App, { batches }: AppContext): void {
  const response = { 200: c.HandOverSettings };
  app.get(
    '/api/v1/hand-over/settings',
    { config: read, schema: { tags, summary: 'How bills are handed over', response } },
    async (request) => batches.settings(access(request)),
  );
  app.put(
    '/api/v1/hand-over/settings',
    {
      config: write,
      schema: { tags, summary: 'Say how bills are handed over', body: c.HandOverSettings, response },
    },
    async (request) => batches.setSettings(access(request), request.body),
  );
}
