/** DLMS in the server: the vault, sessions with registered meters, and where meters connect or push to. */
import {
  type CommandMeter,
  DlmsField,
  dlmsFieldErrors,
  InboundMeters,
  type Ingest,
  KeyCounters,
  KeyLife,
  type KeyProof,
  KeyVault,
  type LinkLimits,
  type LinkSource,
  loadKek,
  MeterAccesses,
  readKekFile,
  type SessionRecord,
  startPushListener,
} from '@openami/headend';
import { type AccessContext, type Clock, systemAccess } from '@openami/model';
import type { RegistryStore } from '@openami/store';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { pushSink } from './dlms-push.ts';

export interface DlmsServiceOptions {
  readonly config: Config;
  readonly registry: RegistryStore;
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly log: Logger;
  readonly linkLimits?: Partial<LinkLimits>;
  readonly onSession?: (record: SessionRecord) => void;
}

/** The head-end as it asks for keys. */
export const keysAccess: AccessContext = { ...systemAccess, purpose: 'keys' };

/** How long a replaced key is kept. */
export const keyGraceS = 7 * 86_400;

export class DlmsService {
  readonly field: DlmsField;
  readonly counters: KeyCounters;
  /** What sessions prove of keys. */
  readonly life: KeyLife;
  readonly #options: DlmsServiceOptions;
  #inbound: InboundMeters | undefined;
  #vault: Promise<KeyVault> | undefined;

  constructor(options: DlmsServiceOptions) {
    const { config, registry, clock, linkLimits, onSession } = options;
    this.#options = options;
    this.counters = new KeyCounters({ store: registry.counters });
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

  /** Starts the listeners of the configuration; gives what stops them. Raises DLMS_LISTEN_FAILED. */
  async listen(): Promise<() => Promise<void>> {
    const { config, registry, log, clock } = this.#options;
    const stops: (() => Promise<void>)[] = [];
    const sink = pushSink(this.#options);
    const host = config.dlmsHost;
    try {
      if (config.dlmsInboundPort > 0) {
        const inbound = new InboundMeters({
          ...{ host, port: config.dlmsInboundPort, framing: { kind: 'wrapper' }, clock, sink },
          resolve: async ({ systemTitle, meter }) => {
            if (systemTitle !== undefined) {
              const found = await registry.endpoints.findByTitle(systemAccess, systemTitle);
              if (found !== undefined) return String(found.meterId);
            }
            const known = meter === undefined ? undefined : await registry.meters.find(systemAccess, meter);
            return known === undefined ? undefined : String(known.id);
          },
          onRefused: (error, remote) => log.warn({ code: error.code, remote }, 'A connection was refused'),
        });
        await inbound.listen();
        this.#inbound = inbound;
        stops.push(() => inbound.close());
      }
      if (config.dlmsPushPort > 0) {
        const port = config.dlmsPushPort;
        const listener = await startPushListener({ host, tcpPort: port, udpPort: port, clock, sink });
        stops.push(() => listener.close());
      }
    } catch (error) {
      for (const stop of stops) await stop();
      throw error;
    }
    return async () => {
      for (const stop of stops) await stop();
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
