/** Rows of edits: how one is made, weighed and compared. */
import { Quality, Reason } from '@openami/model';
import type { EditAction, EditRow, ExceptionState } from '@openami/store';
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

export function editedRow(
  { firstEnd, lastEnd }: EditRequest,
  { facts }: BookedChannel,
  { end, value }: { readonly end: number; readonly value: number | null },
): EditRow {
  const { intervalS, resolution } = facts;
  if (end < firstEnd || end > lastEnd || (end - firstEnd) % intervalS !== 0)
    throw serverErrors.VEE_EDIT_INVALID(`no interval of the span ends at ${end}`);
  if (value === null) return { end, value, resolution, quality: Quality.missing, flags: 0, revision: 0 };
  if (!Number.isSafeInteger(value))
    throw serverErrors.VEE_EDIT_INVALID(
      `${value} at ${end} is not a whole count of the channel's resolution`,
    );
  requireFits(facts, end, value);
  return { end, value, resolution, quality: Quality.edited, flags: Reason.manual, revision: 0 };
}

export function requireFits({ kind }: BookedChannel['facts'], end: number, value: number): void {
  if (value < 0 && kind !== 'net' && kind !== 'level')
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

export function sameRow(a: EditRow, b: EditRow | undefined): boolean {
  if (b === undefined) return false;
  const { value, resolution, quality, flags } = a;
  return value === b.value && resolution === b.resolution && quality === b.quality && flags === b.flags;
}
