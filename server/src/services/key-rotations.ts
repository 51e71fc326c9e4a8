/** Rotations of meter keys: begun by people, carried on a session at a time until they end. */
import {
  type BusyMeters,
  type CommandMeter,
  DlmsRotatedMeter,
  dlmsKeyWrap,
  KeyRotations,
  type RotatedKind,
} from '@openami/headend';
import type { AccessContext, Clock } from '@openami/model';
import type { KeyRotation, RegistryStore } from '@openami/store';
import type { Logger } from '../log.ts';
import { type DlmsService, keysAccess } from './dlms.ts';

export interface KeyRotationOptions {
  readonly registry: RegistryStore;
  readonly dlms: DlmsService;
  readonly busy: BusyMeters;
  readonly clock: Clock;
  readonly log: Logger;
  readonly requireWriter: () => void;
}

const graceS = 7 * 86_400;
const roundMs = 15_000;
const sessionMs = 120_000;

export class KeyRotationService {
  readonly #options: KeyRotationOptions;
  #round: Promise<void> | undefined;

  constructor(options: KeyRotationOptions) {
    this.#options = options;
  }

  /** Plans it; its first session follows within a quarter of a minute. */
  async begin(ctx: AccessContext, meterId: number, kinds: readonly RotatedKind[]): Promise<KeyRotation> {
    const id = await (await this.#rotations()).begin({ ...ctx, purpose: 'keys' }, meterId, kinds);
    return this.#options.registry.rotations.get(ctx, id);
  }

  async #rotations(): Promise<KeyRotations> {
    const { registry, dlms, clock, log } = this.#options;
    return new KeyRotations({
      ...{ store: registry.rotations, vault: await dlms.vault(), counters: dlms.counters, log, graceS },
      ...{ keyWrap: dlmsKeyWrap, nowS: () => clock.nowMs() / 1000 },
    });
  }

  /** Starts rounds over what runs; gives what stops them. */
  start(): () => Promise<void> {
    const stop = new AbortController();
    const timer = setInterval(() => void this.round(stop.signal), roundMs);
    return async () => {
      clearInterval(timer);
      stop.abort();
      await this.#round;
    };
  }

  /** A session with each meter whose keys are being rotated. */
  round(signal: AbortSignal): Promise<void> {
    this.#round ??= this.#all(signal)
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'Keys could not be rotated'))
      .finally(() => {
        this.#round = undefined;
      });
    return this.#round;
  }

  async #all(signal: AbortSignal): Promise<void> {
    const { registry, requireWriter } = this.#options;
    requireWriter();
    const running = await registry.rotations.list(keysAccess, { state: 'running', limit: 100 });
    if (running.length === 0) return;
    const rotations = await this.#rotations();
    for (const { id, meterId } of running) {
      if (signal.aborted) return;
      const facts = await registry.commands.facts(keysAccess, [meterId]);
      const endpoint = facts[0]?.endpoint;
      if (endpoint?.protocol === 'dlms') {
        await this.#session(rotations, id, { meterId, serial: facts[0]!.serial, endpoint }, signal);
      }
    }
  }

  async #session(
    rotations: KeyRotations,
    id: number,
    meter: CommandMeter,
    signal: AbortSignal,
  ): Promise<void> {
    const { dlms, busy, log } = this.#options;
    if (!busy.take(meter.meterId)) return;
    try {
      const ends = AbortSignal.any([signal, AbortSignal.timeout(sessionMs)]);
      await rotations.session(keysAccess, id, new DlmsRotatedMeter(dlms.field, meter, ends));
    } catch (error) {
      log.warn({ err: error, rotation: id }, 'A session of a rotation broke off');
    } finally {
      dlms.forget(meter.meterId);
      busy.release(meter.meterId);
    }
  }
}
