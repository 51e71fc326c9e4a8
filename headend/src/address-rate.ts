/**
 * How much each address may send: a bucket that fills with time. Bounded memory. Times are of the machine's
 * own clock, such as `performance.now()`: that of the meters may run faster, as in a demo.
 */
import { remember } from './remember.ts';
import { TokenBucket } from './token-bucket.ts';

const remembered = 20_000;

export class AddressRate {
  readonly #perS: number;
  readonly #burst: number;
  /** In the order in which they were last used. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(perS: number, burst: number) {
    this.#perS = perS;
    this.#burst = burst;
  }

  /** What an address has left. */
  of(address: string): TokenBucket {
    const bucket = this.#buckets.get(address) ?? new TokenBucket(this.#perS, this.#burst);
    remember(this.#buckets, address, bucket, remembered);
    return bucket;
  }

  /** Whether one more may pass. */
  take(address: string, nowMs: number): boolean {
    const bucket = this.of(address);
    const passes = bucket.isReady(nowMs);
    if (passes) bucket.take(nowMs);
    return passes;
  }
}
