/**
 * The composition root: opens the stores, takes the lease, loads the directory, starts intake and HTTP, and
 * stops them in the opposite order. A start after a kill is a start like any other.
 */
import { createIngest, type Ingest, type MqttFront } from '@openami/headend';
import { type Clock, type Commit, type CommitOutcome, systemClock } from '@openami/model';
import type { ReadingStore, RegistryStore } from '@openami/store';
import { buildApp } from './app.ts';
import { type Config, writesReadings } from './config.ts';
import type { AppContext } from './context.ts';
import { serverErrors } from './errors.ts';
import { checksOf, gaugesOf, leaseState } from './health.ts';
import type { App } from './http/app-type.ts';
import { SseHub } from './http/sse.ts';
import { type Identity, openIdentity } from './identity/auth.ts';
import { ensureAdmin, type FirstAdmin } from './identity/first-admin.ts';
import { NameBook } from './identity/names.ts';
import { randomSecret, sessionSecret } from './identity/secrets.ts';
import { ImportService } from './imports/service.ts';
import { Spool } from './imports/spool.ts';
import { takeLease, type WriterLease } from './lease.ts';
import type { Logger } from './log.ts';
import { removeServerFile, writeServerFile } from './server-file.ts';
import { openBilling } from './services/billing/open.ts';
import { openCommissioning } from './services/commissioning/open.ts';
import { DeviceCa } from './services/device-ca.ts';
import { type FieldOptions, openField } from './services/field.ts';
import { startHandOver } from './services/hand-over/open.ts';
import { LastHeard } from './services/last-heard.ts';
import { LiveDirectory } from './services/live-directory.ts';
import { LiveStream } from './services/live-stream.ts';
import { CredentialWatch, startMqtt } from './services/mqtt.ts';
import { driversOf, openOtherDevices, takersOf } from './services/other-devices.ts';
import { OverviewService } from './services/overview.ts';
import { PendingReadings } from './services/pending-readings.ts';
import { startUsageAlerts } from './services/portal/alert-rounds.ts';
import { ReadSuccessService } from './services/read-success.ts';
import { dropOldReadings } from './services/retention.ts';
import { startUpkeep } from './services/upkeep.ts';
import { VeeService } from './services/vee/vee.ts';
import { openStores, type Stores } from './stores.ts';
import { startFollower, startTimers } from './timers.ts';
import { version } from './version.ts';

export interface ComposeOptions extends Partial<Omit<FieldOptions, 'config' | 'log' | 'clock'>> {
  readonly config: Config;
  readonly log: Logger;
  /** Default: the real one. */
  readonly clock?: Clock;
  /** Stores that are being opened; default: those of the configuration. */
  readonly stores?: Promise<Stores>;
  /** Days are closed only once `context.vee.begin()` is called: history is still to be stored. */
  readonly holdDays?: boolean;
  /** Called when the server must stop by itself (it lost the lease). */
  readonly onFatal?: (error: Error) => void;
}

export interface RunningServer {
  readonly url: string;
  readonly app: App;
  readonly context: AppContext;
  readonly mqtt: readonly MqttFront[];
  /** The administrator made by this start: print it once. */
  readonly admin: FirstAdmin | undefined;
  /** Stops intake, stores what was taken, closes the engines. Safe to call twice. */
  close(): Promise<void>;
}

/** Everything that was started, so that it can be stopped in order. */
class Closers {
  readonly #closers: { name: string; close: () => Promise<unknown> | unknown }[] = [];
  #closing: Promise<void> | undefined;

  add(name: string, close: () => Promise<unknown> | unknown): void {
    this.#closers.push({ name, close });
  }

  /** Stops the last started first; a fault of one does not keep the others open. */
  close(log: Logger): Promise<void> {
    this.#closing ??= (async () => {
      for (const { name, close } of this.#closers.reverse()) {
        try {
          await close();
        } catch (error) {
          log.error({ err: error, part: name }, 'A part did not stop cleanly');
        }
      }
    })();
    return this.#closing;
  }
}

/** Starts a server. Throws typed errors that say what to do; then nothing is left running. */
export async function startServer(options: ComposeOptions): Promise<RunningServer> {
  const closers = new Closers();
  try {
    return await compose(options, closers);
  } catch (error) {
    await closers.close(options.log);
    throw error;
  }
}

