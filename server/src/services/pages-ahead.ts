/**
 * What is made of items page by page, in order. While a page is used the next is made, or, with two at once,
 * is being made already: two are in memory, never more. Whoever stops taking waits for what is being made.
 *
 * @param make Gets a page and how many items lie before it.
 */
export async function* pagesAhead<T, U>(
  items: readonly T[],
  size: number,
  make: (page: readonly T[], before: number) => Promise<U>,
  atOnce: 1 | 2 = 1,
): AsyncGenerator<U, void, undefined> {
  const making: Promise<U>[] = [];
  let at = 0;
  const begin = (most: number): void => {
    for (; making.length < most && at < items.length; at += size) {
      const page = make(items.slice(at, at + size), at);
      // its failure is told when its turn comes
      page.catch(() => undefined);
      making.push(page);
    }
  };
  try {
    for (begin(atOnce); making.length > 0; begin(atOnce)) {
      const page = await making[0]!;
      making.shift();
      begin(1);
      yield page;
    }
  } finally {
    await Promise.allSettled(making);
  }
}
