/** A bounded memory of recent answers, so that a burst of requests asks the database once. */
export class TtlCache<T> {
  readonly #entries = new Map<string, { until: number; value: Promise<T> }>();
  readonly #lifeMs: number;
  readonly #limit: number;

  constructor(lifeMs: number, limit: number) {
    this.#lifeMs = lifeMs;
    this.#limit = limit;
  }

  /** The remembered answer, or a new one; failures are not remembered. */
  get(key: string, ask: () => Promise<T>): Promise<T> {
    const now = performance.now();
    const known = this.#entries.get(key);
    if (known && known.until > now) return known.value;
    this.#entries.delete(key);
    if (this.#entries.size >= this.#limit) this.#entries.delete(this.#entries.keys().next().value as string);
    const value = ask();
    this.#entries.set(key, { until: now + this.#lifeMs, value });
    value.catch(() => this.#entries.delete(key));
    return value;
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
  }
}
