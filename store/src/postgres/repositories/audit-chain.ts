/**
 * The audit chain: h(i) = SHA-256( h(i-1) || SHA-256(record(i)) || i ), record in canonical JSON (RFC 8785),
 * i as 8 bytes big-endian, h(0) = 32 zero bytes. One flipped byte anywhere breaks every hash after it.
 * Personal data is referred to by id, so that erasing it leaves the chain whole.
 */
import { createHash } from 'node:crypto';
import type { AccessContext, AuditKind } from '@openami/model';
import type { Transaction } from 'kysely';
import type { Database } from '../schema.ts';
import type { AuditRecord } from '../types.ts';

export type Work = Transaction<Database>;

/** What a record says besides who and when. */
export interface Noted {
  readonly action: string;
  readonly objectKind: AuditKind;
  readonly objectId: string;
  readonly data?: Record<string, unknown>;
}

export type AuditBody = Omit<AuditRecord, 'seq' | 'hash' | 'at'> & { readonly at: string };

/** RFC 8785: members sorted by UTF-16 code units, no spaces; numbers and strings as JSON.stringify. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => (item === undefined ? 'null' : canonicalJson(item))).join(',')}]`;
  }
  if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const texts = members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
    return `{${texts.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** Hash of record `seq` after a chain that ends in `previous` (hex). */
export function chainHash(previous: string, record: string, seq: number): string {
  const body = createHash('sha256').update(record).digest();
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(seq));
  const link = Buffer.concat([Buffer.from(previous, 'hex'), body, number]);
  return createHash('sha256').update(link).digest('hex');
}

/** Appends inside the caller's transaction; the tail's row lock makes it the only writer. */
export async function appendAudit(
  db: Work,
  nowMs: number,
  ctx: AccessContext,
  entry: Noted,
): Promise<AuditRecord> {
  const tail = await db.selectFrom('auditTail').selectAll().forUpdate().executeTakeFirstOrThrow();
  const seq = tail.seq + 1;
  const body: AuditBody = {
    at: new Date(nowMs).toISOString(),
    actor: { kind: ctx.actor.kind, id: ctx.actor.id },
    purpose: ctx.purpose,
    action: entry.action,
    objectKind: entry.objectKind,
    objectId: entry.objectId,
    data: entry.data ?? {},
  };
  const record = canonicalJson(body);
  const hash = chainHash(tail.hash, record, seq);
  await db.insertInto('audit').values({ seq, record, hash }).execute();
  await db.updateTable('auditTail').set({ seq, hash }).execute();
  return { ...body, seq, at: new Date(nowMs), hash };
}
