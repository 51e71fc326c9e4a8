/** Webhooks: made, changed and tried by administrators; what was sent and what is dead. */
import type { Webhook, WebhookDelivery } from '@openami/store';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { IdParams } from '../contract/common.ts';
import * as c from '../contract/hand-over.ts';
import type { App } from '../http/app-type.ts';
import { ifMatch, sendEntity } from '../http/etag.ts';
import { access } from '../http/guard.ts';

const tags = ['hand-over'];
const admin = { permission: 'webhooks:admin' } as const;
const params = IdParams;

/** Registers the routes. */
export function webhookRoutes(app: App, context: AppContext): void {
  listRoutes(app, context);
  changeRoutes(app, context);
  actionRoutes(app, context);
}

function show(hook: Webhook): c.WebhookItem {
  const { id, name, url, kinds, enabled, paused, failures, waiting, dead, version } = hook;
  return {
    ...{ id, name, url, kinds: [...kinds], enabled, paused, failures, waiting, dead, version },
    deliveredAt: hook.deliveredAt?.toISOString() ?? null,
    createdAt: hook.createdAt.toISOString(),
  };
}

function showDelivery({ at, queuedAt, doneAt, data, ...rest }: WebhookDelivery): c.DeliveryItem {
  return {
    ...{ ...rest, data: { ...data }, at: at.toISOString(), queuedAt: queuedAt.toISOString() },
    doneAt: doneAt?.toISOString() ?? null,
  };
}

function listRoutes(app: App, { registry }: AppContext): void {
  app.get(
    '/api/v1/webhooks',
    { config: admin, schema: { tags, summary: 'Webhooks', response: { 200: c.WebhookList } } },
    async (request) => ({ items: (await registry.webhooks.list(access(request))).map(show) }),
  );
  app.get(
    '/api/v1/webhooks/:id',
    { config: admin, schema: { tags, summary: 'A webhook', params, response: { 200: c.WebhookItem } } },
    async (request, reply) => {
      const hook = await registry.webhooks.get(access(request), request.params.id);
      return sendEntity(request, reply, hook, show(hook)) as c.WebhookItem;
    },
  );
  app.get(
    '/api/v1/webhook-deliveries',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'What was sent to webhooks, waits or is dead; newest first' },
        querystring: c.DeliveryQuery,
        response: { 200: c.DeliveryList },
      },
    },
    async (request) => {
      const page = await registry.webhooks.deliveries(access(request), request.query);
      return { ...page, items: page.items.map(showDelivery) };
    },
  );
}

function changeRoutes(app: App, { registry, webhooks }: AppContext): void {
  app.post(
    '/api/v1/webhooks',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Make a webhook; the answer shows its secret, once', body: c.WebhookCreate },
        response: { 201: c.WebhookSecretShown },
      },
    },
    async (request, reply) => {
      const { webhook, secret } = await webhooks.create(access(request), request.body);
      request.showsSecret = true;
      reply.code(201).header('location', `/api/v1/webhooks/${webhook.id}`);
      return { webhook: show(webhook), secret };
    },
  );
  app.patch(
    '/api/v1/webhooks/:id',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Change, pause or start a webhook (If-Match)', params, body: c.WebhookPatch },
        response: { 200: c.WebhookItem },
      },
    },
    async (request) =>
      show(await webhooks.change(access(request), request.params.id, request.body, ifMatch(request))),
  );
  app.delete(
    '/api/v1/webhooks/:id',
    {
      config: admin,
      schema: {
        tags,
        summary: 'Remove a webhook with what waits for it',
        params,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await registry.webhooks.remove(access(request), request.params.id);
      return reply.code(204).send(null);
    },
  );
}

function actionRoutes(app: App, { registry, webhooks }: AppContext): void {
  app.post(
    '/api/v1/webhooks/:id/rotate',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'A new secret; the one before signs as well for a while', params },
        ...{ body: c.WebhookRotate, response: { 200: c.WebhookSecretShown } },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { webhook, secret } = await webhooks.rotate(access(request), id, request.body.overlapHours);
      request.showsSecret = true;
      return { webhook: show(webhook), secret };
    },
  );
  app.post(
    '/api/v1/webhooks/:id/test',
    {
      config: admin,
      schema: { tags, summary: 'Send a test event', params, response: { 202: c.WebhookItem } },
    },
    async (request, reply) => {
      const ctx = access(request);
      await webhooks.test(ctx, request.params.id);
      reply.code(202);
      return show(await registry.webhooks.get(ctx, request.params.id));
    },
  );
  app.post(
    '/api/v1/webhooks/:id/resend',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Send dead events again: those named, or all', params, body: c.WebhookResend },
        response: { 200: c.WebhookResent },
      },
    },
    async (request) => {
      const { deliveries } = request.body;
      return { resent: await webhooks.resend(access(request), request.params.id, deliveries) };
    },
  );
}
