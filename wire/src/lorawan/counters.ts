/**
 * Frame counters of uplinks: what came twice, what is missing, when a device began anew. Pure: a state and a
 * frame give a verdict and the next state, of fixed size.
 *
 *   last 41, seen 41 40 38        39 comes: late        41 again: duplicate
 *                                 45 comes: next, 3 missed        0 comes, newer: reset
 *
 * When in doubt a frame is let through: readings are known by channel and time, so that a repeat is harmless
 * and a wrongly dropped one is not.
 */
import { wholeFCnt } from './phy-crypto.ts';

export interface CountedFrame {
  readonly fCnt: number;
  /** 16 as on the air, 32 as network servers tell it. */
  readonly bits: 16 | 32;
  /** Session key id or DevAddr; null where it is not known. */
  readonly session: string | null;
  readonly deduplicationId: string | null;
  /** Of the network server, else of reception; ms since 1970. */
  readonly timeMs: number;
}

export interface CounterState {
  readonly session: string | null;
  /** Newest counter, 32 bits. */
  readonly last: number;
  /** Bit i: counter `last - i` was seen. */
  readonly seen: number;
  /** Counters from here on were counted as missing where they were; before it nothing is known. */
  readonly since: number;
  /** Of the newest frame. */
  readonly timeMs: number;
  readonly deduplicationId: string | null;
}

/**
 * `first`: nothing known before. `next`: newer than all. `late`: older, not seen before. `duplicate`: to be
 * dropped. `reset`: the device joined or began anew. `repeat`: the counter stands still, yet time goes on.
 */
export type CounterKind = 'first' | 'next' | 'late' | 'duplicate' | 'reset' | 'repeat';

export interface CounterVerdict {
  readonly kind: CounterKind;
  /** The whole counter. */
  readonly fCnt: number;
  /** Uplinks that are missing by this one; -1 when a late one fills a hole. */
  readonly missed: number;
}

const WINDOW = 32;
/** A device that began anew within a session is heard again before it has sent so many. */
const MAX_RESTART = 256;
/** Repetitions of one frame, and what late gateways heard of it, come within this time. */
const REPEAT_MS = 120_000;

/** What a frame is, and the state after it. */
export function takeFrame(
  state: CounterState | undefined,
  frame: CountedFrame,
): { readonly state: CounterState; readonly verdict: CounterVerdict } {
  if (state === undefined) return begun(frame, 'first', 0);
  const isOther = frame.session !== null && state.session !== null && frame.session !== state.session;
  if (isOther) {
    // a frame of the session before, delivered late, does not bring it back
    if (frame.timeMs < state.timeMs) return kept(state, 'late', frame.fCnt, 0);
    return begun(frame, 'reset', frame.fCnt);
  }
  const fCnt = frame.bits === 16 ? wholeFCnt(frame.fCnt, state.last) : frame.fCnt;
  const ahead = fCnt - state.last;
  if (ahead > 0) {
    const seen = ahead >= WINDOW ? 1 : ((state.seen << ahead) | 1) >>> 0;
    const { timeMs, deduplicationId } = frame;
    const session = frame.session ?? state.session;
    return {
      state: { ...state, session, last: fCnt, seen, timeMs: Math.max(timeMs, state.timeMs), deduplicationId },
      verdict: { kind: 'next', fCnt, missed: ahead - 1 },
    };
  }
  if (ahead === 0) return sameCounter(state, frame, fCnt);
  if (-ahead >= WINDOW) {
    if (frame.timeMs <= state.timeMs) return kept(state, 'late', fCnt, 0);
    return restarted(frame);
  }
  return behind(state, frame, fCnt, -ahead);
}

function sameCounter(state: CounterState, frame: CountedFrame, fCnt: number) {
  const isOther =
    frame.deduplicationId !== null &&
    state.deduplicationId !== null &&
    frame.deduplicationId !== state.deduplicationId;
  if (!isOther || frame.timeMs - state.timeMs <= REPEAT_MS) return kept(state, 'duplicate', fCnt, 0);
  const { timeMs, deduplicationId } = frame;
  return kept({ ...state, timeMs, deduplicationId }, 'repeat', fCnt, 0);
}

function behind(state: CounterState, frame: CountedFrame, fCnt: number, steps: number) {
  const bit = 2 ** steps;
  const wasSeen = (state.seen & bit) !== 0;
  // a device that began anew soon after it began counts the same small numbers again, and later
  const isNew = frame.timeMs - state.timeMs > REPEAT_MS;
  if (isNew && (wasSeen || fCnt < state.since)) return restarted(frame);
  if (wasSeen) return kept(state, 'duplicate', fCnt, 0);
  return kept({ ...state, seen: (state.seen | bit) >>> 0 }, 'late', fCnt, fCnt < state.since ? 0 : -1);
}

/** Begun anew without a new session: what it sent before is missing, unless it is too much to be true. */
function restarted(frame: CountedFrame) {
  return begun(frame, 'reset', frame.fCnt < MAX_RESTART ? frame.fCnt : 0);
}

function begun(frame: CountedFrame, kind: CounterKind, missed: number) {
  const { session, fCnt, timeMs, deduplicationId } = frame;
  return {
    state: { session, last: fCnt, seen: 1, since: fCnt - missed, timeMs, deduplicationId },
    verdict: { kind, fCnt, missed },
  };
}

function kept(state: CounterState, kind: CounterKind, fCnt: number, missed: number) {
  return { state, verdict: { kind, fCnt, missed } };
}

/** The counters of many devices; those not heard of for longest are forgotten first. */
export class CounterBook {
  readonly #states = new Map<string, CounterState>();
  readonly #most: number;

  constructor(mostDevices = 100_000) {
    this.#most = mostDevices;
  }

  /** `devEui`, or whatever names the device. */
  take(device: string, frame: CountedFrame): CounterVerdict {
    const { state, verdict } = takeFrame(this.#states.get(device), frame);
    this.restore(device, state);
    return verdict;
  }

  /** The state to be kept over a restart; undefined for a device not heard of. */
  state(device: string): CounterState | undefined {
    return this.#states.get(device);
  }

  /** The next frame of the device is its first. */
  forget(device: string): void {
    this.#states.delete(device);
  }

  /** A state that was kept, as if it had been heard of now. */
  restore(device: string, state: CounterState): void {
    this.#states.delete(device);
    this.#states.set(device, state);
    if (this.#states.size > this.#most) this.#states.delete(this.#states.keys().next().value!);
  }
}
