/** Rows of edits: how one is made, weighed and compared. */
import { Quality, Reason } from '@openami/model';
import type { EditAction, EditRow, ExceptionState } from '@openami/store';
import { isSigned } from '@openami/vee';
import { serverErrors } from '../../errors.ts';
import type { BookedChannel } from './channel-book.ts';

export interface EditRequest {
  readonly channelId: number;
  readonly action: Exclude<EditAction, 'undo'>;
  /** Ends of the first and last interval, epoch seconds. */
  readonly firstEnd: number;
  readonly lastEnd: number;
  /**
   * Of an estimate: the ladder where none is named. Of an acceptance: `measured` takes back what was
   * measured.
   */
  readonly method?: string;
  /** Of an edit: counts by interval end; null takes the value away. */
  readonly values?: readonly { readonly end: number; readonly value: number | null }[];
}

/** A place whose value a person took away. */
export function emptied({ facts: { resolution } }: BookedChannel, end: number): EditRow {
  return { end, value: null, resolution, quality: Quality.missing, flags: Reason.manual, revision: 0 };
}

export function editedRow(
  { firstEnd, lastEnd }: EditRequest,
  channel: BookedChannel,
  { end, value }: { readonly end: number; readonly value: number | null },
): EditRow {
  const { facts } = channel;
  const { intervalS, resolution } = facts;
  if (end < firstEnd || end > lastEnd || (end - firstEnd) % intervalS !== 0)
    throw serverErrors.VEE_EDIT_INVALID(`no interval of the span ends at ${end}`);
  if (value === null) return emptied(channel, end);
  if (!Number.isSafeInteger(value))
    throw serverErrors.VEE_EDIT_INVALID(
      `${value} at ${end} is not a whole count of the channel's resolution`,
    );
  requireFits(facts, end, value);
  return { end, value, resolution, quality: Quality.edited, flags: Reason.manual, revision: 0 };
}

export function requireFits(facts: BookedChannel['facts'], end: number, value: number): void {
  if (value < 0 && !isSigned(facts))
    throw serverErrors.VEE_EDIT_INVALID(`${value} at ${end}: this channel does not go below zero`);
}

export function stateOf(action: Exclude<EditAction, 'undo'>): Exclude<ExceptionState, 'open'> {
  if (action === 'accept') return 'accepted';
  if (action === 'estimate') return 'estimated';
  return action === 'edit' ? 'edited' : 'rejected';
}

export function amountOf({ value, resolution }: EditRow): number {
  return (value ?? 0) * resolution;
}

export function sumOf(rows: readonly EditRow[]): number {
  return rows.reduce((sum, row) => sum + amountOf(row), 0);
}

export function byEnd(rows: readonly EditRow[]): Map<number, EditRow> {
  return new Map(rows.map((row) => [row.end, row]));
}

/** Before it nobody read a meter by this program or its like. */
const firstS = Date.parse('1990-01-01') / 1_000;

/** Raises VEE_EDIT_INVALID for times in which the channel was not, or is not yet. */
export function requireLived(
  { facts }: BookedChannel,
  firstEnd: number,
  lastEnd: number,
  nowS: number,
): void {
  const fromS = Math.max(firstS, facts.installedS ?? 0);
  const toS = Math.min(nowS, facts.removedS ?? Number.POSITIVE_INFINITY);
  if (firstEnd - facts.intervalS >= fromS && lastEnd <= toS + facts.intervalS) return;
  const [from, to] = [fromS, toS].map((at) => new Date(at * 1_000).toISOString());
  throw serverErrors.VEE_EDIT_INVALID(`readings of this channel are of ${from} to ${to}`);
}

/** Raises VEE_CHANGED where another value stands by now; that a value is judged otherwise changes nothing. */
export function requireStanding(before: readonly EditRow[], now: ReadonlyMap<number, EditRow>): void {
  for (const { end, value, resolution } of before) {
    const standing = now.get(end);
    if (standing?.value === value && (value === null || standing.resolution === resolution)) continue;
    throw serverErrors.VEE_CHANGED(`the reading that ends at ${end} is another one since`);
  }
}

export function sameRow(a: EditRow, b: EditRow | undefined): boolean {
  if (b === undefined) return false;
  const { value, resolution, quality, flags } = a;
  return value === b.value && resolution === b.resolution && quality === b.quality && flags === b.flags;
}
