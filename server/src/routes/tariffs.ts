/** Tariffs, their versions, who has which, and bills that are tried without being stored. */
import { checkTariff, readTariff } from '@openami/billing';
import { type AccessContext, formatDay, zoneTable } from '@openami/model';
import { registryErrors } from '@openami/store';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import * as contractOfBills from '../contract/billing.ts';
import { TariffDocument } from '../contract/billing-common.ts';
import { IdParams } from '../contract/common.ts';
import * as c from '../contract/tariffs.ts';
import type { App } from '../http/app-type.ts';
import { dayToCome } from '../http/days.ts';
import { ifMatch, sendEntity } from '../http/etag.ts';
import { access } from '../http/guard.ts';
import { scheduleViews } from '../services/billing/schedule-view.ts';
import { showTariff, showVersion } from '../services/billing/show.ts';
import { documentOf, requireFits, storedParts, versionParts } from '../services/billing/tariff-book.ts';
import { importTariff } from '../services/billing/tariff-import.ts';
import { testBill } from '../services/billing/test-bill.ts';

const tags = ['billing'];
const read = { permission: 'billing:read' } as const;
const write = { permission: 'billing:write' } as const;
const change = { permission: 'billing:tariffs' } as const;
/** A tariff with holidays of many years and hourly schedules is far below. */
const bodyLimit = 2_000_000;
/** An answer of the rate database with all the rates of a utility. */
const importLimit = 10_000_000;

/** Registers the routes. */
export function tariffRoutes(app: App, context: AppContext): void {
  listRoutes(app, context);
  checkRoutes(app);
  changeRoutes(app, context);
  takeBackRoute(app, context);
  agreementRoutes(app, context);
  tryRoutes(app, context);
}

/** All tariffs, or the one with a code, as they are today. */
async function summaries(context: AppContext, ctx: AccessContext, code?: string): Promise<c.TariffItem[]> {
  return (await context.registry.tariffs.list(ctx, todayOf(context), code)).map(showTariff);
}

function todayOf({ clock, config }: AppContext): string {
  return formatDay(zoneTable(config.zone).localDayOf(Math.floor(clock.nowMs() / 1_000)));
}

