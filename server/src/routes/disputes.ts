/** Disputes of bills: opened, looked at, answered, closed; and the credits that come of them. */
import type { DisputeRecord } from '@openami/store';
import type { FastifyRequest } from 'fastify';
import type { AppContext } from '../context.ts';
import { IdParams } from '../contract/common.ts';
import * as c from '../contract/disputes.ts';
import type { App } from '../http/app-type.ts';
import { ifMatch, sendEntity } from '../http/etag.ts';
import { access } from '../http/guard.ts';
import { workKeyOf } from '../http/idempotency.ts';
import { caseAsHtml } from '../services/billing/disputes/html.ts';
import { showDetail, showDispute, showEntry } from '../services/billing/disputes/show.ts';
import { personOf } from './commands.ts';

const tags = ['billing'];
const read = { permission: 'billing:read' } as const;
const write = { permission: 'billing:write' } as const;
const approve = { permission: 'billing:approve' } as const;
const configure = { permission: 'billing:tariffs' } as const;

/** Registers the routes. */
export function disputeRoutes(app: App, context: AppContext): void {
  listRoutes(app, context);
  caseRoutes(app, context);
  moveRoutes(app, context);
  creditRoutes(app, context);
  settingRoutes(app, context);
}

/** A case with its credits. */
async function shown(
  { registry, clock, names }: AppContext,
  request: FastifyRequest,
  dispute: DisputeRecord,
): Promise<c.DisputeDetail> {
  const { items } = await registry.accountEntries.list(access(request), {
    dispute: dispute.id,
    limit: 1_000,
  });
  return showDetail(dispute, items, clock.nowMs(), await names.names());
}

function listRoutes(app: App, context: AppContext): void {
  const { registry, clock, names, disputes } = context;
  app.get(
    '/api/v1/disputes',
    {
      config: read,
      schema: {
        tags,
        summary: 'Disputes: those to be answered first, by deadline; then the others, the newest first',
        querystring: c.DisputeQuery,
        response: { 200: c.DisputeList },
      },
    },
    async (request) => {
      const page = await registry.disputes.list(access(request), request.query);
      const nameOf = await names.names();
      return { ...page, items: page.items.map((one) => showDispute(one, clock.nowMs(), nameOf)) };
    },
  );
  app.get(
    '/api/v1/disputes/summary',
    {
      config: read,
      schema: {
        tags,
        summary: 'Disputes by state, and how many are late',
        response: { 200: c.DisputeSummary },
      },
    },
    async (request) => registry.disputes.counts(access(request), new Date(clock.nowMs())),
  );
  app.post(
    '/api/v1/disputes',
    {
      config: write,
      schema: {
        tags,
        summary: 'Open a dispute of an issued bill, or of usage that is not billed',
        description: 'The evidence is gathered at once, and kept as it is then.',
        body: c.DisputeOpen,
        response: { 201: c.DisputeDetail },
      },
    },
    async (request, reply) => {
      const dispute = await disputes.open(access(request), { key: workKeyOf(request) }, request.body);
      reply.code(201).header('location', `/api/v1/disputes/${dispute.id}`);
      return shown(context, request, dispute);
    },
  );
}

function caseRoutes(app: App, context: AppContext): void {
  const { registry } = context;
  app.get(
    '/api/v1/disputes/:id',
    {
      config: read,
      schema: {
        tags,
        summary: 'A dispute with its evidence',
        params: IdParams,
        response: { 200: c.DisputeDetail },
      },
    },
    async (request, reply) => {
      const dispute = await registry.disputes.get(access(request), request.params.id);
      const detail = await shown(context, request, dispute);
      // credits change without it, and so does whether it is late
      return detail.state === 'closed' && detail.credits.length === 0
        ? (sendEntity(request, reply, dispute, detail) as c.DisputeDetail)
        : detail;
    },
  );
  app.get(
    '/api/v1/disputes/:id/export',
    {
      config: read,
      schema: {
        tags,
        summary: 'A dispute as one file, for the customer or a regulator',
        params: IdParams,
        querystring: c.DisputeExportQuery,
        produces: ['application/json', 'text/html'],
      },
    },
    async (request, reply) => {
      const dispute = await registry.disputes.get(access(request), request.params.id);
      const detail = await shown(context, request, dispute);
      const { format = 'json' } = request.query;
      const type = format === 'html' ? 'text/html' : 'application/json';
      reply.type(`${type}; charset=utf-8`);
      reply.header('content-disposition', `attachment; filename="dispute-${dispute.id}.${format}"`);
      return reply.send(format === 'html' ? caseAsHtml(detail) : `${JSON.stringify(detail, undefined, 2)}\n`);
    },
  );
}

