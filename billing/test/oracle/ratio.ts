/** Reduced fractions of the oracle: its own, so that a fault of ours cannot hide in what both use. */

export class Ratio {
  readonly n: bigint;
  readonly d: bigint;

  constructor(n: bigint, d = 1n) {
    if (d === 1n) {
      this.n = n;
      this.d = d;
      return;
    }
    let [a, b] = [n < 0n ? -n : n, d < 0n ? -d : d];
    while (b !== 0n) [a, b] = [b, a % b];
    const divisor = (a === 0n ? 1n : a) * (d < 0n ? -1n : 1n);
    this.n = n / divisor;
    this.d = d / divisor;
  }

  static of(value: string | number): Ratio {
    const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(value));
    if (match === null) throw new Error(`not a plain decimal: ${value}`);
    const fraction = match[3] ?? '';
    const size = new Ratio(BigInt(match[2]! + fraction), 10n ** BigInt(fraction.length));
    return match[1] === '-' ? size.times(new Ratio(-1n)) : size;
  }

  plus(other: Ratio): Ratio {
    return new Ratio(this.n * other.d + other.n * this.d, this.d * other.d);
  }

  minus(other: Ratio): Ratio {
    return new Ratio(this.n * other.d - other.n * this.d, this.d * other.d);
  }

  times(other: Ratio): Ratio {
    return new Ratio(this.n * other.n, this.d * other.d);
  }

  over(other: Ratio): Ratio {
    return new Ratio(this.n * other.d, this.d * other.n);
  }

  below(other: Ratio): boolean {
    return this.n * other.d < other.n * this.d;
  }

  min(other: Ratio): Ratio {
    return this.below(other) ? this : other;
  }

  max(other: Ratio): Ratio {
    return this.below(other) ? other : this;
  }

  get isZero(): boolean {
    return this.n === 0n;
  }

  /** Whole cents, a half away from zero or to the even cent. */
  cents(even: boolean): bigint {
    const scaled = this.times(new Ratio(100n));
    const size = scaled.n < 0n ? -scaled.n : scaled.n;
    let whole = size / scaled.d;
    const rest = size % scaled.d;
    if (rest * 2n > scaled.d) whole++;
    else if (rest * 2n === scaled.d && (!even || whole % 2n === 1n)) whole++;
    return scaled.n < 0n ? -whole : whole;
  }
}

export const ZERO = new Ratio(0n);
export const ONE = new Ratio(1n);
