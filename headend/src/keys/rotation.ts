/**
 * Rotation of meter keys as a state machine: two-phase commit with a partner that may vanish at any moment.
 *
 *   stage ──stored──▶ ready ──"may be sent" noted─▶ uncertain ──new proven──▶ grace ──new proven──▶ next unit
 *                       │                            send, verify new,           │
 *                       ▼                            verify old, again           │
 *                   cancelled                            ▲  │                    │
 *                (nothing was sent)                      │  ▼                    │
 *                                                        │ failed (both kept)    │
 *                                                        └───────old proven──────┘ (the meter fell back)
 *
 * The rules that keep a meter reachable:
 * - The new key is stored before it is sent, and "the meter may have it" before the first byte leaves.
 * - A key is taken for the one in use only when the meter proved it: a reply whose tag fits. A refusal proves
 *   nothing, so nothing is ever destroyed on a refusal alone.
 * - The old key is destroyed only after the grace time, and only when the new one is proven once more then.
 * - One unit at a time, through its grace: authentication and encryption key are never both unproven. The one
 *   exception is forced by the standard: a suite with keys of another length takes all in one transfer.
 *
 * This file is pure: what is to be done (`decide`) and what follows from how it went (`apply`). The session
 * that does it is in rotation-session.ts.
 */
import type { KeyMove, SecuritySuite } from '@openami/model';
import { keyBytes } from './lengths.ts';

export const rotatedKinds = ['kek', 'guek', 'gak', 'gbek'] as const;
export type RotatedKind = (typeof rotatedKinds)[number];

/** Keys that the meter takes in one step. */
export interface RotationUnit {
  readonly kinds: readonly RotatedKind[];
  /** Suite that the new keys are for; the meter is switched to it when it differs from theirs before. */
  readonly suite: SecuritySuite;
}

export interface KeyVersion {
  readonly kind: RotatedKind;
  readonly version: number;
}

export interface RotationState {
  readonly units: readonly RotationUnit[];
  /** Index of the unit at work. */
  readonly unit: number;
  readonly step: 'stage' | 'ready' | 'uncertain' | 'grace' | 'done' | 'failed' | 'cancelled';
  /** In `uncertain` and `grace`: what is tried next. */
  readonly next: 'send' | 'verify-new' | 'verify-old';
  /** The keys the meter is to take, and those it has; empty in `stage`. */
  readonly fresh: readonly KeyVersion[];
  readonly old: readonly KeyVersion[];
  /** Times the unit's keys were sent. */
  readonly sends: number;
  /**
   * The last send was answered, so that old keys in use afterwards are the meter's choice and not the
   * link's.
   */
  readonly answered: boolean;
  /** Times the meter answered, and went on with the old keys. */
  readonly refusals: number;
  /** The meter said it cannot do this. */
  readonly unsupported: boolean;
  /** End of the grace time, seconds since 1970; 0 outside of it. */
  readonly graceUntilS: number;
}

/** What a session does next; `wait` and `end` mean: nothing now. */
export type RotationAction =
  | { readonly do: 'stage'; readonly unit: RotationUnit }
  | { readonly do: 'mark' }
  | { readonly do: 'send'; readonly unit: RotationUnit; readonly fresh: readonly KeyVersion[] }
  | { readonly do: 'verify'; readonly which: 'new' | 'old'; readonly keys: readonly KeyVersion[] }
  | { readonly do: 'wait'; readonly untilS: number }
  | { readonly do: 'end' };

/** How an exchange with the meter went. `wrong-key` is evidence, not proof: it destroys nothing. */
export type MeterOutcome =
  | 'ok'
  | 'wrong-key'
  | 'wrong-title'
  | 'counter'
  | 'unsupported'
  | 'refused'
  | 'lost';

export type RotationEvent =
  | { readonly type: 'staged'; readonly fresh: readonly KeyVersion[]; readonly old: readonly KeyVersion[] }
  | { readonly type: 'marked' }
  | { readonly type: 'sent'; readonly outcome: MeterOutcome }
  | { readonly type: 'verified'; readonly which: 'new' | 'old'; readonly outcome: MeterOutcome }
  /** An ordinary session got through with these keys. */
  | { readonly type: 'observed'; readonly which: 'new' | 'old' }
  | { readonly type: 'cancelled' };

