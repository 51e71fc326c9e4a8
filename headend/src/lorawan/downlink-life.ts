/**
 * The life of one downlink, as a pure state machine.
 *
 *   queued ──"may be with the server" noted──▶ handing ─▶ handed ─▶ sent ─▶ acked
 *      ▲                                          │         │         │
 *      └──── it cannot have it, or nack, and tries are left ┴─────────┴──▶ nacked, failed, expired, cancelled
 *
 * - What was noted as handed and then lost is handed again under the same name: a server that knows the name
 *   takes it once. Each further try has a name of its own, so that news of an old one is told apart.
 * - An unconfirmed downlink has done what it can when it is `sent`; a confirmed one when it is `acked`.
 * - What the device acknowledged is acknowledged, however late the news is.
 */
import type { DownlinkNews } from '@openami/wire/lorawan';
import { backOff } from '../back-off.ts';

export type DownlinkStep =
  | 'queued'
  | 'handing'
  | 'handed'
  | 'sent'
  | 'acked'
  | 'nacked'
  | 'failed'
  | 'expired'
  | 'cancelled';

export interface DownlinkState {
  readonly step: DownlinkStep;
  readonly confirmed: boolean;
  /** Tries begun, each with a name of its own. */
  readonly tries: number;
  /** Tries at most, where not the usual: what is not harmless twice has one. */
  readonly mostTries?: number;
  /** Times in a row that the server could not be reached. */
  readonly misses: number;
  readonly notBeforeS: number;
  readonly expiresAtS: number;
  /** When the server had it last, seconds since 1970; 0 for never. */
  readonly handedAtS: number;
  /** When the device acknowledged it, seconds since 1970; 0 for never. Records of old have none. */
  readonly ackedAtS?: number;
  readonly fCnt: number | null;
  /** Why it waits or ended. */
  readonly error: string | null;
}

/** How handing it to the server went. `not-sent`: the server cannot have it; `lost`: it may. */
export type HandOutcome = 'ok' | 'refused' | 'not-sent' | 'lost';

export type DownlinkEventKind =
  | { readonly type: 'marked' }
  | { readonly type: 'expired' }
  | { readonly type: 'cancelled' }
  | { readonly type: 'handed'; readonly outcome: HandOutcome; readonly detail?: string }
  | {
      readonly type: 'news';
      readonly news: DownlinkNews;
      /** Of which try it is. */
      readonly try: number;
      readonly fCnt: number | null;
      readonly error: string | null;
    };

export type DownlinkAction =
  | { readonly do: 'mark' | 'hand' | 'expire' | 'end' }
  | { readonly do: 'wait'; readonly untilS: number };

export const maxTries = 3;
const firstPauseS = 15;
const maxPauseS = 3_600;

const endSteps: readonly DownlinkStep[] = ['acked', 'nacked', 'failed', 'expired', 'cancelled'];

export function beginDownlink(
  times: Pick<DownlinkState, 'confirmed' | 'notBeforeS' | 'expiresAtS' | 'mostTries'>,
): DownlinkState {
  return { ...{ step: 'queued', tries: 0, misses: 0, handedAtS: 0, fCnt: null, error: null }, ...times };
}

/** Nothing more will happen to it by itself. */
export function hasEnded({ step, confirmed }: DownlinkState): boolean {
  return endSteps.includes(step) || (step === 'sent' && !confirmed);
}

/** The next thing to do. */
export function decideDownlink(state: DownlinkState, nowS: number): DownlinkAction {
  if (hasEnded(state)) return { do: 'end' };
  if (nowS >= state.expiresAtS) return { do: 'expire' };
  if (state.step !== 'queued' && state.step !== 'handing') return { do: 'wait', untilS: state.expiresAtS };
  if (nowS < state.notBeforeS) return { do: 'wait', untilS: Math.min(state.notBeforeS, state.expiresAtS) };
  return { do: state.step === 'queued' ? 'mark' : 'hand' };
}

const pauseS = (misses: number) => backOff(firstPauseS, misses, maxPauseS);

/** The state after an event; the same object when it changes nothing. */
export function advanceDownlink(state: DownlinkState, event: DownlinkEventKind, nowS: number): DownlinkState {
  if (event.type === 'news') return afterNews(state, event, nowS);
  if (hasEnded(state)) return state;
  if (event.type === 'expired') return { ...state, step: 'expired', error: 'no news before it expired' };
  if (event.type === 'cancelled') return { ...state, step: 'cancelled' };
  if (event.type === 'marked') {
    return state.step === 'queued' ? { ...state, step: 'handing', tries: state.tries + 1 } : state;
  }
  if (state.step !== 'handing') return state;
  if (event.outcome === 'ok') return { ...state, step: 'handed', misses: 0, handedAtS: nowS, error: null };
  if (event.outcome === 'refused') return { ...state, step: 'failed', error: event.detail ?? 'refused' };
  const misses = state.misses + 1;
  // the name stays: the server may have it already
  return { ...state, misses, notBeforeS: nowS + pauseS(misses), error: event.detail ?? event.outcome };
}

function afterNews(
  state: DownlinkState,
  { news, try: which, fCnt, error }: Extract<DownlinkEventKind, { readonly type: 'news' }>,
  nowS: number,
): DownlinkState {
  if (state.step === 'acked') return state;
  if (news === 'acked') {
    const handedAtS = state.handedAtS === 0 ? nowS : state.handedAtS;
    return { ...state, step: 'acked', fCnt: fCnt ?? state.fCnt, handedAtS, ackedAtS: nowS, error: null };
  }
  // of a try before: another one is under way, and decides
  if (which !== state.tries || state.step === 'queued') return state;
  if (news === 'sent') {
    const isTold = state.step === 'sent' && (fCnt === null || fCnt === state.fCnt);
    const isOver = hasEnded(state) && (state.step !== 'expired' || state.confirmed);
    if (isTold || isOver) return state;
    const handedAtS = state.handedAtS === 0 ? nowS : state.handedAtS;
    return { ...state, step: 'sent', fCnt: fCnt ?? state.fCnt, handedAtS, error: null };
  }
  if (hasEnded(state)) return state;
  if (news === 'queued') {
    // also when our own answer was lost
    return state.step === 'handing'
      ? { ...state, step: 'handed', misses: 0, handedAtS: nowS, error: null }
      : state;
  }
  if (news === 'failed') return { ...state, step: 'failed', error: error ?? 'the network server failed' };
  if (state.tries >= (state.mostTries ?? maxTries))
    return { ...state, step: 'nacked', error: 'not acknowledged' };
  const notBeforeS = nowS + pauseS(state.tries);
  return { ...state, step: 'queued', notBeforeS, error: 'not acknowledged, tried again' };
}
