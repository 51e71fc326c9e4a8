/** Writes the DDL of a table for one node or for a cluster from the same description. */
import type { Retention, TableSpec } from './schema.ts';

/** Name of the database that holds everything. */
export const database = 'openami';

export interface DdlTarget {
  /** Cluster name as in `remote_servers`; undefined for one node. */
  readonly cluster?: string;
  readonly retention: Retention;
}

/**
 * Settings of every table: an insert is answered after fsync, and a repeat of one of the last blocks is
 * dropped. `ttl_only_drop_parts` expires whole parts instead of rewriting them. Column statistics would take
 * 6 kB a part.
 */
const durable = { fsync_after_insert: 1, fsync_part_directory: 1, auto_statistics_types: "''" };

/** Statements that make the table; several for a cluster. */
export function createTable(spec: TableSpec, target: DdlTarget): string[] {
  const { cluster } = target;
  if (!cluster) return [localTable(spec, target, spec.name, '')];
  const on = ` ON CLUSTER \`${cluster}\``;
  const columns = spec.columns.map(plain).join(',\n  ');
  return [
    localTable(spec, target, `${spec.name}_local`, on),
    `CREATE TABLE IF NOT EXISTS ${database}.${spec.name}${on}\n(\n  ${columns}\n)\n` +
      `ENGINE = Distributed(\`${cluster}\`, ${database}, ${spec.name}_local, ${spec.shardBy})`,
  ];
}

/** Makes the database. */
export function createDatabase(target: DdlTarget): string {
  const on = target.cluster ? ` ON CLUSTER \`${target.cluster}\`` : '';
  return `CREATE DATABASE IF NOT EXISTS ${database}${on}`;
}

/** Sets how long rows of a table are kept. */
export function alterTtl(spec: TableSpec, target: DdlTarget): string | undefined {
  if (!spec.ttl) return undefined;
  const name = target.cluster ? `${spec.name}_local` : spec.name;
  const on = target.cluster ? ` ON CLUSTER \`${target.cluster}\`` : '';
  return `ALTER TABLE ${database}.${name}${on} MODIFY TTL ${ttlOf(spec, target)}`;
}

/** Readings of a revision are found without those that are older. */
export function indexRevisions({ cluster }: DdlTarget): string {
  const table = cluster ? `reading_local ON CLUSTER \`${cluster}\`` : 'reading';
  return (
    `ALTER TABLE ${database}.${table} ADD INDEX IF NOT EXISTS revision_range revision ` +
    'TYPE minmax GRANULARITY 1'
  );
}

function localTable(spec: TableSpec, target: DdlTarget, name: string, on: string): string {
  const engine = target.cluster ? replicated(spec.engine) : spec.engine;
  const window = target.cluster ? 'replicated_deduplication_window' : 'non_replicated_deduplication_window';
  const settings = {
    ...durable,
    [window]: 10_000,
    ...(spec.ttl ? { ttl_only_drop_parts: 1 } : {}),
    ...spec.settings,
  };
  const list = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  return [
    `CREATE TABLE IF NOT EXISTS ${database}.${name}${on}`,
    `(\n  ${spec.columns.join(',\n  ')}\n)`,
    `ENGINE = ${engine}`,
    `PARTITION BY ${spec.partitionBy}`,
    `ORDER BY ${spec.orderBy}`,
    ...(spec.ttl ? [`TTL ${ttlOf(spec, target)}`] : []),
    `SETTINGS ${list.join(', ')}`,
  ].join('\n');
}

function ttlOf(spec: TableSpec, target: DdlTarget): string {
  const { column, retention } = spec.ttl!;
  return `toDateTime(${column}) + INTERVAL ${target.retention[retention]} DAY`;
}

/** `ReplacingMergeTree(revision)` -> `ReplicatedReplacingMergeTree(path, replica, revision)`. */
function replicated(engine: string): string {
  const [, name, args] = /^(\w+)(?:\((.*)\))?$/.exec(engine)!;
  const path = `'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'`;
  return `Replicated${name}(${path}${args ? `, ${args}` : ''})`;
}

function plain(column: string): string {
  return column.replace(/ CODEC\(.*\)$/, '');
}
