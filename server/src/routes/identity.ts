/** Sign-in, the caller's own rights, users, API tokens, saved views. */
import rateLimit from '@fastify/rate-limit';
import type { ApiToken } from '@openami/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { Done, IdParams, listOf } from '../contract/common.ts';
import * as c from '../contract/identity.ts';
import { serverErrors } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { access, checkOrigin } from '../http/guard.ts';
import { rolePermissions } from '../identity/permissions.ts';

const tags = ['identity'];

/** Registers the routes. */
export async function identityRoutes(app: App, context: AppContext): Promise<void> {
  await app.register(async (scope) => authRoutes(scope as App, context));
  meRoute(app);
  userRoutes(app, context);
  tokenRoutes(app, context);
  viewRoutes(app, context);
}

/** What of better-auth is reachable: nothing that is not listed here. */
async function authRoutes(app: App, context: AppContext): Promise<void> {
  await app.register(rateLimit, {
    max: 20,
    timeWindow: '1 minute',
    keyGenerator: (request) => request.ip,
    global: false,
  });
  const limited = { rateLimit: { max: 10, timeWindow: '1 minute' } };
  const answer = (request: FastifyRequest, reply: FastifyReply) => forward(context, request, reply);
  const post = { type: 'object', additionalProperties: true } as const;
  app.post(
    '/api/auth/sign-in/email',
    { config: { permission: 'public', ...limited }, schema: { tags, summary: 'Sign in', body: post } },
    answer,
  );
  app.post(
    '/api/auth/sign-out',
    { config: { permission: 'public' }, schema: { tags, summary: 'Sign out' } },
    answer,
  );
  app.get(
    '/api/auth/get-session',
    { config: { permission: 'public' }, schema: { tags, summary: 'The session, or null' } },
    answer,
  );
  app.post(
    '/api/auth/change-password',
    {
      config: { permission: 'session', ...limited },
      schema: { tags, summary: 'Change the own password', body: post },
    },
    answer,
  );
}

/** Hands a request to better-auth and its answer back. */
async function forward({ config, identity }: AppContext, request: FastifyRequest, reply: FastifyReply) {
  if (request.method !== 'GET') checkOrigin(request, config.publicUrl);
  const host = request.headers.host ?? 'localhost';
  if (!URL.canParse(`http://${host}`)) throw serverErrors.REQUEST_REFUSED('The Host header is no host.');
  const origin = config.publicUrl || `${request.protocol}://${host}`;
  const headers = new Headers();
  for (const name of ['cookie', 'origin', 'user-agent']) {
    const value = request.headers[name];
    if (typeof value === 'string') headers.set(name, value);
  }
  headers.set('content-type', 'application/json');
  const body = request.method === 'GET' ? undefined : JSON.stringify(request.body ?? {});
  const response = await identity.handle(
    new Request(new URL(request.url, origin), { method: request.method, headers, body }),
  );
  reply.code(response.status);
  for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie);
  reply.type(response.headers.get('content-type') ?? 'application/json; charset=utf-8');
  return reply.send(withoutToken(await response.text()));
}

/** The session's token belongs in its HttpOnly cookie and nowhere a script could read it. */
function withoutToken(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), (key, value: unknown) => (key === 'token' ? undefined : value));
  } catch {
    return text;
  }
}

function meRoute(app: App): void {
  app.get(
    '/api/v1/me',
    {
      config: { permission: 'session' },
      schema: { tags, summary: 'Who is signed in, and what they may do', response: { 200: c.Me } },
    },
    async (request) => {
      const { kind, id, name, email, role } = request.principal!;
      return {
        user: kind === 'token' ? null : { id, name, email, role },
        token: kind === 'token' ? { id: Number(id), name, role } : null,
        permissions: [...rolePermissions[role]],
      };
    },
  );
}

