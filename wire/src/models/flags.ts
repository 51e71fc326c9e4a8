/** Words for the bits of a number. */
import type { Flags } from './model.ts';

const DEFAULT_NONE = 'OK';
const DEFAULT_UNKNOWN = 'ERROR_FLAGS';

export interface ReadyFlags {
  readonly bits: readonly (readonly [value: bigint, word: string])[];
  readonly values: ReadonlyMap<bigint, string>;
  readonly mask: bigint | undefined;
  readonly none: string;
  readonly unknown: string;
}

export function readyFlags({ bits = {}, values = {}, mask, none, unknown }: Flags): ReadyFlags {
  return {
    bits: Object.entries(bits).map(([bit, word]) => [1n << BigInt(bit), word]),
    values: new Map(Object.entries(values).map(([value, word]) => [BigInt(value), word])),
    mask: mask === undefined ? undefined : BigInt(mask),
    none: none ?? DEFAULT_NONE,
    unknown: unknown ?? DEFAULT_UNKNOWN,
  };
}

/** The words of `raw`; empty when all is well. */
export function wordsOf(raw: number | bigint, flags: ReadyFlags): string[] {
  if (typeof raw === 'number' && !Number.isInteger(raw)) return [];
  if (raw === 0 && flags.values.size === 0) return [];
  let left = BigInt.asUintN(64, BigInt(raw));
  if (flags.mask !== undefined) left &= flags.mask;
  const whole = flags.values.get(left);
  if (whole !== undefined) return whole === '' ? [] : [whole];
  const words: string[] = [];
  for (const [value, word] of flags.bits) {
    if ((left & value) === 0n) continue;
    left &= ~value;
    if (word !== '') words.push(word);
  }
  if (left !== 0n && flags.unknown !== '') words.push(`${flags.unknown}_${left.toString(16).toUpperCase()}`);
  return words;
}

/** Sorted, each once, with a blank between. */
export function joined(words: readonly string[], none: string): string {
  if (words.length === 0) return none;
  const all = words.flatMap((word) => word.split(' '));
  return [...new Set(all)].sort().join(' ');
}
