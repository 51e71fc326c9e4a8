/** A value that is worth asking for again only after a while. */
export function memo<T>(lifeMs: number, ask: () => Promise<T>): () => Promise<T> {
  let until = 0;
  let value: Promise<T> | undefined;
  return () => {
    const now = performance.now();
    if (value === undefined || now >= until) {
      until = now + lifeMs;
      value = ask();
      value.catch(() => {
        until = 0;
      });
    }
    return value;
  };
}
