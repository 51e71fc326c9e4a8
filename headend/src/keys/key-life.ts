/**
 * What a session says of the keys it ran under. A staged key that a meter proved is made active, the one
 * before is kept for the grace time and destroyed when the new one is proven once more after it. Rotations
 * do the same for the keys they make (rotation.ts); this is for keys that came otherwise, by a key file.
 */
import { type AccessContext, type KeyMove, type KeyPlace, type MeterKey, OpenAmiError } from '@openami/model';
import { remember } from '../remember.ts';

/** Keys under which an association was opened, and all that the meter has here. */
export interface KeyProof {
  readonly meterId: number;
  readonly used: readonly MeterKey[];
  readonly all: readonly MeterKey[];
}

/**
 * The changes that follow. Only what was proven is ever made active, and nothing is destroyed before the
 * grace time is over, but for a key that is older than the one that was just replaced.
 */
export function movesAfterProof({ used, all }: KeyProof, nowMs: number, graceS: number): KeyMove[] {
  return used.flatMap((key) => {
    const of = (state: MeterKey['state']) => all.find((one) => one.kind === key.kind && one.state === state);
    const [active, staged, previous] = [of('active'), of('staged'), of('previous')];
    if (key.state === 'staged') {
      return [
        ...(previous ? [move(previous, 'retired')] : []),
        ...(active ? [move(active, 'previous')] : []),
        move(key, 'active'),
      ];
    }
    if (key.state === 'previous') {
      // It fell back, as after a restart that lost what it had not kept; the newer one may come again.
      if (active && staged) return [];
      return [...(active ? [move(active, 'staged')] : []), move(key, 'active')];
    }
    const since = key.activatedAt?.getTime() ?? nowMs;
    return key.state === 'active' && previous && nowMs >= since + graceS * 1000
      ? [move(previous, 'retired')]
      : [];
  });
}

function move({ meterId, kind, version, state }: MeterKey, to: KeyMove['to']): KeyMove {
  return { meterId, kind, version, from: state, to };
}

interface KeyLifeStore {
  move(ctx: AccessContext, moves: readonly KeyMove[]): Promise<void>;
  proven(ctx: AccessContext, keys: readonly (KeyPlace & { readonly atMs: number })[]): Promise<void>;
}

export interface KeyLifeOptions {
  readonly ctx: AccessContext;
  readonly store: KeyLifeStore;
  /** A meter whose keys are being rotated is left to its rotation. */
  readonly isRotating: (meterId: number) => Promise<boolean>;
  /** Keys of the meter that are held in the clear are out of date. */
  readonly forget: (meterId: number) => void;
  readonly clock: { nowMs(): number };
  readonly graceS: number;
  readonly log: { info(data: object, message: string): void; warn(data: object, message: string): void };
}

/** The time a key was proven at is noted no more often. */
const noteEveryMs = 3_600_000;
const maxNoted = 200_000;

export class KeyLife {
  readonly #o: KeyLifeOptions;
  /** When keys of a meter were noted as proven last. */
  readonly #noted = new Map<number, number>();
  #waiting: (KeyPlace & { readonly atMs: number })[] = [];

  constructor(options: KeyLifeOptions) {
    this.#o = options;
  }

  /** Takes word of a session; faults are told in the log, the session went well. */
  async proven(proof: KeyProof): Promise<void> {
    const { ctx, store, clock, graceS, forget, log } = this.#o;
    const nowMs = clock.nowMs();
    this.#note(proof, nowMs);
    const moves = movesAfterProof(proof, nowMs, graceS);
    if (moves.length === 0) return;
    const { meterId } = proof;
    try {
      if (await this.#o.isRotating(meterId)) return;
      await store.move(ctx, moves);
      log.info(
        { meterId, moves: moves.map(({ kind, version, to }) => `${kind} ${version} ${to}`) },
        'Keys follow what the meter proved',
      );
    } catch (error) {
      // Another session or process was first: what it did is learnt with the next asking.
      if (!(error instanceof OpenAmiError)) throw error;
      log.warn({ meterId, code: error.code }, 'Keys could not follow what the meter proved');
    } finally {
      forget(meterId);
    }
  }

  /** Stores what was noted since the last call. */
  async flush(): Promise<void> {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    await this.#o.store.proven(this.#o.ctx, waiting);
  }

  #note({ meterId, used }: KeyProof, nowMs: number): void {
    const before = this.#noted.get(meterId);
    const isSettled = used.every(({ state }) => state === 'active');
    if (before !== undefined && nowMs - before < noteEveryMs && isSettled) return;
    remember(this.#noted, meterId, nowMs, maxNoted);
    this.#waiting.push(...used.map(({ kind, version }) => ({ meterId, kind, version, atMs: nowMs })));
  }
}
