/**
 * One session's worth of a rotation: does what the state machine asks, and stores each step before the
 * next.
 */
import type { KeyMove, NewKey } from '@openami/model';
import {
  apply,
  decide,
  type KeyVersion,
  type MeterOutcome,
  type RotationEvent,
  type RotationState,
  type RotationUnit,
} from './rotation.ts';

export interface RotationEffects {
  /**
   * The new keys of a unit, ready to be stored, and the versions they replace. Keys that are staged already,
   * by a rotation that was given up, are taken up again: the meter may have them.
   */
  stage(unit: RotationUnit): Promise<{
    readonly fresh: readonly KeyVersion[];
    readonly old: readonly KeyVersion[];
    readonly add: readonly NewKey[];
  }>;
  /** Sends them under the active keys, wrapped under the active master key, all in one transfer. */
  sendKeys(unit: RotationUnit, fresh: readonly KeyVersion[]): Promise<MeterOutcome>;
  /**
   * Has the meter prove that it uses these keys: an association, the clock and the counter read with them;
   * for a master key a key it has already, sent again under it; for a broadcast key the key itself, sent
   * again.
   */
  verify(keys: readonly KeyVersion[], which: 'new' | 'old'): Promise<MeterOutcome>;
  /** Takes the counter from the meter through the public client. */
  resynchronise(keys: readonly KeyVersion[], which: 'new' | 'old'): Promise<'ok' | 'lost'>;
  /** State and changes of keys in one transaction; a fault ends the session. */
  persist(
    state: RotationState,
    change: {
      readonly moves: readonly Omit<KeyMove, 'meterId'>[];
      readonly add: readonly NewKey[];
      readonly error: string | undefined;
    },
  ): Promise<void>;
  /** Told of every step; versions and outcomes, no material. */
  log(entry: { readonly did: string; readonly outcome: string; readonly step: string }): void;
}

/** Steps of one session at most: far above what a rotation of all keys takes. */
const maxSteps = 64;

/** Runs until there is nothing to do now, or the meter is out of reach. Gives the state as stored. */
export async function runRotationSession(
  stored: RotationState,
  effects: RotationEffects,
  options: { readonly nowS: () => number; readonly graceS: number },
): Promise<RotationState> {
  let state = stored;
  const resynchronised = new Set<string>();
  for (let count = 0; count < maxSteps; count++) {
    const done = await perform(state, effects, options.nowS(), resynchronised);
    if (done === undefined) return state;
    const { state: next, moves, error, ends } = apply(state, done.event, options.nowS(), options.graceS);
    await effects.persist(next, { moves, add: done.add, error });
    effects.log({ did: done.event.type, outcome: outcomeOf(done.event), step: next.step });
    state = next;
    if (ends) return state;
  }
  return state;
}

interface Done {
  readonly event: RotationEvent;
  readonly add: readonly NewKey[];
}

async function perform(
  state: RotationState,
  effects: RotationEffects,
  nowS: number,
  resynchronised: Set<string>,
): Promise<Done | undefined> {
  const action = decide(state, nowS);
  if (action.do === 'wait' || action.do === 'end') return undefined;
  if (action.do === 'mark') return { event: { type: 'marked' }, add: [] };
  if (action.do === 'stage') {
    const { fresh, old, add } = await effects.stage(action.unit);
    return { event: { type: 'staged', fresh, old }, add };
  }
  const which = action.do === 'send' ? 'old' : action.which;
  const keys = action.do === 'send' ? state.old : action.keys;
  const attempt = () =>
    action.do === 'send'
      ? effects.sendKeys(action.unit, action.fresh)
      : effects.verify(action.keys, action.which);
  let outcome = await attempt();
  if (outcome === 'counter' && !resynchronised.has(which)) {
    resynchronised.add(which);
    const again = await effects.resynchronise(keys, which);
    outcome = again === 'ok' ? await attempt() : again;
  }
  const event: RotationEvent =
    action.do === 'send' ? { type: 'sent', outcome } : { type: 'verified', which: action.which, outcome };
  return { event, add: [] };
}

function outcomeOf(event: RotationEvent): string {
  if (event.type === 'sent') return event.outcome;
  return event.type === 'verified' ? `${event.which}: ${event.outcome}` : 'ok';
}
