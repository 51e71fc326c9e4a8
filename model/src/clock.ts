/** Time as it is handed in: the real one, one moved by hand, one that runs faster. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  nowMs(): number;
}

/** The machine's clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** A clock that stands still until it is moved: time in tests. */
export class ManualClock implements Clock {
  #nowMs: number;

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  advanceMs(byMs: number): void {
    this.#nowMs += byMs;
  }

  setMs(nowMs: number): void {
    this.#nowMs = nowMs;
  }
}

/** A clock that shows `startMs` when made and then runs `speed` times as fast as `base`. */
export function acceleratedClock(startMs: number, speed: number, base: Clock = systemClock): Clock {
  const originMs = base.nowMs();
  return { nowMs: () => startMs + Math.floor((base.nowMs() - originMs) * speed) };
}
