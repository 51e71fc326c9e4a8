/** Meters on their way into use: where they stand, what is missing, what people decide and demand. */
import { type DemandRule, usualDemands } from '@openami/headend';
import { errorCatalogue } from '@openami/model';
import type { CommissioningItem } from '@openami/store';
import type { AppContext } from '../context.ts';
import * as c from '../contract/commissioning.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import type { NameOf } from '../identity/names.ts';
import { provisioningFile } from '../services/commissioning/provisioning.ts';

const tags = ['commissioning'];
const read = { permission: 'meters:read' } as const;
const write = { permission: 'meters:write' } as const;
const iso = (seconds: number) => new Date(seconds * 1_000).toISOString();

/** Registers the routes. */
export function commissioningRoutes(app: App, context: AppContext): void {
  listRoutes(app, context);
  decideRoutes(app, context);
  demandRoutes(app, context);
  provisioningRoute(app, context);
}

function show(item: CommissioningItem, nameOf: NameOf): c.CommissioningItem {
  const { id, serial, commodity, manufacturer, model, usagePointCode, address, state, since, late } = item;
  const { marks, decision } = item.record;
  return {
    ...{ meterId: id, serial, commodity, manufacturer, model, usagePoint: usagePointCode, address },
    ...{ state, since: since.toISOString(), late },
    marks: Object.entries(marks).map(([mark, atS]) => ({ mark, at: iso(atS) })),
    decision: decision && {
      ...{ kind: decision.kind, reason: decision.reason, at: iso(decision.atS) },
      by: nameOf(decision.by),
    },
    findings: item.findings.map(({ code, detail, isLate }) => {
      const { title = '', hint = '' } = errorCatalogue.get(code) ?? {};
      return { code, title, detail: detail === title ? '' : detail, hint, late: isLate };
    }),
  };
}

function listRoutes(app: App, { registry, commissioning, names }: AppContext): void {
  app.get(
    '/api/v1/commissioning/summary',
    {
      config: read,
      schema: {
        tags,
        summary: 'How many meters stand where on their way into use',
        response: { 200: c.CommissioningSummary },
      },
    },
    async (request) => {
      const { lookedMs } = commissioning;
      return {
        states: await registry.commissioning.counts(access(request)),
        lookedAt: lookedMs === 0 ? null : new Date(lookedMs).toISOString(),
      };
    },
  );
  app.get(
    '/api/v1/commissioning',
    {
      config: read,
      schema: {
        tags,
        summary: 'Meters on their way into use, with what is missing and what to do about it',
        querystring: c.CommissioningQuery,
        response: { 200: c.CommissioningList },
      },
    },
    async (request) => {
      const nameOf = await names.names();
      const page = await registry.commissioning.list(access(request), request.query);
      return { ...page, items: page.items.map((one) => show(one, nameOf)) };
    },
  );
}

function decideRoutes(app: App, { commissioning }: AppContext): void {
  app.post(
    '/api/v1/commissioning/decide',
    {
      config: write,
      schema: {
        tags,
        summary: 'Give meters up, try them again, commission or decommission them by hand',
        description: 'With a reason, which is kept. A decision that stands already changes nothing.',
        body: c.CommissioningDecideBody,
        response: { 200: c.CommissioningDecided },
      },
    },
    async (request) => {
      const { meterIds, decision: kind, reason } = request.body;
      return { decided: await commissioning.decide(access(request), meterIds, { kind, reason }) };
    },
  );
}

function demandRoutes(app: App, { commissioning }: AppContext): void {
  const url = '/api/v1/commissioning/demands';
  const all = async () => ({
    usual: usualDemands.map((rule) => ({ ...rule })),
    rules: (await commissioning.rules()).map((rule) => ({ ...rule })),
  });
  app.get(
    url,
    {
      config: read,
      schema: {
        tags,
        summary: 'What a meter must show before it is commissioned, by commodity and protocol',
        response: { 200: c.CommissioningDemandList },
      },
    },
    all,
  );
  app.put(
    url,
    {
      config: write,
      schema: {
        tags,
        summary: 'Demands of your own, which go before those built in',
        body: c.DemandRules,
        response: { 200: c.CommissioningDemandList },
      },
    },
    async (request) => {
      await commissioning.setRules(access(request), request.body as DemandRule[]);
      return all();
    },
  );
}

function provisioningRoute(app: App, context: AppContext): void {
  app.post(
    '/api/v1/lorawan/provisioning',
    {
      config: { permission: 'keys:export' },
      schema: {
        tags: ['lorawan'],
        summary: 'Devices with their root keys, as the file that a network server takes',
        description:
          'Holds keys in the clear: for administrators, and each use stands in the audit trail. CSV of ' +
          'The Things Stack, or lines of JSON with the bodies of ChirpStack’s API.',
        body: c.ProvisioningBody,
        produces: ['text/csv', 'application/x-ndjson'],
      },
    },
    async (request, reply) => {
      const { text, type, name } = await provisioningFile(context, access(request), request.body);
      reply.type(type);
      reply.header('content-disposition', `attachment; filename="${name}"`);
      reply.header('cache-control', 'no-store');
      return reply.send(text);
    },
  );
}
