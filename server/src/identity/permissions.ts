/** Which role may do what: viewer < operator < admin; a gateway hands in readings, a CIS fetches bills. */
import type { AccessContext, Role } from '@openami/model';
import { type Permission, permissions } from '../contract/identity.ts';

const viewer: readonly Permission[] = [
  'overview:read',
  'meters:read',
  'customers:read',
  'readings:read',
  'vee:read',
  'billing:read',
  'handover:read',
  'events:read',
  'commands:read',
  'collection:read',
  'imports:read',
  'views:read',
  'metrics:read',
];
const operator: readonly Permission[] = [
  ...viewer,
  'frames:read',
  'meters:write',
  'commands:write',
  'commands:approve',
  'collection:write',
  'keys:read',
  'customers:write',
  'readings:write',
  'vee:write',
  'vee:approve',
  'billing:write',
  'billing:approve',
  'handover:acknowledge',
  'handover:write',
  'imports:write',
  'views:write',
  'credentials:write',
];

export const rolePermissions: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  viewer: new Set(viewer),
  operator: new Set(operator),
  admin: new Set(permissions),
  gateway: new Set(['readings:write']),
  cis: new Set(['handover:read', 'handover:acknowledge']),
};

/** What a route declares: a permission, `session` (anyone signed in), `local` (the command), `public`. */
export type RoutePermission = Permission | 'session' | 'local' | 'public';

/** Who makes a request. */
export interface Principal {
  readonly kind: 'user' | 'token' | 'system';
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  /** Cookie sessions need the origin check; bearer tokens do not. */
  readonly viaCookie: boolean;
}

/** Whether somebody may decide which downlinks of LoRaWAN devices need a second person. */
export const mayControl = (principal: Pick<Principal, 'role' | 'kind'>): boolean =>
  mayDo(principal, 'commands:policy');

/** True when a principal may do what a permission names. */
export function mayDo(
  { role, kind }: Pick<Principal, 'role' | 'kind'>,
  permission: RoutePermission,
): boolean {
  if (permission === 'local') return kind === 'system';
  return permission === 'public' || permission === 'session' || rolePermissions[role].has(permission);
}

/** The access context every repository call of this request takes. */
export function accessOf(principal: Principal): AccessContext {
  const { kind, id, name } = principal;
  return { actor: { kind, id, name }, purpose: 'operate', scope: 'all' };
}
