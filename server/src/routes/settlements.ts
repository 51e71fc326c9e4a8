/** Settlement totals: asked for, looked at, fetched, and compared with an earlier run. */
import { commodityTable } from '@openami/model';
import type { SettlementRun } from '@openami/store';
import type { AppContext } from '../context.ts';
import { IdParams } from '../contract/common.ts';
import * as c from '../contract/settlement.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { workKeyOf } from '../http/idempotency.ts';
import { streamOf } from '../http/send-text.ts';
import type { NameOf } from '../identity/names.ts';
import { thawed, thawedLines } from '../services/hand-over/frozen.ts';
import { changesCsv, rowsCsv } from '../services/settlement/compare.ts';

const tags = ['settlement'];
const read = { permission: 'billing:read' } as const;
const write = { permission: 'billing:write' } as const;
const params = IdParams;
const produces = ['application/x-ndjson', 'text/csv'];
const types = { jsonl: 'application/x-ndjson; charset=utf-8', csv: 'text/csv; charset=utf-8' } as const;

/** Registers the routes. */
export function settlementRoutes(app: App, context: AppContext): void {
  runRoutes(app, context);
  rowRoutes(app, context);
}

function show(run: SettlementRun, nameOf: NameOf): c.SettlementItem {
  const { id, label, grouping, commodity, state, error, sha256, bytes, groups } = run;
  return {
    ...{ id, label, grouping, commodity, state, error, sha256, bytes },
    unit: commodityTable[commodity].baseUnits[0] === 'Wh' ? 'kWh' : 'm3',
    ...{ from: run.fromAt.toISOString(), to: run.toAt.toISOString(), intervalMinutes: run.intervalS / 60 },
    readingRevision: run.revision,
    groups: groups as unknown as c.SettlementGroup[],
    ...{ createdAt: run.createdAt.toISOString(), createdByName: nameOf(run.createdBy) },
  };
}

function runRoutes(app: App, { registry, settlements, names }: AppContext): void {
  app.get(
    '/api/v1/settlements',
    {
      config: read,
      schema: {
        ...{ tags, summary: 'Settlements, newest first', querystring: c.SettlementListQuery },
        response: { 200: c.SettlementList },
      },
    },
    async (request) => {
      const page = await registry.settlement.list(access(request), request.query);
      const nameOf = await names.names();
      return { ...page, items: page.items.map((run) => show(run, nameOf)) };
    },
  );
  app.post(
    '/api/v1/settlements',
    {
      config: write,
      schema: {
        ...{ tags, summary: 'Work out totals by group and interval, as known at a revision' },
        ...{ body: c.SettlementCreate, response: { 201: c.SettlementItem } },
      },
    },
    async (request, reply) => {
      const run = await settlements.create(access(request), workKeyOf(request), request.body);
      reply.code(201).header('location', `/api/v1/settlements/${run.id}`);
      return show(run, await names.names());
    },
  );
  app.get(
    '/api/v1/settlements/:id',
    {
      config: read,
      schema: { tags, summary: 'A settlement with its groups', params, response: { 200: c.SettlementItem } },
    },
    async (request) =>
      show(await registry.settlement.get(access(request), request.params.id), await names.names()),
  );
}

function rowRoutes(app: App, { registry, settlements }: AppContext): void {
  app.get(
    '/api/v1/settlements/:id/rows',
    {
      config: read,
      schema: {
        ...{ tags, summary: 'Every group in every interval, streamed', params, produces },
        querystring: c.SettlementRowsQuery,
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const { id, sha256 } = await settlements.requireDone(ctx, request.params.id);
      const { format = 'jsonl' } = request.query;
      const rows = await streamOf(
        format === 'csv'
          ? rowsCsv(thawedLines(registry, ctx, 'settlement', id))
          : thawed(registry, ctx, 'settlement', id),
      );
      reply.type(types[format]);
      reply.header('content-disposition', `attachment; filename="settlement-${id}.${format}"`);
      if (format === 'jsonl') reply.header('etag', `"${sha256}"`);
      return reply.send(rows);
    },
  );
  app.get(
    '/api/v1/settlements/:id/changes',
    {
      config: read,
      schema: {
        ...{
          tags,
          summary: 'What differs from another run of the same settlement, streamed',
          params,
          produces,
        },
        querystring: c.SettlementChangesQuery,
      },
    },
    async (request, reply) => {
      const { against, format = 'jsonl' } = request.query;
      const of = await settlements.changes(access(request), request.params.id, against);
      const lines = async function* () {
        for await (const change of of) yield `${JSON.stringify(change)}\n`;
      };
      const shown = await streamOf(format === 'csv' ? changesCsv(of) : lines());
      return reply.type(types[format]).send(shown);
    },
  );
}
