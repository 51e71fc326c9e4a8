/** Every route as every role, as a token and as nobody: generated from the routes that are registered. */
import { type Role, systemAccess, type UserRole } from '@openami/model';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installGuard } from '../../src/http/guard.ts';
import { mayDo, type RoutePermission } from '../../src/identity/permissions.ts';
import { startServer, type TestServer } from '../helpers/start-server.ts';

let server: TestServer;
let routes: { method: string; url: string; permission: RoutePermission }[];
const roles: readonly UserRole[] = ['viewer', 'operator', 'admin'];
/** Roles of other systems' tokens, and all that each may do. */
const parts = {
  gateway: ['readings:write'],
  vendor: ['prepay:vend'],
  cis: ['handover:read', 'handover:acknowledge'],
} as const satisfies Partial<Record<Role, readonly RoutePermission[]>>;
const tokens = new Map<Role, string>();
const cookies = new Map<UserRole, string>();

beforeAll(async () => {
  server = await startServer({ meters: 2 });
  const { context } = server.running;
  for (const role of Object.keys(parts) as (keyof typeof parts)[])
    tokens.set(role, (await context.registry.tokens.issue(systemAccess, { name: role, role })).secret);
  for (const role of roles) {
    const { secret } = await context.registry.tokens.issue(systemAccess, { name: role, role });
    tokens.set(role, secret);
    const email = `${role}.role@example.org`;
    const password = `${role} long password`;
    await context.identity.createUser({ email, password, name: role, role });
    const answer = await signIn(email, password);
    expect(answer.statusCode).toBe(200);
    cookies.set(role, String(answer.headers['set-cookie']).split(';')[0]!);
  }
  routes = context.routeTable.filter(({ method }) => method !== 'HEAD' && method !== 'OPTIONS');
}, 90_000);
afterAll(() => server?.close());

const host = 'ami.example.org';

function signIn(email: string, password: string) {
  return server.running.app.inject({
    method: 'POST',
    url: '/api/auth/sign-in/email',
    headers: { host, origin: `http://${host}` },
    payload: { email, password },
  });
}

/** An address of the route; parameters name records that are not there. */
const addressOf = (url: string) =>
  url
    .replace(':kind', 'meters')
    .replace(/:id\b/, '2147483647')
    .replace(/:\w+/, 'nothing')
    .replace('*', 'nothing');

/** The status of a request without a body: 401 and 403 come before anything else is looked at. */
async function statusOf(route: { method: string; url: string }, headers: Record<string, string>) {
  const { method, url } = route;
  const answer = await server.running.app.inject({
    method: method as 'GET',
    url: addressOf(url),
    headers: { host, origin: `http://${host}`, ...headers },
  });
  return answer.statusCode;
}

/** The live stream never ends by itself, and the metrics are tried elsewhere. */
const testable = (url: string) => url !== '/api/v1/stream';

