/**
 * Deny by default: a route that declares no permission does not register, and each request is checked
 * against the permission of its route before its body is read.
 */
import type { AccessContext } from '@openami/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { serverErrors } from '../errors.ts';
import { accessOf, mayDo, type Principal, type RoutePermission } from '../identity/permissions.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller must be allowed to do. */
    permission?: RoutePermission;
  }
  interface FastifyRequest {
    principal: Principal | null;
  }
}

/** Routes that plugins register themselves, by prefix. */
const pluginRoutes: readonly [prefix: string, permission: RoutePermission][] = [['/docs', 'public']];

/** Finds who makes a request; null for nobody. */
export type Authenticate = (request: FastifyRequest) => Promise<Principal | null>;

export interface GuardOptions {
  readonly authenticate: Authenticate;
  /** Address people use, when it is not the Host header's. */
  readonly publicUrl: string;
  /** Told of every route. */
  readonly routeTable?: { method: string; url: string; permission: RoutePermission }[];
}

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

function isPluginRoute(url: string): RoutePermission | undefined {
  return pluginRoutes.find(([prefix]) => url === prefix || url.startsWith(`${prefix}/`))?.[1];
}

/** Installs the guard; must come before every route. */
export function installGuard(app: FastifyInstance, options: GuardOptions): void {
  app.decorateRequest('principal', null);
  app.addHook('onRoute', (route) => {
    const permission = route.config?.permission ?? isPluginRoute(route.url);
    if (!permission) throw new Error(`${String(route.method)} ${route.url} declares no permission`);
    route.config = { ...route.config, permission };
    for (const method of [route.method].flat())
      options.routeTable?.push({ method, url: route.url, permission });
  });
  app.addHook('onRequest', async (request) => {
    // A request no route matches carries no permission: it ends as 404 and reaches nothing.
    const permission = request.routeOptions.config.permission;
    if (permission === undefined || permission === 'public') return;
    const principal = await options.authenticate(request);
    if (!principal) throw serverErrors.UNAUTHENTICATED();
    if (!mayDo(principal, permission)) {
      throw serverErrors.FORBIDDEN(`It needs ${permission}; your role is ${principal.role}.`, { permission });
    }
    if (principal.viaCookie && !safe.has(request.method)) checkOrigin(request, options.publicUrl);
    request.principal = principal;
  });
}

/** A cookie is sent by the browser for any site's request: only our own origin may change things. */
export function checkOrigin(request: FastifyRequest, publicUrl: string): void {
  const origin = request.headers.origin;
  const host = request.headers.host;
  if (origin && URL.canParse(origin)) {
    if (new URL(origin).host === host) return;
    if (publicUrl !== '' && new URL(publicUrl).origin === origin) return;
  }
  if (!origin && request.headers['sec-fetch-site'] === 'same-origin') return;
  throw serverErrors.ORIGIN_REFUSED(`Origin ${origin ?? 'missing'} is not ${host}.`);
}

/** The access context of the request's principal, for repository calls. */
export function access(request: FastifyRequest): AccessContext {
  if (!request.principal) throw serverErrors.UNAUTHENTICATED();
  return accessOf(request.principal);
}
