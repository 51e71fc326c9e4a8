/**
 * The life of one command to one meter, as a pure state machine.
 *
 *   draft ─▶ awaiting_approval ─▶ queued ─▶ running, and there:
 *
 *   baseline ─▶ ready ──"may be sent" noted─▶ sending ─▶ read-back ─▶ confirmed, failed
 *      │          │                              │           │
 *      └──────────┴──── out of reach, not now, ──┴───────────┴──▶ queued again
 *                       nothing left us, not done and harmless to repeat
 *
 * The rules:
 * - "It may be in the meter" is stored before the first byte leaves. From then on the meter decides: the
 *   command is confirmed or repeated by what is read back, never by an answer, and never without reading.
 * - A process that died in `sending` or later leaves a command that is read back, not one that is sent again.
 * - Kinds that are not harmless twice leave at most once.
 * - Nothing expired, cancelled or voided leaves; these come too late once it may have left.
 */
import type { CommandPhase, CommandStep } from '@openami/model';
import { backOff } from '../back-off.ts';
import type { CommandKind, Observation } from './kind-shape.ts';

/**
 * How an exchange with the meter went. `not-sent`: no byte of the request left, so that the meter cannot
 * have it; `lost`: it may have.
 */
export type DriverOutcome = 'ok' | 'refused' | 'unsupported' | 'not-sent' | 'lost';

export interface CommandState {
  readonly step: CommandStep;
  /** In `running`, else null. */
  readonly phase: CommandPhase | null;
  /** Times it may have left us. */
  readonly sends: number;
  /** Attempts in a row that did not reach the meter. */
  readonly misses: number;
  /** What the meter had before; relative kinds. */
  readonly before: Observation | null;
  /** What it had when it was last read. */
  readonly after: Observation | null;
  /** The answer to the last send. */
  readonly answer: DriverOutcome | null;
  /** When it was noted as sent, seconds since 1970; 0 for not. */
  readonly sentAtS: number;
  readonly notBeforeS: number;
  readonly expiresAtS: number;
  /** Why it waits or ended. */
  readonly error: string | null;
}

export type CommandAction =
  | { readonly do: 'start' | 'observe-before' | 'mark' | 'execute' | 'observe-after' | 'expire' | 'end' }
  | { readonly do: 'wait'; readonly untilS: number };

export type CommandEvent =
  | { readonly type: 'submitted'; readonly needsApproval: boolean }
  | { readonly type: 'approved' | 'cancelled' | 'voided' | 'started' | 'expired' }
  | RunningEvent;

/** What happens to a command that runs. */
type RunningEvent =
  | { readonly type: 'marked' | 'recovered' }
  | { readonly type: 'observed-before'; readonly observation: Observation; readonly done: boolean }
  | { readonly type: 'missed-before'; readonly outcome: Exclude<DriverOutcome, 'ok'> }
  /** The safety policy says no: for good, or not before a time. */
  | { readonly type: 'denied'; readonly code: string; readonly retryAtS: number | null }
  | { readonly type: 'executed'; readonly outcome: DriverOutcome }
  | { readonly type: 'observed-after'; readonly observation: Observation; readonly done: boolean }
  /** `pending`: it is with a network that hands it on when the device listens. */
  | { readonly type: 'missed-after'; readonly outcome: Exclude<DriverOutcome, 'ok'> | 'pending' };

type Rules = Pick<CommandKind, 'acts' | 'repeat' | 'relative' | 'settleS'>;

const maxSends = 3;
const firstPauseS = 15;
const maxPauseS = 1800;
/** While it may be in the meter, it is asked often: others wait for the answer. */
const maxReadBackPauseS = 300;
/** So long after it was sent, a meter that cannot be read back is given up. */
const readBackForS = 86_400;

export function beginCommand(times: Pick<CommandState, 'notBeforeS' | 'expiresAtS'>): CommandState {
  return {
    ...{ step: 'draft', phase: null, sends: 0, misses: 0, before: null, after: null, answer: null },
    ...{ sentAtS: 0, error: null, ...times },
  };
}

