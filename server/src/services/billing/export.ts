/** Bills and determinants as files, streamed page by page. */
import { csvCell } from '@openami/exchange';
import { type AccessContext, formatInstant, groupBy } from '@openami/model';
import type { BillFilter, BillRecord, RegistryStore } from '@openami/store';
import { tariffsOf } from './bill-detail.ts';
import { contentOf, versionOfPart } from './content.ts';
import { showBill, showDeterminants, showEntries, showLines } from './show.ts';
import type { TariffBook } from './tariff-book.ts';

export type BillFormat = 'csv' | 'jsonl' | 'determinants.csv';

interface Parts {
  readonly registry: Pick<RegistryStore, 'bills' | 'accountEntries'>;
  readonly book: TariffBook;
}

const billsAtOnce = 200;
const billColumns = [
  'bill',
  'run',
  'kind',
  'state',
  'account',
  'agreement',
  'usage_point',
  'from',
  'to',
  'currency',
  'prepaid',
  'due',
];
const lineColumns = [
  ...[
    'line',
    'id',
    'charge',
    'name',
    'kind_of_line',
    'period',
    'tier',
    'quantity',
    'unit',
    'price',
    'amount',
  ],
  ...['estimated_share', 'tariff_version'],
];
const determinantColumns = [
  ...['tariff_version', 'what', 'schedule', 'period', 'value', 'unit', 'estimated', 'at'],
  ...['expected', 'present', 'estimated_intervals'],
];

/** Every bill that matches, page by page in order of ids. */
export async function* billPages(
  registry: Pick<RegistryStore, 'bills'>,
  ctx: AccessContext,
  query: BillFilter,
): AsyncGenerator<BillRecord[], void, undefined> {
  for (let after = 0; ; ) {
    const page = await registry.bills.scan(ctx, query, after, billsAtOnce);
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
    yield page;
  }
}

/** Every bill that matches, in order of ids. */
export async function* exportBills(
  parts: Parts,
  ctx: AccessContext,
  query: BillFilter,
  format: BillFormat,
): AsyncGenerator<string, void, undefined> {
  if (format !== 'jsonl')
    yield `${[...billColumns, ...(format === 'csv' ? lineColumns : determinantColumns)].join(',')}\r\n`;
  for await (const page of billPages(parts.registry, ctx, query)) {
    if (format === 'jsonl') yield await jsonLines(page, parts, ctx);
    else if (format === 'csv') yield page.map(lineRows).join('');
    else yield await determinantRows(page, parts.book);
  }
}

/** One line a bill, with its lines, what they were made from, and what else of the account is on it. */
export async function jsonLines(
  page: readonly BillRecord[],
  { registry, book }: Parts,
  ctx: AccessContext,
): Promise<string> {
  const contents = page.map(contentOf);
  const tariffs = await tariffsOf(book, contents);
  const ids = page.map(({ id }) => id);
  const entries = groupBy(await registry.accountEntries.onBills(ctx, ids), ({ billId }) => billId);
  const written = page.map((bill, i) => {
    const content = contents[i];
    const determinants = (content?.parts ?? []).map(({ tariff, days, determinants: of, number }) =>
      showDeterminants(of, versionOfPart({ tariff, number }, tariffs), days, content!.source, tariff),
    );
    const { reason, revision: readingRevision } = bill;
    const lines = showLines(content?.lines ?? []);
    const shown = {
      ...showBill(bill),
      reason,
      readingRevision,
      lines,
      entries: showEntries(bill, entries.get(bill.id) ?? []),
    };
    return `${JSON.stringify({ ...shown, determinants })}\n`;
  });
  return written.join('');
}

type Cell = string | number | undefined;

/** Texts are guarded against being run as formulas; numbers stand as they are. */
function row(texts: readonly Cell[]): string {
  return texts.map((cell) => (isNumber(cell) ? String(cell) : csvCell(String(cell ?? '')))).join(',');
}

function isNumber(cell: Cell): boolean {
  return typeof cell === 'number' || (cell !== undefined && /^-?\d+(\.\d+)?$/.test(cell));
}

function head(bill: BillRecord): Cell[] {
  const { id, runId, kind, state, account, agreement, usagePoint, fromS, toS, currency, prepaid, due } = bill;
  return [
    ...[id, runId, kind, state, account, agreement, usagePoint],
    ...[formatInstant(fromS), formatInstant(toS), currency ?? '', prepaid ? 'yes' : 'no', due ?? ''],
  ];
}

/** A bill without lines (held, or a reversal) is one row with its total. */
function lineRows(bill: BillRecord): string {
  const lines = showLines(contentOf(bill)?.lines ?? []);
  const total = bill.total ?? '';
  if (lines.length === 0)
    return `${row([...head(bill), ...lineColumns.map((name) => (name === 'amount' ? total : ''))])}\r\n`;
  return lines
    .map((line) => {
      const { number, id, charge, name, kind, period, tier, quantity, unit, price, amount } = line;
      const cells = [number, id, charge, name, kind, period, tier, quantity, unit, price, amount];
      return `${row([...head(bill), ...cells, line.estimatedShare, line.tariffVersion])}\r\n`;
    })
    .join('');
}

async function determinantRows(page: readonly BillRecord[], book: TariffBook): Promise<string> {
  const contents = page.map(contentOf);
  const tariffs = await tariffsOf(book, contents);
  let text = '';
  for (const [i, content] of contents.entries()) {
    for (const part of content?.parts ?? []) {
      const version = versionOfPart(part, tariffs);
      const shown = showDeterminants(part.determinants, version, part.days, content!.source, part.tariff);
      const counts = [shown.expected, shown.present, shown.estimated];
      const add = (...cells: Cell[]) => {
        text += `${row([...head(page[i]!), shown.tariffVersion, ...cells, ...counts])}\r\n`;
      };
      for (const { schedule, period, estimated, ...energy } of shown.energy)
        for (const what of ['import', 'export'] as const)
          add(what, schedule, period, energy[what], shown.unit, estimated, '');
      for (const { schedule, period, unit, value, at, estimated } of shown.demand)
        add('demand', schedule, period, value, unit, estimated ? 1 : 0, at ?? '');
    }
  }
  return text;
}
