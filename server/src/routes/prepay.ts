/** Customers on prepay: how they stand, their ledger and statements, and the policies they are under. */
import { billingErrors, debtEntries, readPrepayPolicy, reversed } from '@openami/billing';
import { parseDay, zoneTable } from '@openami/model';
import type { PrepayAgreement } from '@openami/store';
import type { AppContext } from '../context.ts';
import { IdParams, pageQuery } from '../contract/common.ts';
import * as c from '../contract/prepay.ts';
import type { App } from '../http/app-type.ts';
import { dayToCome } from '../http/days.ts';
import { ifMatch, sendEntity } from '../http/etag.ts';
import { access } from '../http/guard.ts';
import { workKeyOf } from '../http/idempotency.ts';
import { amountsOf, amountText, minorOf } from '../services/prepay/amounts.ts';
import { prepayErrors } from '../services/prepay/errors.ts';
import {
  showCustomers,
  showNotice,
  showPolicy,
  showStatement,
  showTransaction,
} from '../services/prepay/show.ts';
import { policyOf } from '../services/prepay/standing.ts';
import { statementsOf } from '../services/prepay/statement.ts';
import { personOf } from './commands.ts';
import { requirePerson } from './prepay-payments.ts';

const tags = ['prepay'];
const read = { permission: 'prepay:read' } as const;
const write = { permission: 'prepay:write' } as const;
const policy = { permission: 'prepay:policy' } as const;
const base = '/api/v1/prepay';
const nowS = ({ clock }: Pick<AppContext, 'clock'>) => Math.floor(clock.nowMs() / 1_000);

async function shown(context: AppContext, agreement: PrepayAgreement): Promise<c.PrepayCustomer> {
  const [customer] = await showCustomers(context.registry, [agreement], nowS(context));
  return customer!;
}

/** Registers the routes. */
export function prepayRoutes(app: App, context: AppContext): void {
  summaryRoute(app, context);
  customerRoutes(app, context);
  ledgerRoutes(app, context);
  changeRoutes(app, context);
  debtRoute(app, context);
  debtBackRoute(app, context);
  policyRoutes(app, context);
}

function summaryRoute(app: App, { registry }: AppContext): void {
  app.get(
    `${base}/summary`,
    {
      config: read,
      schema: {
        tags,
        summary: 'How many stand where, what waits for people, and the balances of the ledger',
        response: { 200: c.PrepaySummary },
      },
    },
    async (request) => {
      const ctx = access(request);
      const states = await registry.prepayAgreements.counts(ctx);
      const unallocated = await registry.prepayPayments.list(ctx, { state: 'unallocated', limit: 1 });
      const reversals = await registry.prepayPayments.reversals(ctx, { state: 'proposed', limit: 1 });
      const trial = await registry.prepayLedger.trial(ctx);
      return {
        states: states.map((one) => ({ ...one, balance: amountText(one.balance, one.currency) })),
        ...{ unallocated: unallocated.total, reversals: reversals.total },
        ledger: trial.map(({ account, currency, amount }) => ({
          ...{ account, currency, balance: amountText(amount, currency) },
        })),
      };
    },
  );
}

function customerRoutes(app: App, context: AppContext): void {
  const { registry } = context;
  app.get(
    `${base}/agreements`,
    {
      config: read,
      schema: {
        tags,
        summary: 'Customers on prepay with what they have left, those in need first',
        querystring: c.PrepayCustomerQuery,
        response: { 200: c.PrepayCustomerList },
      },
    },
    async (request) => {
      const page = await registry.prepayAgreements.list(access(request), request.query);
      return { ...page, items: await showCustomers(registry, page.items, nowS(context)) };
    },
  );
  app.get(
    `${base}/agreements/:agreement`,
    {
      config: read,
      schema: {
        tags,
        summary: 'A customer on prepay: balance in money, units and days',
        params: c.PrepayParams,
        response: { 200: c.PrepayCustomer },
      },
    },
    async (request, reply) => {
      const found = await registry.prepayAgreements.get(access(request), request.params.agreement);
      return sendEntity(request, reply, found, await shown(context, found)) as c.PrepayCustomer;
    },
  );
  app.get(
    `${base}/notices`,
    {
      config: read,
      schema: {
        tags,
        summary: 'Notices to customers, newest first; the live stream tells of new ones (`prepay`)',
        querystring: c.PrepayNoticeQuery,
        response: { 200: c.PrepayNoticeList },
      },
    },
    async (request) => {
      const page = await registry.prepayNotices.list(access(request), request.query);
      return { ...page, items: page.items.map(showNotice) };
    },
  );
}

