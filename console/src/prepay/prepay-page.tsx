/** Prepay: who stands where, payments, notices, and the policies under which supplies are cut. */
import type { PrepayCustomer, PrepaySummary } from '@openami/server/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount, formatCounted, unitText } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { useLiveRefresh } from '../live.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { StateFilters } from '../ui/state-filters.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { TabbedPage } from '../ui/tabbed-page.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { EnrolDialog, PaymentDialog } from './dialogs.tsx';
import { NoticesPanel } from './notices-panel.tsx';
import { PaymentsTab } from './payments-tab.tsx';
import { PoliciesPanel } from './policies-panel.tsx';
import { customersQuery, prepayKeys, summaryQuery } from './queries.ts';
import { CustomerLink, daysWords, PrepayState, stateLooks, stateNames, waitWords } from './words.tsx';

const route = getRouteApi('/prepay');

export function PrepayPage() {
  useLiveRefresh(['prepay'], prepayKeys);
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const [open, setOpen] = useState<'pay' | 'enrol'>();
  const mayPay = useMay('prepay:vend');
  const mayEnrol = useMay('prepay:write');
  const close = () => setOpen(undefined);
  const tabs = [
    { id: 'customers', label: 'Customers', panel: <CustomersTab /> },
    { id: 'payments', label: 'Payments', panel: <PaymentsTab /> },
    { id: 'notices', label: 'Notices', panel: <NoticesPanel /> },
    { id: 'policies', label: 'Policies', panel: <PoliciesPanel /> },
  ];
  return (
    <TabbedPage
      title="Prepay"
      note="Customers who pay first"
      actions={
        <>
          {mayEnrol && <Button onClick={() => setOpen('enrol')}>Put on prepay …</Button>}
          {mayPay && (
            <Button look="primary" icon="plus" onClick={() => setOpen('pay')}>
              Take a payment
            </Button>
          )}
        </>
      }
      tabs={tabs}
      tab={tab}
      onTab={(id) => void navigate({ search: { tab: id }, replace: true })}
    >
      {open === 'pay' && <PaymentDialog onClose={close} />}
      {open === 'enrol' && <EnrolDialog onClose={close} />}
    </TabbedPage>
  );
}

function CustomersTab() {
  const { state, q } = route.useSearch();
  const navigate = route.useNavigate();
  const summary = useQuery(summaryQuery);
  const query = useInfiniteQuery(customersQuery({ state, q }));
  const change = (part: object) => void navigate({ search: (old) => ({ ...old, ...part }), replace: true });
  return (
    <>
      <Ready query={summary} what="how many stand where">
        {(data) => <States summary={data} state={state} onState={(next) => change({ state: next })} />}
      </Ready>
      <Panel flush title="Customers">
        <div className="filters">
          <TextFilter
            label="Agreement, account or meter, in full"
            value={q}
            onChange={(next) => change({ q: next })}
          />
        </div>
        <Paged query={query} what="customers">
          {(rows) => (
            <DataTable
              label="Customers on prepay"
              columns={columns}
              rows={rows}
              rowKey={({ agreement }) => agreement}
              empty={
                <Empty icon="wallet" title={state || q ? 'No customer is like this' : 'Nobody is on prepay'}>
                  {state || q ? 'Take a filter away.' : 'Have a policy approved, then put agreements on it.'}
                </Empty>
              }
            />
          )}
        </Paged>
      </Panel>
    </>
  );
}

function States(props: {
  readonly summary: PrepaySummary;
  readonly state: string | undefined;
  readonly onState: (state: string | undefined) => void;
}) {
  const { summary, state, onState } = props;
  const countOf = (name: string) =>
    summary.states.reduce((sum, one) => (one.state === name ? sum + one.customers : sum), 0);
  const total = summary.states.reduce((sum, { customers }) => sum + customers, 0);
  return (
    <Panel title="Where they stand" note={formatCounted(total, 'customer')}>
      <StateFilters looks={stateLooks} {...{ countOf, state, onState }} />
    </Panel>
  );
}

const columns: readonly Column<PrepayCustomer>[] = [
  {
    name: 'Customer',
    cell: ({ agreement, account, customer }) => (
      <>
        <CustomerLink agreement={agreement}>{customer}</CustomerLink>{' '}
        <span className="muted small">account {account}</span>
      </>
    ),
    sortBy: ({ customer }) => customer,
  },
  {
    name: 'State',
    cell: (customer) => (
      <>
        <PrepayState state={customer.state} />{' '}
        <span className="muted small">{customer.state === 'out' && waitWords(customer)}</span>
      </>
    ),
    sortBy: ({ state }) => stateNames.indexOf(state),
  },
  {
    name: 'Balance',
    num: true,
    oneLine: true,
    cell: ({ balance, currency }) => formatMoney(balance, currency),
    sortBy: ({ balance }) => Number(balance),
  },
  {
    name: 'Lasts',
    oneLine: true,
    cell: ({ daysLeft }) => daysWords(daysLeft),
    sortBy: ({ daysLeft }) => daysLeft ?? Number.POSITIVE_INFINITY,
  },
  { name: 'Buys', num: true, oneLine: true, cell: unitsCell },
  { name: 'Supply', cell: ({ supply }) => (supply === 'disconnected' ? 'off' : 'on') },
  { name: 'Policy', cell: ({ policy }) => policy },
];

function unitsCell({ unitsLeft, unit }: PrepayCustomer) {
  return unitsLeft === null ? '–' : `${formatCount(Math.floor(unitsLeft))} ${unitText(unit ?? '')}`;
}
