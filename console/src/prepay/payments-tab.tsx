/** Payments: those that wait until somebody knows whose they are, those taken back, and all. */
import type { PrepayPaymentItem, PrepayReversalItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatWord } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { ReasonInput } from '../ui/reason-input.tsx';
import { Empty, type Tone } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useSending } from '../ui/use-sending.ts';
import { paymentsQuery, prepayKeys, prepayUrl, reversalsQuery } from './queries.ts';
import { CustomerLink } from './words.tsx';

export function PaymentsTab() {
  return (
    <>
      <ReversalsPanel />
      <PaymentsPanel />
    </>
  );
}

const tones: Readonly<Record<string, Tone>> = {
  ...{ allocated: 'good', unallocated: 'warn', reversed: 'neutral' },
  ...{ proposed: 'warn', approved: 'good', rejected: 'neutral' },
};

type Asked = { readonly payment: PrepayPaymentItem; readonly what: 'allocate' | 'reversals' };

function PaymentsPanel() {
  const [state, setState] = useState('');
  const [asked, setAsked] = useState<Asked>();
  const query = useInfiniteQuery(paymentsQuery({ state }));
  const mayWrite = useMay('prepay:write');
  const buttons: Column<PrepayPaymentItem> = {
    ...{ name: 'Actions', quiet: true },
    cell: (payment) => {
      if (payment.state === 'reversed') return null;
      const what = payment.state === 'unallocated' ? 'allocate' : 'reversals';
      return (
        <Button
          aria-label={`${what === 'allocate' ? 'Credit' : 'Take back'} ${payment.reference}`}
          onClick={() => setAsked({ payment, what })}
        >
          {what === 'allocate' ? 'Credit …' : 'Take back …'}
        </Button>
      );
    },
  };
  return (
    <Panel flush title="Payments" note="the newest first">
      <div className="filters">
        <select className="input" aria-label="State" value={state} onChange={(e) => setState(e.target.value)}>
          <option value="">Every state</option>
          <option value="unallocated">Nobody known yet</option>
          <option value="allocated">Credited</option>
          <option value="reversed">Taken back</option>
        </select>
      </div>
      <Paged query={query} what="payments">
        {(rows) => (
          <DataTable
            label="Payments"
            columns={mayWrite ? [...paymentColumns, buttons] : paymentColumns}
            rows={rows}
            rowKey={({ id }) => id}
            empty={<Empty icon="wallet" title="No payment is like this" />}
          />
        )}
      </Paged>
      {asked && <AskDialog {...asked} onClose={() => setAsked(undefined)} />}
    </Panel>
  );
}

const paymentColumns: readonly Column<PrepayPaymentItem>[] = [
  { name: 'Time', oneLine: true, cell: ({ receivedAt }) => <Time at={receivedAt} /> },
  {
    name: 'For',
    cell: ({ agreement, account }) =>
      agreement === null ? <code>{account}</code> : <CustomerLink agreement={agreement} />,
  },
  {
    name: 'Taken by',
    cell: ({ vendor, reference }) => (
      <>
        {vendor} <span className="muted small">{reference}</span>
      </>
    ),
  },
  {
    name: 'State',
    cell: ({ state }) => (
      <Badge tone={tones[state]}>
        {state === 'unallocated' ? 'Nobody known yet' : state === 'allocated' ? 'Credited' : 'Taken back'}
      </Badge>
    ),
  },
  {
    ...{ name: 'Amount', num: true, oneLine: true },
    cell: ({ amount, currency }) => formatMoney(amount, currency),
  },
];

function AskDialog({ payment, what, onClose }: Asked & { readonly onClose: () => void }) {
  const [agreement, setAgreement] = useState('');
  const [reason, setReason] = useState('');
  const isCredit = what === 'allocate';
  const action = useSending({
    send: () =>
      send('POST', `${prepayUrl}/payments/${payment.id}/${what}`, {
        body: isCredit ? { agreement: agreement.trim(), reason } : { reason },
      }),
    keys: prepayKeys,
    say: isCredit ? 'Credited' : ['Asked for', 'Another person approves it.'],
    onClose,
  });
  return (
    <Dialog title={isCredit ? 'Credit this payment' : 'Take this payment back'} onClose={onClose}>
      <DialogForm
        {...{ action, onClose }}
        what={isCredit ? 'credit it' : 'ask for it'}
        button={isCredit ? 'Credit it' : 'Ask for it'}
      >
        <p>
          {formatMoney(payment.amount, payment.currency)} of {payment.vendor}, reference {payment.reference},
          for account {payment.account}.
        </p>
        {isCredit && (
          <TextField
            label="Agreement"
            required
            data-first
            value={agreement}
            onChange={(e) => setAgreement(e.target.value)}
          />
        )}
        <ReasonInput value={reason} onValue={setReason} />
      </DialogForm>
    </Dialog>
  );
}

function ReversalsPanel() {
  const query = useInfiniteQuery(reversalsQuery);
  const mayApprove = useMay('prepay:approve');
  const buttons: Column<PrepayReversalItem> = {
    ...{ name: 'Decision', quiet: true },
    cell: (reversal) => reversal.state === 'proposed' && <Decide reversal={reversal} />,
  };
  if (query.data?.pages[0]?.total === 0) return null;
  return (
    <Panel flush title="Taken back and paid out" note="asked by one person, approved by another">
      <Paged query={query} what="reversals">
        {(rows) => (
          <DataTable
            label="Taken back and paid out"
            columns={mayApprove ? [...reversalColumns, buttons] : reversalColumns}
            rows={rows}
            rowKey={({ id }) => id}
            empty={<Empty icon="check" title="None" />}
          />
        )}
      </Paged>
    </Panel>
  );
}

const reversalColumns: readonly Column<PrepayReversalItem>[] = [
  {
    name: 'What',
    cell: ({ kind, payment, agreement }) => (
      <>
        {kind === 'refund' ? 'Refund' : `Payment ${payment}`}{' '}
        {agreement && <CustomerLink agreement={agreement} />}
      </>
    ),
  },
  { name: 'Why', cell: ({ reason }) => reason },
  { name: 'State', cell: ({ state }) => <Badge tone={tones[state]}>{formatWord(state)}</Badge> },
  {
    name: 'Asked',
    cell: ({ requestedAt, requestedBy }) => (
      <>
        <Time at={requestedAt} /> <span className="muted small">by {requestedBy}</span>
      </>
    ),
  },
  {
    ...{ name: 'Amount', num: true, oneLine: true },
    cell: ({ amount, currency }) => formatMoney(amount, currency),
  },
];

function Decide({ reversal }: { readonly reversal: PrepayReversalItem }) {
  const decide = (word: 'approve' | 'reject') => ({
    send: () => send('POST', `${prepayUrl}/reversals/${reversal.id}/${word}`),
    keys: prepayKeys,
    what: `${word} it`,
    say: word === 'approve' ? 'Approved and posted' : 'Rejected',
  });
  const approve = useSending(decide('approve'));
  const reject = useSending(decide('reject'));
  return (
    <div className="row">
      {reversal.mine ? (
        <span className="muted small">You asked for it: another person approves.</span>
      ) : (
        <Button busy={approve.isPending && 'Approving …'} onClick={() => approve.mutate()}>
          Approve
        </Button>
      )}
      <Button busy={reject.isPending && 'Rejecting …'} onClick={() => reject.mutate()}>
        Reject
      </Button>
    </div>
  );
}
