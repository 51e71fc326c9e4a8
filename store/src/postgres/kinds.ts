/**
 * The registry's kinds as data: their columns, natural keys and references by code. Bulk upsert, CSV
 * import and export are written once, over this.
 */

import type { AuditKind } from '@openami/model';

type ColumnType = 'text' | 'text[]' | 'int4' | 'float8' | 'numeric' | 'timestamptz' | 'jsonb';

export interface KindColumn {
  /** Name in rows and CSV headers. */
  readonly name: string;
  /** Database column. */
  readonly column: string;
  readonly type: ColumnType;
  /** Null is refused where true; else it becomes `fallback`, or SQL null when there is none. */
  readonly required?: boolean;
  /** SQL literal for an absent value of a NOT NULL column. */
  readonly fallback?: string;
  /** The value is the code of a row in another table; the column takes that row's id. */
  readonly reference?: { readonly table: string; readonly key: string };
  /** Values allowed. */
  readonly values?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** An IANA zone. */
  readonly zone?: boolean;
}

export interface Kind {
  /** The audit trail calls its rows so, too. */
  readonly table: AuditKind;
  /** Names of the columns that identify a row. */
  readonly key: readonly string[];
  readonly columns: readonly KindColumn[];
  /** Whether rows carry `version` and `updated_at`. */
  readonly versioned: boolean;
}

const text = (name: string, column = name): KindColumn => ({ name, column, type: 'text', fallback: "''" });
const code = (name: string, column = name): KindColumn => ({ name, column, type: 'text', required: true });
const commodity: KindColumn = {
  name: 'commodity',
  column: 'commodity',
  type: 'text',
  required: true,
  values: ['electricity', 'gas', 'water', 'heat'],
};
const zone: KindColumn = { ...code('zone'), required: false, fallback: "'UTC'", zone: true };
const place: readonly KindColumn[] = [
  { name: 'lon', column: 'lon', type: 'float8', min: -180, max: 180 },
  { name: 'lat', column: 'lat', type: 'float8', min: -90, max: 90 },
];
const refer = (name: string, column: string, table: string, key: string, required = true): KindColumn => ({
  name,
  column,
  type: 'text',
  required,
  reference: { table, key },
});
const period: readonly KindColumn[] = [
  { name: 'validFrom', column: 'valid_from', type: 'timestamptz', required: true },
  { name: 'validUntil', column: 'valid_until', type: 'timestamptz' },
];
const list = (name: string, column = name): KindColumn => ({
  name,
  column,
  type: 'text[]',
  fallback: "'{}'::text[]",
});
const whole = (name: string, column: string, min: number, max: number): KindColumn => ({
  name,
  column,
  type: 'int4',
  required: true,
  min,
  max,
});

/** In an order in which each kind's references come before it. */
export const kinds = {
  premises: {
    table: 'premise',
    key: ['code'],
    versioned: true,
    columns: [
      code('code'),
      list('addressLines', 'address_lines'),
      text('locality'),
      text('postcode'),
      text('country'),
      ...place,
      zone,
    ],
  },
  'network-nodes': {
    table: 'network_node',
    key: ['code'],
    versioned: true,
    columns: [
      code('code'),
      { ...code('kind'), values: ['station', 'feeder', 'transformer'] },
      text('name'),
      refer('parentCode', 'parent_id', 'network_node', 'code', false),
      ...place,
    ],
  },
  'usage-points': {
    table: 'usage_point',
    key: ['code'],
    versioned: true,
    columns: [
      code('code'),
      refer('premiseCode', 'premise_id', 'premise', 'code', false),
      commodity,
      zone,
      refer('nodeCode', 'node_id', 'network_node', 'code', false),
      text('phase'),
      {
        name: 'state',
        column: 'state',
        type: 'text',
        fallback: "'connected'",
        values: ['planned', 'connected', 'disconnected', 'closed'],
      },
      text('serviceClass', 'service_class'),
    ],
  },
  meters: {
    table: 'meter',
    key: ['serial'],
    versioned: true,
    columns: [
      code('serial'),
      list('addresses'),
      text('manufacturer'),
      text('model'),
      commodity,
      {
        name: 'state',
        column: 'state',
        type: 'text',
        fallback: "'in_stock'",
        values: ['in_stock', 'installed', 'active', 'disconnected', 'removed', 'retired'],
      },
      text('firmware'),
      text('protocol'),
      { name: 'attributes', column: 'attributes', type: 'jsonb', fallback: "'{}'::jsonb" },
    ],
  },
  channels: {
    table: 'channel',
    key: ['serial', 'alias'],
    versioned: true,
    columns: [
      refer('serial', 'meter_id', 'meter', 'serial'),
      code('alias'),
      text('readingType', 'reading_type'),
      text('obis'),
      list('quantityKeys', 'quantity_keys'),
      whole('intervalS', 'interval_s', 0, 2678400),
      whole('resolution', 'resolution', 1, 2147483647),
      code('unit'),
      { name: 'digits', column: 'digits', type: 'int4', min: 1, max: 15 },
      { name: 'multiplier', column: 'multiplier', type: 'numeric', fallback: '1' },
    ],
  },
  installations: {
    table: 'installation',
    key: ['serial', 'validFrom'],
    versioned: false,
    columns: [
      refer('serial', 'meter_id', 'meter', 'serial'),
      refer('usagePointCode', 'usage_point_id', 'usage_point', 'code'),
      { ...text('role'), fallback: "'main'" },
      ...period,
    ],
  },
  customers: {
    table: 'customer',
    key: ['code'],
    versioned: true,
    columns: [code('code'), text('name'), text('kind')],
  },
  accounts: {
    table: 'account',
    key: ['number'],
    versioned: true,
    columns: [
      code('number'),
      refer('customerCode', 'customer_id', 'customer', 'code'),
      text('name'),
      text('language'),
    ],
  },
  agreements: {
    table: 'agreement',
    key: ['code'],
    versioned: true,
    columns: [
      code('code'),
      refer('accountNumber', 'account_id', 'account', 'number'),
      refer('usagePointCode', 'usage_point_id', 'usage_point', 'code'),
      ...period,
    ],
  },
} as const satisfies Record<string, Kind>;

export type RegistryKind = keyof typeof kinds;
export const registryKinds = Object.keys(kinds) as readonly RegistryKind[];

/** One row of a kind by its column names: references by code, stamps ISO text or Date, absent = default. */
export type KindRow = Readonly<Record<string, unknown>>;
