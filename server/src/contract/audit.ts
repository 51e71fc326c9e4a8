/** Contract: the audit trail. */
import { type Static, Type } from 'typebox';
import { Instant } from './common.ts';

export const AuditItem = Type.Object({
  seq: Type.Integer(),
  at: Instant,
  /** `user`, `token` or `system`. */
  actorKind: Type.String(),
  actorId: Type.String(),
  /** Empty for somebody who is not known any more. */
  actorName: Type.String(),
  purpose: Type.String(),
  action: Type.String(),
  objectKind: Type.String(),
  objectId: Type.String(),
  data: Type.Record(Type.String(), Type.Unknown()),
  hash: Type.String({ description: 'SHA-256 of the chain up to and with this record' }),
});
export type AuditItem = Static<typeof AuditItem>;
export const AuditQuery = Type.Object({
  before: Type.Optional(Type.Integer({ minimum: 1, description: 'Records with a smaller number' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  objectKind: Type.Optional(Type.String({ maxLength: 60 })),
  objectId: Type.Optional(Type.String({ maxLength: 100 })),
});
export const AuditCheck = Type.Object({
  records: Type.Integer({ description: 'Records whose chain holds' }),
  brokenAt: Type.Union([Type.Integer(), Type.Null()], { description: 'First record that does not fit' }),
});
export type AuditCheck = Static<typeof AuditCheck>;
