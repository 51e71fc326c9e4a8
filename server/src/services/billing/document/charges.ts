/** Lines of a bill as a table: grouped as people think of them, each with where its number comes from. */
import { type BillLine, scaledText } from '@openami/billing';
import { parseDecimal, parseInstantS } from '@openami/model';
import type { DocumentFacts } from './facts.ts';
import type { Row, Table } from './view.ts';
import type { MessageKey } from './words/en.ts';
import type { Words } from './words/words.ts';

const groups = [
  ...(['groupEnergy', 'groupDemand', 'groupFixed', 'groupRiders', 'groupCredits'] as const),
  ...(['groupTaxes', 'groupAccount'] as const),
] as const satisfies readonly MessageKey[];
type Group = (typeof groups)[number];

/** The group a line stands in. */
export function groupOf({ kind, determinant }: Pick<BillLine, 'kind' | 'determinant'>): Group {
  if (determinant === 'energy-export' || determinant === 'price-series') return 'groupCredits';
  switch (kind) {
    case 'energy':
    case 'dynamic':
      return 'groupEnergy';
    case 'demand':
      return 'groupDemand';
    case 'fixed':
    case 'minimum':
      return 'groupFixed';
    case 'rider':
    case 'percent':
      return 'groupRiders';
    case 'tax':
      return 'groupTaxes';
    case 'adjustment':
      return 'groupAccount';
    default:
      return 'groupCredits';
  }
}

/** The exact sum of decimal texts, with as many decimals as the one that has most. */
export function sumOf(amounts: readonly string[]): string {
  const digits = Math.max(0, ...amounts.map((amount) => amount.split('.')[1]?.length ?? 0));
  const scale = 10n ** BigInt(digits);
  let sum = 0n;
  for (const amount of amounts) {
    const { n, d } = parseDecimal(amount);
    sum += (n * scale) / d;
  }
  return scaledText(sum, digits);
}

/** The table of charges; its total is that of the bill. */
export function chargesTable(facts: DocumentFacts, words: Words): Table {
  const { bill, content } = facts;
  const currency = bill.currency!;
  const lines = content?.lines ?? [];
  const rows: Row[] = [];
  const several = (content?.parts.length ?? 0) > 1;
  for (const group of groups) {
    const own = lines.filter((line) => groupOf(line) === group);
    if (own.length === 0) continue;
    rows.push({ sort: 'group', detail: '', cells: [words.say(group), '', '', ''] });
    for (const line of own) rows.push(lineRow(line, currency, several, words));
    if (own.length > 1) {
      const sum = words.money(sumOf(own.map(({ amount }) => amount)), currency);
      rows.push({ ...plainSum, cells: [words.say('subtotal', { group: words.say(group) }), '', '', sum] });
    }
  }
  const total = words.money(bill.total!, currency);
  rows.push({ sort: 'total', detail: '', cells: [words.say('total'), '', '', total] });
  return {
    kind: 'table',
    caption: words.say('chargesCaption', spanWords(facts, words)),
    columns: [
      { text: words.say('columnCharge'), numeric: false, share: 0.44 },
      { text: words.say('columnQuantity'), numeric: true, share: 0.19 },
      { text: words.say('columnPrice'), numeric: true, share: 0.21 },
      { text: words.say('columnAmount'), numeric: true, share: 0.16 },
    ],
    rows,
  };
}

const plainSum = { sort: 'sum', detail: '' } as const;

/** First and last day of a bill: its last second belongs to the last day. */
export function spanWords(
  { bill: { fromS, toS } }: DocumentFacts,
  words: Words,
): { from: string; to: string } {
  return { from: words.date(fromS), to: words.date(toS - 1) };
}

function lineRow(line: BillLine, currency: string, several: boolean, words: Words): Row {
  const { name, quantity, price, amount } = line;
  const cells = (middle: readonly [string, string]) => [name, ...middle, words.money(amount, currency)];
  return {
    sort: 'plain',
    detail: detailOf(line, several, words),
    cells: cells(quantityAndPrice(line, quantity, price, currency, words)),
  };
}

function quantityAndPrice(
  { kind, unit }: BillLine,
  quantity: string,
  price: string,
  currency: string,
  words: Words,
): [string, string] {
  if (kind === 'percent' || kind === 'tax')
    return [words.percent(quantity), words.say('percentOf', { amount: words.money(price, currency) })];
  if (kind === 'minimum' || kind === 'credit' || kind === 'adjustment') return ['', ''];
  if (kind === 'true-up' && unit === currency) return ['', ''];
  const count = `${words.number(quantity)} ${unitWord(unit, quantity, words)}`;
  return [count, words.money(price, currency)];
}

const spans: Readonly<Record<string, MessageKey>> = { day: 'unitDay', month: 'unitMonth', year: 'unitYear' };

/** Units of energy and demand are the same everywhere; those of time have words. */
export function unitWord(unit: string, count: string, words: Words): string {
  const key = spans[unit];
  if (key !== undefined) return words.say(key, { count: Number(count) });
  return unit === 'm3' ? 'm³' : unit;
}

function detailOf(line: BillLine, several: boolean, words: Words): string {
  const { kind, determinant, period, tier, at, estimatedShare } = line;
  const fromS = parseInstantS(line.from);
  const toS = parseInstantS(line.to);
  const texts = [
    period === undefined ? '' : words.say('chargePeriod', { period }),
    tier === undefined ? '' : words.say('chargeTier', { tier: words.number(tier) }),
    determinant === 'energy-export' ? words.say('chargeFedIn') : '',
    determinant === 'energy-net' ? words.say('chargeNet') : '',
    kind === 'minimum' ? words.say('chargeMinimum') : '',
    kind === 'credit' ? words.say('chargeCredit') : '',
    kind === 'dynamic' ? words.say('chargeDynamic') : '',
    at === undefined ? '' : words.say('chargePeak', { when: words.moment(parseInstantS(at)) }),
    estimatedShare > 0 ? words.say('chargeEstimated', { share: words.share(estimatedShare) }) : '',
    several || kind === 'rebate'
      ? words.say('chargeDates', { from: words.date(fromS), to: words.date(toS - 1) })
      : '',
  ];
  return texts.filter((text) => text !== '').join(', ');
}
