/**
 * How much a person may move alone. What he moved on the channel in the last 30 days counts with it, so that
 * a large edit in parts is as large as in one: of every interval, the value before his first edit against
 * the one after his last. What a second person let through counts no more.
 */
import { type AccessContext, type Clock, systemAccess } from '@openami/model';
import type { EditRow, ReadingStore, RegistryStore, VeeEdit } from '@openami/store';
import type { BookedChannel } from './channel-book.ts';
import { amountOf } from './edit-rows.ts';

export interface EditLimits {
  /** An edit that moves more than this share of the last 30 days' total needs a second person. */
  readonly aloneShare: number;
  /** Thousandths of the base unit below which one person may always decide. */
  readonly aloneAmount: number;
  readonly intervals: number;
}

export const defaultEditLimits: EditLimits = { aloneShare: 0.25, aloneAmount: 50_000_000, intervals: 5_000 };

export interface WeighOptions {
  readonly registry: { readonly edits: Pick<RegistryStore['edits'], 'ofPerson'> };
  readonly store: Pick<ReadingStore, 'days'>;
  readonly limits: EditLimits;
  readonly clock: Clock;
}

const monthDays = 30;
const monthMs = monthDays * 86_400_000;

/** Amounts of an interval, in thousandths of the base unit. */
interface Moved {
  readonly before: number;
  readonly after: number;
}

/** Lays an edit over what was moved before it. */
function addEdit(moved: Map<number, Moved>, before: readonly EditRow[], after: readonly EditRow[]): void {
  const standing = new Map(before.map((row) => [row.end, amountOf(row)]));
  for (const row of after) {
    const first = moved.get(row.end)?.before ?? standing.get(row.end) ?? 0;
    moved.set(row.end, { before: first, after: amountOf(row) });
  }
}

/** What edits of one person move together, whatever the sign; those of the past oldest first. */
export function movedBy(
  past: readonly Pick<VeeEdit, 'before' | 'after' | 'decidedBy'>[],
  before: readonly EditRow[],
  after: readonly EditRow[],
): number {
  const moved = new Map<number, Moved>();
  for (const edit of past) {
    // a second person saw it: what stands after it is where the count begins
    if (edit.decidedBy) for (const { end } of edit.after) moved.delete(end);
    else addEdit(moved, edit.before, edit.after);
  }
  addEdit(moved, before, after);
  let sum = 0;
  for (const one of moved.values()) sum += Math.abs(one.after - one.before);
  return sum;
}

/** Whether an edit needs a second person, with what its person moved before. */
export async function weighsMuch(
  { registry, store, limits, clock }: WeighOptions,
  ctx: AccessContext,
  { person, channel: { facts } }: { readonly person: string; readonly channel: BookedChannel },
  rows: { readonly before: readonly EditRow[]; readonly after: readonly EditRow[] },
): Promise<boolean> {
  const since = new Date(clock.nowMs() - monthMs);
  const past = await registry.edits.ofPerson(ctx, person, facts.channel, since);
  const moved = movedBy(past, rows.before, rows.after);
  if (moved <= limits.aloneAmount) return false;
  const today = facts.zone.localDayOf(Math.floor(clock.nowMs() / 1000));
  const span = { fromDay: today - monthDays, toDay: today };
  const month = await store.days.of(systemAccess, [facts.channel], span);
  let total = 0;
  for (let i = 0; i < month.length; i++) total += Math.abs(month.total[i]! * month.resolution[i]!);
  return moved > limits.aloneShare * total;
}
