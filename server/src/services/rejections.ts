/** Refused readings by code, with what to do about each. */
import { type AccessContext, errorCatalogue } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import type { RejectionSummaryItem } from '../contract/evidence.ts';

const pageRows = 1000;
const maxPages = 20;

/** Counts by code since `fromMs`, the most frequent first; of very many, the newest are counted. */
export async function summariseRejections(
  store: ReadingStore,
  access: AccessContext,
  fromMs: number,
): Promise<RejectionSummaryItem[]> {
  const byCode = new Map<string, { count: number; lastMs: number }>();
  let beforeMs: number | undefined;
  for (let page = 0; page < maxPages; page++) {
    const rows = await store.evidence.rejections(access, {
      fromMs,
      limit: pageRows,
      ...(beforeMs ? { beforeMs } : {}),
    });
    for (const { code, receivedMs } of rows) {
      const sum = byCode.get(code) ?? { count: 0, lastMs: receivedMs };
      sum.count++;
      byCode.set(code, sum);
    }
    if (rows.length < pageRows) break;
    beforeMs = rows.at(-1)!.receivedMs;
  }
  return [...byCode]
    .map(([code, { count, lastMs }]) => {
      const spec = errorCatalogue.get(code);
      return {
        code,
        title: spec?.title ?? code,
        hint: spec?.hint ?? '',
        count,
        last: new Date(lastMs).toISOString(),
      };
    })
    .sort((a, b) => b.count - a.count);
}
