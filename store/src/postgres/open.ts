/** Opens the registry store on the embedded engine or a server. */
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import { Client, type ClientConfig, Pool, types } from 'pg';
import { backupRegistry } from './backup/backup.ts';
import { restoreRegistry } from './backup/restore.ts';
import { readCsv } from './csv/read.ts';
import { writeCsv } from './csv/write.ts';
import { EmbeddedEngine } from './engine/embedded.ts';
import { registryErrors } from './errors.ts';
import { migrations } from './migrations/index.ts';
import { migrate } from './migrations/run.ts';
import { accountEntryRepository } from './repositories/account-entries.ts';
import { auditRepository } from './repositories/audit.ts';
import type { Base } from './repositories/base.ts';
import { billDocumentRepository } from './repositories/bill-documents.ts';
import { billRunRepository } from './repositories/bill-runs.ts';
import { billingAttributeRepository } from './repositories/billing-attributes.ts';
import { billCycleRepository, billingFactsRepository } from './repositories/billing-facts.ts';
import { billingSeriesRepository } from './repositories/billing-series.ts';
import { billRepository } from './repositories/bills.ts';
import { budgetRepository } from './repositories/budgets.ts';
import { bulkJobRepository } from './repositories/bulk-jobs.ts';
import { campaignRepository } from './repositories/campaigns.ts';
import { certificateRepository } from './repositories/certificates.ts';
import { changedBillRepository } from './repositories/changed-bills.ts';
import { channelCheckRepository } from './repositories/channel-checks.ts';
import { channelFactsRepository } from './repositories/channel-facts.ts';
import { channelRepository } from './repositories/channels.ts';
import { codedRepository } from './repositories/coded.ts';
import { commandRepository } from './repositories/commands.ts';
import { commissioningRepository } from './repositories/commissioning.ts';
import { counterRepository } from './repositories/counters.ts';
import { customerLoginRepository } from './repositories/customer-logins.ts';
import { depositRepository } from './repositories/deposits.ts';
import { directoryRepository } from './repositories/directory.ts';
import { disputeRepository } from './repositories/disputes.ts';
import { endpointRepository } from './repositories/endpoints.ts';
import { mapRepository, searchRepository } from './repositories/find.ts';
import { frozenRepository, handOverRepository } from './repositories/hand-over.ts';
import { installationRepository } from './repositories/installations.ts';
import { importJobRepository } from './repositories/jobs.ts';
import { keyImportRepository } from './repositories/key-imports.ts';
import { dataKeyRepository, meterKeyRepository } from './repositories/keys.ts';
import { lorawanRepository } from './repositories/lorawan.ts';
import { mappingRepository } from './repositories/mappings.ts';
import { meterRepository } from './repositories/meters.ts';
import { pendingReadingRepository } from './repositories/pending-readings.ts';
import { readingPlanRepository } from './repositories/plans.ts';
import {
  prepayAgreementRepository,
  prepayNoticeRepository,
  prepayPolicyRepository,
} from './repositories/prepay.ts';
import { prepayLedgerRepository } from './repositories/prepay-ledger.ts';
import { prepayPaymentRepository } from './repositories/prepay-payments.ts';
import { radioRepository } from './repositories/radio.ts';
import { rotationRepository } from './repositories/rotations.ts';
import { credentialRepository, tokenRepository } from './repositories/secrets.ts';
import { settlementRepository } from './repositories/settlement.ts';
import { leaseRepository, settingRepository, viewRepository } from './repositories/small.ts';
import { tariffEventRepository } from './repositories/tariff-events.ts';
import { tariffImpactRepository } from './repositories/tariff-impacts.ts';
import { agreementTariffRepository, tariffRepository } from './repositories/tariffs.ts';
import { usageAlertRepository } from './repositories/usage-alerts.ts';
import { editRepository } from './repositories/vee-edits.ts';
import { exceptionRepository } from './repositories/vee-exceptions.ts';
import { ruleSetRepository, suspensionRepository, veeProgressRepository } from './repositories/vee-rules.ts';
import { virtualChannelRepository } from './repositories/virtual-channels.ts';
import { webhookRepository } from './repositories/webhooks.ts';
import type { Database } from './schema.ts';
import type { RegistryEngine, RegistryOptions, RegistryStore } from './store.ts';

const int8 = 20;

