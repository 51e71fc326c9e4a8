/** Registry tables as CSV, streamed page by page; records referred to appear by their codes. */
import type { AccessContext } from '@openami/model';
import { sql } from 'kysely';
import { type Kind, kinds, type RegistryKind } from '../kinds.ts';
import { type Base, reading, requireAll } from '../repositories/base.ts';
import { cellOf } from './cells.ts';

const pageRows = 2000;

export async function* writeCsv(base: Base, ctx: AccessContext, name: RegistryKind): AsyncGenerator<string> {
  requireAll(ctx);
  const kind: Kind = kinds[name];
  const columns = kind.columns.map(({ column, reference }, index) =>
    reference
      ? `(SELECT r.${reference.key} FROM ${reference.table} r WHERE r.id = t.${column}) AS c${index}`
      : `t.${column} AS c${index}`,
  );
  yield `${kind.columns.map((column) => column.name).join(',')}\r\n`;
  for (let after = 0; ; ) {
    const { rows } = await reading(() =>
      sql<Record<string, unknown> & { id: number }>`SELECT t.id, ${sql.raw(columns.join(', '))}
        FROM ${sql.raw(kind.table)} t WHERE t.id > ${after} ORDER BY t.id LIMIT ${pageRows}`.execute(base.db),
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
    yield rows
      .map((row) => `${kind.columns.map((column, index) => cellOf(column, row[`c${index}`])).join(',')}\r\n`)
      .join('');
  }
}
