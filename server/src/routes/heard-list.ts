/** Lists of who is heard over the air, by what became of the last telegram and by who is registered. */
import type { Heard, SignalBook } from '@openami/headend';

const usualLimit = 200;

interface HeardAsked<S> {
  readonly state?: S;
  readonly registered?: boolean;
  readonly limit?: number;
}

interface HeardView<H, Item> {
  readonly isWanted: (heard: H) => boolean;
  /** The registered meter; 0 for none. */
  readonly meterOf: (heard: H) => number;
  readonly show: (heard: H) => Item;
}

/** Who was heard last comes first. */
export function heardList<A extends object, S extends string, Item>(
  book: SignalBook<A, S>,
  { state, registered, limit = usualLimit }: HeardAsked<S>,
  { isWanted, meterOf, show }: HeardView<Heard<A, S>, Item>,
): { items: Item[]; total: number; heard: number } {
  const found = [...book.all()].filter(
    (one) =>
      (state === undefined || one.state === state) &&
      (registered === undefined || (meterOf(one) !== 0) === registered) &&
      isWanted(one),
  );
  return { items: found.slice(0, limit).map(show), total: found.length, heard: book.size };
}