/** A case as lists have it: its evidence did not change. */
async function told({ clock, names }: AppContext, dispute: DisputeRecord): Promise<c.DisputeItem> {
  return showDispute(dispute, clock.nowMs(), await names.names());
}

function moveRoutes(app: App, context: AppContext): void {
  const { disputes, registry } = context;
  const schema = (summary: string) => ({
    tags,
    summary,
    params: IdParams,
    response: { 200: c.DisputeItem },
  });
  app.post(
    '/api/v1/disputes/:id/take',
    { config: write, schema: schema('Take an open dispute to look at') },
    async (request) => {
      const { id } = request.params;
      return told(context, await disputes.take(access(request), id, ifMatch(request)));
    },
  );
  app.post(
    '/api/v1/disputes/:id/answer',
    { config: write, schema: { ...schema('Answer a dispute'), body: c.DisputeAnswer } },
    async (request) => {
      const { id } = request.params;
      const answered = await disputes.answer(access(request), id, request.body, ifMatch(request));
      return told(context, answered);
    },
  );
  for (const [verb, summary] of [
    ['reopen', 'Look at an answered dispute again'],
    ['close', 'Close a dispute; one that nobody answered is withdrawn'],
  ] as const)
    app.post(
      `/api/v1/disputes/:id/${verb}`,
      { config: write, schema: { ...schema(summary), body: c.DisputeWords } },
      async (request) => {
        const { id } = request.params;
        const { words } = request.body;
        return told(context, await disputes[verb](access(request), id, words, ifMatch(request)));
      },
    );
  app.post(
    '/api/v1/disputes/:id/notes',
    { config: write, schema: { ...schema('Add a note to a dispute'), body: c.DisputeWords } },
    async (request) =>
      told(context, await disputes.note(access(request), request.params.id, request.body.words)),
  );
  app.post(
    '/api/v1/disputes/:id/rebill',
    {
      config: write,
      schema: {
        ...schema('Make the disputed bill anew, in a run that another person approves'),
        body: c.DisputeRebill,
      },
    },
    async (request) => {
      const asked = { key: workKeyOf(request), person: await personOf(request, registry) };
      const { id } = request.params;
      return told(context, await disputes.rebill(access(request), asked, id, request.body.reason));
    },
  );
}

function creditRoutes(app: App, context: AppContext): void {
  const { disputes, registry, names } = context;
  app.post(
    '/api/v1/disputes/:id/credits',
    {
      config: write,
      schema: {
        tags,
        summary: 'Credit the customer on the next bill; above the limit another person decides',
        params: IdParams,
        body: c.DisputeCredit,
        response: { 201: c.AccountEntryItem },
      },
    },
    async (request, reply) => {
      const person = await personOf(request, registry);
      const entry = await disputes.credit(access(request), person, request.params.id, request.body);
      reply.code(201);
      return showEntry(entry, await names.names());
    },
  );
  for (const [verb, to] of [
    ['approve', 'approved'],
    ['refuse', 'refused'],
  ] as const)
    app.post(
      `/api/v1/account-entries/:id/${verb}`,
      {
        config: approve,
        schema: {
          tags,
          summary: `${verb === 'approve' ? 'Approve' : 'Refuse'} an entry that another person asked for`,
          params: IdParams,
          response: { 200: c.AccountEntryItem },
        },
      },
      async (request) => {
        const entry = await registry.accountEntries.decide(access(request), request.params.id, to);
        return showEntry(entry, await names.names());
      },
    );
}

function settingRoutes(app: App, { disputes }: AppContext): void {
  const url = '/api/v1/dispute-settings';
  const response = { 200: c.DisputeSettings };
  app.get(
    url,
    { config: read, schema: { tags, summary: 'Deadlines of disputes and the limit of credits', response } },
    async () => disputes.settings(),
  );
  app.put(
    url,
    {
      config: configure,
      schema: {
        ...{ tags, summary: 'Change deadlines of disputes and the limit of credits', response },
        body: c.DisputeSettings,
      },
    },
    async (request) => disputes.setSettings(access(request), request.body),
  );
}
