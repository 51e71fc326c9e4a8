/** Refused readings by code, with what to do about each. */
import { type AccessContext, errorCatalogue } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import type { RejectionSummaryItem } from '../contract/evidence.ts';

/** Counts by code since `fromMs`, the most frequent first. */
export async function summariseRejections(
  store: ReadingStore,
  access: AccessContext,
  fromMs: number,
): Promise<RejectionSummaryItem[]> {
  const counts = await store.evidence.rejectionsByCode(access, fromMs);
  return counts.map(({ code, count, receivedMs }) => {
    const spec = errorCatalogue.get(code);
    const last = new Date(receivedMs).toISOString();
    return { code, title: spec?.title ?? code, hint: spec?.hint ?? '', count, last };
  });
}
