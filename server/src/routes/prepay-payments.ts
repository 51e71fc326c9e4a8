/** Payments of prepay customers: vendors and the desk take them; two persons take one back. */

import rateLimit from '@fastify/rate-limit';
import type { AccessContext } from '@openami/model';
import type { FastifyRequest } from 'fastify';
import type { AppContext } from '../context.ts';
import { IdParams } from '../contract/common.ts';
import * as c from '../contract/prepay.ts';
import { serverErrors } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { prepayErrors } from '../services/prepay/errors.ts';
import { showPayment, showReceipt, showReversal } from '../services/prepay/show.ts';
import {
  allocatePayment,
  askRefund,
  askReversal,
  decideReversal,
  maskedName,
  payerOf,
  takePayment,
} from '../services/prepay/vending.ts';
import { personOf } from './commands.ts';

const tags = ['prepay'];
const read = { permission: 'prepay:read' } as const;
const write = { permission: 'prepay:write' } as const;
const approve = { permission: 'prepay:approve' } as const;
const vend = { permission: 'prepay:vend' } as const;
const base = '/api/v1/prepay';

/** Registers the routes. */
export async function prepayPaymentRoutes(app: App, context: AppContext): Promise<void> {
  vendRoutes(app, context);
  await app.register(async (plain) => {
    const scope = plain as App;
    await scope.register(rateLimit, { global: false, keyGenerator: ({ principal }) => principal!.id });
    confirmRoute(scope, context);
  });
  listRoutes(app, context);
  askRoutes(app, context);
  decideRoutes(app, context);
}

/** Who decides is a person who had no part in asking. Raises PREPAY_SECOND_PERSON. */
export function requirePerson({ actor }: AccessContext, requesters: readonly string[]): void {
  if (actor.kind !== 'user') throw prepayErrors.PREPAY_SECOND_PERSON('a token cannot decide');
  if (requesters.includes(actor.id)) throw prepayErrors.PREPAY_SECOND_PERSON('you asked for it');
}

/** Vendors go by the name of their token, so that a new token of the same name is the same vendor. */
function vendorOf({ principal }: FastifyRequest): string {
  return principal?.kind === 'token' ? principal.name : 'desk';
}

const partsOf = ({ registry, prepay }: AppContext) => ({ registry, kick: () => prepay.rounds.kick() });

function vendRoutes(app: App, context: AppContext): void {
  const parts = partsOf(context);
  app.post(
    `${base}/payments`,
    {
      config: vend,
      schema: {
        tags,
        summary: 'Take a payment: credited at once, or kept where nobody knows the account',
        description: 'The same reference of the same vendor is one payment (200), however often it is sent.',
        body: c.PrepayPaymentBody,
        response: { 200: c.PrepayReceipt, 201: c.PrepayReceipt },
      },
    },
    async (request, reply) => {
      const { paidAt, ...body } = request.body;
      const at = paidAtOf(paidAt, context.clock.nowMs());
      const asked = { ...body, vendor: vendorOf(request), paidAt: at };
      const { payment, created, payer } = await takePayment(parts, access(request), asked);
      return reply.code(created ? 201 : 200).send(showReceipt(payment, payer));
    },
  );
}

/** A till may be late with what it took, and its clock a little ahead. */
const mostLateMs = 366 * 86_400_000;
const mostAheadMs = 15 * 60_000;

/** Raises VALIDATION_FAILED. */
function paidAtOf(text: string | undefined, nowMs: number): Date {
  if (text === undefined) return new Date(nowMs);
  const atMs = Date.parse(text);
  if (atMs > nowMs + mostAheadMs) throw serverErrors.VALIDATION_FAILED(`paidAt: ${text} is to come`);
  if (!(atMs >= nowMs - mostLateMs)) throw serverErrors.VALIDATION_FAILED(`paidAt: ${text} is long ago`);
  return new Date(atMs);
}

function confirmRoute(app: App, context: AppContext): void {
  const parts = partsOf(context);
  app.get(
    `${base}/confirmation`,
    {
      // enough for a queue at the counter, too little to try out all numbers there may be
      config: { ...vend, rateLimit: { max: 60, timeWindow: '1 minute' } },
      schema: {
        tags,
        summary: 'Whether an account takes payments, and the masked name of who it is of',
        querystring: c.PrepayConfirmQuery,
        response: { 200: c.PrepayConfirmation },
      },
    },
    async (request) => {
      const { account } = request.query;
      const payer = await payerOf(parts, account);
      const name = payer === undefined ? '' : maskedName(payer.customer);
      return { account, known: payer !== undefined, name, currency: payer?.currency ?? null };
    },
  );
}

