/** How many may come: a bucket for all and one for each address. */
import { AddressRate } from '../address-rate.ts';
import { TokenBucket } from '../token-bucket.ts';

export interface FloodLimits {
  /** Lasting rate of one address, and how many may come at once. */
  readonly perAddressPerS: number;
  readonly perAddressBurst: number;
  readonly perS: number;
  readonly burst: number;
}

/** Charges that use up the burst of an address. */
const chargesInBurst = 20;

export class FloodGate {
  readonly #burst: number;
  readonly #all: TokenBucket;
  readonly #addresses: AddressRate;

  constructor({ perAddressPerS, perAddressBurst, perS, burst }: FloodLimits) {
    this.#burst = perAddressBurst;
    this.#all = new TokenBucket(perS, burst);
    this.#addresses = new AddressRate(perAddressPerS, perAddressBurst);
  }

  /** Whether one more may come. What one address is refused for does not count against the others. */
  admits(address: string, nowMs: number): boolean {
    const own = this.#addresses.of(address);
    if (!own.isReady(nowMs) || !this.#all.isReady(nowMs)) return false;
    own.take(nowMs);
    this.#all.take(nowMs);
    return true;
  }

  /** Holds an address back that sent what is of no use: a few of these use up what it may. */
  charge(address: string, nowMs: number): void {
    // not without end: others may stand behind the same address
    this.#addresses.of(address).take(nowMs, this.#burst / chargesInBurst, -this.#burst);
  }
}
