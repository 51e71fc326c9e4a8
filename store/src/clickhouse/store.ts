/** Opens the reading store: engine, tables, writer and repositories. */
import { type BackupManifest, backupReadings, restoreReadings } from './backup.ts';
import { EngineClient } from './client.ts';
import {
  type EmbeddedOptions,
  type Engine,
  type Log,
  remoteEngine,
  startEmbeddedEngine,
} from './engine/engine.ts';
import { readingStoreErrors } from './errors.ts';
import { migrate } from './migrations/migrate.ts';
import { defaultRetention, type Retention } from './migrations/schema.ts';
import { ClassSumQueries } from './queries/class-sums.ts';
import { ClosedDayQueries } from './queries/closed-days.ts';
import { DayDeterminantQueries } from './queries/day-determinants.ts';
import { DeterminantQueries } from './queries/determinants.ts';
import { EvidenceQueries } from './queries/evidence.ts';
import { ReadingQueries } from './queries/readings.ts';
import { Scope, type ScopeResolver } from './queries/scope.ts';
import { SettlementQueries } from './queries/settlement.ts';
import { StatedQueries } from './queries/stated.ts';
import { Upkeep } from './queries/upkeep.ts';
import type { WriterLimits } from './writer/limits.ts';
import { type Clock, ReadingWriter } from './writer/writer.ts';

export interface ReadingStoreOptions {
  /** Directory of the embedded engine. */
  readonly dataDir?: string;
  /** A ClickHouse server instead, with user and password: `http://user:password@host:8123`. */
  readonly url?: string;
  /** Cluster name on that server; makes replicated and distributed tables. */
  readonly cluster?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<WriterLimits>;
  readonly retention?: Partial<Retention>;
  /** Needed for callers whose scope is not `all`. */
  readonly visible?: ScopeResolver;
  readonly engine?: Omit<EmbeddedOptions, 'dataDir' | 'log'>;
  /** The caller fences the writer once it may write: what is stored is learnt then and not before. */
  readonly fenced?: boolean;
}

export interface ReadingStore {
  readonly engine: Engine;
  readonly client: EngineClient;
  readonly writer: ReadingWriter;
  readonly readings: ReadingQueries;
  readonly evidence: EvidenceQueries;
  /** What validation made of the readings of local days. */
  readonly days: ClosedDayQueries;
  readonly stated: StatedQueries;
  /** What was used in each period, and the largest demand. */
  readonly determinants: DeterminantQueries;
  /** The same of local days, kept, to be added up. */
  readonly dayDeterminants: DayDeterminantQueries;
  readonly classSums: ClassSumQueries;
  /** Sums of many channels by group and interval. */
  readonly settlement: SettlementQueries;
  readonly upkeep: Upkeep;
  /** Writes all readings and evidence, as of the start, into an empty directory while the server runs. */
  backup(dir: string): Promise<BackupManifest>;
  /** Loads a backup into this store, which must be empty, and verifies it. */
  restore(dir: string): Promise<BackupManifest>;
  close(): Promise<void>;
}

/** Starts or connects, migrates, loads. Throws ENGINE_START_FAILED, ENGINE_UNAVAILABLE, MIGRATION_CHANGED. */
export async function openReadingStore(options: ReadingStoreOptions): Promise<ReadingStore> {
  const { clock, log } = options;
  const engine = await openEngine(options);
  const client = new EngineClient(engine);
  try {
    const retention = { ...defaultRetention, ...options.retention };
    await migrate(client, { cluster: options.cluster, retention });
    const writer = new ReadingWriter(client, clock, log, options.limits);
    // In the background: a start is as quick with a billion readings as with none.
    if (!options.fenced) writer.fence(() => {});
    const close = async () => {
      await writer.close();
      await client.close();
      await engine.close();
    };
    const scope = new Scope(options.visible);
    return {
      engine,
      client,
      writer,
      readings: new ReadingQueries(client, scope),
      evidence: new EvidenceQueries(client, scope, writer, options.cluster),
      days: new ClosedDayQueries(client, scope, writer),
      stated: new StatedQueries(client, scope),
      determinants: new DeterminantQueries(client, scope),
      dayDeterminants: new DayDeterminantQueries(client, scope),
      classSums: new ClassSumQueries(client, scope),
      settlement: new SettlementQueries(client, scope),
      upkeep: new Upkeep(client, scope, options.cluster),
      backup: (dir) => backupReadings(client, writer, clock, dir),
      restore: async (dir) => {
        const manifest = await restoreReadings(client, dir);
        await writer.load();
        return manifest;
      },
      close,
    };
  } catch (error) {
    await client.close();
    await engine.close();
    throw error;
  }
}

async function openEngine(options: ReadingStoreOptions): Promise<Engine> {
  if (options.url) return remoteEngine(options.url);
  if (!options.dataDir) throw readingStoreErrors.ENGINE_START_FAILED('Neither dataDir nor url is given');
  return await startEmbeddedEngine({ ...options.engine, dataDir: options.dataDir, log: options.log });
}
