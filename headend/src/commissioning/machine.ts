/**
 * Where a meter stands on its way from the delivery to the first full day of readings. Pure.
 *
 *   delivered ─▶ keyed ─▶ installed ─▶ heard ─▶ reading ─▶ commissioned ─▶ decommissioned
 *        └─────────┴─────────┴──── fault, give-up ─▶ failed ── cleared, retry ─▶ where it stands
 *
 * Marks may be reached in any order; the state is the last mark that has all before it, so that it says what
 * is missing next. A meter that is commissioned stays so until a person or its removal ends it.
 */
import {
  type CommissioningDecision,
  type CommissioningMark,
  type CommissioningRecord,
  type CommissioningState,
  commissioningMarks,
} from '@openami/model';

export type CommissioningEvent =
  /** What the program sees by itself. */
  | { readonly type: 'mark'; readonly mark: CommissioningMark; readonly atS: number }
  | { readonly type: 'lost'; readonly mark: 'keyed' | 'installed'; readonly atS: number }
  | { readonly type: 'fault'; readonly code: string; readonly atS: number }
  | { readonly type: 'cleared'; readonly atS: number }
  | { readonly type: 'removed'; readonly atS: number }
  | { readonly type: 'returned'; readonly atS: number }
  /** What a person decides. */
  | {
      readonly type: CommissioningDecision;
      readonly reason: string;
      readonly by: string;
      readonly atS: number;
    };

/** A meter that was just delivered. */
export function beginCommissioning(atS: number): CommissioningRecord {
  return {
    ...{ state: 'delivered', sinceS: atS, waitS: atS, marks: { delivered: atS } },
    ...{ fault: '', decision: null, isRemoved: false },
  };
}

/** The record after an event; the same object where the event changes nothing. */
export function stepCommissioning(
  record: CommissioningRecord,
  event: CommissioningEvent,
): CommissioningRecord {
  const changed = changedBy(record, event);
  if (changed === record) return record;
  // clocks of gateways and of people differ: what was reached is not undone by an older time
  const atS = Math.max(event.atS, record.sinceS);
  const state = stateOf(changed);
  const waitS = event.type === 'retry' ? Math.max(atS, record.waitS) : changed.waitS;
  return state === record.state ? { ...changed, waitS } : { ...changed, state, sinceS: atS, waitS: atS };
}

function changedBy(record: CommissioningRecord, event: CommissioningEvent): CommissioningRecord {
  const { marks, fault, decision, isRemoved } = record;
  const isOver = record.state === 'commissioned' || record.state === 'decommissioned';
  switch (event.type) {
    case 'mark':
      if (isOver || marks[event.mark] !== undefined || !mayMark(record, event.mark)) return record;
      return { ...record, marks: { ...marks, [event.mark]: event.atS } };
    case 'lost': {
      if (isOver || marks[event.mark] === undefined) return record;
      const { [event.mark]: _, ...left } = marks;
      return { ...record, marks: left };
    }
    case 'fault':
      return isOver || fault === event.code ? record : { ...record, fault: event.code };
    case 'cleared':
      return fault === '' ? record : { ...record, fault: '' };
    case 'removed':
      return isRemoved ? record : { ...record, isRemoved: true };
    case 'returned':
      // another life begins with it; the time goes on
      return isRemoved ? { ...beginCommissioning(event.atS), ...timesOf(record) } : record;
    case 'retry':
      return tryAgain(record);
    default: {
      if (decision?.kind === event.type && decision.reason === event.reason) return record;
      const { type: kind, reason, by, atS } = event;
      return { ...record, decision: { kind, reason, by, atS } };
    }
  }
}

/** A full day counts when all before it was reached. */
function mayMark({ marks, fault }: CommissioningRecord, mark: CommissioningMark): boolean {
  if (mark !== 'complete') return true;
  return fault === '' && commissioningMarks.slice(0, -1).every((one) => marks[one] !== undefined);
}

const timesOf = ({ state, sinceS, waitS }: CommissioningRecord) => ({ state, sinceS, waitS });

/** Takes back what was decided, and what was wrong or complete before; the meter is looked at anew. */
function tryAgain(record: CommissioningRecord): CommissioningRecord {
  const { complete: _, ...marks } = record.marks;
  return { ...record, marks, fault: '', decision: null };
}

function stateOf({ marks, fault, decision, isRemoved }: CommissioningRecord): CommissioningState {
  if (isRemoved || decision?.kind === 'decommission') return 'decommissioned';
  if (decision?.kind === 'give-up') return 'failed';
  if (decision?.kind === 'commission' || marks.complete !== undefined) return 'commissioned';
  if (fault !== '') return 'failed';
  let reached: CommissioningState = 'delivered';
  for (const mark of commissioningMarks) {
    if (mark === 'complete' || marks[mark] === undefined) break;
    reached = mark;
  }
  return reached;
}
