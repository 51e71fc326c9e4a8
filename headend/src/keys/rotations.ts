/**
 * Rotation of the keys of real meters: the state machine over the store, the vault and a meter that is
 * handed in.
 */
import type { AccessContext, KeyPlace, RotationStore, SecuritySuite } from '@openami/model';
import type { KeyCounters } from './counters.ts';
import { meterKeyErrors, vaultErrors } from './errors.ts';
import {
  apply,
  beginRotation,
  type KeyVersion,
  type MeterOutcome,
  planRotation,
  type RotatedKind,
  type RotationState,
  type RotationUnit,
} from './rotation.ts';
import { type RotationEffects, runRotationSession } from './rotation-session.ts';
import type { KeyVault, OpenKey } from './vault.ts';

/** AES key wrap, RFC 3394. `unwrap` raises when the integrity check fails. */
export interface KeyWrap {
  wrap(kek: Uint8Array, key: Uint8Array): Uint8Array;
  unwrap(kek: Uint8Array, wrapped: Uint8Array): Uint8Array;
}

/** Keys of one session with a meter. */
export interface SessionKeys {
  readonly suite: SecuritySuite;
  readonly guek: OpenKey;
  readonly gak: OpenKey;
  /** The next invocation counter under `guek`. */
  counter(): Promise<number>;
}

/** key_id of the transfer (class 64, Security setup). */
const keyIds: Readonly<Record<RotatedKind, number>> = { guek: 0, gbek: 1, gak: 2, kek: 3 };

/** A meter as rotation needs it; every call is an association of its own. */
export interface RotatedMeter {
  /** Security setup, key transfer: all keys in one call, and the suite when it changes. */
  transfer(
    session: SessionKeys,
    keys: readonly { readonly keyId: number; readonly wrapped: Uint8Array }[],
    suite: SecuritySuite | undefined,
  ): Promise<MeterOutcome>;
  /** Reads clock and invocation counter under these keys. */
  prove(session: SessionKeys): Promise<MeterOutcome>;
  /** The counter the meter saw last, through the public client; undefined when it is out of reach. */
  lastCounter(): Promise<number | undefined>;
}

export interface RotationsOptions {
  readonly store: RotationStore;
  readonly vault: KeyVault;
  readonly counters: KeyCounters;
  readonly keyWrap: KeyWrap;
  readonly nowS: () => number;
  /** How long a replaced key is kept. */
  readonly graceS: number;
  readonly log: { info(data: object, message: string): void };
}

export class KeyRotations {
  readonly #o: RotationsOptions;

  constructor(options: RotationsOptions) {
    this.#o = options;
  }

  /**
   * Plans a rotation; the meter is not touched yet. Raises KEY_MISSING, ROTATION_BUSY, and ROTATION_NOT_NOW
   * while another key of the meter is staged: two unproven keys could lock the head-end out.
   */
  async begin(
    ctx: AccessContext,
    meterId: number,
    kinds: readonly RotatedKind[],
    toSuite?: SecuritySuite,
    batch = '',
  ): Promise<number> {
    const { keys } = await this.#o.vault.keysOf(ctx, [meterId]);
    const suite = need(keys, 'guek').suite;
    if ((toSuite ?? suite) < suite) throw meterKeyErrors.ROTATION_NOT_NOW(`it is at suite ${suite} already`);
    const units = planRotation(kinds, { from: suite, to: toSuite ?? suite });
    if (units.length === 0) throw meterKeyErrors.ROTATION_NOT_NOW('nothing to rotate');
    for (const kind of ['kek', 'gak'] as const) need(keys, kind);
    for (const { kinds: wanted } of units) for (const kind of wanted) if (kind !== 'gbek') need(keys, kind);
    const open = keys.find(
      ({ state, kind }) => state === 'staged' && !units[0]!.kinds.includes(kind as never),
    );
    if (open !== undefined) throw meterKeyErrors.ROTATION_NOT_NOW(`${open.kind} ${open.version} is unproven`);
    const grace = keys.find(({ state }) => state === 'previous');
    if (grace !== undefined)
      throw meterKeyErrors.ROTATION_NOT_NOW(`${grace.kind} ${grace.version} is in grace`);
    const what = units.map((unit) => unit.kinds.join('+')).join(', ');
    const progress = beginRotation(units);
    const begun = await this.#o.store.begin(ctx, { meterId, batch, what, step: progress.step, progress });
    return begun.id;
  }

