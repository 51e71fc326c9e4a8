/** Lines of a bill as a table: grouped as people think of them, each with where its number comes from. */
import type { BillLine } from '@openami/billing';
import { parseDecimal, parseInstantS } from '@openami/model';
import { negated, sumOf } from '../amounts.ts';
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

/** The table of charges; its total is that of the bill, and below it stands what is of the account. */
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
  rows.push(...entryRows(facts, words));
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

/** What stands below the total; of a cycle on prepay also that all of it is paid. */
function entriesOf({ bill, entries }: DocumentFacts, words: Words): DocumentFacts['entries'] {
  if (!bill.prepaid) return entries;
  return [{ amount: negated(bill.total!), words: words.say('prepaid') }, ...entries];
}

/** How an amount that is to be paid is called. */
export function dueKey(due: string): MessageKey {
  const { n } = parseDecimal(due);
  return n < 0n ? 'amountCredit' : n === 0n ? 'amountZero' : 'amountDue';
}

/** Credits, deposits and even amounts: below the total, with what is to be paid after them. */
function entryRows(facts: DocumentFacts, words: Words): Row[] {
  const { bill } = facts;
  const entries = entriesOf(facts, words);
  if (entries.length === 0) return [];
  const due = bill.due!;
  const row = (sort: Row['sort'], text: string, amount: string): Row => ({
    ...{ sort, detail: '', cells: [text, '', '', words.money(amount, bill.currency!)] },
  });
  return [
    { sort: 'group', detail: '', cells: [words.say('groupAccount'), '', '', ''] },
    ...entries.map((entry) => row('plain', entry.words, entry.amount)),
    row('total', words.say(dueKey(due)), due.replace(/^-/, '')),
  ];
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
