/** How much an address may send: a bucket for each that fills with time. Bounded memory. */
interface Bucket {
  left: number;
  atMs: number;
}

const remembered = 20_000;

export class AddressRate {
  readonly #perMs: number;
  readonly #burst: number;
  /** In the order in which they were last used. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(perS: number, burst: number) {
    this.#perMs = perS / 1_000;
    this.#burst = burst;
  }

  /** Whether one more may pass. */
  take(address: string, nowMs: number): boolean {
    const before = this.#buckets.get(address);
    const filled = before === undefined ? this.#burst : before.left + (nowMs - before.atMs) * this.#perMs;
    const left = Math.min(this.#burst, filled);
    const passes = left >= 1;
    this.#buckets.delete(address);
    if (this.#buckets.size >= remembered) this.#buckets.delete(this.#buckets.keys().next().value!);
    this.#buckets.set(address, { left: passes ? left - 1 : left, atMs: nowMs });
    return passes;
  }
}
