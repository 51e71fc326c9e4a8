/** Commands to meters: ask for them, decide on them, follow them. */
import { commandKindNames, differenceText, kindOf } from '@openami/headend';
import { systemAccess } from '@openami/model';
import type { Command, CommandOrder, RegistryStore } from '@openami/store';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import * as c from '../contract/commands.ts';
import { Done, IdParams } from '../contract/common.ts';
import { serverErrors } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { workKeyOf } from '../http/idempotency.ts';
import type { NameOf } from '../identity/names.ts';

const tags = ['commands'];
const read = { permission: 'commands:read' } as const;
const write = { permission: 'commands:write' } as const;
const approve = { permission: 'commands:approve' } as const;

/** Registers the routes. */
export function commandRoutes(app: App, context: AppContext): void {
  lookRoutes(app, context);
  requestRoutes(app, context);
  orderRoutes(app, context);
  takeBackRoutes(app, context);
}

const iso = (at: Date | null) => at?.toISOString() ?? null;

function showOrder(order: CommandOrder, nameOf: NameOf): c.CommandOrderItem {
  const { key: _key, ...rest } = order;
  return {
    ...{ ...rest, requestedByName: nameOf(order.requestedBy) },
    params: order.params as Record<string, unknown>,
    counts: { ...order.counts } as Record<string, number>,
    requestedAt: order.requestedAt.toISOString(),
    notBefore: order.notBefore.toISOString(),
    expiresAt: order.expiresAt.toISOString(),
    decisions: order.decisions.map((each) => ({
      ...{ ...each, decidedByName: nameOf(each.decidedBy) },
      decidedAt: each.decidedAt.toISOString(),
    })),
  };
}

type Shown = Record<string, unknown> | null;
interface Progress {
  readonly error: string | null;
  readonly before: Shown;
  readonly after: Shown;
  readonly sends: number;
}

function showCommand(command: Command): c.CommandItem {
  const { version: _version, usagePointId: _point, progress, ...rest } = command;
  const { error, before, after, sends } = progress as Progress;
  return {
    ...{ ...rest, error, before, after, sends },
    params: command.params as Record<string, unknown>,
    notBefore: command.notBefore.toISOString(),
    expiresAt: command.expiresAt.toISOString(),
    sentAt: iso(command.sentAt),
    updatedAt: command.updatedAt.toISOString(),
    finishedAt: iso(command.finishedAt),
  };
}

/** The person behind a request: of a token, who made it. */
export async function personOf(request: FastifyRequest, registry: RegistryStore): Promise<string> {
  const { actor } = access(request);
  if (actor.kind !== 'token') return actor.id;
  const tokens = await registry.tokens.list(systemAccess);
  return tokens.find(({ id }) => String(id) === actor.id)?.createdBy ?? actor.id;
}

const seconds = (text: string | undefined) =>
  text === undefined ? undefined : Math.floor(Date.parse(text) / 1000);

function lookRoutes(app: App, { registry }: AppContext): void {
  app.get(
    '/api/v1/commands/kinds',
    {
      config: read,
      schema: {
        tags,
        summary: 'Kinds of commands with their parameters',
        response: { 200: Type.Array(c.CommandKindItem) },
      },
    },
    async () =>
      commandKindNames.map((name) => {
        const { title, params, acts, interrupts, repeat } = kindOf(name);
        return { name, title, params, acts, interrupts, repeat };
      }),
  );
  app.get(
    '/api/v1/commands',
    {
      config: read,
      schema: {
        tags,
        summary: 'Commands, one a meter, the newest first',
        querystring: c.CommandQuery,
        response: { 200: c.CommandList },
      },
    },
    async (request) => {
      const { order, meter, ...query } = request.query;
      const page = await registry.commands.list(access(request), {
        ...query,
        ...(order === undefined ? {} : { orderId: order }),
        ...(meter === undefined ? {} : { meterId: meter }),
      });
      return { items: page.items.map(showCommand), next: page.next, total: page.total };
    },
  );
  app.get(
    '/api/v1/commands/:id',
    {
      config: read,
      schema: { tags, summary: 'One command', params: IdParams, response: { 200: c.CommandItem } },
    },
    async (request) => showCommand(await registry.commands.get(access(request), request.params.id)),
  );
}

