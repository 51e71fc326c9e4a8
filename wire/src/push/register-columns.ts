const SPARE_BYTES = 32_768;

/**
 * Register readings of many small messages as columns: what thousands of pushes a second come to without an
 * object for each. Rows of a message follow each other; a message may have none.
 */
export class RegisterColumns {
  /** Rows in use. */
  length = 0;
  /** Canonical OBIS code, and the unit of the value. */
  readonly quantity: string[] = [];
  readonly unit: string[] = [];
  /** Seconds since 1970. */
  end = new Float64Array(64);
  value = new Float64Array(64);
  quality = new Uint8Array(64);

  /** Messages in use. */
  messages = 0;
  readonly device: string[] = [];
  /** The sender's clock, ms since 1970; 0 when not told. */
  readonly sentMs: number[] = [];
  /** What is kept as the message's frame. */
  readonly frame: Uint8Array[] = [];
  /** Where its rows begin; they end where those of the next begin. */
  readonly firstRow: number[] = [];
  /** Frames are cut from it: one piece of memory for some hundreds of them. */
  #spare = new Uint8Array(0);
  #spareAt = 0;

  /** Begins a message: rows added after it are its. The first `bytes` of `frame` are copied. */
  begin(device: string, sentMs: number, frame: Uint8Array, bytes: number): void {
    const at = this.messages++;
    this.device[at] = device;
    this.sentMs[at] = sentMs;
    this.frame[at] = this.#copied(frame, bytes);
    this.firstRow[at] = this.length;
  }

  /** Ready to be filled anew; frames that were handed on stay as they are. */
  clear(): void {
    this.length = 0;
    this.messages = 0;
    this.frame.length = 0;
  }

  #copied(frame: Uint8Array, bytes: number): Uint8Array {
    if (bytes > this.#spare.length - this.#spareAt) {
      this.#spare = new Uint8Array(Math.max(SPARE_BYTES, bytes));
      this.#spareAt = 0;
    }
    const from = this.#spareAt;
    const spare = this.#spare;
    this.#spareAt += bytes;
    for (let i = 0; i < bytes; i++) spare[from + i] = frame[i]!;
    return spare.subarray(from, from + bytes);
  }

  add(quantity: string, unit: string, end: number, value: number, quality: number): void {
    const at = this.length++;
    if (at === this.end.length) this.#grow();
    this.quantity[at] = quantity;
    this.unit[at] = unit;
    this.end[at] = end;
    this.value[at] = value;
    this.quality[at] = quality;
  }

  /** Where the rows of a message end. */
  endRow(message: number): number {
    return message + 1 < this.messages ? this.firstRow[message + 1]! : this.length;
  }

  #grow(): void {
    const { end, value, quality } = this;
    const capacity = end.length * 2;
    this.end = new Float64Array(capacity);
    this.end.set(end);
    this.value = new Float64Array(capacity);
    this.value.set(value);
    this.quality = new Uint8Array(capacity);
    this.quality.set(quality);
  }
}
