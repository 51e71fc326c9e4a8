/** The registry store as its users see it. Every method's first argument says who asks, why, how far. */
import type { AccessContext, Channel, DataKeyStore, TokenRole } from '@openami/model';
import type { Kysely } from 'kysely';
import type { BillingRepositories } from './billing-repositories.ts';
import type { CertificateRepository } from './certificate-store.ts';
import type { ReadingPlanRepository } from './collection-store.ts';
import type { CampaignRepository, CommandRepository, EndpointRepository } from './command-store.ts';
import type { BulkJobRepository, CommissioningRepository } from './commissioning-store.ts';
import type {
  CounterRepository,
  KeyImportRepository,
  MeterKeyRepository,
  RotationRepository,
} from './key-store.ts';
import type { KindRow, RegistryKind } from './kinds.ts';
import type { LorawanRepository } from './lorawan-store.ts';
import type { Noted } from './repositories/audit-chain.ts';
import type * as t from './types.ts';
import type {
  ChannelCheckRepository,
  ChannelFactsRepository,
  EditRepository,
  ExceptionRepository,
  RuleSetRepository,
  SuspensionRepository,
  VeeProgressRepository,
  VirtualChannelRepository,
} from './vee-store.ts';

type Ctx = AccessContext;
type Fields<T, K extends keyof T = never> = Omit<T, 'id' | 'version' | K>;

