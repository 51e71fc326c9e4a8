/** Work on the same thing, one after the other; on different things, beside each other. */
export class Turns {
  /** Settles when the last work on a thing is over. */
  readonly #last = new Map<number, Promise<void>>();

  async run<T>(thing: number, work: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(thing) ?? Promise.resolve()).then(work);
    const over = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(thing, over);
    try {
      return await mine;
    } finally {
      if (this.#last.get(thing) === over) this.#last.delete(thing);
    }
  }
}