async function compose(options: ComposeOptions, closers: Closers): Promise<RunningServer> {
  const { config, log, clock = systemClock, clockSpeed = 1 } = options;
  const { registry, store } = await (options.stores ?? openStores(config, clock, log));
  closers.add('registry', () => registry.close());
  closers.add('readings', () => store.close());
  const directory = new LiveDirectory(registry.directory);
  const [lease, identity] = await Promise.all([
    writesReadings(config) ? openLease(options, registry, closers) : undefined,
    openSignIn(config, registry),
    directory.load(),
  ]);
  const requireWriter = writerCheck(lease);
  store.writer.fence(requireWriter);
  const heard = new LastHeard(directory, clock);
  await heard.load(store);
  const hub = new SseHub();
  const live = new LiveStream({ hub, store, clock });
  await live.load();
  const vee = new VeeService({ config, registry, store, directory, clock, log });
  const ingestParts = { store, directory, clock, log, heard, live, vee };
  const ingest = openIngest(ingestParts);
  closers.add('ingest', () => ingest.close());
  const imports = openImports(options, { registry, directory, hub, ingest: ingestParts }, closers);
  const mqtt: MqttFront[] = [];
  const field = openField({ ...options, clock }, { registry, store, directory, ingest, hub, requireWriter });
  const vault = () => field.dlms.vault();
  const others = await openOtherDevices({
    ...{ config, registry, store, directory, ingest, clock, log, vault, closers },
    onKeys: (listener) => field.dlms.onForget(listener),
  });
  for (const [protocol, driver] of driversOf(others)) field.commands.addDriver(protocol, driver);
  const localToken = randomSecret();
  const success = new ReadSuccessService({ config, directory, store, clock });
  const overview = new OverviewService({
    ...{ config, clock, clockSpeed },
    simulated: clock !== systemClock,
    ...{ registry, store, heard, live, success },
  });
  const pendingReadings = new PendingReadings({ registry, store, heard, log, requireWriter });
  const start = { done: false };
  const names = new NameBook(identity, registry);
  const context: AppContext = {
    ...{ config, version, clock, clockSpeed, simulated: clock !== systemClock, log },
    ...{ registry, store, ingest, directory, heard, imports, identity, hub, live, success, overview, vee },
    ...{ names, pendingReadings, ...others, ...field, localToken },
    ...openCommissioning(() => context, { ...ingestParts, registry, ...others, ...field }),
    deviceCa: new DeviceCa({ registry, vault }),
    ...openBilling(
      { config, registry, store, clock, hub, log, names, requireWriter },
      vee,
      field.commands,
      vault,
    ),
    credentialWatch: new CredentialWatch(registry.credentials, () => [...mqtt, ...others.coap.listening]),
    routeTable: [],
    requireWriter,
    gauges: () => gaugesOf(context, mqtt),
    checks: async () => [
      ...(await checksOf(context, mqtt, lease)),
      ...(start.done ? [] : [{ name: 'start', ok: false, detail: 'not done yet' }]),
    ],
  };
  const serving = await serve(context, mqtt, closers, options.holdDays ?? false);
  start.done = true;
  log.info({ url: serving.url, mqtt: mqtt.map((front) => front.url), roles: config.roles }, 'OpenAMI serves');
  return serving;
}

/** Listens, starts the work, and tells others on this machine where to find the server. */
async function serve(
  context: AppContext,
  mqtt: MqttFront[],
  closers: Closers,
  holdDays: boolean,
): Promise<RunningServer> {
  const { config, hub, identity, localToken, log } = context;
  const app = await buildApp(context);
  const url = await listen(app, config);
  closers.add('http', async () => {
    hub.close();
    await app.close();
  });
  await startWork(context, mqtt, closers, holdDays);
  // last of all: a password that is made is shown
  const admin = await ensureAdmin(identity, config);
  const startedAt = new Date().toISOString();
  writeServerFile(config.dataDir, { pid: process.pid, url, token: localToken, startedAt });
  closers.add('server file', () => removeServerFile(config.dataDir));
  return { url, app, context, mqtt, admin, close: () => closers.close(log) };
}