export interface RotationStep {
  readonly state: RotationState;
  readonly moves: readonly Omit<KeyMove, 'meterId'>[];
  /** Code of what went wrong (errors.ts); the session ends where `ends`. */
  readonly error?: string;
  readonly ends: boolean;
}

/** Refusals after which the unit is given up. */
const maxRefusals = 3;

/**
 * The units of a rotation. The master key first: what follows is then wrapped under a key that nobody before
 * had. Another suite takes the keys it needs: the encryption key where lengths stay, all where they change.
 */
export function planRotation(
  kinds: readonly RotatedKind[],
  suite: { readonly from: SecuritySuite; readonly to: SecuritySuite },
): RotationUnit[] {
  const ordered = rotatedKinds.filter((kind) => kinds.includes(kind));
  const alone = (kind: RotatedKind, of: SecuritySuite): RotationUnit => ({ kinds: [kind], suite: of });
  if (suite.from === suite.to) return ordered.map((kind) => alone(kind, suite.to));
  if (keyBytes('guek', suite.from) !== keyBytes('guek', suite.to)) {
    return [
      { kinds: rotatedKinds.filter((kind) => kind !== 'gbek' || kinds.includes(kind)), suite: suite.to },
    ];
  }
  const first = ordered.includes('kek') ? [alone('kek', suite.from)] : [];
  const rest = ordered.filter((kind) => kind !== 'kek' && kind !== 'guek');
  return [...first, alone('guek', suite.to), ...rest.map((kind) => alone(kind, suite.to))];
}

export function beginRotation(units: readonly RotationUnit[]): RotationState {
  return { units, unit: 0, ...unitStart, step: units.length === 0 ? 'done' : 'stage' };
}

const unitStart = {
  step: 'stage',
  next: 'send',
  fresh: [],
  old: [],
  sends: 0,
  answered: false,
  refusals: 0,
  unsupported: false,
  graceUntilS: 0,
} as const;

/** The next thing to do. After a crash that is what was to be done before it: every step may be repeated. */
export function decide(state: RotationState, nowS: number): RotationAction {
  const unit = state.units[state.unit];
  switch (state.step) {
    case 'stage':
      return { do: 'stage', unit: unit! };
    case 'ready':
      return { do: 'mark' };
    case 'uncertain':
      if (state.next === 'send') return { do: 'send', unit: unit!, fresh: state.fresh };
      return verify(state);
    case 'grace':
      return nowS < state.graceUntilS ? { do: 'wait', untilS: state.graceUntilS } : verify(state);
    default:
      return { do: 'end' };
  }
}

function verify(state: RotationState): RotationAction {
  return state.next === 'verify-old'
    ? { do: 'verify', which: 'old', keys: state.old }
    : { do: 'verify', which: 'new', keys: state.fresh };
}

const errorOf: Readonly<Record<Exclude<MeterOutcome, 'ok'>, string>> = {
  'wrong-key': 'METER_KEY_WRONG',
  'wrong-title': 'METER_TITLE_WRONG',
  counter: 'METER_COUNTER_STALE',
  unsupported: 'METER_OPTION_UNSUPPORTED',
  refused: 'METER_KEY_REFUSED',
  lost: 'METER_LINK_LOST',
};

const go = (state: RotationState, moves: RotationStep['moves'] = []): RotationStep => ({
  state,
  moves,
  ends: false,
});
const stop = (state: RotationState, error: string): RotationStep => ({ state, moves: [], error, ends: true });

