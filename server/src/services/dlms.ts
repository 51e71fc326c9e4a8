/** DLMS in the server: the vault, sessions with registered meters, and where meters connect or push to. */
import {
  addressOf,
  type CommandMeter,
  DlmsField,
  dlmsFieldErrors,
  forKeys,
  InboundMeters,
  type Ingest,
  ingestSink,
  KeyCounters,
  KeyLife,
  type KeyProof,
  KeyVault,
  type LinkLimits,
  type LinkSource,
  loadKek,
  MeterAccesses,
  type PushListener,
  PushSenders,
  type PushSink,
  QuietLog,
  ReceiveGuard,
  readKekFile,
  type SessionRecord,
  startPushListener,
} from '@openami/headend';
import { type Clock, systemAccess } from '@openami/model';
import type { RegistryStore } from '@openami/store';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { loadPushSenders } from './dlms-push.ts';
import type { LiveDirectory } from './live-directory.ts';

export interface DlmsServiceOptions {
  readonly config: Config;
  readonly registry: RegistryStore;
  readonly directory: LiveDirectory;
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly log: Logger;
  readonly linkLimits?: Partial<LinkLimits>;
  readonly onSession?: (record: SessionRecord) => void;
}

/** The head-end as it asks for keys. */
export const keysAccess = forKeys(systemAccess);

/** How long received counters may wait to be stored; see `ReceiveGuard` for what a crash costs. */
const flushMs = 1_000;
/** How long a replaced key is kept. */
export const keyGraceS = 7 * 86_400;

export class DlmsService {
  readonly field: DlmsField;
  readonly counters: KeyCounters;
  readonly #guard: ReceiveGuard;
  readonly #senders: PushSenders;
  readonly #pushListeners: PushListener[] = [];
  readonly #forgetListeners: (() => void)[] = [];
  #sink: PushSink | undefined;
  /** Of what anybody can cause by sending. */
  readonly #quiet: QuietLog;
  /** What sessions prove of keys. */
  readonly life: KeyLife;
  readonly #options: DlmsServiceOptions;
  #inbound: InboundMeters | undefined;
  #vault: Promise<KeyVault> | undefined;

  constructor(options: DlmsServiceOptions) {
    const { config, registry, clock, linkLimits, onSession } = options;
    this.#options = options;
    this.#quiet = new QuietLog(options.log, { nowMs: () => performance.now() });
    this.counters = new KeyCounters({ store: registry.counters });
    this.#guard = new ReceiveGuard({ store: registry.counters });
    const pushes = {
      ...{ registry, guard: this.#guard, ctx: keysAccess, vault: () => this.vault() },
      meterOf: (serial: string) => options.directory.memory.meter(serial),
    };
    this.#senders = new PushSenders({
      ...{ guard: this.#guard, load: (names) => loadPushSenders(pushes, names) },
    });
    const accesses = new MeterAccesses({
      ...{ ctx: keysAccess, counters: this.counters },
      vault: { keysOf: async (...query) => (await this.vault()).keysOf(...query) },
      systemTitle: Uint8Array.from(Buffer.from(config.dlmsSystemTitle, 'hex')),
      inbound: (meter) => this.#heldOpen(meter),
      ...(linkLimits ? { linkLimits } : {}),
    });
    this.life = new KeyLife({
      ...{ ctx: keysAccess, store: registry.meterKeys, clock, graceS: keyGraceS, log: options.log },
      isRotating: async (meterId) =>
        (await registry.rotations.list(keysAccess, { meterId, state: 'running', limit: 1 })).length > 0,
      forget: (meterId) => accesses.forget(meterId),
    });
    const onProof = (proof: KeyProof) => {
      this.life.proven(proof).catch((error: unknown) => {
        options.log.warn({ err: error }, 'What a session proved of keys could not be stored');
      });
    };
    this.field = new DlmsField({ accesses, clock, onProof, ...(onSession ? { onSession } : {}) });
  }

