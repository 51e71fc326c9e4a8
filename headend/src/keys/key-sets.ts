/** Which keys an ordinary session tries while it is not certain which the meter uses. */
import type { KeyKind, KeyState } from '@openami/model';

interface Versioned {
  readonly kind: KeyKind;
  readonly version: number;
  readonly state: KeyState;
}

/** One key of each kind. */
export type KeySet<K extends Versioned> = ReadonlyMap<KeyKind, K>;

/**
 * Sets in the order to try: the active keys, those with what is staged, those with what was replaced, and
 * each staged or replaced key by itself where there are several. One set when nothing is uncertain.
 */
export function keySetsToTry<K extends Versioned>(keys: readonly K[]): KeySet<K>[] {
  const of = (state: KeyState) => keys.filter((key) => key.state === state);
  const base = new Map<KeyKind, K>();
  for (const key of [...of('previous'), ...of('staged'), ...of('active')]) base.set(key.kind, key);
  const sets: Map<KeyKind, K>[] = [];
  const seen = new Set<string>();
  const add = (changes: readonly K[]) => {
    const set = new Map(base);
    for (const key of changes) set.set(key.kind, key);
    const name = [...set.values()]
      .map(({ kind, version }) => `${kind}${version}`)
      .sort()
      .join();
    if (!seen.has(name) && set.size > 0) sets.push(set);
    seen.add(name);
  };
  add([]);
  add(of('staged'));
  add(of('previous'));
  for (const key of [...of('staged'), ...of('previous')]) add([key]);
  return sets;
}
