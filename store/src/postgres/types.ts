/**
 * The registry's records as the rest of the program sees them. Stamps are `Date` (UTC); periods are
 * [validFrom, validUntil), `validUntil` null while they last; `version` counts changes (ETag).
 */
import type { Commodity, TokenRole } from '@openami/model';

export interface Premise {
  readonly id: number;
  readonly code: string;
  readonly addressLines: readonly string[];
  readonly locality: string;
  readonly postcode: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** WGS 84 degrees. */
  readonly lon: number | null;
  readonly lat: number | null;
  /** IANA zone. */
  readonly zone: string;
  readonly version: number;
}

/** `kind`: station, feeder, transformer. */
export interface NetworkNode {
  readonly id: number;
  readonly code: string;
  readonly kind: string;
  readonly name: string;
  readonly parentId: number | null;
  readonly lon: number | null;
  readonly lat: number | null;
  readonly version: number;
}

export type UsagePointState = 'planned' | 'connected' | 'disconnected' | 'closed';

export interface UsagePoint {
  readonly id: number;
  readonly code: string;
  readonly premiseId: number | null;
  readonly commodity: Commodity;
  readonly zone: string;
  /** Usage-point transformer. */
  readonly nodeId: number | null;
  /** `A`, `B`, `C`, `ABC` or empty where unknown. */
  readonly phase: string;
  readonly state: UsagePointState;
  readonly serviceClass: string;
  readonly version: number;
}

export type MeterState = 'in_stock' | 'installed' | 'active' | 'disconnected' | 'removed' | 'retired';

export interface Meter {
  readonly id: number;
  readonly serial: string;
  /** Other names it may call itself by on the wire. */
  readonly addresses: readonly string[];
  readonly manufacturer: string;
  readonly model: string;
  readonly commodity: Commodity;
  readonly state: MeterState;
  readonly firmware: string;
  readonly protocol: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly version: number;
}

/** A meter with where it is now, for tables. */
export interface MeterListItem extends Meter {
  readonly usagePointId: number | null;
  readonly usagePointCode: string | null;
  readonly address: string | null;
  readonly account: string | null;
}

/** A channel as stored; `toModelChannel` gives model's `Channel`. */
export interface ChannelRecord {
  readonly id: number;
  readonly meterId: number;
  readonly commodity: Commodity;
  readonly alias: string;
  readonly readingType: string;
  readonly obis: string;
  /** Canonical quantity keys by which senders may name it. */
  readonly quantityKeys: readonly string[];
  readonly intervalS: number;
  readonly resolution: number;
  readonly unit: string;
  /** Registers: digits before it rolls over to zero; null when it does not. */
  readonly digits: number | null;
  /** Transformer ratio and pulse factors between what the meter shows and what flows, decimal text. */
  readonly multiplier: string;
  readonly version: number;
}

export interface Installation {
  readonly id: number;
  readonly meterId: number;
  readonly usagePointId: number;
  /** `main`, `check`, `sub`, `export` ...: a point has at most one meter of a role at a time. */
  readonly role: string;
  readonly validFrom: Date;
  readonly validUntil: Date | null;
}

export interface InstallationDetail extends Installation {
  readonly serial: string;
  readonly usagePointCode: string;
  readonly address: string | null;
}

export interface Customer {
  readonly id: number;
  readonly code: string;
  readonly name: string;
  readonly kind: string;
  readonly version: number;
}

export interface Account {
  readonly id: number;
  readonly number: string;
  readonly customerId: number;
  readonly name: string;
  /** Of documents, ISO 639-1; empty for that of the site. */
  readonly language: string;
  readonly version: number;
}

export interface Agreement {
  readonly id: number;
  readonly code: string;
  readonly accountId: number;
  readonly usagePointId: number;
  readonly validFrom: Date;
  readonly validUntil: Date | null;
  readonly version: number;
}

/** Everything around one meter now: one call for its page. */
export interface MeterDetail {
  readonly meter: Meter;
  readonly channels: readonly ChannelRecord[];
  readonly installations: readonly InstallationDetail[];
  readonly usagePoint: UsagePoint | null;
  readonly premise: Premise | null;
  readonly agreement: Agreement | null;
  readonly account: Account | null;
  readonly customer: Customer | null;
}

/** A reading that waits in the registry for the reading store. */
export interface PendingReading {
  readonly id: number;
  readonly channelId: number;
  readonly at: Date;
  /** Whole count of the resolution. */
  readonly count: number;
  readonly resolution: number;
  readonly received: Date;
}

/** A register reading of an exchange; value in the channel's unit. */
export interface ExchangeRead {
  readonly channel: ChannelRecord;
  readonly atMs: number;
  readonly value: number;
}

export interface ExchangeInput {
  readonly usagePointId: number;
  readonly newMeterId: number;
  readonly at: Date;
  /** Which meter of the point; default `main`. */
  readonly role?: string;
  readonly finalReads?: readonly { readonly channelId: number; readonly value: number }[];
  readonly initialReads?: readonly { readonly channelId: number; readonly value: number }[];
}