  /**
   * The vault, opened when it is first needed; makes its key-encryption key where nothing is wrapped yet.
   * Raises KEK_*.
   */
  vault(): Promise<KeyVault> {
    this.#vault ??= this.#openVault().catch((error: unknown) => {
      this.#vault = undefined;
      throw error;
    });
    return this.#vault;
  }

  async #openVault(): Promise<KeyVault> {
    const { config, registry } = this.#options;
    const wrapped = await registry.dataKeys.list(keysAccess);
    const kek = await loadKek(config, wrapped.length === 0);
    const previousKeks = config.kekPreviousFile === '' ? [] : [await readKekFile(config.kekPreviousFile)];
    const { meterKeys: keys, dataKeys } = registry;
    return await KeyVault.open(keysAccess, { keys, dataKeys, kek, previousKeks });
  }

  /** Keys or endpoints of meters may have changed: they are looked up anew. */
  forget(...meterIds: readonly number[]): void {
    for (const meterId of meterIds) this.field.accesses.forget(meterId);
    this.#senders.forget(...meterIds);
    for (const listener of this.#forgetListeners) listener();
  }

  /** Tells of each `forget`. */
  onForget(listener: () => void): void {
    this.#forgetListeners.push(listener);
  }

  /** Starts the listeners of the configuration; gives what stops them. Raises DLMS_LISTEN_FAILED. */
  async listen(): Promise<() => Promise<void>> {
    const { dlmsInboundPort: port, dlmsPushPort } = this.#options.config;
    const stops: (() => Promise<void>)[] = [];
    const stop = async () => {
      for (const each of stops.splice(0)) await each();
    };
    try {
      if (port > 0) {
        const inbound = this.#holding(port);
        await inbound.listen();
        this.#inbound = inbound;
        stops.push(() => inbound.close());
      }
      if (dlmsPushPort > 0) await this.listenForPushes(dlmsPushPort);
      stops.push(() => this.#closePushes());
    } catch (error) {
      await stop();
      throw error;
    }
    stops.push(this.#keepCounters());
    return stop;
  }

  /**
   * Opens a place to push to, TCP and UDP, until the listeners stop; gives its port. 0 takes a free one,
   * for TCP. Raises DLMS_LISTEN_FAILED.
   */
  async listenForPushes(port: number, host = this.#options.config.dlmsHost): Promise<number> {
    const ports = { tcpPort: port, ...(port === 0 ? {} : { udpPort: port }) };
    const listener = await startPushListener({ ...this.#intake(), host, ...ports });
    this.#pushListeners.push(listener);
    return listener.tcpPort!;
  }

  async #closePushes(): Promise<void> {
    for (const listener of this.#pushListeners.splice(0)) await listener.close();
  }

  /** What is pushed, however it comes. */
  #intake() {
    const { clock, ingest } = this.#options;
    this.#sink ??= ingestSink({
      ingest,
      onRefusal: ({ error: { code }, remote, device }, isKept) => {
        const peer = `${device ?? addressOf(remote)} ${code}`;
        this.#quiet.warn('A push was refused', { code, remote, device, isKept }, peer);
      },
    });
    return { clock, sink: this.#sink, senders: this.#senders };
  }

  /** Where meters connect and stay. */
  #holding(port: number): InboundMeters {
    const { config, registry, directory } = this.#options;
    return new InboundMeters({
      ...this.#intake(),
      ...{ host: config.dlmsHost, port },
      framing: { kind: 'wrapper' },
      resolve: async ({ systemTitle, meter }) => {
        const found =
          systemTitle === undefined
            ? undefined
            : await registry.endpoints.findByTitle(systemAccess, systemTitle);
        const meterId = found?.meterId ?? (meter === undefined ? 0 : directory.memory.meter(meter));
        return meterId === 0 ? undefined : String(meterId);
      },
      onRefused: ({ code }, remote) =>
        this.#quiet.warn('A connection was refused', { code, remote }, `${addressOf(remote)} ${code}`),
    });
  }

  /** Stores received counters now and then; gives what stores the last of them. */
  #keepCounters(): () => Promise<void> {
    const { log } = this.#options;
    let underWay: Promise<unknown> | undefined;
    const flush = (): Promise<unknown> => {
      underWay ??= this.#guard
        .flush(keysAccess)
        .catch((error: unknown) => log.warn({ err: error }, 'Received counters could not be stored'))
        .finally(() => {
          underWay = undefined;
        });
      return underWay;
    };
    const timer = setInterval(flush, flushMs);
    return async () => {
      clearInterval(timer);
      await underWay;
      await flush();
    };
  }

  /** Meters that hold a connection to this server. */
  get connected(): number {
    return this.#inbound?.counters.meters ?? 0;
  }

  #heldOpen({ meterId, serial }: CommandMeter): LinkSource {
    if (this.#inbound !== undefined) return this.#inbound.source(String(meterId));
    const error = dlmsFieldErrors.DLMS_METER_OFFLINE(`${serial}: this server listens for no meters`);
    return { remote: serial, open: () => Promise.reject(error) };
  }
}
