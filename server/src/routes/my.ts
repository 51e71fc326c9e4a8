/**
 * What a customer sees: every route finds anew what is the caller's own, and answers 404 for anything else.
 */
import { formatDay, systemAccess, zoneTable } from '@openami/model';
import type { OwnAgreement } from '@openami/store';
import type { FastifyRequest } from 'fastify';
import type { AppContext } from '../context.ts';
import { BillDocumentQuery } from '../contract/bill-documents.ts';
import { ExplainQuery, LineParams } from '../contract/billing.ts';
import { Done, IdParams } from '../contract/common.ts';
import * as c from '../contract/my.ts';
import { BillToDate, TariffComparison } from '../contract/what-if.ts';
import { serverErrors } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { sendText } from '../http/send-text.ts';
import { billDetail } from '../services/billing/bill-detail.ts';
import { explainLine } from '../services/billing/explain.ts';
import { showBill } from '../services/billing/show.ts';
import { billToDate } from '../services/billing/what-if/bill-to-date.ts';
import { compareTariffs } from '../services/billing/what-if/compare-tariffs.ts';
import { ownBill, shownToCustomer, whyOf } from '../services/portal/bills.ts';
import { addAccount } from '../services/portal/invitations.ts';
import { nowOf } from '../services/portal/now.ts';
import {
  daysHeld,
  factsOf,
  type Own,
  ownAccounts,
  ownAgreement,
  ownOf,
  withPublicTariffs,
} from '../services/portal/own.ts';
import { prepayOf } from '../services/portal/prepay.ts';
import { readingsFile } from '../services/portal/readings-file.ts';
import { usageOf } from '../services/portal/usage.ts';
import { sendDocument } from './bill-documents.ts';

const tags = ['customer'];
const read = { permission: 'my:read' } as const;
const write = { permission: 'my:write' } as const;
const fileTypes = { csv: 'text/csv', greenbutton: 'application/atom+xml' } as const;
const alertsShown = 100;

/** Registers the routes. */
export function myRoutes(app: App, context: AppContext): void {
  personRoutes(app, context);
  pointRoutes(app, context);
  prepayRoute(app, context);
  whatIfRoutes(app, context);
  billRoutes(app, context);
  alertRoutes(app, context);
}

const own = ({ registry }: AppContext, request: FastifyRequest): Promise<Own> =>
  ownOf(registry, request.principal!);
const nowSOf = ({ clock }: AppContext): number => Math.floor(clock.nowMs() / 1_000);

function personRoutes(app: App, context: AppContext): void {
  const { registry } = context;
  app.get(
    '/api/v1/my',
    {
      config: read,
      schema: {
        tags,
        summary: 'The person, with the own accounts and usage points',
        response: { 200: c.My },
      },
    },
    async (request): Promise<c.My> => {
      const mine = await own(context, request);
      const { name, email } = request.principal!;
      const accounts = new Map(
        mine.agreements.map(({ account, accountName, relation }) => [
          account,
          { number: account, name: accountName, relation },
        ]),
      );
      const points = await Promise.all(mine.agreements.map((one) => pointOf(context, mine, one)));
      const alerts = await registry.usageAlerts.list(mine.ctx, alertsShown);
      return {
        ...{ name, email, accounts: [...accounts.values()], points },
        unseenAlerts: alerts.filter(({ seenAt }) => seenAt === null).length,
        now: new Date(context.clock.nowMs()).toISOString(),
      };
    },
  );
  app.post(
    '/api/v1/my/accounts',
    {
      config: { ...write, rateLimit: { max: 10, timeWindow: '1 minute' } },
      schema: {
        tags,
        summary: 'Add another account, by its number and the code in the letter',
        body: c.AddAccountBody,
        response: { 200: Done },
      },
    },
    async (request) => {
      const { account, code } = request.body;
      await addAccount(context, (await own(context, request)).ctx.actor, account, code);
      return { ok: true } as const;
    },
  );
}

async function pointOf(
  { registry, billing, clock }: AppContext,
  mine: Own,
  one: OwnAgreement,
): Promise<c.MyPoint> {
  const facts = await factsOf(registry, mine, one);
  const held = daysHeld(one, clock.nowMs() / 1_000);
  const last = formatDay(held.to - 1);
  const given = facts.tariffs.findLast(({ validFrom }) => validFrom <= last);
  const record = given && (await billing.book.of(given.tariff)).record;
  const until = one.untilS === null ? null : formatDay(zoneTable(one.zone).localDayOf(one.untilS));
  return {
    ...{
      id: one.id,
      account: one.account,
      usagePoint: one.usagePoint,
      commodity: one.commodity,
      zone: one.zone,
    },
    ...{ address: one.address, from: formatDay(held.from), until },
    tariff: record ? { code: record.code, name: record.name, unit: record.unit } : null,
    currency: record?.currency ?? null,
    prepay: (await registry.prepayAgreements.byIds(systemAccess, [one.id])).length > 0,
  };
}

