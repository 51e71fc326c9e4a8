/** Disputes and entries of accounts as the API shows them. */
import type { DisputeReason } from '@openami/billing';
import type { AccountEntry, DisputeRecord, DisputeSummary } from '@openami/store';
import type {
  AccountEntryItem,
  DisputeDetail,
  DisputeEvidence,
  DisputeItem,
} from '../../../contract/disputes.ts';
import type { NameOf } from '../../../identity/names.ts';

export function showDispute(dispute: DisputeSummary, nowMs: number, nameOf: NameOf): DisputeItem {
  const { id, account, customer, agreement, usagePoint, words, via, state, outcome, answer } = dispute;
  const { amount, currency, dunningHeld, dueAt, assignedTo, openedBy, version } = dispute;
  const waits = state === 'open' || state === 'looking';
  return {
    ...{ id, account, customer, agreement, usagePoint, bill: dispute.billId, words, via, state, outcome },
    ...{ from: dispute.fromAt.toISOString(), to: dispute.toAt.toISOString(), answer, amount, currency },
    ...{ dunningHeld, dueAt: dueAt.toISOString(), late: waits && dueAt.getTime() < nowMs },
    ...{ assignedTo, assignedToName: nameOf(assignedTo), rebillRun: dispute.rebillRunId },
    ...{ openedBy, openedByName: nameOf(openedBy), openedAt: dispute.openedAt.toISOString(), version },
    reason: dispute.reason as DisputeReason,
    suggests: dispute.suggests as DisputeItem['suggests'],
    answeredAt: dispute.answeredAt?.toISOString() ?? null,
    closedAt: dispute.closedAt?.toISOString() ?? null,
  };
}

export function showEntry(entry: AccountEntry, nameOf: NameOf): AccountEntryItem {
  const { id, account, kind, amount, currency, words, state, disputeId, billId, requestedBy } = entry;
  const { depositId } = entry;
  return {
    ...{ id, account, kind, amount, currency, words, state, dispute: disputeId, bill: billId, requestedBy },
    deposit: depositId,
    ...{ requestedByName: nameOf(requestedBy), createdAt: entry.createdAt.toISOString() },
    decidedByName: nameOf(entry.decidedBy),
  };
}

export function showDetail(
  dispute: DisputeRecord,
  credits: readonly AccountEntry[],
  nowMs: number,
  nameOf: NameOf,
): DisputeDetail {
  return {
    ...showDispute(dispute, nowMs, nameOf),
    evidence: dispute.evidence as DisputeEvidence,
    entries: dispute.entries.map(({ at, by, ...entry }) => ({
      ...{ ...entry, at: at.toISOString(), by, byName: nameOf(by) },
    })),
    credits: credits.map((entry) => showEntry(entry, nameOf)),
  };
}