/** States from which an event of people changes a command: what may be in the meter is not among them. */
export const ways = {
  approved: ['awaiting_approval'],
  cancelled: ['draft', 'awaiting_approval', 'queued'],
  voided: ['draft', 'awaiting_approval', 'queued', 'running'],
} as const satisfies Record<string, readonly CommandStep[]>;

/** Phases of `running` in which nothing has left yet. */
export const unsentPhases = ['baseline', 'ready'] as const satisfies readonly CommandPhase[];

const isUnsent = ({ step, phase }: CommandState) =>
  step === 'running' && unsentPhases.some((each) => each === phase);

/**
 * The next thing to do. A command found `running` by a new process must go through the event `recovered`
 * first.
 */
export function decide(state: CommandState, rules: Rules, nowS: number): CommandAction {
  const late = nowS >= state.expiresAtS;
  if (state.step === 'queued' || state.step === 'awaiting_approval' || state.step === 'draft') {
    if (late) return { do: 'expire' };
    if (state.step !== 'queued') return { do: 'wait', untilS: state.expiresAtS };
    return nowS < state.notBeforeS ? { do: 'wait', untilS: state.notBeforeS } : { do: 'start' };
  }
  if (state.step !== 'running') return { do: 'end' };
  if (isUnsent(state) && late) return { do: 'expire' };
  if (state.phase === 'baseline') return { do: 'observe-before' };
  if (state.phase === 'ready') return { do: rules.acts ? 'mark' : 'observe-after' };
  if (state.phase === 'sending') return { do: 'execute' };
  return nowS < state.notBeforeS ? { do: 'wait', untilS: state.notBeforeS } : { do: 'observe-after' };
}

const ended = (state: CommandState, step: CommandStep, error: string | null): CommandState => ({
  ...{ ...state, step, error },
  phase: null,
});

/** Back to the queue: nothing is in the meter, or it may be sent again. */
function again(state: CommandState, nowS: number, error: string, notBeforeS?: number): CommandState {
  const pause = nowS + backOff(firstPauseS, state.misses, maxPauseS);
  return { ...state, step: 'queued', phase: null, error, notBeforeS: notBeforeS ?? pause };
}

/** What follows. Events that do not belong to the state change nothing. */
export function apply(state: CommandState, event: CommandEvent, rules: Rules, nowS: number): CommandState {
  switch (event.type) {
    case 'submitted':
      if (state.step !== 'draft') return state;
      return { ...state, step: event.needsApproval ? 'awaiting_approval' : 'queued' };
    case 'approved':
      return state.step === 'awaiting_approval' ? { ...state, step: 'queued' } : state;
    case 'cancelled':
    case 'voided': {
      const open = ways[event.type].some((step) => step === state.step);
      if (!open || (state.step === 'running' && !isUnsent(state))) return state;
      return ended(state, event.type, null);
    }
    case 'expired': {
      const waits = (['draft', 'awaiting_approval', 'queued'] as const).some((step) => step === state.step);
      if (!(waits || isUnsent(state)) || nowS < state.expiresAtS) return state;
      // What left before and is to be repeated has had its chance: the meter was found without it.
      return ended(state, 'expired', 'COMMAND_EXPIRED');
    }
    case 'started':
      if (state.step !== 'queued' || nowS < state.notBeforeS || nowS >= state.expiresAtS) return state;
      return { ...state, step: 'running', phase: rules.acts ? 'baseline' : 'ready', error: null };
    default:
      return state.step === 'running' ? whileRunning(state, event, rules, nowS) : state;
  }
}