/** What follows. Events that do not belong to the state change nothing. */
export function apply(
  state: RotationState,
  event: RotationEvent,
  nowS: number,
  graceS: number,
): RotationStep {
  switch (event.type) {
    case 'staged':
      if (state.step !== 'stage') return go(state);
      return go({ ...state, step: 'ready', fresh: event.fresh, old: event.old });
    case 'marked':
      if (state.step !== 'ready') return go(state);
      return go({ ...state, step: 'uncertain', next: 'send', sends: state.sends + 1 });
    case 'sent':
      return sent(state, event.outcome);
    case 'verified':
      return verified(state, event.which, event.outcome, nowS, graceS);
    case 'observed':
      // The last proof is asked for, so that what is destroyed is destroyed in a session of the rotation.
      if (state.step === 'grace' && event.which === 'new') return go(state);
      return verified(state, event.which, 'ok', nowS, graceS);
    case 'cancelled':
      if (state.step === 'stage') return go({ ...state, step: 'cancelled' });
      if (state.step !== 'ready') return go(state);
      return go({ ...state, step: 'cancelled' }, moving(state.fresh, 'staged', 'retired'));
  }
}

function sent(state: RotationState, outcome: MeterOutcome): RotationStep {
  if (state.step !== 'uncertain' || state.next !== 'send') return go(state);
  const asked: RotationState = { ...state, next: 'verify-new' };
  if (outcome === 'ok' || outcome === 'refused') return go({ ...asked, answered: true });
  if (outcome === 'unsupported') return go({ ...asked, answered: true, unsupported: true });
  // The session itself was refused: perhaps an earlier send had its effect after all.
  if (outcome === 'wrong-key') return go(asked);
  return stop(asked, errorOf[outcome]);
}

function verified(
  state: RotationState,
  which: 'new' | 'old',
  outcome: MeterOutcome,
  nowS: number,
  graceS: number,
): RotationStep {
  if (state.step !== 'uncertain' && state.step !== 'grace') return go(state);
  if (outcome === 'ok') {
    if (which === 'old') return oldProven(state);
    if (state.step === 'uncertain') return commit(state, nowS + graceS);
    return nowS < state.graceUntilS ? go(state) : finishUnit(state);
  }
  // A broadcast key is never used by the meter itself: the meter's word in an authenticated reply is the
  // proof.
  const saidNo = outcome === 'refused' || outcome === 'unsupported';
  const broadcastOnly = state.fresh.every(({ kind }) => kind === 'gbek');
  if (saidNo && broadcastOnly && state.step === 'uncertain') return oldProven({ ...state, answered: true });
  if (outcome !== 'wrong-key') return stop(state, errorOf[outcome]);
  if (which === 'new') return go({ ...state, next: 'verify-old' });
  // Neither: the meter has keys we do not know, or garbles. Both are kept, the next session asks again.
  return stop({ ...state, next: 'verify-new' }, 'METER_KEY_WRONG');
}

function commit(state: RotationState, graceUntilS: number): RotationStep {
  const moves = [...moving(state.old, 'active', 'previous'), ...moving(state.fresh, 'staged', 'active')];
  return go({ ...state, step: 'grace', next: 'verify-new', graceUntilS, unsupported: false }, moves);
}

function finishUnit(state: RotationState): RotationStep {
  const unit = state.unit + 1;
  const step = unit < state.units.length ? 'stage' : 'done';
  return go({ ...state, ...unitStart, unit, step }, moving(state.old, 'previous', 'retired'));
}

/** The meter proved that it uses the old keys. */
function oldProven(state: RotationState): RotationStep {
  // In the grace it fell back, as after a restart that lost what it had not kept.
  const moves =
    state.step === 'grace'
      ? [...moving(state.fresh, 'active', 'staged'), ...moving(state.old, 'previous', 'active')]
      : [];
  const refusals = state.refusals + (state.answered ? 1 : 0);
  if (!state.unsupported && refusals < maxRefusals) {
    const sends = state.sends + 1;
    const again = { ...state, refusals, sends, graceUntilS: 0, answered: false } as const;
    return go({ ...again, step: 'uncertain', next: 'send' }, moves);
  }
  // Given up. The new keys stay as they are, staged: should the meter take to them late, they are there.
  const error = state.unsupported ? 'METER_OPTION_UNSUPPORTED' : 'METER_KEY_REFUSED';
  return { state: { ...state, step: 'failed', refusals, graceUntilS: 0 }, moves, error, ends: true };
}

function moving(
  keys: readonly KeyVersion[],
  from: KeyMove['from'],
  to: KeyMove['to'],
): Omit<KeyMove, 'meterId'>[] {
  return keys.map(({ kind, version }) => ({ kind, version, from, to }));
}