function userRoutes(app: App, { identity, registry }: AppContext): void {
  const config = { permission: 'users:admin' } as const;
  app.get(
    '/api/v1/users',
    { config, schema: { tags, summary: 'List users', response: { 200: listOf(c.UserItem) } } },
    async () => {
      const items = await identity.listUsers();
      return { items, next: null, total: items.length };
    },
  );
  app.post(
    '/api/v1/users',
    { config, schema: { tags, summary: 'Create a user', body: c.UserCreate, response: { 201: c.UserItem } } },
    async (request, reply) => {
      const user = await identity.createUser(request.body);
      await registry.audit.append(access(request), {
        action: 'user.create',
        objectKind: 'user',
        objectId: user.id,
        data: { role: user.role },
      });
      return reply.code(201).send(user);
    },
  );
  app.patch(
    '/api/v1/users/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change a user; a new role or password ends their sessions',
        params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
        body: c.UserPatch,
        response: { 200: c.UserItem },
      },
    },
    async (request) => {
      const user = await identity.updateUser(request.params.id, request.body);
      await registry.audit.append(access(request), {
        action: 'user.update',
        objectKind: 'user',
        objectId: user.id,
        data: { role: user.role, changed: Object.keys(request.body) },
      });
      return user;
    },
  );
}

function showToken({ id, name, role, createdAt, expiresAt, lastUsedAt }: ApiToken) {
  return {
    id,
    name,
    role,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}

function tokenRoutes(app: App, { registry }: AppContext): void {
  const config = { permission: 'tokens:admin' } as const;
  app.get(
    '/api/v1/tokens',
    { config, schema: { tags, summary: 'List API tokens', response: { 200: listOf(c.TokenItem) } } },
    async (request) => {
      const items = (await registry.tokens.list(access(request))).map(showToken);
      return { items, next: null, total: items.length };
    },
  );
  app.post(
    '/api/v1/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'Create an API token; it is shown this once',
        body: c.TokenCreate,
        response: { 201: c.TokenCreated },
      },
    },
    async (request, reply) => {
      const { name, role, expiresAt } = request.body;
      const made = await registry.tokens.issue(access(request), {
        name,
        role,
        expiresAt: expiresAt ? new Date(expiresAt) : null,
      });
      request.showsSecret = true;
      return reply.code(201).send({ ...showToken(made.token), token: made.secret });
    },
  );
  app.delete(
    '/api/v1/tokens/:id',
    {
      config,
      schema: { tags, summary: 'Revoke an API token', params: IdParams, response: { 200: Done } },
    },
    async (request) => {
      await registry.tokens.remove(access(request), request.params.id);
      return { ok: true } as const;
    },
  );
}

function viewRoutes(app: App, { registry }: AppContext): void {
  const show = ({
    id,
    name,
    query,
    shared,
  }: {
    id: number;
    name: string;
    query: string;
    shared: boolean;
  }) => ({
    id,
    name,
    query,
    shared,
  });
  app.get(
    '/api/v1/views',
    {
      config: { permission: 'views:read' },
      schema: { tags, summary: 'Saved views: own and shared', response: { 200: listOf(c.SavedView) } },
    },
    async (request) => {
      const items = (await registry.views.list(access(request))).map(show);
      return { items, next: null, total: items.length };
    },
  );
  app.put(
    '/api/v1/views',
    {
      config: { permission: 'views:write' },
      schema: {
        tags,
        summary: 'Save a view; one of the same name is replaced',
        body: c.SavedViewBody,
        response: { 200: c.SavedView },
      },
    },
    async (request) => show(await registry.views.save(access(request), request.body)),
  );
  app.delete(
    '/api/v1/views/:id',
    {
      config: { permission: 'views:write' },
      schema: { tags, summary: 'Delete a saved view', params: IdParams, response: { 200: Done } },
    },
    async (request) => {
      await registry.views.remove(access(request), request.params.id);
      return { ok: true } as const;
    },
  );
}
