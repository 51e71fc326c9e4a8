/** The ledger of one customer: every posting, and the entries it is made of. */
import type { PrepayTransactionItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { formatValue, formatWord, unitText } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { ledgerQuery } from './queries.ts';

const words: Readonly<Record<string, string>> = {
  payment: 'Payment',
  allocation: 'Payment, found later',
  charge: 'Usage',
  correction: 'Usage, corrected',
  settlement: 'Settled with the bill',
  emergency: 'Emergency credit lent',
  debt: 'Old debt taken over',
  reversal: 'Payment taken back',
  refund: 'Paid out',
};

function aboutOf({ detail, cycleFrom }: PrepayTransactionItem): string {
  const { vendor, reference, usage, unit, reason, bill } = detail as Readonly<
    Record<string, string | number | undefined>
  >;
  if (vendor) return `${vendor}, ${reference}`;
  if (reason) return String(reason);
  if (bill) return `bill ${bill}`;
  if (usage && Number(usage) !== 0) return formatValue(Number(usage), unitText(String(unit)));
  return cycleFrom ? `cycle from ${cycleFrom}` : '';
}

const columns: readonly Column<PrepayTransactionItem>[] = [
  { name: 'Time', oneLine: true, cell: ({ at }) => <Time at={at} /> },
  {
    name: 'What',
    cell: (item) => (
      <>
        {words[item.kind] ?? formatWord(item.kind)} <span className="muted small">{aboutOf(item)}</span>
      </>
    ),
  },
  {
    ...{ name: 'Credit', num: true, oneLine: true },
    cell: ({ credit, currency }) => formatMoney(credit, currency, true),
  },
];

export function LedgerPanel({ agreement }: { readonly agreement: string }) {
  const query = useInfiniteQuery(ledgerQuery(agreement));
  return (
    <Panel flush title="Ledger" note="every posting adds up to zero; none is ever edited">
      <Paged query={query} what="the ledger">
        {(rows) => (
          <DataTable
            label="Ledger"
            columns={columns}
            rows={rows}
            rowKey={({ id }) => id}
            maxHeight="28rem"
            detail={{
              name: 'Entries',
              label: ({ id }) => `Entries of posting ${id}`,
              of: (item) => <Entries item={item} />,
            }}
            empty={<Empty icon="bill" title="Nothing was posted yet" />}
          />
        )}
      </Paged>
    </Panel>
  );
}

function Entries({ item }: { readonly item: PrepayTransactionItem }) {
  const { entries, currency, by, cycleFrom, detail } = item;
  return (
    <div className="stack" style={{ gap: '0.25rem', maxWidth: '30rem' }}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Account</th>
            <th scope="col" className="num">
              Debit
            </th>
            <th scope="col" className="num">
              Credit
            </th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(entries).map(([account, amount]) => {
            const isCredit = amount.startsWith('-');
            const text = formatMoney(isCredit ? amount.slice(1) : amount, currency);
            return (
              <tr key={account}>
                <td>{formatWord(account)}</td>
                <td className="num">{isCredit ? '' : text}</td>
                <td className="num">{isCredit ? text : ''}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className="muted small">
        {cycleFrom && `Cycle from ${cycleFrom}. `}
        {typeof detail.revision === 'number' && (
          <>
            Readings as known <Time at={new Date(detail.revision * 1_000).toISOString()} seconds />.{' '}
          </>
        )}
        {by && `By ${by}.`}
      </p>
    </div>
  );
}
