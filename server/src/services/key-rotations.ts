/** Rotations of meter keys: begun by people, carried on a session at a time until they end. */
import {
  type BusyMeters,
  type CommandMeter,
  DlmsRotatedMeter,
  dlmsKeyWrap,
  forKeys,
  KeyRotations,
  type RotatedKind,
  type RotationState,
} from '@openami/headend';
import { type AccessContext, type Clock, OpenAmiError, type SecuritySuite } from '@openami/model';
import type { KeyAgeQuery, KeyRotation, RegistryStore } from '@openami/store';
import type { RotationGroupAnswer } from '../contract/keys.ts';
import type { Logger } from '../log.ts';
import { type DlmsService, keyGraceS, keysAccess } from './dlms.ts';
import { isFurther, RotationWaits } from './rotation-waits.ts';

export interface KeyRotationOptions {
  readonly registry: RegistryStore;
  readonly dlms: DlmsService;
  readonly busy: BusyMeters;
  readonly clock: Clock;
  readonly log: Logger;
  readonly requireWriter: () => void;
}

const roundMs = 15_000;
const sessionMs = 120_000;
/** Rotations looked at in one round, and sessions at once. */
const perRound = 500;
const atOnce = 16;
/** Meters that refuse to begin before a group is given up. */
const maxRefused = 100;
const pageMeters = 500;

/** What is to be rotated. */
export interface RotationWish {
  readonly kinds: readonly RotatedKind[];
  /** Suite to upgrade to. */
  readonly suite?: SecuritySuite;
}

export interface GroupWish extends RotationWish, Omit<KeyAgeQuery, 'free' | 'belowSuite' | 'afterMeterId'> {
  readonly batch: string;
  readonly limit: number;
}

export class KeyRotationService {
  readonly #options: KeyRotationOptions;
  readonly #waits = new RotationWaits(roundMs);
  #afterId = 0;
  #round: Promise<void> | undefined;

  constructor(options: KeyRotationOptions) {
    this.#options = options;
  }

  /** Plans it; its first session follows within a quarter of a minute. */
  async begin(ctx: AccessContext, meterId: number, { kinds, suite }: RotationWish): Promise<KeyRotation> {
    const id = await (await this.#rotations()).begin(forKeys(ctx), meterId, kinds, suite);
    return this.#options.registry.rotations.get(ctx, id);
  }

  /** Plans those of a group of meters, up to a limit. What one meter refuses does not stop the others. */
  async beginMany(ctx: AccessContext, wish: GroupWish): Promise<RotationGroupAnswer> {
    const { registry } = this.#options;
    const { kinds, suite, batch, limit, ...group } = wish;
    const query = { ...group, free: true, ...(suite === undefined ? {} : { belowSuite: suite }) };
    const rotations = await this.#rotations();
    const before = (await registry.meterKeys.ages(ctx, { ...query, limit: 1 })).total;
    const refused: RotationGroupAnswer['refused'] = [];
    let begun = 0;
    let isMore = true;
    for (let afterMeterId = 0; isMore && begun < limit && refused.length < maxRefused; ) {
      const { items } = await registry.meterKeys.ages(ctx, { ...query, afterMeterId, limit: pageMeters });
      isMore = items.length === pageMeters;
      for (const { meterId, serial } of items) {
        if (begun >= limit || refused.length >= maxRefused) break;
        try {
          await rotations.begin(forKeys(ctx), meterId, kinds, suite, batch);
          begun++;
        } catch (error) {
          if (!(error instanceof OpenAmiError) || error.fault === 'ours') throw error;
          refused.push({ meterId, serial, code: error.code, detail: error.message });
        }
        afterMeterId = meterId;
      }
    }
    return { begun, left: Math.max(0, before - begun), refused };
  }

  /** Gives up one that has not sent anything yet. Raises ROTATION_NOT_NOW. */
  async cancel(ctx: AccessContext, id: number): Promise<KeyRotation> {
    await (await this.#rotations()).cancel(forKeys(ctx), id);
    return this.#options.registry.rotations.get(ctx, id);
  }

  async #rotations(): Promise<KeyRotations> {
    const { registry, dlms, clock, log } = this.#options;
    return new KeyRotations({
      ...{
        store: registry.rotations,
        vault: await dlms.vault(),
        counters: dlms.counters,
        log,
        graceS: keyGraceS,
      },
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
    const { dlms, registry, requireWriter, clock } = this.#options;
    requireWriter();
    await dlms.life.flush();
    const query = { nowS: clock.nowMs() / 1000, afterId: this.#afterId, limit: perRound };
    const due = await registry.rotations.due(keysAccess, query);
    // The next round goes on after these, so that those that fail keep nobody waiting.
    this.#afterId = due.length < perRound ? 0 : due.at(-1)!.id;
    const waiting = due.filter(({ id }) => !this.#waits.isWaiting(id, clock.nowMs()));
    if (waiting.length === 0) return;
    const rotations = await this.#rotations();
    const meterIds = waiting.map(({ meterId }) => meterId);
    const facts = await registry.commands.facts(keysAccess, meterIds);
    const byMeter = new Map(facts.map((fact) => [fact.meterId, fact]));
    const next = waiting.values();
    const work = async () => {
      for (const { id, meterId } of next) {
        if (signal.aborted) return;
        const fact = byMeter.get(meterId);
        if (fact?.endpoint?.protocol !== 'dlms') continue;
        await this.#session(rotations, id, { meterId, serial: fact.serial, endpoint: fact.endpoint }, signal);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  async #session(
    rotations: KeyRotations,
    id: number,
    meter: CommandMeter,
    signal: AbortSignal,
  ): Promise<void> {
    const { dlms, busy, log, clock } = this.#options;
    if (!busy.take(meter.meterId)) return;
    try {
      const ends = AbortSignal.any([signal, AbortSignal.timeout(sessionMs)]);
      const before = (await this.#options.registry.rotations.get(keysAccess, id)).progress;
      const after = await rotations.session(keysAccess, id, new DlmsRotatedMeter(dlms.field, meter, ends));
      this.#waits.note(id, clock.nowMs(), isFurther(before as RotationState, after));
    } catch (error) {
      this.#waits.note(id, clock.nowMs(), false);
      log.warn({ err: error, rotation: id }, 'A session of a rotation broke off');
    } finally {
      dlms.forget(meter.meterId);
      busy.release(meter.meterId);
    }
  }
}
