/**
 * Which role may do what: viewer < operator < admin; gateways hand in readings, vendors take payments, a CIS
 * fetches bills, and customers see what is theirs.
 */
import type { AccessContext, Role } from '@openami/model';
import { type Permission, permissions } from '../contract/identity.ts';

const viewer: readonly Permission[] = [
  'overview:read',
  'meters:read',
  'customers:read',
  'readings:read',
  'vee:read',
  'billing:read',
  'prepay:read',
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
  'customers:invite',
  'readings:write',
  'vee:write',
  'vee:approve',
  'billing:write',
  'billing:approve',
  'prepay:write',
  'prepay:approve',
  'prepay:vend',
  'handover:acknowledge',
  'handover:write',
  'imports:write',
  'views:write',
  'credentials:write',
];

/** Of customers alone, whose usage points are their own: nobody of the utility has them. */
const customer: readonly Permission[] = ['my:read', 'my:write'];

export const rolePermissions: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  viewer: new Set(viewer),
  operator: new Set(operator),
  admin: new Set(permissions.filter((permission) => !customer.includes(permission))),
  gateway: new Set(['readings:write']),
  customer: new Set(customer),
  vendor: new Set(['prepay:vend']),
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
  const { kind, id, name, role } = principal;
  const actor = { kind, id, name };
  // what is a customer's own is looked up by the routes that show it: anywhere else there is nothing to see
  if (role === 'customer') return { actor, purpose: 'customer', scope: { usagePoints: new Set() } };
  return { actor, purpose: 'operate', scope: 'all' };
}
