/**
 * Randomness by position instead of by sequence: every number is a hash of (seed, stream, a, b), so any
 * meter at any time is generated without generating its past, and the same seed gives the same bytes.
 *
 * The mixer is the 32-bit finaliser family (xor-shift, odd multiply) that splitmix generators use.
 */
function mix(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
}

/** 32 hashed bits of a position. `stream` separates uses, `a` and `b` are what it is about. */
export function hash(seed: number, stream: number, a: number, b = 0): number {
  let x = mix(seed + Math.imul(stream, 0x9e3779b9));
  x = mix(x + Math.imul(a, 0x85ebca6b) + 0x6a09e667);
  return mix(x + Math.imul(b, 0xc2b2ae35) + 0x3c6ef372) >>> 0;
}

/** A number in [0, 1) for a position. */
export function chance(seed: number, stream: number, a: number, b = 0): number {
  return hash(seed, stream, a, b) / 4294967296;
}

/** Smooth noise in [-1, 1] over a continuous axis: hashed knots at whole x, blended between them. */
export function smoothNoise(seed: number, stream: number, x: number): number {
  const knot = Math.floor(x);
  const t = x - knot;
  const left = chance(seed, stream, knot) * 2 - 1;
  const right = chance(seed, stream, knot + 1) * 2 - 1;
  return left + (right - left) * t * t * (3 - 2 * t);
}

/** A short sequence that starts at a position: for the few draws that belong to one meter and day. */
export class Draw {
  #state = 0;

  /** Starts again at a position; returns itself so that one instance serves a whole run. */
  at(seed: number, stream: number, a: number, b = 0): this {
    this.#state = hash(seed, stream, a, b);
    return this;
  }

  /** Next number in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return (mix(this.#state) >>> 0) / 4294967296;
  }

  /** Next number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Bell-shaped around `mean` (sum of three uniforms, so it is bounded by 3 deviations). */
  around(mean: number, deviation: number): number {
    return mean + deviation * 2 * (this.next() + this.next() + this.next() - 1.5);
  }

  /** Next whole number in [0, n). */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
}

/** One number a use, so that two uses never share their randomness. */
export const Stream = {
  premise: 1,
  home: 2,
  fault: 3,
  homeDay: 4,
  gasDay: 5,
  waterDay: 6,
  heatDay: 7,
  evDay: 8,
  vacation: 9,
  synoptic: 10,
  dayToDay: 11,
  cloudSlow: 12,
  cloudFast: 13,
  noise: 14,
  outage: 15,
  link: 16,
  loss: 17,
  publish: 18,
  event: 19,
  assign: 21,
  malformed: 22,
  feederVoltage: 23,
  segment: 24,
  dlms: 25,
  house: 26,
  radioPlace: 27,
  radioPath: 28,
  airTurn: 29,
  uplink: 30,
} as const;
