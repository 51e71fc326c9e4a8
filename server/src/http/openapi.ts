/** The OpenAPI 3.1 document, generated from the schemas of the routes, and its rendered page at /docs. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { RoutePermission } from '../identity/permissions.ts';

const tags = [
  { name: 'overview', description: 'State of the whole system, read success, map, search, live stream' },
  { name: 'meters', description: 'Meters, channels, readings, installations and meter exchange' },
  { name: 'registry', description: 'Premises, usage points, customers, accounts, agreements; CSV files' },
  {
    name: 'radio',
    description: 'Telegrams of gateways, meters that are heard over the air or read at their ports',
  },
  { name: 'mappings', description: 'How messages of other devices become readings' },
  { name: 'lorawan', description: 'LoRaWAN devices: messages of network servers, codecs, downlinks' },
  { name: 'commissioning', description: 'Meters on their way into use, jobs over lists of meters' },
  { name: 'readings', description: 'Readings pushed by devices and systems' },
  { name: 'imports', description: 'Files of readings' },
  { name: 'collection', description: 'Reading plans, sessions with meters, gaps, the service level' },
  { name: 'commands', description: 'Commands to meters, approval, the safety policy' },
  { name: 'billing', description: 'Tariffs, bill runs, bills and what is behind their lines' },
  { name: 'prepay', description: 'Customers who pay first: balance, ledger, payments, policies, notices' },
  {
    name: 'customer',
    description: 'Logins of customers, and what a customer sees of the own usage and bills',
  },
  { name: 'hand-over', description: 'Webhooks, and batches of bills for a CIS' },
  { name: 'settlement', description: 'Totals by group and interval' },
  { name: 'campaigns', description: 'Firmware images and campaigns' },
  { name: 'keys', description: 'Keys of meters: import, check, rotation' },
  { name: 'validation', description: 'Rules, exceptions, estimates and edits of readings' },
  { name: 'virtual channels', description: 'Channels computed from others' },
  { name: 'evidence', description: 'Events, refused readings, raw frames, seen and not registered' },
  { name: 'identity', description: 'Who is signed in, users, tokens, credentials, saved views' },
  { name: 'audit', description: 'Who did what, and whether the chain of records holds' },
  { name: 'system', description: 'Health, metrics, this document' },
];

/** What every route can answer besides its own schema. */
function describe(route: RouteOptions): void {
  const permission = route.config?.permission as RoutePermission | undefined;
  // the HEAD of a GET shares its schema, and is not in the document
  if (!route.schema || !permission || route.method === 'HEAD') return;
  const schema = route.schema as Record<string, unknown>;
  if (permission !== 'public') {
    schema.security = [{ bearer: [] }, { session: [] }];
    const needs = permission === 'session' ? 'Anyone signed in.' : `Needs \`${permission}\`.`;
    schema.description = [schema.description, needs].filter(Boolean).join(' ');
  }
}

/** Registers the generator; must come before the routes. */
export async function installOpenApi(app: FastifyInstance, version: string): Promise<void> {
  app.addHook('onRoute', describe);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'OpenAMI',
        version,
        description:
          'Errors are RFC 9457 problem details with a stable `code` and a `hint`. ' +
          'Lists are paged by cursor. Unsafe requests take an `Idempotency-Key`. ' +
          'Times are UTC; a reading is stamped with the end of its interval.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'openami.session_token' },
        },
      },
    },
    hideUntagged: true,
  });
  await app.register(swaggerUi, { routePrefix: '/docs', uiConfig: { deepLinking: true } });
  app.get(
    '/api/v1/openapi.json',
    { config: { permission: 'public' }, schema: { tags: ['system'], summary: 'This document' } },
    async () => app.swagger(),
  );
}
