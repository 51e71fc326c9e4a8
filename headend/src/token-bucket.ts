/** Fills with `perSecond` up to `burst`. A clock that goes back adds nothing and takes nothing. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number, burst: number) {
    this.#perMs = perSecond / 1_000;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** When the next token is there; now, or earlier, when one is. */
  readyMs(nowMs: number): number {
    if (this.#perMs === Number.POSITIVE_INFINITY) return nowMs;
    this.#fill(nowMs);
    return this.#tokens >= 1 ? nowMs : nowMs + Math.ceil((1 - this.#tokens) / this.#perMs);
  }

  isReady(nowMs: number): boolean {
    return this.readyMs(nowMs) <= nowMs;
  }

  /** Takes tokens, also those that are not there yet, down to `least`. */
  take(nowMs: number, tokens = 1, least = Number.NEGATIVE_INFINITY): void {
    if (this.#perMs === Number.POSITIVE_INFINITY) return;
    this.#fill(nowMs);
    this.#tokens = Math.max(least, this.#tokens - tokens);
  }

  #fill(nowMs: number): void {
    if (nowMs > this.#atMs && this.#atMs !== Number.NEGATIVE_INFINITY) {
      this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#atMs) * this.#perMs);
    }
    this.#atMs = nowMs;
  }
}