function ledgerRoutes(app: App, context: AppContext): void {
  const { registry, names } = context;
  app.get(
    `${base}/agreements/:agreement/ledger`,
    {
      config: read,
      schema: {
        tags,
        summary: 'What was posted for a customer, newest first: every posting adds up to zero',
        params: c.PrepayParams,
        querystring: pageQuery({}),
        response: { 200: c.PrepayTransactionList },
      },
    },
    async (request) => {
      const ctx = access(request);
      const { agreementId } = await registry.prepayAgreements.get(ctx, request.params.agreement);
      const page = await registry.prepayLedger.list(ctx, { ...request.query, agreementId });
      const nameOf = await names.names();
      return { ...page, items: page.items.map((one) => showTransaction(one, nameOf)) };
    },
  );
  app.get(
    `${base}/agreements/:agreement/statements`,
    {
      config: read,
      schema: {
        tags,
        summary: 'Each cycle of a customer with its charges and payments, and what is due of its bill',
        params: c.PrepayParams,
        response: { 200: c.PrepayStatementList },
      },
    },
    async (request) => {
      const found = await registry.prepayAgreements.get(access(request), request.params.agreement);
      const today = zoneTable(found.zone).localDayOf(nowS(context));
      const statements = await statementsOf(context, found, today);
      return statements.map((one) => showStatement(one, found.currency));
    },
  );
}

function changeRoutes(app: App, context: AppContext): void {
  const { registry, prepay } = context;
  app.post(
    `${base}/agreements`,
    {
      config: write,
      schema: {
        tags,
        summary: 'Put an agreement on prepay, from the first day of a billing cycle on',
        body: c.PrepayEnrolBody,
        response: { 201: c.PrepayCustomer },
      },
    },
    async (request, reply) => {
      const made = await prepay.enrol(access(request), request.body);
      return reply.code(201).send(await shown(context, made));
    },
  );
  app.put(
    `${base}/agreements/:agreement/protection`,
    {
      config: write,
      schema: {
        tags,
        summary: 'Say why a customer is never cut, or take that back',
        params: c.PrepayParams,
        body: c.PrepayProtectBody,
        response: { 200: c.PrepayCustomer },
      },
    },
    async (request) => {
      const { protection, until = null, reason } = request.body;
      if (until !== null) dayToCome('until', until, context.clock.nowMs());
      const patch = { protection: protection.trim(), protectedUntil: until };
      const why = { action: 'protect', reason };
      const code = request.params.agreement;
      const made = await registry.prepayAgreements.change(
        access(request),
        code,
        patch,
        why,
        ifMatch(request),
      );
      prepay.rounds.kick();
      return shown(context, made);
    },
  );
  app.post(
    `${base}/agreements/:agreement/leave`,
    {
      config: write,
      schema: {
        tags,
        summary: 'Take an agreement off prepay from a day on; before it began, on its first day',
        params: c.PrepayParams,
        body: c.PrepayLeaveBody,
        response: { 200: c.PrepayCustomer },
      },
    },
    async (request) => {
      const { validUntil, reason } = request.body;
      const made = await prepay.leave(access(request), request.params.agreement, validUntil, reason);
      return shown(context, made);
    },
  );
}

function debtRoute(app: App, context: AppContext): void {
  const { registry } = context;
  app.post(
    `${base}/agreements/:agreement/debts`,
    {
      config: write,
      schema: {
        tags,
        summary: 'Take over old debt, to be paid off with a share of each payment',
        params: c.PrepayParams,
        body: c.PrepayDebtBody,
        response: { 200: c.PrepayCustomer },
      },
    },
    async (request) => {
      const ctx = access(request);
      const { agreementId, currency } = await registry.prepayAgreements.get(ctx, request.params.agreement);
      const { amount, reason } = request.body;
      const minor = minorOf(amount, currency);
      if (minor <= 0n) throw billingErrors.PREPAY_AMOUNT('a debt is more than nothing');
      const posting = {
        ...{ agreementId, kind: 'debt', currency, entries: debtEntries(minor) },
        ...{ key: `debt/${agreementId}/${ctx.actor.id}/${workKeyOf(request)}`, detail: { reason } },
      };
      await registry.prepayLedger.post(ctx, posting, 'debt');
      const found = await registry.prepayAgreements.get(ctx, request.params.agreement);
      return shown(context, found);
    },
  );
}

