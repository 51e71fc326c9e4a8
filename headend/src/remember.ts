/**
 * Puts an entry last in a map of at most so many, and forgets the first where there are too many. Gives the
 * key of what was forgotten.
 */
export function remember<K, V>(map: Map<K, V>, key: K, value: V, most: number): K | undefined {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return undefined;
  const [first] = map.keys();
  map.delete(first!);
  return first;
}