function whileRunning(state: CommandState, running: RunningEvent, rules: Rules, nowS: number): CommandState {
  switch (running.type) {
    case 'observed-before': {
      if (state.phase !== 'baseline') return state;
      const seen = { ...state, after: running.observation, misses: 0 };
      // As wanted already: nothing needs to be sent. What counts from before cannot be.
      if (running.done && !rules.relative) return ended(seen, 'confirmed', null);
      return { ...seen, phase: 'ready', before: running.observation };
    }
    case 'missed-before':
      if (state.phase !== 'baseline') return state;
      if (running.outcome === 'refused' || running.outcome === 'unsupported')
        return ended(state, 'failed', 'COMMAND_NOT_READABLE');
      return again({ ...state, misses: state.misses + 1 }, nowS, 'COMMAND_LINK');
    case 'denied':
      if (state.phase !== 'ready') return state;
      if (running.retryAtS === null) return ended(state, 'failed', running.code);
      return again(state, nowS, running.code, Math.max(running.retryAtS, nowS + 1));
    case 'marked':
      if (state.phase !== 'ready' || !rules.acts) return state;
      if (nowS >= state.expiresAtS) return ended(state, 'expired', 'COMMAND_EXPIRED');
      if (state.sends >= (rules.repeat === 'safe' ? maxSends : 1))
        return ended(state, 'failed', 'COMMAND_NOT_DONE');
      return { ...state, phase: 'sending', sends: state.sends + 1, sentAtS: nowS, answer: null };
    case 'executed':
      if (state.phase !== 'sending') return state;
      if (running.outcome === 'not-sent') {
        const unsent = { ...state, sends: state.sends - 1, sentAtS: 0, misses: state.misses + 1 };
        return again(unsent, nowS, 'COMMAND_LINK');
      }
      return { ...state, phase: 'read-back', answer: running.outcome, notBeforeS: 0, misses: 0 };
    case 'recovered':
      if (isUnsent(state)) return again(state, nowS, 'COMMAND_LINK', nowS);
      return { ...state, phase: 'read-back', answer: state.answer ?? 'lost', notBeforeS: 0 };
    case 'observed-after':
      return observedAfter({ ...state, after: running.observation, misses: 0 }, running.done, rules, nowS);
    case 'missed-after':
      return missedAfter({ ...state, misses: state.misses + 1 }, running.outcome, rules, nowS);
  }
}

/** Whether a read-back belongs to the state: after sending, or for kinds that only read. */
const readsBack = (state: CommandState, rules: Rules) =>
  state.phase === 'read-back' || (!rules.acts && state.phase === 'ready');

function observedAfter(state: CommandState, done: boolean, rules: Rules, nowS: number): CommandState {
  if (!readsBack(state, rules)) return state;
  if (done) return ended(state, 'confirmed', null);
  if (!rules.acts) return ended(state, 'failed', 'COMMAND_NOT_DONE');
  const no = state.answer === 'refused' || state.answer === 'unsupported';
  // A clock of ours that was set back must not make it wait for ever.
  const settling = nowS < state.sentAtS + rules.settleS && nowS >= state.sentAtS;
  if (settling && !no)
    return { ...state, notBeforeS: nowS + Math.max(1, Math.min(15, Math.ceil(rules.settleS / 10))) };
  if (no) return ended(state, 'failed', 'COMMAND_REFUSED');
  const repeats = rules.repeat === 'safe' && state.sends < maxSends && nowS < state.expiresAtS;
  return repeats
    ? again({ ...state, before: null }, nowS, 'COMMAND_NOT_DONE')
    : ended(state, 'failed', 'COMMAND_NOT_DONE');
}

function missedAfter(
  state: CommandState,
  outcome: DriverOutcome | 'pending',
  rules: Rules,
  nowS: number,
): CommandState {
  if (!readsBack(state, rules)) return state;
  const final = outcome === 'refused' || outcome === 'unsupported';
  if (!rules.acts) {
    return final ? ended(state, 'failed', 'COMMAND_NOT_READABLE') : again(state, nowS, 'COMMAND_LINK');
  }
  if (final || nowS >= state.sentAtS + readBackForS) return ended(state, 'failed', 'COMMAND_UNCONFIRMED');
  if (outcome === 'pending')
    return { ...state, misses: 0, error: 'COMMAND_UNDER_WAY', notBeforeS: nowS + firstPauseS };
  return {
    ...state,
    error: 'COMMAND_LINK',
    notBeforeS: nowS + backOff(firstPauseS, state.misses, maxReadBackPauseS),
  };
}