function debtBackRoute(app: App, context: AppContext): void {
  const { registry } = context;
  app.post(
    `${base}/agreements/:agreement/debts/:id/take-back`,
    {
      config: write,
      schema: {
        tags,
        summary: 'Take back a debt that was taken over by mistake, while nothing of it is paid off',
        params: c.PrepayDebtParams,
        body: c.PrepayReversalBody,
        response: { 200: c.PrepayCustomer },
      },
    },
    async (request) => {
      const ctx = access(request);
      const { agreement, id } = request.params;
      const { agreementId } = await registry.prepayAgreements.get(ctx, agreement);
      const { reason } = request.body;
      const entriesOf = (amount: bigint) => reversed(debtEntries(amount));
      await registry.prepayLedger.takeBackDebt(ctx, agreementId, id, { reason, entriesOf });
      return shown(context, await registry.prepayAgreements.get(ctx, agreement));
    },
  );
}

/** Balances of a policy's customers are in its currency: no version changes it. Raises PREPAY_CURRENCY. */
async function requireCurrency(
  registry: AppContext['registry'],
  code: string,
  currency: string,
): Promise<void> {
  const known = (await policyOf(registry, code))?.currency;
  if (known !== undefined && known !== currency)
    throw prepayErrors.PREPAY_CURRENCY(
      `policy ${code} is in ${known}; give another currency a code of its own`,
    );
}

function policyRoutes(app: App, context: AppContext): void {
  const { registry, names, prepay } = context;
  const shown = async (request: Parameters<typeof personOf>[0], id?: number) => {
    const ctx = access(request);
    const nameOf = await names.names();
    const inForce = new Set((await registry.prepayPolicies.inForce(ctx)).map((one) => one.id));
    const person = await personOf(request, registry);
    const records =
      id === undefined
        ? await registry.prepayPolicies.list(ctx)
        : [await registry.prepayPolicies.get(ctx, id)];
    return records.map((record) => showPolicy(record, nameOf, person, inForce));
  };
  app.get(
    `${base}/policies`,
    {
      config: read,
      schema: { tags, summary: 'Prepay policies, newest first', response: { 200: c.PrepayPolicyList } },
    },
    async (request) => shown(request),
  );
  app.post(
    `${base}/policies`,
    {
      config: policy,
      schema: {
        tags,
        summary: 'Propose a policy, or a new version of one: it waits for another administrator',
        description: 'An approved policy is the standing approval under which supplies are cut and restored.',
        body: c.PrepayPolicyBody,
        response: { 201: c.PrepayPolicyItem },
      },
    },
    async (request, reply) => {
      const { code, document, reason } = request.body;
      readPrepayPolicy(document);
      for (const day of document.holidays) parseDay(day);
      // whole in a currency that there is
      if (document.currency.startsWith('X'))
        throw billingErrors.PREPAY_POLICY('/currency is none of a country');
      amountsOf(document);
      await requireCurrency(registry, code, document.currency);
      const asked = { code, document, reason, requestedPerson: await personOf(request, registry) };
      const made = await registry.prepayPolicies.propose(access(request), asked);
      return reply.code(201).send((await shown(request, made.id))[0]!);
    },
  );
  for (const [word, decision] of [
    ['approve', 'approved'],
    ['withdraw', 'withdrawn'],
  ] as const)
    app.post(
      `${base}/policies/:id/${word}`,
      {
        config: policy,
        schema: {
          tags,
          summary: word === 'approve' ? 'Put a policy of somebody else in force' : 'Drop a policy that waits',
          params: IdParams,
          response: { 200: c.PrepayPolicyItem },
        },
      },
      async (request) => {
        const ctx = access(request);
        if (decision === 'approved') {
          const { requestedBy, requestedPerson } = await registry.prepayPolicies.get(ctx, request.params.id);
          requirePerson(ctx, [requestedBy, requestedPerson]);
        }
        await registry.prepayPolicies.decide(ctx, request.params.id, decision);
        prepay.rounds.kick();
        return (await shown(request, request.params.id))[0]!;
      },
    );
}