function pointRoutes(app: App, context: AppContext): void {
  const { registry, store, billing } = context;
  const parts = { registry, store, book: billing.book };
  const asked = async (request: FastifyRequest, id: number) => {
    const mine = await own(context, request);
    return { mine, facts: await factsOf(registry, mine, ownAgreement(mine, id)) };
  };
  app.get(
    '/api/v1/my/points/:id/now',
    {
      config: read,
      schema: {
        tags,
        summary: 'The latest reading, today and the month so far, with what they cost',
        params: IdParams,
        response: { 200: c.MyNow },
      },
    },
    async (request) => {
      const { mine, facts } = await asked(request, request.params.id);
      return nowOf(parts, mine, facts, nowSOf(context));
    },
  );
  app.get(
    '/api/v1/my/points/:id/usage',
    {
      config: read,
      schema: {
        tags,
        summary: 'Usage by month, day or interval: quantity, cost, periods of the tariff, quality',
        params: IdParams,
        querystring: c.UsageQuery,
        response: { 200: c.MyUsage },
      },
    },
    async (request) => {
      const { mine, facts } = await asked(request, request.params.id);
      return usageOf(parts, mine, facts, request.query, nowSOf(context));
    },
  );
  app.get(
    '/api/v1/my/points/:id/readings',
    {
      config: read,
      schema: {
        tags,
        summary: 'The own readings as a CSV or Green Button file',
        params: IdParams,
        querystring: c.ReadingsFileQuery,
        produces: Object.values(fileTypes),
      },
    },
    async (request, reply) => {
      const { mine, facts } = await asked(request, request.params.id);
      const { format } = request.query;
      const file = readingsFile({ store }, mine, facts, request.query, nowSOf(context));
      const name = `readings.${format === 'csv' ? 'csv' : 'xml'}`;
      return sendText(reply, file, { type: fileTypes[format], name });
    },
  );
}

function prepayRoute(app: App, context: AppContext): void {
  app.get(
    '/api/v1/my/points/:id/prepay',
    {
      config: read,
      schema: {
        tags,
        summary: 'What is left of prepaid credit, in money, units and days; notices and payments',
        params: IdParams,
        response: { 200: c.MyPrepay },
      },
    },
    async (request) => {
      const agreement = ownAgreement(await own(context, request), request.params.id);
      return prepayOf(context.registry, agreement, nowSOf(context));
    },
  );
}

function whatIfRoutes(app: App, context: AppContext): void {
  const { registry } = context;
  const parts = { ...context, book: context.billing.book };
  app.get(
    '/api/v1/my/points/:id/bill-to-date',
    {
      config: { ...read, heavy: true },
      schema: {
        tags,
        summary: 'What the running cycle has cost so far, and will have cost at its end, with a range',
        params: IdParams,
        response: { 200: BillToDate },
      },
    },
    async (request) => {
      const mine = await own(context, request);
      const { code } = ownAgreement(mine, request.params.id);
      return billToDate(parts, mine.ctx, code);
    },
  );
  app.get(
    '/api/v1/my/points/:id/tariffs',
    {
      // months of readings are rated on every tariff
      config: { ...read, heavy: true, rateLimit: { max: 20, timeWindow: '1 minute' } },
      schema: {
        tags,
        summary: 'The own past on every tariff there is, the cheapest first',
        params: IdParams,
        response: { 200: TariffComparison },
      },
    },
    async (request) => {
      const mine = await own(context, request);
      const { code } = ownAgreement(mine, request.params.id);
      return compareTariffs({ ...parts, registry: withPublicTariffs(registry) }, mine.ctx, code, {});
    },
  );
}

