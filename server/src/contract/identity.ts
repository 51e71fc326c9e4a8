/** Contract: who is signed in, users, tokens, device credentials, saved views. */
import { type Static, Type } from 'typebox';
import { Id, Instant, nullable, oneOf } from './common.ts';

export const roles = ['viewer', 'operator', 'admin'] as const;
export const RoleWord = oneOf(roles);

/** Every permission there is; roles are sets of them (see `rolePermissions` of the server). */
export const permissions = [
  'overview:read',
  'meters:read',
  'meters:write',
  'customers:read',
  'customers:write',
  'readings:read',
  'readings:write',
  'vee:read',
  'vee:write',
  'vee:approve',
  'vee:rules',
  'events:read',
  'frames:read',
  'commands:read',
  'commands:write',
  'commands:approve',
  'commands:policy',
  'collection:read',
  'collection:write',
  'keys:read',
  'keys:write',
  'imports:read',
  'imports:write',
  'views:read',
  'views:write',
  'credentials:write',
  'tokens:admin',
  'users:admin',
  'audit:read',
  'metrics:read',
] as const;
export type Permission = (typeof permissions)[number];

export const Me = Type.Object({
  user: nullable(
    Type.Object({ id: Type.String(), name: Type.String(), email: Type.String(), role: RoleWord }),
  ),
  token: nullable(Type.Object({ id: Id, name: Type.String(), role: RoleWord })),
  permissions: Type.Array(Type.String()),
});
export type Me = Static<typeof Me>;

export const UserItem = Type.Object({
  id: Type.String(),
  name: Type.String(),
  email: Type.String(),
  role: RoleWord,
  createdAt: Instant,
});
export type UserItem = Static<typeof UserItem>;
export const UserCreate = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100 }),
  email: Type.String({ format: 'email', maxLength: 254 }),
  password: Type.String({ minLength: 12, maxLength: 128 }),
  role: RoleWord,
});
export type UserCreate = Static<typeof UserCreate>;
export const UserPatch = Type.Object({
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  role: Type.Optional(RoleWord),
  password: Type.Optional(Type.String({ minLength: 12, maxLength: 128 })),
});
export type UserPatch = Static<typeof UserPatch>;

export const TokenItem = Type.Object({
  id: Id,
  name: Type.String(),
  role: RoleWord,
  createdAt: Instant,
  expiresAt: nullable(Instant),
  lastUsedAt: nullable(Instant),
});
export type TokenItem = Static<typeof TokenItem>;
export const TokenCreate = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100 }),
  role: RoleWord,
  expiresAt: Type.Optional(Instant),
});
/** `token` is shown this once: the store keeps only its SHA-256. */
export const TokenCreated = Type.Object({ ...TokenItem.properties, token: Type.String() });
export type TokenCreated = Static<typeof TokenCreated>;

/** MQTT credential of a device; `password` is shown this once. */
export const DeviceCredential = Type.Object({ username: Type.String(), password: Type.String() });
export type DeviceCredential = Static<typeof DeviceCredential>;

/** A credential as it is listed: its secret is nowhere but with the device. */
export const CredentialItem = Type.Object({
  username: Type.String(),
  meterId: nullable(Id),
  reportsFor: Type.Array(Type.String(), { description: 'Other meters it speaks for' }),
  enabled: Type.Boolean(),
  updatedAt: Instant,
});
export type CredentialItem = Static<typeof CredentialItem>;

/** A saved view of the meter table: `query` is the query string of its URL. */
export const SavedView = Type.Object({
  id: Id,
  name: Type.String({ minLength: 1, maxLength: 100 }),
  query: Type.String({ maxLength: 4000 }),
  shared: Type.Boolean(),
});
export type SavedView = Static<typeof SavedView>;
export const SavedViewBody = Type.Object({
  name: SavedView.properties.name,
  query: SavedView.properties.query,
  shared: Type.Optional(Type.Boolean({ default: false })),
});
