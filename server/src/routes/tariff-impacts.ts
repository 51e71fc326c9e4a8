/** What a tariff would do to the bills of many: jobs, winners and losers, who they are. */
import type { TariffImpact } from '@openami/store';
import type { AppContext } from '../context.ts';
import { IdParams } from '../contract/common.ts';
import * as c from '../contract/tariff-impacts.ts';
import type { App } from '../http/app-type.ts';
import { sendEntity } from '../http/etag.ts';
import { access } from '../http/guard.ts';
import { workKeyOf } from '../http/idempotency.ts';
import { sendText } from '../http/send-text.ts';
import { localToday } from '../services/billing/what-if/facts.ts';
import {
  createImpact,
  exportImpact,
  resumeImpact,
  showAgreement,
  showDetail,
  showImpact,
} from '../services/billing/what-if/impacts.ts';

const tags = ['billing'];
const read = { permission: 'billing:read' } as const;
const write = { permission: 'billing:write' } as const;
/** As for tariffs that are stored. */
const bodyLimit = 2_000_000;

/** Registers the routes. */
export function tariffImpactRoutes(app: App, context: AppContext): void {
  listRoutes(app, context);
  resultRoutes(app, context);
  decideRoutes(app, context);
}

async function shown({ names }: AppContext, impact: TariffImpact): Promise<c.TariffImpactItem> {
  return showImpact(impact, await names.names());
}

function listRoutes(app: App, context: AppContext): void {
  const { registry, billing, config, names } = context;
  app.get(
    '/api/v1/tariff-impacts',
    {
      config: read,
      schema: {
        tags,
        summary: 'Tariff impacts that are kept, newest first',
        querystring: c.TariffImpactQuery,
        response: { 200: c.TariffImpactList },
      },
    },
    async (request) => {
      const page = await registry.tariffImpacts.list(access(request), request.query);
      const nameOf = await names.names();
      return { ...page, items: page.items.map((impact) => showImpact(impact, nameOf)) };
    },
  );
  app.post(
    '/api/v1/tariff-impacts',
    {
      config: write,
      bodyLimit,
      schema: {
        tags,
        summary: 'Start to work out what a tariff, or a draft of one, would do to the bills of many',
        description: 'It goes on by itself; the live stream tells how far it is (`tariff-impact`).',
        body: c.TariffImpactCreate,
        response: { 201: c.TariffImpactItem },
      },
    },
    async (request, reply) => {
      const today = localToday(context, config.zone);
      const parts = { registry, book: billing.book, impacts: billing.impacts };
      const impact = await createImpact(parts, access(request), workKeyOf(request), request.body, today);
      reply.code(201).header('location', `/api/v1/tariff-impacts/${impact.id}`);
      return shown(context, impact);
    },
  );
}

function resultRoutes(app: App, { registry, names }: AppContext): void {
  app.get(
    '/api/v1/tariff-impacts/:id',
    {
      config: read,
      schema: {
        tags,
        summary: 'A tariff impact: how far it is, sums, by service class',
        params: IdParams,
        response: { 200: c.TariffImpactDetail },
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const impact = await registry.tariffImpacts.get(ctx, request.params.id);
      const figures = await registry.tariffImpacts.figures(ctx, impact.id);
      const detail = showDetail(impact, figures, await names.names());
      // figures of one at work change without it
      if (impact.state === 'calculating') return detail;
      return sendEntity(request, reply, impact, detail) as c.TariffImpactDetail;
    },
  );
  app.get(
    '/api/v1/tariff-impacts/:id/histogram',
    {
      config: read,
      schema: {
        tags,
        summary: 'Winners and losers, by what they would pay more',
        params: IdParams,
        querystring: c.ImpactHistogramQuery,
        response: { 200: c.ImpactHistogramItem },
      },
    },
    async (request) => {
      const ctx = access(request);
      const { by = 'amount', serviceClass } = request.query;
      const { id } = await registry.tariffImpacts.get(ctx, request.params.id);
      const { bins, unchanged } = await registry.tariffImpacts.histogram(ctx, id, by, serviceClass);
      return { by, unchanged, bins: bins.map((bin) => ({ ...bin })) };
    },
  );
  app.get(
    '/api/v1/tariff-impacts/:id/agreements',
    {
      config: read,
      schema: {
        tags,
        summary: 'Who would pay most more or less; or all as a file',
        params: IdParams,
        querystring: c.ImpactAgreementQuery,
        produces: ['application/json', 'text/csv'],
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const { format = 'json', ...query } = request.query;
      const { id } = await registry.tariffImpacts.get(ctx, request.params.id);
      if (format === 'json') {
        const page = await registry.tariffImpacts.agreements(ctx, id, query);
        return { ...page, items: page.items.map(showAgreement) } satisfies c.ImpactAgreementList;
      }
      const parts = exportImpact({ registry }, ctx, id, query.serviceClass);
      return sendText(reply, parts, { type: 'text/csv', name: `tariff-impact-${id}.csv` });
    },
  );
}

function decideRoutes(app: App, context: AppContext): void {
  const { registry, billing } = context;
  const response = { 200: c.TariffImpactItem };
  const schema = (summary: string) => ({ tags, summary, params: IdParams, response });
  app.post(
    '/api/v1/tariff-impacts/:id/cancel',
    { config: write, schema: schema('Stop one that is at work; what it found so far is kept') },
    async (request) => {
      const { id } = request.params;
      const open = ['draft', 'calculating'] as const;
      return shown(context, await registry.tariffImpacts.transition(access(request), id, open, 'cancelled'));
    },
  );
  app.post(
    '/api/v1/tariff-impacts/:id/resume',
    { config: write, schema: schema('Let one that failed or was cancelled go on where it stopped') },
    async (request) => {
      const parts = { registry, book: billing.book, impacts: billing.impacts };
      return shown(context, await resumeImpact(parts, access(request), request.params.id));
    },
  );
}
