/**
 * Tables of the reading store. One source for the embedded engine, one server and a cluster (see ddl.ts).
 *
 * `reading` holds the current revision of every reading (and, until parts are merged, just replaced ones);
 * `reading_history` holds the replaced revisions only, so that history costs nothing where nothing was
 * corrected. All revisions are both together. Registers are channels with intervalS 0 and live in the same
 * table.
 */

export interface TableSpec {
  readonly name: string;
  readonly columns: readonly string[];
  /** `ReplacingMergeTree(revision)`; a cluster puts `Replicated` in front. */
  readonly engine: string;
  readonly orderBy: string;
  readonly partitionBy: string;
  /** Rows expire so many days after this time column; from the retention settings. */
  readonly ttl?: { readonly column: string; readonly retention: keyof Retention };
  /** Column a cluster distributes by. */
  readonly shardBy: string;
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** How long evidence is kept, in days. */
export interface Retention {
  readonly frameDays: number;
  readonly rejectionDays: number;
  readonly unregisteredDays: number;
  readonly eventDays: number;
}

export const defaultRetention: Retention = {
  frameDays: 90,
  rejectionDays: 90,
  unregisteredDays: 365,
  eventDays: 3_650,
};

const readingColumns = [
  'channel UInt32 CODEC(Delta, ZSTD(3))',
  "end DateTime('UTC') CODEC(DoubleDelta, ZSTD(3))",
  "value Int64 CODEC(T64('bit'), ZSTD(3))",
  'resolution UInt32 CODEC(Delta, ZSTD(3))',
  'quality UInt8 CODEC(ZSTD(3))',
  'flags UInt32 CODEC(T64, ZSTD(3))',
  "revision DateTime('UTC') CODEC(Delta, ZSTD(3))",
];

/**
 * Long granules, no sparse columns: measured smallest on real meters and faster to read with FINAL.
 * Partitions are years, because every part has some kilobytes of its own and an import of years should make
 * few.
 */
const compact = {
  index_granularity: 32_768,
  ratio_of_defaults_for_sparse_serialization: 1,
};

/**
 * When a row was written, by the engine's own clock. Evidence expires by it and not by `received`: what is
 * imported with old stamps, or received under a simulated clock, is kept as long as the rest.
 */
const storedColumn = "stored DateTime('UTC') DEFAULT now() CODEC(Delta, ZSTD(3))";

const receivedColumns = [
  "received DateTime64(3, 'UTC') CODEC(Delta, ZSTD(3))",
  'source String CODEC(ZSTD(3))',
  'device String CODEC(ZSTD(3))',
];

/** Of the first migration. */
export const firstTables: readonly TableSpec[] = [
  {
    name: 'reading',
    columns: readingColumns,
    engine: 'ReplacingMergeTree(revision)',
    orderBy: '(channel, end)',
    partitionBy: 'toYear(end)',
    shardBy: 'channel',
    settings: compact,
  },
  {
    name: 'reading_history',
    columns: readingColumns,
    engine: 'ReplacingMergeTree',
    orderBy: '(channel, end, revision)',
    partitionBy: 'toYear(end)',
    shardBy: 'channel',
    settings: compact,
  },
  {
    name: 'frame',
    columns: [
      ...receivedColumns,
      'meter UInt32',
      'payload String CODEC(ZSTD(3))',
      'accepted UInt32',
      'outcome String CODEC(ZSTD(3))',
      storedColumn,
    ],
    engine: 'MergeTree',
    orderBy: '(meter, received)',
    partitionBy: 'toYYYYMMDD(received)',
    ttl: { column: 'stored', retention: 'frameDays' },
    shardBy: 'meter',
  },
  {
    name: 'rejection',
    columns: [
      ...receivedColumns,
      'quantity String CODEC(ZSTD(3))',
      "end DateTime('UTC')",
      'value String CODEC(ZSTD(3))',
      'code String CODEC(ZSTD(3))',
      'detail String CODEC(ZSTD(3))',
      storedColumn,
    ],
    engine: 'MergeTree',
    orderBy: 'received',
    partitionBy: 'toYYYYMM(received)',
    ttl: { column: 'stored', retention: 'rejectionDays' },
    shardBy: 'cityHash64(device)',
  },
  {
    name: 'unregistered_reading',
    columns: [
      ...receivedColumns,
      'quantity String CODEC(ZSTD(3))',
      'unit String CODEC(ZSTD(3))',
      'intervalS UInt32',
      "end DateTime('UTC') CODEC(DoubleDelta, ZSTD(3))",
      'value Float64 CODEC(ZSTD(3))',
      'quality UInt8',
      storedColumn,
    ],
    engine: 'ReplacingMergeTree(received)',
    orderBy: '(device, quantity, intervalS, end)',
    partitionBy: 'toYYYYMM(end)',
    ttl: { column: 'stored', retention: 'unregisteredDays' },
    shardBy: 'cityHash64(device)',
  },
  {
    name: 'event',
    columns: [
      "at DateTime('UTC')",
      "received DateTime64(3, 'UTC') CODEC(Delta, ZSTD(3))",
      'meter UInt32',
      'device String CODEC(ZSTD(3))',
      'code String CODEC(ZSTD(3))',
      'severity String CODEC(ZSTD(3))',
      'detail String CODEC(ZSTD(3))',
      storedColumn,
    ],
    // The same report of the same event, repeated by a device, is one event.
    engine: 'ReplacingMergeTree(received)',
    orderBy: '(meter, at, device, code, detail)',
    partitionBy: 'toYYYYMM(at)',
    ttl: { column: 'stored', retention: 'eventDays' },
    shardBy: 'meter',
  },
];

/**
 * What validation keeps of a channel and a local day once it has closed it, and what it learnt of a channel.
 * Both can be worked out again from the readings: they are in no backup.
 */
export const veeTables: readonly TableSpec[] = [
  {
    name: 'closed_day',
    columns: [
      'channel UInt32 CODEC(Delta, ZSTD(3))',
      'day Date CODEC(Delta, ZSTD(3))',
      // in counts of the resolution; the largest, and the end of its interval
      "total Int64 CODEC(T64('bit'), ZSTD(3))",
      "maximum Int64 CODEC(T64('bit'), ZSTD(3))",
      "maximumEnd DateTime('UTC') CODEC(Delta, ZSTD(3))",
      'resolution UInt32 CODEC(Delta, ZSTD(3))',
      // intervals: owed, measured, and of the measured those in doubt; made by estimation, made by people
      'expected UInt16 CODEC(ZSTD(3))',
      'measured UInt16 CODEC(ZSTD(3))',
      'questionable UInt16 CODEC(ZSTD(3))',
      'estimated UInt16 CODEC(ZSTD(3))',
      'edited UInt16 CODEC(ZSTD(3))',
      // worst finding (0 none, 1 info, 2 suspect, 3 fail), and 1 where estimation is suspended
      'worst UInt8 CODEC(ZSTD(3))',
      'suspended UInt8 CODEC(ZSTD(3))',
      // newest revision it is based on, and when it was closed
      "basis DateTime('UTC') CODEC(Delta, ZSTD(3))",
      "closed DateTime64(3, 'UTC') CODEC(Delta, ZSTD(3))",
    ],
    engine: 'ReplacingMergeTree(closed)',
    orderBy: '(channel, day)',
    partitionBy: 'toYear(day)',
    shardBy: 'channel',
  },
  {
    name: 'channel_statistics',
    columns: [
      'channel UInt32 CODEC(Delta, ZSTD(3))',
      'state String CODEC(ZSTD(3))',
      "closed DateTime64(3, 'UTC') CODEC(Delta, ZSTD(3))",
    ],
    engine: 'ReplacingMergeTree(closed)',
    orderBy: 'channel',
    partitionBy: 'tuple()',
    shardBy: 'channel',
  },
];
/** Added by the second migration. */
export const statedTable: TableSpec = {
  name: 'stated_quality',
  columns: [
    'channel UInt32 CODEC(Delta, ZSTD(3))',
    "end DateTime('UTC') CODEC(DoubleDelta, ZSTD(3))",
    "value Int64 CODEC(T64('bit'), ZSTD(3))",
    'resolution UInt32 CODEC(Delta, ZSTD(3))',
    'words String CODEC(ZSTD(3))',
    "received DateTime64(3, 'UTC') CODEC(Delta, ZSTD(3))",
  ],
  engine: 'ReplacingMergeTree(received)',
  orderBy: '(channel, end)',
  partitionBy: 'toYear(end)',
  shardBy: 'channel',
};

/**
 * Billing determinants of a channel and a local day, for a day that tariffs cut into periods alike (`plan`).
 * They can be worked out again from the readings: they are in no backup. The row of channel 0 says up to
 * which revision (`basis`) changed days were taken out.
 */
export const determinantTable: TableSpec = {
  name: 'day_determinant',
  columns: [
    'channel UInt32 CODEC(Delta, ZSTD(3))',
    // UTC second at which the day starts
    'start UInt32 CODEC(Delta, ZSTD(3))',
    'plan UInt64 CODEC(ZSTD(3))',
    'present UInt32 CODEC(T64, ZSTD(3))',
    'estimated UInt32 CODEC(T64, ZSTD(3))',
    // in counts of the resolution
    'least UInt32 CODEC(ZSTD(3))',
    'most UInt32 CODEC(ZSTD(3))',
    'negative UInt8 CODEC(ZSTD(3))',
    'largest Int64 CODEC(ZSTD(3))',
    // by schedule and period, and by demand and period
    'energy Array(Int64) CODEC(ZSTD(3))',
    'guessed Array(Int64) CODEC(ZSTD(3))',
    'peaks Array(Int64) CODEC(ZSTD(3))',
    // newest revision it is based on
    'basis UInt32 CODEC(Delta, ZSTD(3))',
    // 1 where readings have changed since
    'stale UInt8 CODEC(ZSTD(3))',
    // microseconds of the engine's own clock
    'made Int64 DEFAULT toUnixTimestamp64Micro(now64(6)) CODEC(Delta, ZSTD(3))',
  ],
  engine: 'ReplacingMergeTree(made)',
  orderBy: '(channel, start, plan)',
  partitionBy: 'toYear(toDateTime(start))',
  shardBy: 'channel',
};

/** All tables. */
export const tables: readonly TableSpec[] = [...firstTables, statedTable];

/** `openami.frame (received, …)`: a table and the columns that writers fill (all but `stored`). */
export function insertTarget(table: string): string {
  const spec = [...tables, ...veeTables].find(({ name }) => name === table)!;
  const names = spec.columns
    .filter((column) => column !== storedColumn)
    .map((column) => column.split(' ', 1)[0]);
  return `openami.${table} (${names.join(', ')})`;
}
