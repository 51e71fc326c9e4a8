/** Bills: lists, files, one with all that is behind it, and what people do with them. */
import type { AppContext } from '../context.ts';
import * as contractOfRuns from '../contract/bill-runs.ts';
import * as c from '../contract/billing.ts';
import { IdParams } from '../contract/common.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { workKeyOf } from '../http/idempotency.ts';
import { sendText } from '../http/send-text.ts';
import { billDetail } from '../services/billing/bill-detail.ts';
import { explainLine } from '../services/billing/explain.ts';
import { exportBills } from '../services/billing/export.ts';
import { showBill } from '../services/billing/show.ts';
import { summariesOf } from '../services/billing/usage-summaries.ts';
import { shownRun } from './bill-runs.ts';
import { personOf } from './commands.ts';

const tags = ['billing'];
const read = { permission: 'billing:read' } as const;
const write = { permission: 'billing:write' } as const;
const approve = { permission: 'billing:approve' } as const;
const types = {
  csv: 'text/csv',
  'determinants.csv': 'text/csv',
  jsonl: 'application/x-ndjson',
  espi: 'application/atom+xml',
} as const;

/** Registers the routes. */
export function billRoutes(app: App, context: AppContext): void {
  listRoute(app, context);
  oneRoutes(app, context);
  changeRoutes(app, context);
}

function listRoute(app: App, { registry, clock, billing: { book } }: AppContext): void {
  app.get(
    '/api/v1/bills',
    {
      config: read,
      schema: {
        tags,
        summary: 'Bills, newest first; or all that match as a file',
        querystring: c.BillQuery,
        produces: ['application/json', 'text/csv', 'application/x-ndjson', 'application/atom+xml'],
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const { format = 'json', ...query } = request.query;
      if (format === 'json') {
        const page = await registry.bills.list(ctx, query);
        return { ...page, items: page.items.map(showBill) } satisfies c.BillList;
      }
      const parts =
        format === 'espi'
          ? summariesOf(registry, ctx, query, Math.floor(clock.nowMs() / 1_000))
          : exportBills({ registry, book }, ctx, query, format);
      const name = format === 'determinants.csv' ? format : `bills.${format === 'espi' ? 'xml' : format}`;
      return sendText(reply, parts, { type: types[format], name });
    },
  );
}

function oneRoutes(app: App, context: AppContext): void {
  const parts = { ...context, book: context.billing.book };
  app.get(
    '/api/v1/bills/:id',
    {
      config: read,
      schema: {
        tags,
        summary: 'A bill: lines, determinants, problems, and why it differs from others',
        params: IdParams,
        response: { 200: c.BillDetail },
      },
    },
    async (request) => billDetail(parts, access(request), request.params.id, await context.names.names()),
  );
  app.get(
    '/api/v1/bills/:id/lines/:line/explain',
    {
      config: read,
      schema: {
        tags,
        summary: 'From a bill line down to the intervals behind it and the messages they came in',
        params: c.LineParams,
        querystring: c.ExplainQuery,
        response: { 200: c.BillLineExplanation },
      },
    },
    async (request) => {
      const { id, line } = request.params;
      return explainLine(parts, access(request), id, line, request.query);
    },
  );
}

function changeRoutes(app: App, context: AppContext): void {
  const { registry, billing } = context;
  const schema = (summary: string) => ({
    tags,
    summary,
    params: IdParams,
    body: contractOfRuns.BillReasonBody,
  });
  app.post(
    '/api/v1/bills/:id/release',
    { config: write, schema: { ...schema('Let a held bill through'), response: { 200: c.BillItem } } },
    async (request) => {
      const { id } = request.params;
      return showBill(await registry.bills.release(access(request), id, request.body.reason));
    },
  );
  app.post(
    '/api/v1/bills/:id/rebill',
    {
      config: write,
      schema: {
        ...schema('Make an issued bill anew from what is known now'),
        description:
          'A run of its own that is approved and issued; then the old bill is reversed. Both stay.',
        response: { 201: contractOfRuns.BillRunItem },
      },
    },
    async (request, reply) => {
      const asked = { key: workKeyOf(request), person: await personOf(request, registry) };
      const run = await billing.rebill(access(request), asked, request.params.id, request.body.reason);
      reply.code(201).header('location', `/api/v1/bill-runs/${run.id}`);
      return shownRun(context, request, run);
    },
  );
  app.post(
    '/api/v1/bills/:id/cancel',
    {
      config: approve,
      schema: {
        ...schema('Take an issued bill back: a reversal stands beside it'),
        response: { 200: c.BillItem },
      },
    },
    async (request) => {
      const { id } = request.params;
      return showBill(await billing.cancelBill(access(request), id, request.body.reason));
    },
  );
}
