/** Contract: who is signed in, users, tokens, device credentials, saved views. */
import { type Static, Type } from 'typebox';
import { Id, Instant, nullable, oneOf } from './common.ts';

export const roles = ['viewer', 'operator', 'admin'] as const;
export const RoleWord = oneOf(roles);
const AnyRole = oneOf([...roles, 'gateway', 'vendor', 'cis', 'customer'] as const);
/** Tokens may be of machines, too: those that only hand in readings, take payments or fetch bills. */
export const tokenRoles = [...roles, 'gateway', 'vendor', 'cis'] as const;
const TokenRole = oneOf(tokenRoles);

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
  'billing:read',
  'billing:write',
  'billing:approve',
  'billing:tariffs',
  'prepay:read',
  'prepay:write',
  'prepay:approve',
  'prepay:policy',
  'prepay:vend',
  'handover:read',
  'handover:acknowledge',
  'handover:write',
  'webhooks:admin',
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
  'keys:export',
  'imports:read',
  'imports:write',
  'views:read',
  'views:write',
  'credentials:write',
  'tokens:admin',
  'users:admin',
  'audit:read',
  'metrics:read',
  'customers:invite',
  'my:read',
  'my:write',
] as const;
export type Permission = (typeof permissions)[number];

export const Me = Type.Object({
  user: nullable(
    Type.Object({ id: Type.String(), name: Type.String(), email: Type.String(), role: AnyRole }),
  ),
  token: nullable(Type.Object({ id: Id, name: Type.String(), role: AnyRole })),
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
  role: TokenRole,
  createdAt: Instant,
  expiresAt: nullable(Instant),
  lastUsedAt: nullable(Instant),
});
export type TokenItem = Static<typeof TokenItem>;
export const TokenCreate = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 100 }),
  role: TokenRole,
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
  topics: Type.Array(Type.String(), { description: 'Topics beside OpenAMI’s own that it may publish to' }),
  enabled: Type.Boolean(),
  updatedAt: Instant,
});
export type CredentialItem = Static<typeof CredentialItem>;

export const CertificateItem = Type.Object({
  serialNumber: Type.String({ description: 'Hexadecimal' }),
  username: Type.String({ description: 'The device or gateway: common name of the certificate' }),
  fingerprint: Type.String({ description: 'SHA-256' }),
  certificate: Type.String({ description: 'PEM' }),
  notBefore: Instant,
  notAfter: Instant,
  issuedAt: Instant,
  revokedAt: nullable(Instant),
  reason: Type.String({ description: 'Why it was revoked' }),
});
export type CertificateItem = Static<typeof CertificateItem>;
export const CertificateBody = Type.Object({
  csr: Type.Optional(Type.String({ minLength: 1, maxLength: 16_384, description: 'PKCS#10, PEM' })),
  days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_650, description: 'Default 730' })),
});
/** `privateKey` where it was made here: shown this once. */
export const CertificateIssued = Type.Object({
  ...CertificateItem.properties,
  authority: Type.String({ description: 'PEM of the root to trust' }),
  privateKey: Type.Optional(Type.String({ description: 'PEM, PKCS#8' })),
});
export type CertificateIssued = Static<typeof CertificateIssued>;
export const CertificateRevokeBody = Type.Object({
  reason: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', description: 'Why: it is kept' }),
});

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