describe('access', () => {
  it('finds the routes', () => {
    expect(routes.length).toBeGreaterThan(60);
    expect(routes.every((route) => route.permission)).toBe(true);
  });

  it('lets nobody in but where everybody may go', async () => {
    for (const route of routes.filter(({ url }) => testable(url))) {
      const status = await statusOf(route, {});
      const name = `${route.method} ${route.url}`;
      if (route.permission === 'public') expect(status, name).not.toBe(403);
      else expect(status, name).toBe(401);
    }
  });

  it.each(roles)('%s: token and session are allowed the same, and no more', async (role) => {
    const ways: Record<string, string>[] = [
      { authorization: `Bearer ${tokens.get(role)}` },
      { cookie: cookies.get(role)! },
    ];
    for (const route of routes) {
      if (!testable(route.url) || route.permission === 'public' || route.url.startsWith('/api/auth'))
        continue;
      for (const headers of ways) {
        const kind = 'cookie' in headers ? 'user' : 'token';
        const allowed = mayDo({ role, kind }, route.permission);
        const status = await statusOf(route, headers);
        const name = `${route.method} ${route.url} (${route.permission}) as ${role} by ${kind}: ${status}`;
        if (allowed) expect([401, 403], name).not.toContain(status);
        else expect(status, name).toBe(403);
      }
    }
  });

  it.each(Object.entries(parts))('%s: does its part, and sees nothing else', async (role, own) => {
    const may: readonly string[] = own;
    const headers = { authorization: `Bearer ${tokens.get(role as Role)}` };
    for (const route of routes) {
      if (!testable(route.url) || ['public', 'session'].includes(route.permission)) continue;
      const status = await statusOf(route, headers);
      const name = `${route.method} ${route.url} (${route.permission})`;
      if (may.includes(route.permission)) expect([401, 403], name).not.toContain(status);
      else expect(status, name).toBe(403);
    }
    // nobody signs in as one
    const { body } = await server.running.app.inject({
      ...{ method: 'POST', url: '/api/v1/users', headers: { host, authorization: `Bearer ${server.token}` } },
      payload: { name: 'g', email: 'g@example.org', password: 'a long password', role },
    });
    expect(JSON.parse(body).code).toBe('VALIDATION_FAILED');
  });

  it('other systems find what they are given', () => {
    const urlsOf = (role: keyof typeof parts) =>
      routes
        .filter(({ permission }) => (parts[role] as readonly string[]).includes(permission))
        .map(({ method, url }) => `${method} ${url.replace('/api/v1', '')}`)
        .sort();
    expect(urlsOf('gateway')).toContain('POST /lorawan/chirpstack');
    expect(urlsOf('vendor')).toEqual(['GET /prepay/confirmation', 'POST /prepay/payments']);
    expect(urlsOf('cis')).toEqual([
      ...['GET /hand-over/batches', 'GET /hand-over/batches/:id', 'GET /hand-over/batches/:id/content'],
      ...['GET /hand-over/bills', 'GET /hand-over/settings', 'POST /hand-over/batches/:id/acknowledge'],
    ]);
  });

  it('does not take a wrong, shortened or foreign token', async () => {
    const token = tokens.get('admin')!;
    for (const text of [token.slice(0, -1), `${token}x`, 'x', server.adminPassword, 'x'.repeat(5000)]) {
      const route = { method: 'GET', url: '/api/v1/users' };
      expect(await statusOf(route, { authorization: `Bearer ${text}` })).toBe(401);
    }
  });

  it('takes changes by cookie only from its own origin', async () => {
    const route = { method: 'PUT', url: '/api/v1/views' };
    const cookie = cookies.get('operator')!;
    expect(await statusOf(route, { cookie, origin: 'http://evil.example' })).toBe(403);
    expect(await statusOf(route, { cookie, origin: 'null' })).toBe(403);
    expect(await statusOf(route, { cookie })).toBe(400);
    expect(
      await statusOf({ method: 'GET', url: '/api/v1/views' }, { cookie, origin: 'http://evil.example' }),
    ).toBe(200);
  });

  it('limits sign-in attempts, and says no more about a user than about nobody', async () => {
    const wrong = await signIn('viewer.role@example.org', 'not the password');
    const nobody = await signIn('nobody@example.org', 'not the password');
    expect(wrong.statusCode).toBe(401);
    expect(wrong.json().code).toBe('SIGN_IN_FAILED');
    expect({ ...nobody.json(), requestId: '' }).toEqual({ ...wrong.json(), requestId: '' });
    let limited = 0;
    for (let i = 0; i < 12; i++)
      limited += Number((await signIn('a@example.org', 'wrong wrong')).statusCode === 429);
    expect(limited).toBeGreaterThan(0);
  });

  it('refuses to register a route that declares no permission', async () => {
    const app = Fastify();
    installGuard(app, { authenticate: async () => null, publicUrl: '' });
    expect(() => app.get('/open', async () => 'x')).toThrow('declares no permission');
  });
});