/** Intake, imports and what is done again and again, as the roles say. */
async function startWork(
  context: AppContext,
  mqtt: MqttFront[],
  closers: Closers,
  holdDays: boolean,
): Promise<void> {
  const { config, registry, ingest, clock, log, imports, commands, radio } = context;
  if (config.roles.includes('worker')) {
    await imports.start();
    closers.add('imports', () => imports.stop());
    const upkeep = {
      'files of imports': () => imports.sweep(config),
      'retention of readings': () => dropOldReadings(context, config),
      'rows of lists of meters': () => context.bulk.forget(),
    };
    closers.add('upkeep', startUpkeep(upkeep, log));
    closers.add('validation', await context.vee.start({ held: holdDays }));
    closers.add('bill runs', context.billing.runner.loop.start());
    closers.add('determinants of days', context.billing.days.start());
    closers.add('disputes', context.disputes.start());
    closers.add('usage alerts', startUsageAlerts({ ...context, book: context.billing.book }));
    closers.add('tariff impacts', context.billing.impacts.loop.start());
    closers.add('hand-over', startHandOver(context));
    // a list says what to do with those who are heard
    if (!config.roles.includes('headend')) await radio.load();
    closers.add('lists of meters', await context.bulk.start());
  }
  if (config.roles.includes('headend')) {
    // before telegrams come, and until the last has come
    closers.add('radio', await radio.start());
    mqtt.push(
      ...(await startMqtt({
        ...{ config, registry, ingest, clock, log, deviceCa: context.deviceCa },
        takers: takersOf(config, context),
      })),
    );
    for (const front of mqtt) closers.add('mqtt', () => front.close());
    closers.add('radio tcp', await context.radioTcp.listen());
    closers.add('coap', await context.coap.listen());
    closers.add('lorawan', context.lorawan.start());
    closers.add('commands', commands.start());
    closers.add('prepay', context.prepay.rounds.start());
    closers.add('dlms listeners', await context.dlms.listen());
    closers.add('collection', context.collection.start());
    closers.add('key rotations', context.rotations.start());
    closers.add('commissioning', context.commissioning.start());
  }
  closers.add('timers', startTimers(context));
  if (!writesReadings(config)) closers.add('follower', startFollower(context));
}

/** Takes the lease to write; when it is lost the server stops, because somebody else may write now. */
async function openLease(
  { log, onFatal }: ComposeOptions,
  registry: RegistryStore,
  closers: Closers,
): Promise<WriterLease> {
  const lease = await takeLease(registry, log, () => {
    const error = serverErrors.NOT_WRITER('Another server took the lease to write readings; this one stops.');
    log.fatal({ code: error.code }, error.message);
    void closers.close(log).then(() => onFatal?.(error));
  });
  closers.add('lease', () => lease.release());
  return lease;
}

/** Without the lease everything is refused, and what is refused comes again from upstream. */
function writerCheck(lease: WriterLease | undefined): () => void {
  return () => {
    if (!lease) throw serverErrors.NOT_WRITER('This server has neither the role headend nor worker.');
    if (!lease.held()) throw serverErrors.NOT_WRITER(`The lease is ${leaseState(lease)}.`);
  };
}

function openSignIn(config: Config, registry: RegistryStore): Promise<Identity> {
  const secret = sessionSecret(config.secret, config.dataDir);
  return openIdentity({ registry, secret, publicUrl: config.publicUrl });
}

interface IngestParts {
  readonly store: ReadingStore;
  readonly directory: LiveDirectory;
  readonly clock: Clock;
  readonly log: Logger;
  readonly heard: LastHeard;
  readonly live: LiveStream;
  readonly vee: VeeService;
}

function openIngest(parts: IngestParts, onOutcome?: (outcome: CommitOutcome) => void): Ingest {
  const { store, directory, clock, log, heard, live, vee } = parts;
  const counted = {
    async commit(work: Commit): Promise<CommitOutcome> {
      const outcome = await store.writer.commit(work);
      onOutcome?.(outcome);
      return outcome;
    },
  };
  const sink = heard.tap(vee.sink(counted), (work) => live.stored(work));
  return createIngest({
    directory: directory.memory,
    sink,
    clock,
    log,
    onEvents: (events) => live.events(events),
  });
}

function openImports(
  { config, log, clock = systemClock }: ComposeOptions,
  parts: {
    registry: RegistryStore;
    directory: LiveDirectory;
    ingest: IngestParts;
    hub: SseHub;
  },
  closers: Closers,
): ImportService {
  const { registry, directory, hub } = parts;
  // an ingest of their own: its commits hold only imported readings, so that what becomes of them is counted
  const totals = { repeats: 0, corrections: 0 };
  const ingest = openIngest(parts.ingest, ({ repeats, corrections }) => {
    totals.repeats += repeats;
    totals.corrections += corrections;
  });
  closers.add('ingest of imports', () => ingest.close());
  return new ImportService({
    ...{ registry, directory, ingest, clock, log },
    spool: new Spool(config.dataDir, config.importMaxBytes),
    writerTotals: () => ({ ...totals }),
    onProgress: (update) => hub.publish('import', update),
  });
}

async function listen(app: App, { host, port }: Config): Promise<string> {
  try {
    const address = await app.listen({ host, port });
    // people and the command reach a server that listens everywhere by this machine's own address
    return address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//127.0.0.1:');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw serverErrors.PORT_IN_USE(`${host}:${port} is taken`, { port }, error);
    if (code === undefined) throw error;
    throw serverErrors.LISTEN_FAILED(`${host}:${port}: ${code}`, { port }, error);
  }
}
