/**
 * A binary heap of slot numbers whose keys and positions live in columns outside of it, so that any slot
 * can be moved or removed in O(log n) and a heap costs 4 bytes an element. A slot is in at most one of the
 * heaps that share a position column. Equal keys go by slot number, so that a run can be repeated.
 */

/** Columns that several heaps share; replaced by longer ones when they grow. */
export interface HeapColumns {
  /** Smallest first. */
  key: Float64Array;
  /** Index in the heap, or `outside`. */
  position: Uint32Array;
}

export const outside = 0xffff_ffff;

export function heapColumns(length: number): HeapColumns {
  return { key: new Float64Array(length), position: new Uint32Array(length).fill(outside) };
}

/** Makes columns hold at least `length` slots. */
export function growColumns(columns: HeapColumns, length: number): void {
  const had = columns.position.length;
  if (length <= had) return;
  const grown = heapColumns(Math.max(length, had * 2));
  grown.key.set(columns.key);
  grown.position.set(columns.position);
  columns.key = grown.key;
  columns.position = grown.position;
}

const none = new Uint32Array(0);

export class SlotHeap {
  readonly #columns: HeapColumns;
  #slots: Uint32Array = none;
  size = 0;

  constructor(columns: HeapColumns) {
    this.#columns = columns;
  }

  /** Key of the first slot; Infinity when empty. */
  get minKey(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.#columns.key[this.#slots[0]!]!;
  }

  /** The first slot; the heap must not be empty. */
  get first(): number {
    return this.#slots[0]!;
  }

  /** Puts a slot in, or moves it to where its new key belongs. */
  set(slot: number, key: number): void {
    const { position } = this.#columns;
    const known = position[slot] !== outside;
    if (known && this.#columns.key[slot] === key) return;
    this.#columns.key[slot] = key;
    let at = position[slot]!;
    if (!known) {
      at = this.size;
      if (at === this.#slots.length) this.#grow();
      this.size += 1;
      this.#slots[at] = slot;
      position[slot] = at;
    }
    this.#down(this.#up(at, slot), slot);
  }

  /** Takes the first slot out; the heap must not be empty. */
  pop(): number {
    const slot = this.#slots[0]!;
    this.remove(slot);
    return slot;
  }

  /** Takes a slot out; it must be in this heap. */
  remove(slot: number): void {
    const { position } = this.#columns;
    const at = position[slot]!;
    position[slot] = outside;
    this.size -= 1;
    const moved = this.#slots[this.size]!;
    if (moved !== slot) {
      this.#slots[at] = moved;
      position[moved] = at;
      this.#down(this.#up(at, moved), moved);
    }
    // Small arrays are kept: a lane that holds one meter at a time would be made again for each.
    if (this.size === 0 && this.#slots.length > 64) this.#slots = none;
  }

  #grow(): void {
    const longer = new Uint32Array(Math.max(4, this.#slots.length * 2));
    longer.set(this.#slots);
    this.#slots = longer;
  }

  #before(a: number, b: number): boolean {
    const { key } = this.#columns;
    return key[a]! < key[b]! || (key[a] === key[b] && a < b);
  }

  #up(from: number, slot: number): number {
    const slots = this.#slots;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      const other = slots[parent]!;
      if (!this.#before(slot, other)) break;
      slots[at] = other;
      this.#columns.position[other] = at;
      at = parent;
    }
    slots[at] = slot;
    this.#columns.position[slot] = at;
    return at;
  }

  #down(from: number, slot: number): void {
    const slots = this.#slots;
    let at = from;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.#before(slots[child + 1]!, slots[child]!)) child += 1;
      const other = slots[child]!;
      if (!this.#before(other, slot)) break;
      slots[at] = other;
      this.#columns.position[other] = at;
      at = child;
    }
    slots[at] = slot;
    this.#columns.position[slot] = at;
  }
}
