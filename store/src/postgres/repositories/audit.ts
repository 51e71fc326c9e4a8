/** The audit trail's repository; the chain itself is in audit-chain.ts. */
import { type Kysely, sql } from 'kysely';
import type { Database } from '../schema.ts';
import type { RegistryStore } from '../store.ts';
import type { AuditRecord } from '../types.ts';
import { type AuditBody, appendAudit, chainHash } from './audit-chain.ts';
import { type Base, reading, requireAll } from './base.ts';

function parse(row: { seq: number; record: string; hash: string }): AuditRecord {
  const body = JSON.parse(row.record) as AuditBody;
  return { ...body, at: new Date(body.at), seq: row.seq, hash: row.hash };
}

export function auditRepository(base: Base): RegistryStore['audit'] {
  return {
    append: (ctx, entry) =>
      reading(() => base.db.transaction().execute((db) => appendAudit(db, base.clock.nowMs(), ctx, entry))),
    list: (ctx, query = {}) => {
      requireAll(ctx);
      return reading(async () => {
        let rows = base.db
          .selectFrom('audit')
          .selectAll()
          .orderBy('seq', 'desc')
          .limit(query.limit ?? 100);
        if (query.before !== undefined) rows = rows.where('seq', '<', query.before);
        for (const name of ['objectKind', 'objectId'] as const) {
          const wanted = query[name];
          if (wanted !== undefined)
            rows = rows.where(sql<string>`record::json ->> ${sql.lit(name)}`, '=', wanted);
        }
        return (await rows.execute()).map(parse);
      });
    },
    verify: (ctx) => {
      requireAll(ctx);
      return reading(() => verifyChain(base.db));
    },
  };
}

async function verifyChain(db: Kysely<Database>): Promise<{ records: number; brokenAt: number | null }> {
  const tail = await db.selectFrom('auditTail').selectAll().executeTakeFirstOrThrow();
  let hash = '0'.repeat(64);
  let seq = 0;
  while (seq < tail.seq) {
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', seq)
      .where('seq', '<=', sql<number>`${tail.seq}::bigint`)
      .orderBy('seq')
      .limit(5000)
      .execute();
    if (rows.length === 0) return { records: seq, brokenAt: seq + 1 };
    for (const row of rows) {
      seq++;
      hash = chainHash(hash, row.record, seq);
      if (row.seq !== seq || row.hash !== hash) return { records: seq - 1, brokenAt: seq };
    }
  }
  return { records: seq, brokenAt: hash === tail.hash ? null : seq };
}
