/**
 * ReadingBatch: readings as columns, from the decoder to the disk.
 *
 *   row i  =  channel[i]  end[i]  value[i]  resolution[i]  quality[i]  flags[i]
 *
 * One typed array a column and no object a reading. A batch grows by doubling, `view` shares the
 * memory of the batch it was taken from, `clear` keeps the memory for the next use.
 */
export class ReadingBatch {
  /** Channel id: the registry's integer for one measured quantity of one meter. */
  channel: Uint32Array;
  /** Interval end (or the moment of a register reading), UTC seconds since 1970. */
  end: Uint32Array;
  /** Whole count of `resolution`; exact below 2^53. */
  value: Float64Array;
  /** Thousandths of the commodity's base unit in one count, fixed per channel (see unit.ts). */
  resolution: Uint32Array;
  /** Quality state (see quality.ts). */
  quality: Uint8Array;
  /** Reason bits (see quality.ts). */
  flags: Uint32Array;
  /** Rows in use. */
  length: number;

  constructor(capacity = 64) {
    this.channel = new Uint32Array(capacity);
    this.end = new Uint32Array(capacity);
    this.value = new Float64Array(capacity);
    this.resolution = new Uint32Array(capacity);
    this.quality = new Uint8Array(capacity);
    this.flags = new Uint32Array(capacity);
    this.length = 0;
  }

  /** Rows that fit before the columns must grow. */
  get capacity(): number {
    return this.channel.length;
  }

  /** Appends one row; grows by doubling when full. */
  push(
    channel: number,
    end: number,
    value: number,
    resolution: number,
    quality: number,
    flags: number,
  ): void {
    const row = this.length;
    if (row === this.channel.length) this.reserve(row + 1);
    this.channel[row] = channel;
    this.end[row] = end;
    this.value[row] = value;
    this.resolution[row] = resolution;
    this.quality[row] = quality;
    this.flags[row] = flags;
    this.length = row + 1;
  }

  /** Appends all rows of another batch, column by column. */
  append(other: ReadingBatch): void {
    const from = this.length;
    const n = other.length;
    this.reserve(from + n);
    this.channel.set(other.channel.subarray(0, n), from);
    this.end.set(other.end.subarray(0, n), from);
    this.value.set(other.value.subarray(0, n), from);
    this.resolution.set(other.resolution.subarray(0, n), from);
    this.quality.set(other.quality.subarray(0, n), from);
    this.flags.set(other.flags.subarray(0, n), from);
    this.length = from + n;
  }

  /** Makes room for at least `rows` rows in all. */
  reserve(rows: number): void {
    if (rows <= this.channel.length) return;
    const capacity = Math.max(rows, this.channel.length * 2, 64);
    this.channel = grown(this.channel, new Uint32Array(capacity));
    this.end = grown(this.end, new Uint32Array(capacity));
    this.value = grown(this.value, new Float64Array(capacity));
    this.resolution = grown(this.resolution, new Uint32Array(capacity));
    this.quality = grown(this.quality, new Uint8Array(capacity));
    this.flags = grown(this.flags, new Uint32Array(capacity));
  }

  /** Rows [from, to) over the same memory: no copy; it must not grow. */
  view(from: number, to: number = this.length): ReadingBatch {
    const part = new ReadingBatch(0);
    part.channel = this.channel.subarray(from, to);
    part.end = this.end.subarray(from, to);
    part.value = this.value.subarray(from, to);
    part.resolution = this.resolution.subarray(from, to);
    part.quality = this.quality.subarray(from, to);
    part.flags = this.flags.subarray(from, to);
    part.length = Math.min(to, this.length) - from;
    return part;
  }

  /** Rows [from, to) in memory of their own. */
  slice(from: number, to: number = this.length): ReadingBatch {
    const copy = new ReadingBatch(to - from);
    copy.append(this.view(from, to));
    return copy;
  }

  /** Forgets the rows and keeps the memory. */
  clear(): void {
    this.length = 0;
  }
}

function grown<T extends { set(from: T): void }>(old: T, bigger: T): T {
  bigger.set(old);
  return bigger;
}
