/**
 * How customers come to sign in: invitations by operators, registration with the code, logins of an account.
 */
import rateLimit from '@fastify/rate-limit';
import type { AppContext } from '../context.ts';
import { Done, IdParams, listOf } from '../contract/common.ts';
import * as c from '../contract/my.ts';
import type { App } from '../http/app-type.ts';
import { access, checkOrigin } from '../http/guard.ts';
import { invite, register, showInvitation } from '../services/portal/invitations.ts';
import { myRoutes } from './my.ts';

const tags = ['customer'];
const config = { permission: 'customers:invite' } as const;

/** Registers the routes, and those of customers, which share the limits of tries. */
export async function customerRoutes(app: App, context: AppContext): Promise<void> {
  invitationRoutes(app, context);
  loginRoutes(app, context);
  await app.register(async (plain) => {
    const scope = plain as App;
    await scope.register(rateLimit, {
      ...{ max: 20, timeWindow: '1 minute', global: false },
      keyGenerator: (request) => request.ip,
    });
    registerRoute(scope, context);
    myRoutes(scope, context);
  });
}

function invitationRoutes(app: App, context: AppContext): void {
  const { registry, clock } = context;
  app.post(
    '/api/v1/accounts/:number/invitations',
    {
      config,
      schema: {
        tags,
        summary: 'Invite the customer of an account: a one-time code that is shown this once',
        description: 'An invitation that is open ends. Send the code by post, or hand it over.',
        params: c.AccountParams,
        body: c.InvitationCreate,
        response: { 201: c.InvitationCreated },
      },
    },
    async (request, reply) => {
      const { days = 30 } = request.body;
      const made = await invite(context, access(request), request.params.number, days);
      request.showsSecret = true;
      return reply.code(201).send(made);
    },
  );
  app.get(
    '/api/v1/accounts/:number/invitations',
    {
      config,
      schema: {
        tags,
        summary: 'Invitations of an account, newest first',
        params: c.AccountParams,
        response: { 200: listOf(c.InvitationItem) },
      },
    },
    async (request) => {
      const found = await registry.customerLogins.invitations(access(request), request.params.number);
      const items = found.map((one) => showInvitation(one, clock.nowMs()));
      return { items, next: null, total: items.length };
    },
  );
  app.delete(
    '/api/v1/invitations/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Take an open invitation back',
        params: IdParams,
        response: { 200: c.InvitationItem },
      },
    },
    async (request) => {
      const revoked = await registry.customerLogins.revoke(access(request), request.params.id);
      return showInvitation(revoked, clock.nowMs());
    },
  );
}

function loginRoutes(app: App, { registry }: AppContext): void {
  app.get(
    '/api/v1/accounts/:number/logins',
    {
      config,
      schema: {
        tags,
        summary: 'Logins that see an account',
        params: c.AccountParams,
        response: { 200: listOf(c.AccountLoginItem) },
      },
    },
    async (request) => {
      const found = await registry.customerLogins.ofAccount(access(request), request.params.number);
      const items = found.map((one) => ({ ...one, createdAt: one.createdAt.toISOString() }));
      return { items, next: null, total: items.length };
    },
  );
  app.delete(
    '/api/v1/accounts/:number/logins/:user',
    {
      config,
      schema: {
        tags,
        summary: 'Take an account from a login: it sees nothing of it from then on',
        params: c.AccountLoginParams,
        response: { 200: Done },
      },
    },
    async (request) => {
      const { number, user } = request.params;
      await registry.customerLogins.unlink(access(request), number, user);
      return { ok: true } as const;
    },
  );
}

function registerRoute(app: App, context: AppContext): void {
  app.post(
    '/api/v1/portal/register',
    {
      config: { permission: 'public', rateLimit: { max: 10, timeWindow: '1 minute' } },
      schema: {
        tags,
        summary: 'A customer makes a login, with account number and code',
        body: c.RegisterBody,
        response: { 201: Done },
      },
    },
    async (request, reply) => {
      checkOrigin(request, context.config.publicUrl);
      await register(context, request.body);
      return reply.code(201).send({ ok: true } as const);
    },
  );
}