export interface ExchangeResult {
  readonly removed: Installation;
  readonly installed: Installation;
  /** Registers of the old meter at the instant, then of the new one: pending readings by now. */
  readonly finalReads: readonly ExchangeRead[];
  readonly initialReads: readonly ExchangeRead[];
}

export interface ListQuery {
  /** Substring of codes, names, addresses. */
  readonly q?: string;
  /** `next` of the page before. */
  readonly cursor?: string;
  /** 1..1000, default 50. */
  readonly limit?: number;
}

export interface MeterListQuery extends ListQuery {
  readonly commodity?: Commodity;
  readonly state?: MeterState;
  readonly manufacturer?: string;
  readonly model?: string;
  /** Only these meters (read status is known to the readings' store). At most 1,000,000. */
  readonly ids?: readonly number[];
  /** Not these meters. */
  readonly notIds?: readonly number[];
  /** A column, `-` before it for descending; default `serial`. */
  readonly sort?: MeterSort;
}

export const meterSorts = ['serial', 'manufacturer', 'model', 'state', 'commodity', 'firmware'] as const;
export type MeterSort = (typeof meterSorts)[number] | `-${(typeof meterSorts)[number]}`;

export interface Page<T> {
  readonly items: readonly T[];
  /** Cursor of the next page, null on the last. */
  readonly next: string | null;
  /** Rows that match, all pages together. */
  readonly total: number;
}

export interface MeterCounts {
  readonly total: number;
  readonly byState: Readonly<Partial<Record<MeterState, number>>>;
  readonly byCommodity: Readonly<Partial<Record<Commodity, number>>>;
}

export interface SearchHit {
  readonly kind: 'meter' | 'usage-point' | 'account' | 'customer';
  readonly id: number;
  readonly title: string;
  readonly subtitle: string;
}

/** Usage points with a place, as columns. `meterId` is 0 where no main meter is installed. */
export interface MapPoints {
  readonly id: number[];
  readonly meterId: number[];
  readonly lon: number[];
  readonly lat: number[];
  readonly commodity: Commodity[];
  /** State of the meter, else of the usage point. */
  readonly state: string[];
  readonly label: string[];
}

/** What ingest must know of one meter. */
export interface DirectoryMeter {
  readonly meterId: number;
  readonly serial: string;
  readonly addresses: readonly string[];
  readonly commodity: Commodity;
  /** Epoch seconds: first installation to last removal; 0 and Infinity when it never was installed. */
  readonly installedFrom: number;
  readonly installedUntil: number;
  /** Times between two installations, `[from, until)`, when it was nowhere. */
  readonly away: readonly (readonly [fromS: number, untilS: number])[];
  readonly channels: readonly DirectoryChannel[];
}

export interface DirectoryChannel {
  readonly id: number;
  readonly quantityKeys: readonly string[];
  readonly readingType: string;
  readonly obis: string;
  readonly intervalS: number;
  readonly resolution: number;
  readonly unit: string;
}

export interface DirectoryChange {
  /** Pass it to the next `changedSince`. */
  readonly version: number;
  readonly meters: readonly DirectoryMeter[];
  /** Meters that are no longer there. */
  readonly removed: readonly number[];
}

export interface DeviceCredential {
  readonly id: number;
  readonly username: string;
  readonly meterId: number | null;
  /** MQTT topic filters (`+`, `#`) it may publish and subscribe to. */
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  readonly enabled: boolean;
  readonly updatedAt: Date;
  /** Another one after every change. */
  readonly version: string;
}

export interface ApiToken {
  readonly id: number;
  readonly name: string;
  readonly role: TokenRole;
  readonly scopes: readonly string[];
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export type ImportState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

export interface ImportJob {
  readonly id: number;
  readonly name: string;
  readonly format: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly dryRun: boolean;
  readonly state: ImportState;
  readonly progress: number;
  readonly mapping: unknown;
  readonly options: Readonly<Record<string, unknown>>;
  readonly counts: Readonly<Record<string, number>>;
  /** Where to go on after a stop; the importer's own shape. */
  readonly position: unknown;
  /** Spooled file and reject file, as the importer names them. */
  readonly spool: string;
  readonly rejects: string;
  readonly error: { readonly code: string; readonly detail: string; readonly hint: string } | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

export interface SavedView {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly query: string;
  readonly shared: boolean;
}

export interface AuditRecord {
  readonly seq: number;
  readonly at: Date;
  readonly actor: { readonly kind: string; readonly id: string };
  readonly purpose: string;
  readonly action: string;
  readonly objectKind: string;
  readonly objectId: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Hex SHA-256 of the chain up to and with this record. */
  readonly hash: string;
}

export interface AuditQuery {
  /** Records with a smaller number. */
  readonly before?: number;
  /** Default 100. */
  readonly limit?: number;
  readonly objectKind?: string;
  readonly objectId?: string;
}

/** One row that was not taken. `line` is the CSV line, or the row's index for `upsertMany`. */
export interface RowError {
  readonly line: number;
  readonly code: string;
  readonly reason: string;
}

export interface UpsertResult {
  readonly rows: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** The first 1,000. */
  readonly errors: readonly RowError[];
  readonly rejected: number;
  readonly dryRun: boolean;
}