function requestRoutes(app: App, context: AppContext): void {
  const { registry, commands, names, config } = context;
  // Another process talks to the meters: two of them would disturb each other's sessions.
  const requireHeadend = () => {
    if (!config.roles.includes('headend')) throw serverErrors.NO_HEADEND();
  };
  app.post(
    '/api/v1/commands',
    {
      config: write,
      schema: {
        tags,
        summary: 'Order a command for meters, all or none',
        description:
          'The same Idempotency-Key gives the same order again, also after a restart. Answers 201 for a ' +
          'new order, 200 for one that was there.',
        body: c.CommandRequest,
        response: { 200: c.CommandOrderItem, 201: c.CommandOrderItem },
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const { notBefore, expiresAt, params = {}, reason = '', ...body } = request.body;
      const notBeforeS = seconds(notBefore);
      const expiresAtS = seconds(expiresAt);
      const { orderId, created } = await commands.orders.request(ctx, {
        ...{ ...body, params, reason, person: await personOf(request, registry) },
        key: workKeyOf(request),
        ...(notBeforeS === undefined ? {} : { notBeforeS }),
        ...(expiresAtS === undefined ? {} : { expiresAtS }),
      });
      reply.code(created ? 201 : 200).header('location', `/api/v1/commands/orders/${orderId}`);
      return showOrder(await registry.commands.order(ctx, orderId), await names.names());
    },
  );
  app.post(
    '/api/v1/commands/preview',
    {
      config: write,
      schema: {
        tags,
        summary: 'What a command would change in a meter; reads the meter, changes nothing',
        body: c.PreviewBody,
        response: { 200: c.Preview },
      },
    },
    async (request) => {
      requireHeadend();
      const { meterId, kind, params = {} } = request.body;
      const signal = AbortSignal.timeout(30_000);
      const found = await commands.orders.preview(access(request), meterId, kind, params, signal);
      return { differences: found.map((each) => ({ ...each, text: differenceText(each) })) };
    },
  );
  app.post(
    '/api/v1/commands/look',
    {
      config: write,
      schema: {
        tags,
        summary: 'What a meter has now of what a kind of command changes; reads the meter, changes nothing',
        body: c.LookBody,
        response: { 200: c.Look },
      },
    },
    async (request) => {
      requireHeadend();
      const { meterId, kind, params = {} } = request.body;
      const signal = AbortSignal.timeout(30_000);
      return { found: { ...(await commands.orders.look(access(request), meterId, kind, params, signal)) } };
    },
  );
}

function orderRoutes(app: App, { registry, commands, names }: AppContext): void {
  const base = '/api/v1/commands/orders';
  app.get(
    base,
    {
      config: read,
      schema: {
        tags,
        summary: 'Orders, the newest first; with `state`, those that have commands in it',
        querystring: c.CommandOrderQuery,
        response: { 200: c.CommandOrderList },
      },
    },
    async (request) => {
      const page = await registry.commands.orders(access(request), request.query);
      const nameOf = await names.names();
      const items = page.items.map((order) => showOrder(order, nameOf));
      return { items, next: page.next, total: page.total };
    },
  );
  const shown = async (request: FastifyRequest, id: number) =>
    showOrder(await registry.commands.order(access(request), id), await names.names());
  app.get(
    `${base}/:id`,
    {
      config: read,
      schema: { tags, summary: 'One order', params: IdParams, response: { 200: c.CommandOrderItem } },
    },
    async (request) => shown(request, request.params.id),
  );
  app.post(
    `${base}/:id/submit`,
    {
      config: write,
      schema: {
        tags,
        summary: 'Submit a draft of your own',
        params: IdParams,
        response: { 200: c.CommandOrderItem },
      },
    },
    async (request) => {
      await commands.orders.submit(access(request), request.params.id, await personOf(request, registry));
      return shown(request, request.params.id);
    },
  );
  for (const decision of ['approve', 'reject'] as const) {
    app.post(
      `${base}/:id/${decision}`,
      {
        config: approve,
        schema: {
          tags,
          summary: `${decision === 'approve' ? 'Approve' : 'Reject'} an order of somebody else, as a person`,
          params: IdParams,
          body: Type.Optional(c.DecisionBody),
          response: { 200: c.CommandOrderItem },
        },
      },
      async (request) => {
        const { id } = request.params;
        await commands.orders[decision](access(request), id, request.body?.note ?? '');
        return shown(request, id);
      },
    );
  }
  app.post(
    `${base}/:id/cancel`,
    {
      config: write,
      schema: {
        tags,
        summary: 'Cancel what is not running yet of an order',
        params: IdParams,
        response: { 200: c.CommandOrderItem },
      },
    },
    async (request) => {
      await commands.orders.cancelOrder(access(request), request.params.id);
      return shown(request, request.params.id);
    },
  );
}

function takeBackRoutes(app: App, { registry, commands }: AppContext): void {
  app.post(
    '/api/v1/commands/:id/cancel',
    {
      config: write,
      schema: {
        tags,
        summary: 'Cancel a command that is not running yet',
        params: IdParams,
        response: { 200: Done },
      },
    },
    async (request) => {
      await commands.orders.cancelCommand(access(request), request.params.id);
      return { ok: true } as const;
    },
  );
  app.post(
    '/api/v1/usage-points/:id/void-disconnects',
    {
      config: write,
      schema: {
        tags,
        summary: 'A payment landed: void the disconnects of a usage point that have not left',
        params: IdParams,
        body: c.VoidBody,
        response: { 200: c.Voided },
      },
    },
    async (request) => {
      const ctx = access(request);
      const { id } = request.params;
      await registry.usagePoints.get(ctx, id);
      return commands.orders.voidDisconnects(ctx, id, request.body.reason);
    },
  );
}