  /** Gives up what was not sent yet. Raises ROTATION_NOT_NOW after that. */
  async cancel(ctx: AccessContext, id: number): Promise<void> {
    const rotation = await this.#o.store.get(ctx, id);
    const state = rotation.progress as RotationState;
    const { state: next, moves } = apply(state, { type: 'cancelled' }, 0, 0);
    if (next.step !== 'cancelled') throw meterKeyErrors.ROTATION_NOT_NOW(`it is ${state.step}`);
    const { meterId } = rotation;
    await this.#o.store.advance(ctx, id, rotation.version, {
      ...{ state: 'cancelled', step: next.step, progress: next },
      moves: moves.map((move) => ({ ...move, meterId })),
    });
  }

  /** Does what can be done now with a meter in reach. Gives the state as stored. */
  async session(ctx: AccessContext, id: number, meter: RotatedMeter): Promise<RotationState> {
    const rotation = await this.#o.store.get(ctx, id);
    const effects = this.#effects(ctx, rotation.meterId, { id, version: rotation.version }, meter);
    const { nowS, graceS } = this.#o;
    return runRotationSession(rotation.progress as RotationState, effects, { nowS, graceS });
  }

  #effects(
    ctx: AccessContext,
    meterId: number,
    at: { readonly id: number; version: number },
    meter: RotatedMeter,
  ): RotationEffects {
    const { vault, store, log } = this.#o;
    const keysNow = async () => (await vault.keysOf(ctx, [meterId], ['guek', 'gbek', 'gak', 'kek'])).keys;
    return {
      stage: async (unit) => stage(ctx, vault, meterId, unit, await keysNow()),
      sendKeys: async (unit, fresh) => {
        const keys = await keysNow();
        const suite = need(keys, 'guek').suite;
        const session = this.#session(ctx, keys, []);
        return meter.transfer(
          session,
          this.#wrapped(keys, fresh, need(keys, 'kek')),
          unit.suite === suite ? undefined : unit.suite,
        );
      },
      verify: async (versions) => {
        const keys = await keysNow();
        const session = this.#session(ctx, keys, versions);
        const proof = await meter.prove(session);
        if (proof !== 'ok') return proof;
        const kek = versions.find(({ kind }) => kind === 'kek');
        const gbek = versions.find(({ kind }) => kind === 'gbek');
        // Neither encrypts a session. The one unwraps a key the meter has; the other is sent once more.
        const { gak } = session;
        if (kek !== undefined) {
          const again = this.#wrapped(keys, [gak as KeyVersion & OpenKey], at1(keys, kek));
          const outcome = await meter.transfer(session, again, undefined);
          return outcome === 'refused' ? 'wrong-key' : outcome;
        }
        if (gbek === undefined) return proof;
        return meter.transfer(session, this.#wrapped(keys, [gbek], need(keys, 'kek')), undefined);
      },
      resynchronise: async (versions) => {
        const last = await meter.lastCounter();
        if (last === undefined) return 'lost';
        await this.#o.counters.resynchronise(ctx, this.#session(ctx, await keysNow(), versions).guek, last);
        return 'ok';
      },
      persist: async (state, { moves, add, error }) => {
        const ended = state.step === 'done' || state.step === 'failed';
        const next = await store.advance(ctx, at.id, at.version, {
          state: ended ? (state.step as 'done' | 'failed') : 'running',
          step: state.step,
          progress: state,
          error: error === undefined ? null : { code: error, detail: '' },
          add,
          moves: moves.map((move) => ({ ...move, meterId })),
        });
        at.version = next.version;
      },
      log: (entry) => log.info({ meterId, rotation: at.id, ...entry }, 'key rotation'),
    };
  }

  /** The active keys, with some replaced by given versions. */
  #session(ctx: AccessContext, keys: readonly OpenKey[], versions: readonly KeyVersion[]): SessionKeys {
    const pick = (kind: 'guek' | 'gak') => {
      const version = versions.find((each) => each.kind === kind);
      return version === undefined ? need(keys, kind) : at1(keys, version);
    };
    const guek = pick('guek');
    const place: KeyPlace = { meterId: guek.meterId, kind: 'guek', version: guek.version };
    return { suite: guek.suite, guek, gak: pick('gak'), counter: () => this.#o.counters.next(ctx, place) };
  }

  #wrapped(keys: readonly OpenKey[], fresh: readonly KeyVersion[], kek: OpenKey) {
    return fresh.map((version) => ({
      keyId: keyIds[version.kind],
      wrapped: this.#o.keyWrap.wrap(kek.secret.bytes(), at1(keys, version).secret.bytes()),
    }));
  }
}

async function stage(
  ctx: AccessContext,
  vault: KeyVault,
  meterId: number,
  unit: RotationUnit,
  keys: readonly OpenKey[],
): ReturnType<RotationEffects['stage']> {
  const old = unit.kinds.flatMap((kind) => {
    const key = keys.find((each) => each.kind === kind && each.state === 'active');
    return key === undefined ? [] : [{ kind, version: key.version }];
  });
  const isStaged = (kind: RotatedKind) => keys.find((each) => each.kind === kind && each.state === 'staged');
  const wanted = unit.kinds.filter((kind) => isStaged(kind) === undefined);
  const specs = wanted.map((kind) => ({ kind, suite: unit.suite }));
  const add = await vault.prepare(ctx, meterId, specs, 'staged');
  const fresh = unit.kinds.map((kind) => ({
    kind,
    version: (isStaged(kind) ?? add.find((key) => key.kind === kind)!).version,
  }));
  return { fresh, old, add };
}

/** The active key of a kind. Raises KEY_MISSING. */
function need(keys: readonly OpenKey[], kind: RotatedKind): OpenKey {
  const key = keys.find((each) => each.kind === kind && each.state === 'active');
  if (key === undefined) throw vaultErrors.KEY_MISSING(kind);
  return key;
}

function at1(keys: readonly OpenKey[], { kind, version }: KeyVersion): OpenKey {
  const key = keys.find((each) => each.kind === kind && each.version === version);
  if (key === undefined) throw vaultErrors.KEY_MISSING(`${kind} ${version}`);
  return key;
}
