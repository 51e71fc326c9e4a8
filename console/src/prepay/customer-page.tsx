/** A customer on prepay: what is left, the ledger, statements, notices, and what people do. */
import type { PrepayCustomer } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount, unitText } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { useLiveRefresh } from '../live.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { type Fact, Facts } from '../ui/facts.tsx';
import { Breadcrumb, ItemPage } from '../ui/item-page.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Notice } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { DebtDialog, PaymentDialog, ProtectDialog, RefundDialog } from './dialogs.tsx';
import { LedgerPanel } from './ledger-panel.tsx';
import { NoticesPanel } from './notices-panel.tsx';
import { customerQuery, prepayKeys } from './queries.ts';
import { StatementsPanel } from './statements-panel.tsx';
import { daysWords, PrepayState, stateLooks, waitWords } from './words.tsx';

const route = getRouteApi('/prepay/$agreement');

export function PrepayCustomerPage() {
  const { agreement } = route.useParams();
  const query = useQuery(customerQuery(agreement));
  useLiveRefresh(['prepay', 'command'], prepayKeys);
  useTitle(query.data ? `Prepay: ${query.data.customer}` : 'Prepay');
  return (
    <ItemPage
      good={agreement !== ''}
      icon="wallet"
      thing="a customer on prepay"
      query={query}
      list={<Link to="/prepay">the list</Link>}
    >
      {(customer) => <Customer customer={customer} />}
    </ItemPage>
  );
}

interface Props {
  readonly customer: PrepayCustomer;
}

function Customer({ customer }: Props) {
  const { agreement, account, state, trouble, blocked } = customer;
  return (
    <>
      <Breadcrumb here={customer.customer}>
        <Link to="/prepay">Prepay</Link>
      </Breadcrumb>
      <PageHead
        title={customer.customer}
        marks={<PrepayState state={state} />}
        note={`agreement ${agreement}, account ${account}`}
        actions={<Actions customer={customer} />}
      />
      <div className="meter-layout">
        <div className="stack" style={{ gap: '0.75rem' }}>
          {state === 'out' && (
            <Notice tone="warn" title="Nothing is left">
              <p>{waitWords(customer) || stateLooks.out.meaning}</p>
              <LeastPayment customer={customer} />
            </Notice>
          )}
          {state === 'cut' && (
            <Notice tone="bad" title="The supply is cut">
              <LeastPayment customer={customer} />
            </Notice>
          )}
          {blocked && (
            <Notice tone="warn" title="An order to the meter could not be made">
              <p>{blocked}</p>
            </Notice>
          )}
          {trouble && (
            <Notice tone="bad" title="Usage could not be charged">
              <p>{trouble}</p>
            </Notice>
          )}
          <LedgerPanel agreement={agreement} />
          <StatementsPanel agreement={agreement} />
          <NoticesPanel agreement={agreement} />
        </div>
        <aside className="stack" style={{ gap: '0.75rem' }}>
          <Panel title="Left">
            <BalanceFigure customer={customer} />
          </Panel>
          <Panel title="About">
            <Facts facts={factsOf(customer)} />
          </Panel>
        </aside>
      </div>
    </>
  );
}

/** What puts the customer on again, or keeps the supply on. */
function LeastPayment({ customer: { leastPayment, currency, state } }: Props) {
  if (Number(leastPayment) === 0) return null;
  const end = state === 'cut' ? 'puts it on again' : 'keeps it on';
  return (
    <p>
      A payment of {formatMoney(leastPayment, currency)} {end}.
    </p>
  );
}

function BalanceFigure({ customer }: Props) {
  const { balance, currency, unitsLeft, unit, daysLeft } = customer;
  return (
    <div className="stack" style={{ gap: '0.25rem' }}>
      <output className="prepay-balance" aria-label="Balance" data-below={balance.startsWith('-')}>
        {formatMoney(balance, currency)}
      </output>
      {unitsLeft !== null && (
        <p>
          {formatCount(Math.floor(unitsLeft))} {unitText(unit ?? '')}
          {unitsLeft > 0 && daysLeft !== null && `, lasts ${daysWords(daysLeft)}`}
        </p>
      )}
      <p className="muted small">
        {customer.chargedThrough ? (
          <>
            Charged up to <Time at={customer.chargedThrough} />
          </>
        ) : (
          'No usage was charged yet'
        )}
      </p>
    </div>
  );
}

function factsOf(customer: PrepayCustomer): readonly Fact[] {
  const { currency, lent, debt, dailyUse, protection, meterId, serial } = customer;
  const some = (amount: string) => Number(amount) !== 0 && formatMoney(amount, currency);
  return [
    ['Since', <Time key="since" at={customer.since} />],
    ['A day costs', dailyUse && formatMoney(dailyUse, currency)],
    ['Lent', some(lent)],
    ['Old debt', some(debt)],
    ['Protection', protection],
    ['Protected until', customer.protectedUntil],
    ['Supply', customer.supply === 'disconnected' ? 'off' : 'on'],
    [
      'Meter',
      meterId && (
        <Link to="/meters/$meterId" params={{ meterId: String(meterId) }}>
          {serial}
        </Link>
      ),
    ],
    ['Usage point', customer.usagePoint],
    ['Policy', customer.policy],
    ['Prepay from', customer.validFrom],
    ['Prepay until', customer.validUntil],
  ];
}

type Open = 'pay' | 'protect' | 'debt' | 'refund';

function Actions({ customer }: { readonly customer: PrepayCustomer }) {
  const [open, setOpen] = useState<Open>();
  const mayWrite = useMay('prepay:write');
  const mayPay = useMay('prepay:vend');
  const close = () => setOpen(undefined);
  return (
    <>
      {mayWrite && (
        <>
          <Button onClick={() => setOpen('protect')}>
            {customer.protection ? 'Protection …' : 'Protect …'}
          </Button>
          <Button onClick={() => setOpen('debt')}>Add debt …</Button>
          <Button onClick={() => setOpen('refund')}>Refund …</Button>
        </>
      )}
      {mayPay && (
        <Button look="primary" icon="plus" onClick={() => setOpen('pay')}>
          Take a payment
        </Button>
      )}
      {open === 'pay' && <PaymentDialog customer={customer} onClose={close} />}
      {open === 'protect' && <ProtectDialog customer={customer} onClose={close} />}
      {open === 'debt' && <DebtDialog customer={customer} onClose={close} />}
      {open === 'refund' && <RefundDialog customer={customer} onClose={close} />}
    </>
  );
}
