/** Statements of a customer: each cycle from what it opened with to what it closed with, and its bill. */
import type { PrepayStatementItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { BillLink } from '../billing/words.tsx';
import { cycleWords } from '../lib/bill-words.ts';
import { formatMoney } from '../lib/money.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { statementsQuery } from './queries.ts';

type Amount = 'opening' | 'payments' | 'charges' | 'closing';

const amount = (name: string, of: Amount): Column<PrepayStatementItem> => ({
  ...{ name, num: true, oneLine: true },
  cell: (row) => formatMoney(row[of], row.currency),
});

const columns: readonly Column<PrepayStatementItem>[] = [
  { name: 'Cycle', cell: ({ from, to }) => cycleWords(from, to) },
  amount('Opened with', 'opening'),
  amount('Paid', 'payments'),
  amount('Used', 'charges'),
  {
    ...{ name: 'Other', num: true },
    cell: ({ debtPaid, lent, refunds, currency }) => {
      const parts = [
        ['to old debt', debtPaid],
        ['lent', lent],
        ['paid back', refunds],
      ] as const;
      const some = parts.filter(([, of]) => Number(of) !== 0);
      return some.map(([name, of]) => (
        <div key={name} className="nowrap small">
          {name} {formatMoney(of, currency)}
        </div>
      ));
    },
  },
  amount('Closed with', 'closing'),
  {
    name: 'Bill',
    cell: ({ bill, due, currency }) =>
      bill === null ? (
        <span className="muted">not yet</span>
      ) : (
        <>
          <BillLink id={bill} /> <span className="muted small">due {formatMoney(due, currency)}</span>
        </>
      ),
  },
];

export function StatementsPanel({ agreement }: { readonly agreement: string }) {
  const query = useQuery(statementsQuery(agreement));
  return (
    <Panel flush title="Statements" note="each cycle, the newest first">
      <Ready query={query} what="statements">
        {(rows) => (
          <DataTable
            label="Statements"
            columns={columns}
            rows={rows}
            rowKey={({ from }) => from}
            empty={<Empty icon="bill" title="The first cycle has not begun" />}
          />
        )}
      </Ready>
    </Panel>
  );
}
