/** Every migration, in order. Applied ones are never edited: add a new one. */
import { collectionSql } from './collection.ts';
import { commandsSql } from './commands.ts';
import { commoditySql } from './commodity.ts';
import { credentialChangesSql } from './credential-changes.ts';
import { keysSql } from './keys.ts';
import { operationsSql } from './operations.ts';
import { registrySql } from './registry.ts';
import { veeSql } from './vee.ts';

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  { name: '0001-registry', sql: registrySql },
  { name: '0002-operations', sql: operationsSql },
  { name: '0003-commodity', sql: commoditySql },
  { name: '0004-keys', sql: keysSql },
  { name: '0005-commands', sql: commandsSql },
  { name: '0006-credential-changes', sql: credentialChangesSql },
  { name: '0007-collection', sql: collectionSql },
  { name: '0020-vee', sql: veeSql },
];
