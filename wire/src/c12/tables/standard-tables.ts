/** The tables that are read, by number; manufacturers' tables can be added in the same language. */
import { configurationTables, securityTables } from './configuration-tables.ts';
import type { TableDefinition } from './language.ts';
import { logTables } from './log-tables.ts';
import { profileTables } from './profile-tables.ts';
import { registerTables } from './register-tables.ts';
import { sourceTables } from './source-tables.ts';
import { timeTables } from './time-tables.ts';

export const standardTables: ReadonlyMap<number, TableDefinition> = new Map(
  [
    ...configurationTables,
    ...sourceTables,
    ...registerTables,
    ...securityTables,
    ...timeTables,
    ...profileTables,
    ...logTables,
  ].map((table) => [table.id, table]),
);

/** Order in which tables are to be read, so that each finds what it needs. */
export function tablesNeededBy(id: number): readonly number[] {
  if (id === 0) return [];
  if (id >= 12 && id <= 16) return [0, 11];
  if (id >= 22 && id <= 28) return [0, 21];
  if (id === 42) return [0, 41];
  if (id === 56) return [0, 51];
  if (id === 62) return [0, 61];
  if (id >= 64 && id <= 67) return [0, 61, 62];
  if (id >= 72 && id <= 76) return [0, 71];
  return [0];
}
