/**
 * Bills as ESPI 4.0 UsageSummary objects in an Atom feed (valid against espi.xsd): the period, the total, the
 * amounts by line and what was used. Money is in hundred-thousandths of the currency, as ESPI has it.
 */
import { currencyOf, findUnit, formatInstant, parseDecimal, roundRational } from '@openami/model';
import { element, uuid, xml } from './espi-text.ts';

export interface SummaryLine {
  readonly name: string;
  /** Exact decimal text, in the currency. */
  readonly amount: string;
  readonly isTax: boolean;
  /** Epoch seconds. */
  readonly fromS: number;
  readonly toS: number;
}

export interface BillSummaryHead {
  readonly id: string;
  readonly title: string;
  /** Epoch seconds. */
  readonly fromS: number;
  readonly toS: number;
  readonly issuedS: number;
  readonly total: string;
  readonly currency: string;
  /** What was used, exact decimal text in `unit`; null where it is not known. */
  readonly usage: string | null;
  readonly unit: string | null;
  /** ESPI CommodityKind, which is that of CIM. */
  readonly commodity: number;
  readonly tariff: string;
  readonly lines: readonly SummaryLine[];
}

const espi = 'xmlns="http://naesb.org/espi"';
const base = '/espi/1_1/resource';

/** Text of the feed in parts, one a bill. */
export async function* writeUsageSummaries(
  bills: AsyncIterable<BillSummaryHead>,
  updatedS: number,
): AsyncGenerator<string, void, undefined> {
  const updated = formatInstant(updatedS);
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n` +
    `<id>${uuid(`${base}/UsageSummary`)}</id>\n${element('title', 'Usage summaries')}\n` +
    `<updated>${updated}</updated>\n<link rel="self" href="${base}/UsageSummary"/>\n`;
  for await (const bill of bills) yield entry(bill, updated);
  yield '</feed>\n';
}

const period = (name: string, fromS: number, toS: number) =>
  element(name, element('duration', toS - fromS) + element('start', fromS));

/** Hundred-thousandths of the currency. */
function money(amount: string): string {
  const { n, d } = parseDecimal(amount);
  return String(roundRational({ n: n * 100_000n, d }));
}

function entry(bill: BillSummaryHead, updated: string): string {
  const self = `${base}/UsageSummary/${encodeURIComponent(bill.id)}`;
  const lines = bill.lines.map((line) =>
    element(
      'costAdditionalDetailLastPeriod',
      element('amount', money(line.amount)) +
        element('note', xml(line.name.slice(0, 256))) +
        // 3: a charge for consumption, 5: a tax, 8: a credit
        element('itemKind', line.isTax ? 5 : line.amount.startsWith('-') ? 8 : 3) +
        period('itemPeriod', line.fromS, line.toS),
    ),
  );
  const content =
    period('billingPeriod', bill.fromS, bill.toS) +
    element('billLastPeriod', money(bill.total)) +
    lines.join('') +
    element('currency', currencyOf(bill.currency).numeric) +
    consumption(bill) +
    element('statusTimeStamp', bill.issuedS) +
    element('commodity', bill.commodity) +
    element('tariffProfile', xml(bill.tariff));
  return (
    `<entry>\n<id>${uuid(self)}</id>\n<link rel="self" href="${xml(self)}"/>\n` +
    `${element('title', xml(bill.title))}\n` +
    `${element('content', `<UsageSummary ${espi}>${content}</UsageSummary>`)}\n` +
    `${element('published', updated)}\n${element('updated', updated)}\n</entry>\n`
  );
}

/** In the base unit where that is whole, else in thousandths of it. */
function consumption({ usage, unit, issuedS }: BillSummaryHead): string {
  const known = unit === null ? undefined : findUnit(unit);
  const whole = known && findUnit(known.base);
  if (usage === null || !known || !whole || whole.uom === null) return '';
  const { n, d } = parseDecimal(usage);
  const thousandths = roundRational({ n: n * known.factor.n * 1_000n, d: d * known.factor.d });
  const isWhole = thousandths % 1_000n === 0n;
  return element(
    'overallConsumptionLastPeriod',
    element('powerOfTenMultiplier', whole.multiplier - (isWhole ? 0 : 3)) +
      element('timeStamp', issuedS) +
      element('uom', whole.uom) +
      element('value', String(isWhole ? thousandths / 1_000n : thousandths)),
  );
}