function makePool(address: () => string, log: RegistryOptions['log']): Pool {
  // The embedded engine's port changes when it restarts: every connection asks for the address anew.
  class CurrentClient extends Client {
    constructor(config: ClientConfig) {
      super({ ...config, connectionString: address() });
    }
  }
  const options = { max: 10, connectionTimeoutMillis: 30_000, idleTimeoutMillis: 10_000 };
  const pool = new Pool({
    ...options,
    Client: CurrentClient as unknown as new () => Client,
    types: {
      // Counts and sequence numbers stay below 2^53.
      getTypeParser: ((oid: number, format: 'text') =>
        oid === int8 ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
    },
  });
  // A connection that breaks is replaced at its next use. One that is lent out and between two queries of a
  // transaction tells nobody else: without this listener an engine crash would end the program.
  // Its message only: the error drags the whole connection behind it.
  const note = (error: Error) => log.warn({ detail: error.message }, 'a registry connection broke');
  pool.on('error', note);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** A real server as `RegistryEngine`. */
function serverEngine(url: string): RegistryEngine {
  return { kind: 'server', state: 'ready', url, pid: 0, restarts: 0 };
}

function embeddedEngine(engine: EmbeddedEngine): RegistryEngine {
  return {
    kind: 'embedded',
    get state() {
      return engine.state;
    },
    get url() {
      return engine.url;
    },
    get pid() {
      return engine.pid;
    },
    get restarts() {
      return engine.restarts;
    },
  };
}

/**
 * Starts or reaches the engine, applies missing migrations, gives the repositories. Raises ENGINE_START,
 * ENGINE_LOCKED, REGISTRY_UNAVAILABLE, MIGRATION_*.
 */
export async function openRegistryStore(options: RegistryOptions): Promise<RegistryStore> {
  const { url, dataDir, log, clock } = options;
  let embedded: EmbeddedEngine | undefined;
  if (url === undefined) {
    if (dataDir === undefined) throw registryErrors.ENGINE_START('neither dataDir nor url is given');
    embedded = new EmbeddedEngine({ dataDir, log });
    await embedded.start();
  }
  const engine = embedded === undefined ? serverEngine(url!) : embeddedEngine(embedded);
  const pool = makePool(() => engine.url, log);
  try {
    const applied = await migrate(pool, migrations);
    if (applied.length > 0) log.info({ migrations: applied }, 'registry migrated');
  } catch (error) {
    await pool.end();
    await embedded?.close();
    if ((error as { fault?: string }).fault !== undefined) throw error;
    throw registryErrors.REGISTRY_UNAVAILABLE(String(error), {}, error);
  }
  return assemble(engine, pool, clock, async () => {
    await pool.end();
    await embedded?.close();
  });
}

function prepayRepositories(base: Base) {
  return {
    prepayPolicies: prepayPolicyRepository(base),
    prepayAgreements: prepayAgreementRepository(base),
    prepayLedger: prepayLedgerRepository(base),
    prepayPayments: prepayPaymentRepository(base),
    prepayNotices: prepayNoticeRepository(base),
  };
}

function billingRepositories(base: Base) {
  return {
    tariffs: tariffRepository(base),
    agreementTariffs: agreementTariffRepository(base),
    billCycles: billCycleRepository(base),
    billingFacts: billingFactsRepository(base),
    billRuns: billRunRepository(base),
    bills: billRepository(base),
    changedBills: changedBillRepository(base),
    billingSeries: billingSeriesRepository(base),
    tariffEvents: tariffEventRepository(base),
    billingAttributes: billingAttributeRepository(base),
    billDocuments: billDocumentRepository(base),
    disputes: disputeRepository(base),
    accountEntries: accountEntryRepository(base),
    deposits: depositRepository(base),
    budgets: budgetRepository(base),
    customerLogins: customerLoginRepository(base),
    usageAlerts: usageAlertRepository(base),
    tariffImpacts: tariffImpactRepository(base),
  };
}

function handOverRepositories(base: Base) {
  return {
    webhooks: webhookRepository(base),
    handOver: handOverRepository(base),
    frozen: frozenRepository(base),
    settlement: settlementRepository(base),
  };
}

function assemble(
  engine: RegistryEngine,
  pool: Pool,
  clock: RegistryOptions['clock'],
  end: () => Promise<void>,
): RegistryStore {
  const dialect = new PostgresDialect({ pool });
  const plain = new Kysely<Record<string, never>>({ dialect });
  const plugins = [new CamelCasePlugin({ maintainNestedObjectKeys: true })];
  const base: Base = { db: new Kysely<Database>({ dialect, plugins }), clock };
  const channels = channelRepository(base);
  const installations = installationRepository(base);
  let closing: Promise<void> | undefined;
  return {
    db: plain,
    engine,
    premises: codedRepository(base, 'premises'),
    nodes: codedRepository(base, 'network-nodes'),
    usagePoints: codedRepository(base, 'usage-points'),
    meters: meterRepository(base, { channels, installations }),
    channels,
    installations,
    pendingReadings: pendingReadingRepository(base),
    customers: codedRepository(base, 'customers'),
    accounts: codedRepository(base, 'accounts'),
    agreements: codedRepository(base, 'agreements'),
    search: searchRepository(base),
    map: mapRepository(base),
    directory: directoryRepository(base),
    credentials: credentialRepository(base),
    tokens: tokenRepository(base),
    certificates: certificateRepository(base),
    mappings: mappingRepository(base),
    radio: radioRepository(base, 'radio_meter'),
    lorawan: lorawanRepository(base),
    meterKeys: meterKeyRepository(base),
    dataKeys: dataKeyRepository(base),
    keyImports: keyImportRepository(base),
    counters: counterRepository(base),
    rotations: rotationRepository(base),
    endpoints: endpointRepository(base),
    readingPlans: readingPlanRepository(base),
    commands: commandRepository(base),
    campaigns: campaignRepository(base),
    channelFacts: channelFactsRepository(base),
    ruleSets: ruleSetRepository(base),
    exceptions: exceptionRepository(base),
    edits: editRepository(base),
    suspensions: suspensionRepository(base),
    virtualChannels: virtualChannelRepository(base),
    channelChecks: channelCheckRepository(base),
    veeProgress: veeProgressRepository(base),
    ...billingRepositories(base),
    ...prepayRepositories(base),
    ...handOverRepositories(base),
    commissioning: commissioningRepository(base),
    bulkJobs: bulkJobRepository(base),
    imports: importJobRepository(base),
    views: viewRepository(base),
    settings: settingRepository(base),
    leases: leaseRepository(base),
    audit: auditRepository(base),
    csv: {
      write: (ctx, kind) => writeCsv(base, ctx, kind),
      read: (ctx, kind, input, csvOptions) => readCsv(base, ctx, kind, input, csvOptions),
    },
    backup: (ctx, dir) => backupRegistry(pool, ctx, dir, clock.nowMs()),
    restore: (ctx, dir) => restoreRegistry(pool, ctx, dir),
    ping: () =>
      pool.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    close: () => {
      closing ??= end();
      return closing;
    },
  };
}
