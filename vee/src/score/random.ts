/** Numbers from a seed: the same seed draws the same gaps and faults on every machine. */

export interface Random {
  /** A number from 0 up to 1. */
  next(): number;
  /** A whole number from 0 up to `limit`. */
  below(limit: number): number;
}

/** A generator of its own for `seed` and a name, so that what one part draws does not shift another. */
export function seededRandom(seed: number, name = ''): Random {
  let state = mix(seed >>> 0);
  for (let i = 0; i < name.length; i++) state = mix(state ^ name.charCodeAt(i));
  const next = (): number => {
    state = (state + 0x9e37_79b9) >>> 0;
    return mix(state) / 2 ** 32;
  };
  return { next, below: (limit) => Math.floor(next() * limit) };
}

/** Spreads 32 bits over 32 bits, one to one. */
function mix(bits: number): number {
  let x = bits;
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
