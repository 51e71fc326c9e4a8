/**
 * Tells whether a set of interval ends is exactly a stretch of a grid, from its smallest and largest, its
 * count and the sum of its hashes modulo 2^64: a row that is there twice does not hide one that is missing.
 *
 * The hash is ClickHouse's `intHash64` (the finalizer of MurmurHash3, salted), so that the engine adds it up.
 */
const mask = 0xffff_ffff_ffff_ffffn;
const salt = 0x4cf2_d2ba_ae6d_a887n;

export function intHash64(value: number): bigint {
  let x = BigInt(value) ^ salt;
  x ^= x >> 33n;
  x = (x * 0xff51_afd7_ed55_8ccdn) & mask;
  x ^= x >> 33n;
  x = (x * 0xc4ce_b9fe_1a85_ec53n) & mask;
  return x ^ (x >> 33n);
}

export class GridHashes {
  readonly #stepS: number;
  readonly #firstS: number;
  /** Sums of the hashes of the grid's first k ends in the span. */
  readonly #sums: BigUint64Array;

  constructor(
    { fromS, toS }: { readonly fromS: number; readonly toS: number },
    { stepS, phaseS }: { readonly stepS: number; readonly phaseS: number },
  ) {
    this.#stepS = stepS;
    this.#firstS = Math.floor((fromS - phaseS) / stepS + 1) * stepS + phaseS;
    const count = Math.max(0, Math.floor((toS - this.#firstS) / stepS) + 1);
    this.#sums = new BigUint64Array(count + 1);
    for (let k = 0; k < count; k++) {
      this.#sums[k + 1] = this.#sums[k]! + intHash64(this.#firstS + k * stepS);
    }
  }

  /** Whether `ends` numbers from `first` to `last` with this sum of hashes are all of the grid in between. */
  isWhole(first: number, last: number, ends: number, hash: bigint): boolean {
    const from = (first - this.#firstS) / this.#stepS;
    const to = (last - this.#firstS) / this.#stepS;
    if (!Number.isInteger(from) || ends !== to - from + 1 || from < 0) return false;
    return ((this.#sums[to + 1]! - this.#sums[from]!) & mask) === hash;
  }
}