function listRoutes(app: App, context: AppContext): void {
  const { registry } = context;
  app.get(
    '/api/v1/tariffs',
    { config: read, schema: { tags, summary: 'Every tariff', response: { 200: c.TariffList } } },
    async (request) => summaries(context, access(request)),
  );
  app.get(
    '/api/v1/tariffs/:code',
    {
      config: read,
      schema: {
        tags,
        summary: 'A tariff with its versions',
        params: c.TariffParams,
        response: { 200: c.TariffDetail },
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const { tariff, versions } = await registry.tariffs.get(ctx, request.params.code);
      const [summary] = await summaries(context, ctx, tariff.code);
      const detail = {
        ...summary!,
        versionList: versions.map(showVersion),
        document: documentOf(tariff, versions) as unknown as Record<string, unknown>,
      };
      return sendEntity(request, reply, tariff, detail) as c.TariffDetail;
    },
  );
  app.get(
    '/api/v1/tariffs/:code/versions/:number',
    {
      config: read,
      schema: {
        tags,
        summary: 'A version as it was written, with its calendar',
        params: c.TariffVersionParams,
        response: { 200: c.TariffVersionDetail },
      },
    },
    async (request) => {
      const { code, number } = request.params;
      const { tariff, versions } = await registry.tariffs.get(access(request), code);
      const version = versions.find((one) => one.number === number);
      if (version === undefined) throw registryErrors.NOT_FOUND(`version ${number} of tariff ${code}`);
      const schedules = scheduleViews(readTariff(documentOf(tariff, [version])));
      return { ...showVersion(version), document: version.document as Record<string, unknown>, schedules };
    },
  );
}

function checkRoutes(app: App): void {
  app.post(
    '/api/v1/tariffs/check',
    {
      config: read,
      bodyLimit,
      schema: {
        tags,
        summary: 'What is wrong with a tariff, each fault with its place; its calendar where nothing is',
        body: c.TariffCheckBody,
        response: { 200: c.TariffCheck },
      },
    },
    async (request) => {
      const { document } = request.body;
      const faults = checkTariff(document).map((fault) => ({ ...fault }));
      const ok = faults.length === 0;
      return { ok, faults, schedules: ok ? scheduleViews(readTariff(document)) : [] };
    },
  );
  app.post(
    '/api/v1/tariffs/import',
    {
      config: read,
      bodyLimit: importLimit,
      schema: {
        tags,
        summary: 'A record of the OpenEI Utility Rate Database as a tariff, and what it does not say',
        querystring: c.TariffImportQuery,
        body: TariffDocument,
        response: { 200: c.TariffImport },
      },
    },
    async (request) => importTariff(request.body, request.query),
  );
}

function changeRoutes(app: App, context: AppContext): void {
  const { registry } = context;
  app.post(
    '/api/v1/tariffs',
    {
      config: change,
      bodyLimit,
      schema: {
        tags,
        summary: 'Store a tariff with all its versions',
        body: c.TariffCreate,
        response: { 201: c.TariffItem },
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const { document, note = '' } = request.body;
      const { head, versions } = storedParts(document, note);
      for (const { effectiveFrom } of versions) requireNear(context, effectiveFrom);
      await registry.tariffs.create(ctx, head, versions);
      reply.code(201).header('location', `/api/v1/tariffs/${head.code}`);
      return (await summaries(context, ctx, head.code))[0]!;
    },
  );
  app.post(
    '/api/v1/tariffs/:code/versions',
    {
      config: change,
      bodyLimit,
      schema: {
        tags,
        summary: 'Add a version; the one before it that has no end ends where this one begins',
        params: c.TariffParams,
        body: c.TariffVersionCreate,
        response: { 201: c.TariffVersionItem },
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const { code } = request.params;
      const { version, label, note = '' } = request.body;
      const { tariff, versions } = await registry.tariffs.get(ctx, code);
      const parts = versionParts(code, requireFits(tariff, versions, version), note, label);
      requireNear(context, parts.effectiveFrom);
      // what was checked is what is there, or the change is refused
      const added = await registry.tariffs.addVersion(ctx, code, parts, ifMatch(request) ?? tariff.version);
      return reply.code(201).send(showVersion(added));
    },
  );
}

/** A start of another century is a typing error. Raises VALIDATION_FAILED. */
function requireNear({ clock }: AppContext, effectiveFrom: string | null): void {
  if (effectiveFrom !== null) dayToCome('effectiveFrom', effectiveFrom, clock.nowMs());
}

function takeBackRoute(app: App, context: AppContext): void {
  app.delete(
    '/api/v1/tariffs/:code/versions/:number',
    {
      config: change,
      schema: {
        tags,
        summary: 'Take back the last version, which has not begun; the one before it has no end again',
        params: c.TariffVersionParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { code, number } = request.params;
      await context.registry.tariffs.removeVersion(access(request), code, number, todayOf(context));
      return reply.code(204).send(null);
    },
  );
}

function agreementRoutes(app: App, { registry, clock }: AppContext): void {
  app.get(
    '/api/v1/agreement-tariffs',
    {
      config: read,
      schema: {
        tags,
        summary: 'Which agreement has which tariff, newest first',
        querystring: c.AgreementTariffQuery,
        response: { 200: c.AgreementTariffList },
      },
    },
    async (request) => {
      const page = await registry.agreementTariffs.list(access(request), request.query);
      return { ...page, items: page.items.map((item) => ({ ...item })) };
    },
  );
  app.post(
    '/api/v1/agreement-tariffs',
    {
      config: write,
      schema: {
        tags,
        summary: 'Give an agreement a tariff from a local date on; the one it had ends there',
        body: c.AgreementTariffBody,
        response: { 201: c.AgreementTariffItem },
      },
    },
    async (request, reply) => {
      dayToCome('validFrom', request.body.validFrom, clock.nowMs());
      const made = await registry.agreementTariffs.assign(access(request), request.body);
      return reply.code(201).send({ ...made });
    },
  );
  app.delete(
    '/api/v1/agreement-tariffs/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Take back a tariff of an agreement that has not begun; the one before it goes on',
        params: IdParams,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await registry.agreementTariffs.unassign(access(request), request.params.id, clock.nowMs());
      return reply.code(204).send(null);
    },
  );
}

function tryRoutes(app: App, context: AppContext): void {
  app.post(
    '/api/v1/test-bills',
    {
      config: { ...read, heavy: true },
      bodyLimit,
      schema: {
        tags,
        summary: 'Bill an account on its tariff, another, or one that is being written; nothing is stored',
        body: contractOfBills.TestBillBody,
        response: { 200: contractOfBills.TestBill },
      },
    },
    async (request) => testBill({ ...context, book: context.billing.book }, access(request), request.body),
  );
}
