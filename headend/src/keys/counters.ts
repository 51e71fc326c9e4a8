/**
 * Invocation counters in use.
 *
 * Sending: numbers are taken from a block that the store reserved, so that a crash loses the rest of a
 * block and never repeats one. Receiving: a number must be above all that were received under the key; it
 * counts as received only once the tag was right, else a forger could push it up.
 */
import {
  type AccessContext,
  type CounterStore,
  type KeyPlace,
  keyName,
  maxInvocationCounter,
  rotateAtCounter,
} from '@openami/model';
import type { SendCounters } from '../dlms/counters.ts';
import { remember } from '../remember.ts';
import { meterKeyErrors } from './errors.ts';

/** Counters reserved at once. */
const defaultBlock = 1000;
/** Keys whose blocks are kept; the rest of a block that is dropped is lost, which does no harm. */
const maxKeys = 200_000;
/**
 * How far ahead a meter may ask us to go at once: the public client is not protected, anybody could answer.
 */
const defaultMaxJump = 1 << 24;

interface Block {
  next: number;
  to: number;
  /** Reserved already, for when this one is used up. */
  after?: { readonly from: number; readonly to: number };
  isAsked?: boolean;
}

export interface KeyCounterOptions {
  readonly store: CounterStore;
  readonly block?: number;
  readonly maxJump?: number;
}

/** Counters for what is sent, of all keys. */
export class KeyCounters {
  readonly #store: CounterStore;
  readonly #block: number;
  readonly #maxJump: number;
  readonly #blocks = new Map<string, Block>();
  readonly #waiting = new Map<string, Promise<unknown>>();

  constructor({ store, block = defaultBlock, maxJump = defaultMaxJump }: KeyCounterOptions) {
    this.#store = store;
    this.#block = block;
    this.#maxJump = maxJump;
  }

  /** The next counter of a key; no number is given twice. Raises COUNTER_EXHAUSTED, KEY_DESTROYED. */
  next(ctx: AccessContext, key: KeyPlace): Promise<number> {
    return this.#inTurn(key, async () => {
      const block = this.#blocks.get(keyName(key));
      return (block && taken(block)) ?? (await this.#reserve(ctx, key, 0)).next++;
    });
  }

  /**
   * Counters of a key for one session, which takes them without waiting: a quarter of a block is there when
   * it starts, and more is reserved while it uses them. `reserve` raises COUNTERS_NOT_THERE when the store
   * did not keep up; `open` raises as `next`.
   */
  async open(ctx: AccessContext, key: KeyPlace): Promise<SendCounters> {
    await this.#stock(ctx, key);
    return {
      reserve: () => this.#takeNow(ctx, key),
      continueAbove: (used) => this.resynchronise(ctx, key, used),
    };
  }

  #takeNow(ctx: AccessContext, key: KeyPlace): number {
    const block = this.#blocks.get(keyName(key));
    if (block !== undefined && !block.isAsked && this.#isLow(block)) {
      block.isAsked = true;
      // What fails is tried again with the next counter; once none is left, the session is told.
      const asked = () => {
        block.isAsked = false;
      };
      this.#stock(ctx, key).then(asked, asked);
    }
    const counter = block && taken(block);
    if (counter === undefined) throw meterKeyErrors.COUNTERS_NOT_THERE(keyName(key));
    return counter;
  }

  #isLow(block: Block): boolean {
    return block.after === undefined && block.to - block.next < this.#block / 4;
  }

  #stock(ctx: AccessContext, key: KeyPlace): Promise<void> {
    return this.#inTurn(key, async () => {
      const block = this.#blocks.get(keyName(key));
      if (block === undefined) await this.#reserve(ctx, key, 0);
      else if (this.#isLow(block)) {
        block.after = await this.#store.reserve(ctx, key, this.#block, 0);
      }
    });
  }

  /**
   * After the meter said, through the public client, which counter it saw last: from now on counters are
   * above it. Never goes back: a meter that says less than was used changes nothing. Raises
   * METER_COUNTER_JUMP.
   */
  resynchronise(ctx: AccessContext, key: KeyPlace, meterLast: number): Promise<void> {
    return this.#inTurn(key, async () => {
      if (!Number.isInteger(meterLast) || meterLast < 0 || meterLast > maxInvocationCounter) {
        throw meterKeyErrors.METER_COUNTER_JUMP(`${keyName(key)}: ${meterLast} is no counter`);
      }
      const block = this.#blocks.get(keyName(key)) ?? (await this.#reserve(ctx, key, 0));
      if (block.next > meterLast) return;
      // A key that hardly sent comes from another head-end, with counters as far as it got.
      const most = block.next <= this.#block ? rotateAtCounter : this.#maxJump;
      if (meterLast - block.next > most) {
        const detail = `${keyName(key)}: from ${block.next} to ${meterLast}`;
        throw meterKeyErrors.METER_COUNTER_JUMP(detail, { ...key, next: block.next, meterLast });
      }
      if (meterLast < block.to) block.next = meterLast + 1;
      else await this.#reserve(ctx, key, meterLast);
    });
  }

  async #reserve(ctx: AccessContext, key: KeyPlace, above: number): Promise<Block> {
    const name = keyName(key);
    const { from, to } = await this.#store.reserve(ctx, key, this.#block, above);
    const block = { next: from, to };
    remember(this.#blocks, name, block, maxKeys);
    return block;
  }

  /** Callers for one key wait for each other, so that two never reserve a block for the same need. */
  #inTurn<T>(key: KeyPlace, work: () => Promise<T>): Promise<T> {
    const name = keyName(key);
    const mine = (this.#waiting.get(name) ?? Promise.resolve()).then(work, work);
    this.#waiting.set(name, mine);
    const done = () => {
      if (this.#waiting.get(name) === mine) this.#waiting.delete(name);
    };
    mine.then(done, done);
    return mine;
  }
}

