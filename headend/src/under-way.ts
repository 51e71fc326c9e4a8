/** Counts what is under way, and tells when nothing is any more. */
export class UnderWay {
  #size = 0;
  readonly #waiting: (() => void)[] = [];

  get size(): number {
    return this.#size;
  }

  begin(): void {
    this.#size += 1;
  }

  end(): void {
    this.#size -= 1;
    if (this.#size === 0) for (const tell of this.#waiting.splice(0)) tell();
  }

  /** Resolves when there is nothing. */
  none(): Promise<void> {
    return this.#size === 0 ? Promise.resolve() : new Promise((done) => this.#waiting.push(done));
  }
}
