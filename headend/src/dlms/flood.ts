/**
 * How many may come: a bucket for all and one for each address. Bounded memory. Times are of the machine's
 * own clock, such as `performance.now()`: that of the meters may run faster, as in a demo.
 */

export interface FloodLimits {
  /** Lasting rate of one address, and how many may come at once. */
  readonly perAddressPerS: number;
  readonly perAddressBurst: number;
  readonly perS: number;
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

const remembered = 20_000;
/** Charges that use up the burst of an address. */
const chargesInBurst = 20;

export class FloodGate {
  readonly #limits: FloodLimits;
  readonly #all: Bucket;
  readonly #addresses = new Map<string, Bucket>();

  constructor(limits: FloodLimits, nowMs: number) {
    this.#limits = limits;
    this.#all = { tokens: limits.burst, atMs: nowMs };
  }

  /** Whether one more may come. What one address is refused for does not count against the others. */
  admits(address: string, nowMs: number): boolean {
    const own = this.#bucketOf(address, nowMs);
    fill(this.#all, this.#limits.perS, this.#limits.burst, nowMs);
    if (own.tokens < 1 || this.#all.tokens < 1) return false;
    own.tokens--;
    this.#all.tokens--;
    return true;
  }

  /** Holds an address back that sent what is of no use: a few of these use up what it may. */
  charge(address: string, nowMs: number): void {
    const own = this.#bucketOf(address, nowMs);
    const { perAddressBurst } = this.#limits;
    // not without end: others may stand behind the same address
    own.tokens = Math.max(-perAddressBurst, own.tokens - perAddressBurst / chargesInBurst);
  }

  #bucketOf(address: string, nowMs: number): Bucket {
    const { perAddressPerS, perAddressBurst } = this.#limits;
    const own = this.#addresses.get(address) ?? { tokens: perAddressBurst, atMs: nowMs };
    // the least recently heard of is the first to be forgotten
    this.#addresses.delete(address);
    if (this.#addresses.size >= remembered) this.#addresses.delete(this.#addresses.keys().next().value!);
    this.#addresses.set(address, own);
    fill(own, perAddressPerS, perAddressBurst, nowMs);
    return own;
  }
}

function fill(bucket: Bucket, perS: number, burst: number, nowMs: number): void {
  // a clock that was set back must not turn everybody away until it has caught up
  const passedMs = Math.max(0, nowMs - bucket.atMs);
  bucket.tokens = Math.min(burst, bucket.tokens + (passedMs / 1000) * perS);
  bucket.atMs = nowMs;
}
