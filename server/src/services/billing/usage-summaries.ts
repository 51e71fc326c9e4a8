/** Bills as UsageSummary objects of Green Button, page by page. */
import { type BillSummaryHead, writeUsageSummaries } from '@openami/exchange';
import { type AccessContext, commodityTable } from '@openami/model';
import type { BillFilter, BillRecord, RegistryStore } from '@openami/store';
import { contentOf } from './content.ts';
import { billPages } from './export.ts';

/** Every bill that matches and has a total, in order of ids. */
export function summariesOf(
  registry: Pick<RegistryStore, 'bills'>,
  ctx: AccessContext,
  query: BillFilter,
  nowS: number,
): AsyncGenerator<string, void, undefined> {
  const heads = async function* () {
    for await (const page of billPages(registry, ctx, query))
      for (const bill of page) if (bill.total !== null && bill.currency !== null) yield headOf(bill, nowS);
  };
  return writeUsageSummaries(heads(), nowS);
}

function headOf(bill: BillRecord, nowS: number): BillSummaryHead {
  const { id, account, usagePoint, fromS, toS, usage, unit, tariff, commodity, issuedAt } = bill;
  const lines = contentOf(bill)?.lines ?? [];
  return {
    ...{
      id: String(id),
      title: `Bill ${id} of account ${account} at ${usagePoint}`,
      fromS,
      toS,
      usage,
      unit,
    },
    ...{ total: bill.total!, currency: bill.currency!, tariff: tariff ?? '' },
    issuedS: issuedAt === null ? nowS : Math.floor(issuedAt.getTime() / 1_000),
    commodity: commodityTable[commodity].cim,
    lines: lines.map(({ name, kind, amount, from, to }) => ({
      ...{ name, amount, isTax: kind === 'tax' },
      ...{ fromS: Date.parse(from) / 1_000, toS: Date.parse(to) / 1_000 },
    })),
  };
}