/** The part of a logger that is used here; pino fits. */
export interface StoreLog {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

export interface RegistryOptions {
  /** Folder for the embedded engine; it gets `postgres/` and `postgres.lock`. */
  readonly dataDir?: string;
  /** A real server instead: `postgres://user:password@host:port/database`. */
  readonly url?: string;
  readonly clock: { nowMs(): number };
  readonly log: StoreLog;
}

/** State of the engine, for health pages and tools. */
export interface RegistryEngine {
  readonly kind: 'embedded' | 'server';
  readonly state: 'starting' | 'ready' | 'restarting' | 'failed' | 'closed';
  /** Address and login for psql and other tools. A secret: never log it. */
  readonly url: string;
  /** Process id of the embedded engine, 0 for a server. */
  readonly pid: number;
  readonly restarts: number;
}

/**
 * Records with a code of their own. `create` raises ALREADY_EXISTS, the others NOT_FOUND; `update` raises
 * VERSION_CONFLICT when `ifVersion` is given and the record has changed since.
 */
export interface CodedRepository<T, C, Q extends t.ListQuery = t.ListQuery, L = T> {
  create(ctx: Ctx, record: C): Promise<T>;
  update(ctx: Ctx, id: number, patch: Partial<C>, ifVersion?: number): Promise<T>;
  get(ctx: Ctx, id: number): Promise<T>;
  /** By code (serial, account number); undefined when there is none. */
  find(ctx: Ctx, code: string): Promise<T | undefined>;
  list(ctx: Ctx, query?: Q): Promise<t.Page<L>>;
  /** Created, updated or left alone by natural key; refers to others by code. Bad rows are set aside. */
  upsertMany(ctx: Ctx, rows: readonly KindRow[], options?: { dryRun?: boolean }): Promise<t.UpsertResult>;
}

export type PremiseInput = Partial<Fields<t.Premise>> & Pick<t.Premise, 'code'>;
export type NetworkNodeInput = Partial<Fields<t.NetworkNode>> & Pick<t.NetworkNode, 'code' | 'kind'>;
export type UsagePointInput = Partial<Fields<t.UsagePoint>> & Pick<t.UsagePoint, 'code' | 'commodity'>;
export type MeterInput = Partial<Fields<t.Meter>> & Pick<t.Meter, 'serial' | 'commodity'>;
export type ChannelInput = Partial<Fields<t.ChannelRecord, 'commodity'>> &
  Pick<t.ChannelRecord, 'meterId' | 'alias' | 'intervalS' | 'resolution' | 'unit'>;
export type CustomerInput = Partial<Fields<t.Customer>> & Pick<t.Customer, 'code'>;
export type AccountInput = Partial<Fields<t.Account>> & Pick<t.Account, 'number' | 'customerId'>;
export type AgreementInput = Partial<Fields<t.Agreement>> &
  Pick<t.Agreement, 'code' | 'accountId' | 'usagePointId' | 'validFrom'>;

export interface MeterRepository
  extends CodedRepository<t.Meter, MeterInput, t.MeterListQuery, t.MeterListItem> {
  detail(ctx: Ctx, id: number): Promise<t.MeterDetail>;
  counts(ctx: Ctx): Promise<t.MeterCounts>;
  /** Ids by serial; unknown ones are absent. */
  idsOf(ctx: Ctx, serials: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** `installed` meters that have been heard become `active`; returns how many changed. */
  markActive(ctx: Ctx, ids: readonly number[]): Promise<number>;
}

export interface ChannelRepository {
  create(ctx: Ctx, record: ChannelInput): Promise<t.ChannelRecord>;
  update(ctx: Ctx, id: number, patch: Partial<ChannelInput>, ifVersion?: number): Promise<t.ChannelRecord>;
  get(ctx: Ctx, id: number): Promise<t.ChannelRecord>;
  ofMeters(ctx: Ctx, meterIds: readonly number[]): Promise<t.ChannelRecord[]>;
  /** Channels of the usage points in the caller's scope: what readings may be asked for. */
  visible(ctx: Ctx, channelIds: readonly number[]): Promise<Set<number>>;
  /** Every channel and meter of the usage points in a narrower scope. Raises BAD_VALUE for the whole. */
  inScope(ctx: Ctx): Promise<{ channels: ReadonlySet<number>; meters: ReadonlySet<number> }>;
  /** Model's view of it. */
  toModel(record: t.ChannelRecord): Channel;
  upsertMany(ctx: Ctx, rows: readonly KindRow[], options?: { dryRun?: boolean }): Promise<t.UpsertResult>;
}

export interface InstallationRepository {
  /** Raises METER_BUSY or USAGE_POINT_BUSY where the period overlaps another. */
  install(
    ctx: Ctx,
    input: { meterId: number; usagePointId: number; at: Date; role?: string },
  ): Promise<t.Installation>;
  /** Ends the meter's installation at `at`; raises NOT_INSTALLED. */
  remove(ctx: Ctx, input: { meterId: number; at: Date }): Promise<t.Installation>;
  /** Old meter out and new meter in at one instant, with their reads as pending readings: one transaction. */
  exchange(ctx: Ctx, input: t.ExchangeInput): Promise<t.ExchangeResult>;
  ofMeter(ctx: Ctx, meterId: number): Promise<t.InstallationDetail[]>;
  ofUsagePoint(ctx: Ctx, usagePointId: number): Promise<t.InstallationDetail[]>;
  upsertMany(ctx: Ctx, rows: readonly KindRow[], options?: { dryRun?: boolean }): Promise<t.UpsertResult>;
}

export interface PendingReadingRepository {
  /** The oldest first; some at a time. */
  list(ctx: Ctx): Promise<t.PendingReading[]>;
  /** Those that the reading store has. */
  remove(ctx: Ctx, ids: readonly number[]): Promise<void>;
}

export interface DirectoryRepository {
  version(ctx: Ctx): Promise<number>;
  /** Every meter with its channels, in pages by meter id. */
  load(ctx: Ctx, pageSize?: number): AsyncGenerator<t.DirectoryMeter[]>;
  /** Meters touched after `version`. Take `version()` before `load()`, then poll this. */
  changedSince(ctx: Ctx, version: number): Promise<t.DirectoryChange>;
}

export interface CredentialRepository {
  /** Issues, or issues anew, a 192-bit secret: shown this once, kept as SHA-256. */
  issue(
    ctx: Ctx,
    input: { username: string; meterId?: number; publish?: readonly string[]; subscribe?: readonly string[] },
  ): Promise<{ username: string; password: string }>;
  /** For fleets: same, many at a time. */
  issueMany(
    ctx: Ctx,
    inputs: readonly { username: string; meterId?: number; publish?: readonly string[] }[],
  ): Promise<{ username: string; password: string }[]>;
  /** The credential when name and secret are right and it is enabled; compares in constant time. */
  verify(ctx: Ctx, username: string, password: string): Promise<t.DeviceCredential | undefined>;
  setEnabled(ctx: Ctx, username: string, enabled: boolean): Promise<t.DeviceCredential>;
  /** A new secret for a credential that stays as it is in all else; the old one is wrong from now on. */
  reissue(ctx: Ctx, username: string): Promise<{ username: string; password: string }>;
  /** By user name, enabled or not; it proves nothing. */
  named(ctx: Ctx, username: string): Promise<t.DeviceCredential | undefined>;
  list(ctx: Ctx, query?: t.ListQuery): Promise<t.Page<t.DeviceCredential>>;
  /**
   * What was changed since `cursor`, which is handed back for the next time: the newest 10,000. The changes
   * of the minute before are told again, as they may have been committed late.
   */
  changedSince(ctx: Ctx, cursor?: string): Promise<{ cursor: string; changed: t.DeviceCredential[] }>;
}

/** What is heard of a meter; the other facts are the head-end's own. */
export interface KeptRadioMeter {
  readonly name: string;
  readonly lastMs: number;
}

export interface RadioRepository {
  /** Created or replaced by name; who was heard longest ago is forgotten beyond 100,000. */
  save(ctx: Ctx, meters: readonly KeptRadioMeter[]): Promise<void>;
  /** All, the one heard longest ago first, with all facts that were saved. */
  load(ctx: Ctx): Promise<KeptRadioMeter[]>;
}

/** The newest version of a mapping of messages. */
export interface StoredMapping {
  readonly id: string;
  readonly version: number;
  /** As it was uploaded; null: parameters of a ready-made one. */
  readonly text: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly changedAt: Date;
}

export interface MappingRepository {
  /** Grows with every change. */
  revision(ctx: Ctx): Promise<number>;
  /** The newest of each id that was not removed; what was changed last comes last. */
  list(ctx: Ctx): Promise<StoredMapping[]>;
  put(ctx: Ctx, mapping: Pick<StoredMapping, 'id' | 'text' | 'parameters'>): Promise<StoredMapping>;
  /** Raises NOT_FOUND. */
  remove(ctx: Ctx, id: string): Promise<void>;
}

export interface TokenRepository {
  issue(
    ctx: Ctx,
    input: { name: string; role: TokenRole; scopes?: readonly string[]; expiresAt?: Date | null },
  ): Promise<{ token: t.ApiToken; secret: string }>;
  /** The token of a secret, unless unknown or expired. Notes its use, at most once a minute. */
  verify(ctx: Ctx, secret: string): Promise<t.ApiToken | undefined>;
  list(ctx: Ctx): Promise<t.ApiToken[]>;
  remove(ctx: Ctx, id: number): Promise<void>;
}

export interface ImportJobInput {
  readonly name: string;
  readonly format: string;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly dryRun?: boolean;
  readonly mapping?: unknown;
  readonly options?: Record<string, unknown>;
  readonly spool?: string;
  readonly rejects?: string;
}
export type ImportJobPatch = Partial<
  Pick<
    t.ImportJob,
    'bytes' | 'sha256' | 'progress' | 'mapping' | 'counts' | 'position' | 'spool' | 'rejects' | 'error'
  >
>;

export interface ImportJobRepository {
  create(ctx: Ctx, job: ImportJobInput): Promise<t.ImportJob>;
  get(ctx: Ctx, id: number): Promise<t.ImportJob>;
  list(ctx: Ctx, query?: t.ListQuery & { state?: t.ImportState }): Promise<t.Page<t.ImportJob>>;
  /** The jobs of these spooled files. */
  ofFiles(ctx: Ctx, spools: readonly string[]): Promise<t.ImportJob[]>;
  update(ctx: Ctx, id: number, patch: ImportJobPatch): Promise<t.ImportJob>;
  /** Changes state when it is one of `from`, else raises IMPORT_STATE. */
  transition(
    ctx: Ctx,
    id: number,
    from: readonly t.ImportState[],
    to: t.ImportState,
    patch?: ImportJobPatch,
  ): Promise<t.ImportJob>;
  /** Takes the oldest queued job; undefined when there is none. */
  claim(ctx: Ctx): Promise<t.ImportJob | undefined>;
  /** Jobs left `running` by a process that died are `queued` again; how many. Call under the lease. */
  requeue(ctx: Ctx): Promise<number>;
}

export interface LeaseRepository {
  /** True when `holder` has the lease for `ttlMs` from now (the database's clock). */
  acquire(ctx: Ctx, name: string, holder: string, ttlMs: number): Promise<boolean>;
  /** As `acquire`, but only when nobody else has had the lease since `holder` took it, expired or not. */
  renew(ctx: Ctx, name: string, holder: string, ttlMs: number): Promise<boolean>;
  release(ctx: Ctx, name: string, holder: string): Promise<void>;
  holder(ctx: Ctx, name: string): Promise<string | undefined>;
}

export interface RegistryStore extends BillingRepositories {
  /** For libraries that keep their own tables here (identity); the program itself uses the repositories. */
  // biome-ignore lint/suspicious/noExplicitAny: other tables than ours
  readonly db: Kysely<any>;
  readonly engine: RegistryEngine;
  readonly premises: CodedRepository<t.Premise, PremiseInput>;
  readonly nodes: CodedRepository<t.NetworkNode, NetworkNodeInput>;
  readonly usagePoints: CodedRepository<t.UsagePoint, UsagePointInput>;
  readonly meters: MeterRepository;
  readonly channels: ChannelRepository;
  readonly installations: InstallationRepository;
  readonly pendingReadings: PendingReadingRepository;
  readonly customers: CodedRepository<t.Customer, CustomerInput>;
  readonly accounts: CodedRepository<t.Account, AccountInput>;
  readonly agreements: CodedRepository<t.Agreement, AgreementInput>;
  readonly search: { find(ctx: Ctx, q: string, limit?: number): Promise<t.SearchHit[]> };
  readonly map: { points(ctx: Ctx): Promise<t.MapPoints>; nodes(ctx: Ctx): Promise<t.NetworkNode[]> };
  readonly directory: DirectoryRepository;
  readonly credentials: CredentialRepository;
  readonly tokens: TokenRepository;
  readonly certificates: CertificateRepository;
  readonly radio: RadioRepository;
  readonly mappings: MappingRepository;
  readonly lorawan: LorawanRepository;
  readonly meterKeys: MeterKeyRepository;
  readonly keyImports: KeyImportRepository;
  readonly dataKeys: DataKeyStore;
  readonly counters: CounterRepository;
  readonly rotations: RotationRepository;
  readonly endpoints: EndpointRepository;
  readonly readingPlans: ReadingPlanRepository;
  readonly commands: CommandRepository;
  readonly campaigns: CampaignRepository;
  readonly channelFacts: ChannelFactsRepository;
  readonly ruleSets: RuleSetRepository;
  readonly exceptions: ExceptionRepository;
  readonly edits: EditRepository;
  readonly suspensions: SuspensionRepository;
  readonly virtualChannels: VirtualChannelRepository;
  readonly channelChecks: ChannelCheckRepository;
  readonly veeProgress: VeeProgressRepository;
  readonly commissioning: CommissioningRepository;
  readonly bulkJobs: BulkJobRepository;
  readonly imports: ImportJobRepository;
  readonly views: {
    /** The owner's (the actor's) and the shared ones. */
    list(ctx: Ctx): Promise<t.SavedView[]>;
    /** Created or replaced by owner and name. */
    save(ctx: Ctx, view: { name: string; query: string; shared?: boolean }): Promise<t.SavedView>;
    remove(ctx: Ctx, id: number): Promise<void>;
  };
  readonly settings: {
    get<T = unknown>(ctx: Ctx, key: string): Promise<T | undefined>;
    set(ctx: Ctx, key: string, value: unknown): Promise<void>;
    all(ctx: Ctx): Promise<Record<string, unknown>>;
  };
  readonly leases: LeaseRepository;
  readonly audit: {
    append(ctx: Ctx, entry: Noted): Promise<t.AuditRecord>;
    /** Newest first; of one sort of object, or of one object. */
    list(ctx: Ctx, query?: t.AuditQuery): Promise<t.AuditRecord[]>;
    /** Recomputes the chain; `brokenAt` is the first record that does not fit, null when whole. */
    verify(ctx: Ctx): Promise<{ records: number; brokenAt: number | null }>;
  };
  readonly csv: {
    /** UTF-8 CSV with a header row, RFC 4180, streamed. */
    write(ctx: Ctx, kind: RegistryKind): AsyncGenerator<string>;
    /** Header row names the columns; unknown columns are an error. */
    read(
      ctx: Ctx,
      kind: RegistryKind,
      input: AsyncIterable<Uint8Array | string>,
      options?: { dryRun?: boolean },
    ): Promise<t.UpsertResult>;
  };
  /** Writes every table of the schema, as of one instant, into `dir` (made; must be empty). */
  backup(ctx: Ctx, dir: string): Promise<RegistryManifest>;
  /** Fills an empty registry from `dir`; all or nothing. Raises BACKUP_BROKEN, STORE_NOT_EMPTY. */
  restore(ctx: Ctx, dir: string): Promise<RegistryManifest>;
  /** True when the engine answers. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

export interface RegistryManifest {
  readonly format: 1;
  readonly createdAt: string;
  /** Last migration applied. */
  readonly migration: string;
  readonly tables: readonly { readonly name: string; readonly rows: number; readonly sha256: string }[];
}