function billRoutes(app: App, context: AppContext): void {
  const { registry, store, billing } = context;
  const parts = { registry, store, book: billing.book };
  app.get(
    '/api/v1/my/bills',
    {
      config: read,
      schema: {
        tags,
        summary: 'Own bills that were issued and hold, newest first',
        querystring: c.MyBillsQuery,
        response: { 200: c.MyBillList },
      },
    },
    async (request) => {
      const mine = await own(context, request);
      const { point, ...query } = request.query;
      const agreement = point === undefined ? undefined : ownAgreement(mine, point);
      const page = await registry.bills.list(mine.ctx, {
        ...{ ...query, accounts: ownAccounts(mine), standing: true },
        ...(agreement && { agreement: agreement.id }),
      });
      return { ...page, items: page.items.map((bill) => ({ ...showBill(bill), holds: [] })) };
    },
  );
  app.get(
    '/api/v1/my/bills/:id',
    {
      config: read,
      schema: { tags, summary: 'An own bill, line by line', params: IdParams, response: { 200: c.MyBill } },
    },
    async (request) => {
      const mine = await own(context, request);
      const { id } = await ownBill(registry, mine, request.params.id);
      return shownToCustomer(await billDetail(parts, mine.ctx, id));
    },
  );
  app.get(
    '/api/v1/my/bills/:id/document',
    {
      // a PDF is work for the server
      config: { ...read, heavy: true, rateLimit: { max: 30, timeWindow: '1 minute' } },
      schema: {
        tags,
        summary: 'An own bill as a document: accessible HTML or PDF',
        params: IdParams,
        querystring: BillDocumentQuery,
        produces: ['text/html', 'application/pdf'],
      },
    },
    async (request, reply) => {
      const mine = await own(context, request);
      const { id } = await ownBill(registry, mine, request.params.id);
      return sendDocument(request, reply, await billing.documents.one(mine.ctx, id, request.query));
    },
  );
  app.get(
    '/api/v1/my/bills/:id/lines/:line/explain',
    {
      config: read,
      schema: {
        tags,
        summary: 'How a line of an own bill comes about, down to the readings',
        params: LineParams,
        querystring: ExplainQuery,
        response: { 200: c.MyBillLine },
      },
    },
    async (request) => {
      const mine = await own(context, request);
      const { id } = await ownBill(registry, mine, request.params.id);
      return explainLine(parts, mine.ctx, id, request.params.line, request.query);
    },
  );
  app.get(
    '/api/v1/my/bills/:id/why',
    {
      config: read,
      schema: {
        tags,
        summary: 'Why an own bill is higher or lower than the one before; the parts add up exactly',
        params: IdParams,
        response: { 200: c.MyBillWhy },
      },
    },
    async (request) => whyOf(parts, await own(context, request), request.params.id),
  );
}

function alertRoutes(app: App, context: AppContext): void {
  const { usageAlerts } = context.registry;
  const shown = async (mine: Own): Promise<c.MyAlerts> => {
    const ids = new Set(mine.agreements.map(({ id }) => id));
    const alerts = await usageAlerts.list(mine.ctx, alertsShown);
    const choices = await usageAlerts.choices(mine.ctx);
    return {
      alerts: alerts.flatMap(({ id, agreementId, kind, day, value, threshold, unit, seenAt }) =>
        ids.has(agreementId)
          ? [{ id, point: agreementId, kind, day, value, threshold, unit, seen: seenAt !== null }]
          : [],
      ),
      choices: choices.flatMap(({ agreementId, kind, threshold }) =>
        ids.has(agreementId) ? [{ point: agreementId, kind, threshold }] : [],
      ),
    };
  };
  app.get(
    '/api/v1/my/alerts',
    {
      config: read,
      schema: { tags, summary: 'What was told, and what is chosen', response: { 200: c.MyAlerts } },
    },
    async (request) => shown(await own(context, request)),
  );
  app.put(
    '/api/v1/my/alerts',
    {
      config: write,
      schema: {
        tags,
        summary: 'Choose to be told; null takes the choice back',
        body: c.AlertChoiceBody,
        response: { 200: c.MyAlerts },
      },
    },
    async (request) => {
      const mine = await own(context, request);
      const { point, kind, threshold } = request.body;
      const { id, commodity } = ownAgreement(mine, point);
      if (kind === 'leak' && commodity !== 'water' && commodity !== 'gas')
        throw serverErrors.VALIDATION_FAILED(
          `kind: a leak is found of water and gas, and this is ${commodity}`,
        );
      await usageAlerts.choose(mine.ctx, { agreementId: id, kind, threshold });
      return shown(mine);
    },
  );
  app.post(
    '/api/v1/my/alerts/seen',
    { config: write, schema: { tags, summary: 'What was told was seen', response: { 200: Done } } },
    async (request) => {
      await usageAlerts.seen((await own(context, request)).ctx);
      return { ok: true } as const;
    },
  );
}
