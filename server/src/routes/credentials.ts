/** MQTT credentials of devices and gateways: issued, listed without their secrets, disabled, issued anew. */
import { identityOfFilters } from '@openami/headend';
import { parseTopicFilter } from '@openami/headend/mapping';
import type { DeviceCredential } from '@openami/store';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { listOf, pageQuery } from '../contract/common.ts';
import * as c from '../contract/identity.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { topicOf } from '../services/mqtt.ts';

const tags = ['identity'];
const config = { permission: 'credentials:write' } as const;
/** Neither all topics, nor OpenAMI's own (see `reportsFor`), nor the broker's, nor named levels. */
const topicPattern = '^(?!openami(/|$)|#|\\$)[^{}]+$';
const UsernameParams = Type.Object({ username: Type.String({ minLength: 1, maxLength: 100 }) });

/** Registers the routes. */
export function credentialRoutes(app: App, context: AppContext): void {
  issueRoute(app, context);
  listRoute(app, context);
  changeRoutes(app, context);
}

function show({ username, meterId, publish, enabled, updatedAt }: DeviceCredential): c.CredentialItem {
  const { reportsFor = [], topics = [] } = identityOfFilters(username, publish);
  return {
    ...{ username, meterId, enabled },
    ...{ reportsFor: [...reportsFor], topics: [...topics] },
    updatedAt: updatedAt.toISOString(),
  };
}

/** The change is made: where its connections cannot be looked at now, the next look in seconds does it. */
export async function closeChanged({ credentialWatch, log }: AppContext): Promise<void> {
  await credentialWatch.check().catch((error: unknown) => {
    log.warn({ err: error }, 'Connections of a changed credential could not be closed yet');
  });
}

function listRoute(app: App, { registry }: AppContext): void {
  app.get(
    '/api/v1/credentials',
    {
      config,
      schema: {
        tags,
        summary: 'List MQTT credentials of devices, without their secrets',
        querystring: pageQuery({
          q: Type.Optional(Type.String({ maxLength: 100, description: 'Part of the user name' })),
        }),
        response: { 200: listOf(c.CredentialItem) },
      },
    },
    async (request) => {
      const page = await registry.credentials.list(access(request), request.query);
      return { ...page, items: page.items.map(show) };
    },
  );
}

function changeRoutes(app: App, context: AppContext): void {
  const { credentials } = context.registry;
  app.patch(
    '/api/v1/credentials/:username',
    {
      config,
      schema: {
        tags,
        summary: 'Enable or disable a credential; disabled, its connections are closed at once',
        params: UsernameParams,
        body: Type.Object({ enabled: Type.Boolean() }),
        response: { 200: c.CredentialItem },
      },
    },
    async (request) => {
      const { username } = request.params;
      const changed = await credentials.setEnabled(access(request), username, request.body.enabled);
      await closeChanged(context);
      return show(changed);
    },
  );
  app.post(
    '/api/v1/credentials/:username/reissue',
    {
      config,
      schema: {
        tags,
        summary: 'A new secret, shown this once; connections made with the old one are closed at once',
        params: UsernameParams,
        response: { 201: c.DeviceCredential },
      },
    },
    async (request, reply) => {
      const issued = await credentials.reissue(access(request), request.params.username);
      request.showsSecret = true;
      await closeChanged(context);
      return reply.code(201).send(issued);
    },
  );
}

function issueRoute(app: App, context: AppContext): void {
  const { registry } = context;
  app.post(
    '/api/v1/devices/:serial/credential',
    {
      config,
      schema: {
        tags,
        summary: 'Issue the MQTT credential of a device, or issue it anew; it is shown this once',
        params: Type.Object({ serial: Type.String({ minLength: 1, maxLength: 100 }) }),
        body: Type.Optional(
          Type.Union([
            Type.Null(),
            Type.Object({
              reportsFor: Type.Optional(
                Type.Array(Type.String({ minLength: 1, maxLength: 100 }), {
                  maxItems: 1000,
                  description: 'Other meters a gateway speaks for: serials, `*` at the end for many',
                }),
              ),
              topics: Type.Optional(
                Type.Array(Type.String({ pattern: topicPattern, maxLength: 256 }), {
                  maxItems: 100,
                  description:
                    'Topics besides OpenAMI’s own that it may publish to, for mappings or Sparkplug B: ' +
                    '`zigbee2mqtt/#`',
                }),
              ),
            }),
          ]),
        ),
        response: { 201: c.DeviceCredential },
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const meter = await registry.meters.find(ctx, request.params.serial);
      const { reportsFor = [], topics = [] } = request.body ?? {};
      for (const topic of topics) parseTopicFilter(topic);
      const publish = [...reportsFor.map(topicOf), ...topics];
      const issued = await registry.credentials.issue(ctx, {
        username: request.params.serial,
        ...(meter ? { meterId: meter.id } : {}),
        ...(publish.length > 0 ? { publish } : {}),
      });
      await registry.audit.append(ctx, {
        action: 'credential.issue',
        objectKind: 'device',
        objectId: request.params.serial,
        data: { reportsFor: reportsFor.length, topics },
      });
      await closeChanged(context);
      request.showsSecret = true;
      return reply.code(201).send({ username: issued.username, password: issued.password });
    },
  );
}
