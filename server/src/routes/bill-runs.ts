/** Bill cycles and bill runs: started, looked at, approved by a second person, issued. */
import type { BillRun } from '@openami/store';
import type { FastifyRequest } from 'fastify';
import type { AppContext } from '../context.ts';
import * as c from '../contract/bill-runs.ts';
import { IdParams } from '../contract/common.ts';
import type { App } from '../http/app-type.ts';
import { sendEntity } from '../http/etag.ts';
import { access } from '../http/guard.ts';
import { workKeyOf } from '../http/idempotency.ts';
import { showRun } from '../services/billing/show.ts';
import { personOf } from './commands.ts';

const tags = ['billing'];
const read = { permission: 'billing:read' } as const;
const write = { permission: 'billing:write' } as const;
const approve = { permission: 'billing:approve' } as const;

/** Registers the routes. */
export function billRunRoutes(app: App, context: AppContext): void {
  cycleRoutes(app, context);
  runRoutes(app, context);
  releaseRoute(app, context);
  decideRoutes(app, context);
}

function cycleRoutes(app: App, { registry }: AppContext): void {
  app.get(
    '/api/v1/bill-cycles',
    {
      config: read,
      schema: {
        tags,
        summary: 'Bill cycles; accounts of none are billed by the calendar month',
        response: { 200: c.BillCycleList },
      },
    },
    async (request) => (await registry.billCycles.list(access(request))).map((cycle) => ({ ...cycle })),
  );
  app.put(
    '/api/v1/bill-cycles/:name',
    {
      config: write,
      schema: {
        tags,
        summary: 'Make or change a bill cycle, and put accounts in it',
        params: c.BillCycleParams,
        body: c.BillCycleBody,
        response: { 200: c.BillCycleItem },
      },
    },
    async (request) => {
      const ctx = access(request);
      const { name } = request.params;
      const { dayOfMonth, accounts = [] } = request.body;
      const made = await registry.billCycles.put(ctx, { name, dayOfMonth });
      if (accounts.length === 0) return { ...made };
      await registry.billCycles.assign(ctx, name, accounts);
      return { ...(await registry.billCycles.list(ctx)).find((one) => one.name === name)! };
    },
  );
}

/** A run with its figures. */
export async function shownRun(
  { registry, names }: AppContext,
  request: FastifyRequest,
  run: BillRun,
): Promise<c.BillRunItem> {
  const figures = await registry.billRuns.figures(access(request), run.id);
  return showRun(run, figures, await names.names());
}

function runRoutes(app: App, context: AppContext): void {
  const { registry, billing } = context;
  app.get(
    '/api/v1/bill-runs',
    {
      config: read,
      schema: {
        tags,
        summary: 'Bill runs, newest first',
        querystring: c.BillRunQuery,
        response: { 200: c.BillRunList },
      },
    },
    async (request) => {
      const page = await registry.billRuns.list(access(request), request.query);
      const items: c.BillRunItem[] = [];
      for (const run of page.items) items.push(await shownRun(context, request, run));
      return { ...page, items };
    },
  );
  app.post(
    '/api/v1/bill-runs',
    {
      config: write,
      schema: {
        tags,
        summary: 'Start a bill run of a cycle',
        description: 'It goes on by itself; the live stream tells how far it is (`bill-run`).',
        body: c.BillRunCreate,
        response: { 201: c.BillRunItem },
      },
    },
    async (request, reply) => {
      const asked = { key: workKeyOf(request), person: await personOf(request, registry) };
      const run = await billing.createRun(access(request), asked, request.body);
      reply.code(201).header('location', `/api/v1/bill-runs/${run.id}`);
      return shownRun(context, request, run);
    },
  );
  app.get(
    '/api/v1/bill-runs/:id',
    {
      config: read,
      schema: {
        tags,
        summary: 'A bill run: how far it is, what is held back and why',
        params: IdParams,
        response: { 200: c.BillRunItem },
      },
    },
    async (request, reply) => {
      const run = await registry.billRuns.get(access(request), request.params.id);
      const item = await shownRun(context, request, run);
      // bills of a run that is not at its end change without it, and so do entries to come
      if (!['issued', 'cancelled', 'failed'].includes(run.state)) return item;
      return sendEntity(request, reply, run, item) as c.BillRunItem;
    },
  );
}

function releaseRoute(app: App, context: AppContext): void {
  const { registry, billing } = context;
  app.post(
    '/api/v1/bill-runs/:id/release',
    {
      config: write,
      schema: {
        tags,
        summary: 'Let held bills of a calculated run through, by what they are held for',
        params: IdParams,
        body: c.BillReleaseBody,
        response: { 200: c.BillReleaseResult },
      },
    },
    async (request) => {
      const { id } = request.params;
      const done = await billing.release(access(request), id, request.body);
      const run = await shownRun(context, request, await registry.billRuns.get(access(request), id));
      return { ...done, run };
    },
  );
}

function decideRoutes(app: App, context: AppContext): void {
  const { registry, billing } = context;
  const response = { 200: c.BillRunItem };
  const schema = (summary: string) => ({ tags, summary, params: IdParams, response });
  app.post(
    '/api/v1/bill-runs/:id/approve',
    { config: approve, schema: schema('Approve a calculated run: another person than who asked for it') },
    async (request) =>
      shownRun(context, request, await registry.billRuns.approve(access(request), request.params.id)),
  );
  app.post(
    '/api/v1/bill-runs/:id/issue',
    { config: approve, schema: schema('Issue the bills of an approved run') },
    async (request) => shownRun(context, request, await billing.issue(access(request), request.params.id)),
  );
  app.post(
    '/api/v1/bill-runs/:id/resume',
    { config: write, schema: schema('Let a run that failed go on where it stopped') },
    async (request) => shownRun(context, request, await billing.resume(access(request), request.params.id)),
  );
  app.post(
    '/api/v1/bill-runs/:id/cancel',
    {
      config: write,
      schema: { ...schema('Cancel a run that is not issued; its bills are dropped'), body: c.BillReasonBody },
    },
    async (request) => {
      const { id } = request.params;
      return shownRun(context, request, await billing.cancelRun(access(request), id, request.body.reason));
    },
  );
}
