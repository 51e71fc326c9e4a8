/** Bills as a list: by run, by account, held ones with their reason. */
import type { BillItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Params } from '../api.ts';
import { changeRank, cycleWords } from '../lib/bill-words.ts';
import { formatWord, unitText } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { CommodityIcon } from '../ui/icon.tsx';
import { Badge } from '../ui/marks.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { EstimatedShare } from './line-table.tsx';
import { billsQuery } from './queries.ts';
import { BillLink, BillState, Change, Holds, TariffLink } from './words.tsx';

type Name =
  | 'Period'
  | 'Customer'
  | 'Tariff'
  | 'State'
  | 'Usage'
  | 'Total'
  | 'Before'
  | 'Change'
  | 'Estimated'
  | 'Why it is held';

const named: Readonly<Record<Name, Column<BillItem>>> = {
  Period: {
    name: 'Period',
    sortBy: ({ cycleFrom }) => cycleFrom,
    cell: ({ cycleFrom, cycleTo }) => cycleWords(cycleFrom, cycleTo),
  },
  Customer: {
    name: 'Account',
    sortBy: ({ account }) => account,
    cell: ({ account, customer }) => (
      <>
        <Link to="/bills" search={{ account }}>
          {account}
        </Link>
        <div className="muted small">{customer}</div>
      </>
    ),
  },
  Tariff: {
    name: 'Tariff',
    sortBy: ({ commodity, tariff }) => `${commodity} ${tariff ?? ''}`,
    cell: ({ commodity, tariff }) => (
      <>
        <span className="mark">
          <CommodityIcon commodity={commodity} />
          {formatWord(commodity)}
        </span>
        <div className="small">{tariff === null ? 'no tariff' : <TariffLink code={tariff} />}</div>
      </>
    ),
  },
  State: {
    name: 'State',
    cell: ({ state, kind }) => (
      <>
        <BillState state={state} /> {kind !== 'bill' && <Badge>{formatWord(kind)}</Badge>}
      </>
    ),
  },
  Usage: {
    ...{ name: 'Usage', num: true },
    sortBy: ({ usage }) => Number(usage ?? 0),
    cell: ({ usage, unit }) => <span className="nowrap">{formatUsage(usage, unit)}</span>,
  },
  Total: {
    ...{ name: 'Total', num: true },
    sortBy: ({ total }) => Number(total ?? 0),
    cell: ({ total, currency }) => <strong className="nowrap">{formatMoney(total, currency)}</strong>,
  },
  Before: {
    ...{ name: 'Before', num: true },
    cell: ({ before, currency }) => <span className="nowrap">{formatMoney(before, currency)}</span>,
  },
  Change: {
    ...{ name: 'Change', num: true },
    sortBy: changeRank,
    cell: (bill) => <Change bill={bill} />,
  },
  Estimated: {
    ...{ name: 'Estimated', num: true },
    sortBy: ({ estimatedShare }) => estimatedShare,
    cell: ({ estimatedShare }) => <EstimatedShare share={estimatedShare} />,
  },
  'Why it is held': { name: 'Why it is held, and what to do', cell: ({ holds }) => <Holds holds={holds} /> },
};

/** Usage to three decimals at most: bills are of exact counts, lists are looked over. */
export function formatUsage(usage: string | null, unit: string | null): string {
  if (usage === null) return '–';
  const value = Number(usage).toLocaleString('en-GB', { maximumFractionDigits: 3 });
  return unit ? `${value} ${unitText(unit)}` : value;
}

const first: Column<BillItem> = { name: 'Bill', cell: ({ id }) => <BillLink id={id}>{String(id)}</BillLink> };

export function BillTable(props: {
  readonly label: string;
  readonly filter: Params;
  readonly columns: readonly Name[];
  /** Changes when the bills did. */
  readonly stamp?: string;
  /** The last column: what may be done with a bill. */
  readonly action?: (bill: BillItem) => ReactNode;
  readonly empty: ReactNode;
}) {
  const { action } = props;
  const query = useInfiniteQuery(billsQuery(props.filter, 100, props.stamp));
  // the order of a part would not be that of the whole
  const offered = (column: Column<BillItem>) =>
    query.hasNextPage ? { ...column, sortBy: undefined } : column;
  const columns = [first, ...props.columns.map((name) => offered(named[name]))];
  if (action) columns.push({ name: 'Actions', quiet: true, cell: action });
  return (
    <Paged query={query} what="bills">
      {(bills) => (
        <DataTable
          label={props.label}
          columns={columns}
          rows={bills}
          rowKey={({ id }) => id}
          empty={props.empty}
        />
      )}
    </Paged>
  );
}