function listRoutes(app: App, { registry, names }: AppContext): void {
  app.get(
    `${base}/payments`,
    {
      config: read,
      schema: {
        tags,
        summary: 'Payments, newest first; those `unallocated` wait until somebody knows whose they are',
        querystring: c.PrepayPaymentQuery,
        response: { 200: c.PrepayPaymentList },
      },
    },
    async (request) => {
      const ctx = access(request);
      const { agreement, ...query } = request.query;
      const of = agreement === undefined ? undefined : await registry.prepayAgreements.get(ctx, agreement);
      const page = await registry.prepayPayments.list(ctx, {
        ...{ ...query, ...(of && { agreementId: of.agreementId }) },
      });
      const nameOf = await names.names();
      return { ...page, items: page.items.map((one) => showPayment(one, nameOf)) };
    },
  );
  app.get(
    `${base}/reversals`,
    {
      config: read,
      schema: {
        tags,
        summary: 'Reversals and refunds, newest first',
        querystring: c.PrepayReversalQuery,
        response: { 200: c.PrepayReversalList },
      },
    },
    async (request) => {
      const page = await registry.prepayPayments.reversals(access(request), request.query);
      const [nameOf, person] = [await names.names(), await personOf(request, registry)];
      return { ...page, items: page.items.map((one) => showReversal(one, nameOf, person)) };
    },
  );
}

function askRoutes(app: App, context: AppContext): void {
  const { registry, names } = context;
  const parts = partsOf(context);
  app.post(
    `${base}/payments/:id/allocate`,
    {
      config: write,
      schema: {
        tags,
        summary: 'Credit a customer with a payment that was kept',
        params: IdParams,
        body: c.PrepayAllocateBody,
        response: { 200: c.PrepayPaymentItem },
      },
    },
    async (request) => {
      const { agreement, reason } = request.body;
      const made = await allocatePayment(parts, access(request), request.params.id, agreement, reason);
      return showPayment(made, await names.names());
    },
  );
  app.post(
    `${base}/payments/:id/reversals`,
    {
      config: write,
      schema: {
        tags,
        summary: 'Ask to take a payment back: another person decides',
        params: IdParams,
        body: c.PrepayReversalBody,
        response: { 201: c.PrepayReversalItem },
      },
    },
    async (request, reply) => {
      const person = await personOf(request, registry);
      const { reason } = request.body;
      const made = await askReversal(parts, access(request), request.params.id, reason, person);
      return reply.code(201).send(showReversal(made, await names.names(), person));
    },
  );
  app.post(
    `${base}/agreements/:agreement/refunds`,
    {
      config: write,
      schema: {
        tags,
        summary: 'Ask to pay credit out: another person decides',
        params: c.PrepayParams,
        body: c.PrepayRefundBody,
        response: { 201: c.PrepayReversalItem },
      },
    },
    async (request, reply) => {
      const person = await personOf(request, registry);
      const { amount, reason } = request.body;
      const code = request.params.agreement;
      const made = await askRefund(parts, access(request), code, amount, reason, person);
      return reply.code(201).send(showReversal(made, await names.names(), person));
    },
  );
}

function decideRoutes(app: App, context: AppContext): void {
  const { registry, names } = context;
  for (const [word, decision] of [
    ['approve', 'approved'],
    ['reject', 'rejected'],
  ] as const)
    app.post(
      `${base}/reversals/:id/${word}`,
      {
        config: approve,
        schema: {
          tags,
          summary: word === 'approve' ? 'Approve a reversal or refund of somebody else' : 'Reject one',
          params: IdParams,
          response: { 200: c.PrepayReversalItem },
        },
      },
      async (request) => {
        const ctx = access(request);
        const { requestedBy, requestedPerson } = await registry.prepayPayments.reversal(
          ctx,
          request.params.id,
        );
        if (decision === 'approved') requirePerson(ctx, [requestedBy, requestedPerson]);
        const made = await decideReversal(partsOf(context), ctx, request.params.id, decision);
        return showReversal(made, await names.names(), await personOf(request, registry));
      },
    );
}