/** The next of a block and what follows it. */
function taken(block: Block): number | undefined {
  if (block.next > block.to && block.after !== undefined) {
    block.next = block.after.from;
    block.to = block.after.to;
    delete block.after;
  }
  return block.next <= block.to ? block.next++ : undefined;
}

/** The highest counter received under a key. */
export interface ReceiveMark {
  readonly key: KeyPlace;
  last: number;
}

/**
 * Counters of what meters send by themselves. A message counts as received once its tag was right: else a
 * forger could push the counter up. Its counter is stored after what it brought, at most so much later:
 *
 *   acceptReceived ──▶ what it brought is stored ──▶ keep ──▶ flush
 *
 * A crash in between forgets counters only of messages that are stored already; sent again they bring what
 * is there, under the same identity. Stored sooner, a message that was lost in a crash could not come again.
 */
export class ReceiveGuard {
  readonly #store: CounterStore;
  readonly #seen = new Map<string, ReceiveMark>();
  /** Counters whose messages are stored, and they are not. */
  readonly #kept = new Map<ReceiveMark, number>();

  constructor({ store }: { readonly store: CounterStore }) {
    this.#store = store;
  }

  /** Marks of keys that have counters; the others are left out. */
  async marks(ctx: AccessContext, keys: readonly KeyPlace[]): Promise<ReceiveMark[]> {
    const unknown = keys.filter((key) => !this.#seen.has(keyName(key)));
    const states = unknown.length === 0 ? [] : await this.#store.lastReceived(ctx, unknown);
    for (const { meterId, kind, version, lastReceived } of states) {
      const key = { meterId, kind, version };
      // Somebody else may have loaded it, and gone on, while we waited.
      if (!this.#seen.has(keyName(key))) this.#seen.set(keyName(key), { key, last: lastReceived });
    }
    const marks = keys.flatMap((key) => this.#seen.get(keyName(key)) ?? []);
    this.#shrink();
    return marks;
  }

  /** What came with this counter is stored: its counter is with the next `flush`. */
  keep(mark: ReceiveMark, counter: number): void {
    const before = this.#kept.get(mark);
    if (before === undefined || before < counter) this.#kept.set(mark, counter);
  }

  /** What came under this key was not stored: it may come again. */
  forget({ key }: ReceiveMark): void {
    this.#seen.delete(keyName(key));
  }

  /**
   * Stores what is kept. Gives the keys for which another process accepted as much meanwhile: two head-ends
   * hear one meter.
   */
  async flush(ctx: AccessContext): Promise<readonly KeyPlace[]> {
    if (this.#kept.size === 0) return [];
    const entries = [...this.#kept].map(([{ key }, counter]) => ({ ...key, counter }));
    const marks = [...this.#kept.keys()];
    const behind = await this.#store.received(ctx, entries);
    for (const [i, mark] of marks.entries()) {
      if (this.#kept.get(mark) === entries[i]!.counter) this.#kept.delete(mark);
    }
    // What another process accepted is not known here.
    const states = behind.length === 0 ? [] : await this.#store.lastReceived(ctx, behind);
    for (const { lastReceived, ...key } of states) {
      const mark = this.#seen.get(keyName(key));
      if (mark !== undefined) mark.last = Math.max(mark.last, lastReceived);
    }
    return behind;
  }

  #shrink(): void {
    for (const [name, mark] of this.#seen) {
      if (this.#seen.size <= maxKeys) return;
      if (!this.#kept.has(mark)) this.#seen.delete(name);
    }
  }
}

/** Raises METER_COUNTER_REPLAYED for a counter that is not above all that were received. */
export function checkReceived({ key, last }: ReceiveMark, counter: number): void {
  if (counter > last) return;
  const detail = `${keyName(key)}: ${counter} after ${last}`;
  throw meterKeyErrors.METER_COUNTER_REPLAYED(detail, { ...key, counter, last });
}

/** After the tag was right: the counter is used up. Raises METER_COUNTER_REPLAYED. */
export function acceptReceived(mark: ReceiveMark, counter: number): void {
  checkReceived(mark, counter);
  mark.last = counter;
}
