/** Deposits, budget billing and the entries of accounts on bills. */
import type { BudgetPlan, Deposit } from '@openami/store';
import type { AppContext } from '../context.ts';
import * as c from '../contract/account-plans.ts';
import { IdParams } from '../contract/common.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { refundDeposit, startBudget, takeDeposit } from '../services/billing/account-plans.ts';
import { showEntry } from '../services/billing/disputes/show.ts';
import { personOf } from './commands.ts';

const tags = ['billing'];
const read = { permission: 'billing:read' } as const;
const write = { permission: 'billing:write' } as const;

/** Registers the routes. */
export function accountPlanRoutes(app: App, context: AppContext): void {
  const { registry, names } = context;
  app.get(
    '/api/v1/account-entries',
    {
      config: read,
      schema: {
        tags,
        summary: 'What stands on bills below their totals, or will',
        querystring: c.AccountEntryQuery,
        response: { 200: c.AccountEntryList },
      },
    },
    async (request) => {
      const page = await registry.accountEntries.list(access(request), request.query);
      const nameOf = await names.names();
      return { ...page, items: page.items.map((entry) => showEntry(entry, nameOf)) };
    },
  );
  depositRoutes(app, context);
  budgetRoutes(app, context);
}

function showDeposit({ createdBy: _by, createdAt, ...deposit }: Deposit): c.DepositItem {
  return { ...deposit, createdAt: createdAt.toISOString() };
}

function depositRoutes(app: App, { registry, disputes, clock }: AppContext): void {
  app.get(
    '/api/v1/deposits',
    {
      config: read,
      schema: {
        ...{ tags, summary: 'Deposits, newest first' },
        ...{ querystring: c.AccountQuery, response: { 200: c.DepositList } },
      },
    },
    async (request) => {
      const page = await registry.deposits.list(access(request), request.query);
      return { ...page, items: page.items.map(showDeposit) };
    },
  );
  app.post(
    '/api/v1/deposits',
    {
      config: write,
      schema: {
        ...{ tags, summary: 'Ask for a deposit on the next bill; above the limit another person decides' },
        ...{ body: c.DepositBody, response: { 201: c.DepositItem } },
      },
    },
    async (request, reply) => {
      const { creditLimit: limit } = await disputes.settings();
      const asked = { person: await personOf(request, registry), limit, nowMs: clock.nowMs() };
      reply.code(201);
      return showDeposit(await takeDeposit(registry, access(request), request.body, asked));
    },
  );
  app.post(
    '/api/v1/deposits/:id/refund',
    {
      config: write,
      schema: {
        ...{ tags, summary: 'Give a deposit back with interest, once another person agreed' },
        params: IdParams,
        ...{ body: c.DepositRefund, response: { 200: c.DepositItem } },
      },
    },
    async (request) => {
      const { id } = request.params;
      const asked = { person: await personOf(request, registry), nowMs: clock.nowMs() };
      return showDeposit(await refundDeposit(registry, access(request), id, request.body.on, asked));
    },
  );
}

function showPlan({
  createdBy: _by,
  createdAt: _at,
  fromDay,
  deferred,
  ...plan
}: BudgetPlan): c.BudgetPlanItem {
  // entries take off what is deferred
  const other = deferred.startsWith('-') ? deferred.slice(1) : /[1-9]/.test(deferred) ? `-${deferred}` : '0';
  return { ...plan, from: fromDay, deferred: other };
}

function budgetRoutes(app: App, { registry, clock }: AppContext): void {
  app.get(
    '/api/v1/budget-plans',
    {
      config: read,
      schema: {
        ...{ tags, summary: 'Plans of budget billing, newest first' },
        ...{ querystring: c.AccountQuery, response: { 200: c.BudgetPlanList } },
      },
    },
    async (request) => {
      const page = await registry.budgets.list(access(request), request.query);
      return { ...page, items: page.items.map(showPlan) };
    },
  );
  app.post(
    '/api/v1/budget-plans',
    {
      config: write,
      schema: {
        ...{ tags, summary: 'Ask for an even amount a bill, settled with the last bill of the plan' },
        ...{ body: c.BudgetPlanBody, response: { 201: c.BudgetPlanItem } },
      },
    },
    async (request, reply) => {
      reply.code(201);
      return showPlan(await startBudget(registry, access(request), request.body, clock.nowMs()));
    },
  );
  app.post(
    '/api/v1/budget-plans/:id/end',
    {
      config: write,
      schema: {
        ...{ tags, summary: 'End a plan: the next bill settles it', params: IdParams },
        response: { 200: c.BudgetPlanItem },
      },
    },
    async (request) => showPlan(await registry.budgets.end(access(request), request.params.id)),
  );
}
