/** How much an edit may move before a second person has to agree. */
import { type Clock, systemAccess } from '@openami/model';
import type { EditRow, ReadingStore } from '@openami/store';
import type { BookedChannel } from './channel-book.ts';
import { amountOf, byEnd } from './edit-rows.ts';

export interface EditLimits {
  /** An edit that moves more than this share of the last 30 days' total needs a second person. */
  readonly aloneShare: number;
  /** Thousandths of the base unit below which one person may always decide. */
  readonly aloneAmount: number;
  readonly intervals: number;
}

export const defaultEditLimits: EditLimits = { aloneShare: 0.25, aloneAmount: 50_000_000, intervals: 5_000 };

/** By what moves between intervals too: the sum of all changes, whatever their sign. */
export async function weighsMuch(
  {
    store,
    limits,
    clock,
  }: { readonly store: Pick<ReadingStore, 'days'>; readonly limits: EditLimits; readonly clock: Clock },
  { facts }: BookedChannel,
  before: readonly EditRow[],
  after: readonly EditRow[],
): Promise<boolean> {
  const standing = byEnd(before);
  let moved = 0;
  for (const row of after) {
    const old = standing.get(row.end);
    moved += Math.abs(amountOf(row) - (old ? amountOf(old) : 0));
  }
  if (moved <= limits.aloneAmount) return false;
  const today = facts.zone.localDayOf(Math.floor(clock.nowMs() / 1000));
  const span = { fromDay: today - 30, toDay: today };
  const month = await store.days.of(systemAccess, [facts.channel], span);
  let total = 0;
  for (let i = 0; i < month.length; i++) total += Math.abs(month.total[i]! * month.resolution[i]!);
  return moved > limits.aloneShare * total;
}
