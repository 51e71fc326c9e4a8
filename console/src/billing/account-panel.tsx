/** What an account has besides its bills: deposits, an even amount a bill, the way to the portal. */
import type {
  AccountEntryItem,
  BillDetail,
  BudgetPlanItem,
  DepositItem,
  Page,
} from '@openami/server/contract';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get, type Params, send } from '../api.ts';
import { cycleWords } from '../lib/bill-words.ts';
import { formatDay } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { isReason } from '../lib/reasons.ts';
import { addMonths, dayNumber, dayOf, dayText } from '../lib/zone.ts';
import { useMay } from '../shell/session.tsx';
import { useSiteClock } from '../site.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ConfirmDialog, DialogForm } from '../ui/dialog-form.tsx';
import { AmountField, TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { useSending } from '../ui/use-sending.ts';
import { EntryDecision } from './entry-decision.tsx';
import { InviteButton } from './invite-dialog.tsx';
import { billingKeys } from './queries.ts';

/** Of an account there are a few of each. */
const ofAccount = <T,>(path: string, account: string, more: Params = {}) =>
  queryOptions({
    queryKey: ['billing', path, account, more],
    queryFn: ({ signal }) => get<Page<T>>(`/api/v1/${path}`, { account, limit: 20, ...more }, signal),
  });

type Asked = 'budget' | 'deposit' | BudgetPlanItem | DepositItem;

export function AccountPanel({ bill }: { readonly bill: BillDetail }) {
  const plans = useQuery(ofAccount<BudgetPlanItem>('budget-plans', bill.account)).data?.items ?? [];
  const deposits = useQuery(ofAccount<DepositItem>('deposits', bill.account)).data?.items ?? [];
  const [asked, setAsked] = useState<Asked>();
  const may = useMay('billing:write') && bill.currency !== null;
  const live = plans.some(({ agreement, settled }) => agreement === bill.agreement && !settled);
  const close = () => setAsked(undefined);
  return (
    <Panel className="account-panel" title="The account" note={bill.account}>
      <div className="stack" style={{ gap: '0.5rem' }}>
        {plans.map((plan) => (
          <Plan key={plan.id} plan={plan} onEnd={may && !plan.ended ? () => setAsked(plan) : undefined} />
        ))}
        {deposits.map((one) => (
          <DepositLine
            key={one.id}
            deposit={one}
            onRefund={may && one.refundedOn === null ? () => setAsked(one) : undefined}
          />
        ))}
        {plans.length + deposits.length === 0 && (
          <p className="muted small">It pays what each bill comes to, and has no deposit.</p>
        )}
        <div className="row" style={{ gap: '0.5rem' }}>
          {may && !live && <Button onClick={() => setAsked('budget')}>Budget billing …</Button>}
          {may && <Button onClick={() => setAsked('deposit')}>Deposit …</Button>}
          <InviteButton account={bill.account} />
        </div>
      </div>
      {asked === 'budget' && <BudgetDialog bill={bill} onClose={close} />}
      {asked === 'deposit' && <DepositDialog bill={bill} onClose={close} />}
      {typeof asked === 'object' && 'bills' in asked && <EndDialog plan={asked} onClose={close} />}
      {typeof asked === 'object' && 'takenOn' in asked && <RefundDialog deposit={asked} onClose={close} />}
    </Panel>
  );
}

function Plan({ plan, onEnd }: { readonly plan: BudgetPlanItem; readonly onEnd: (() => void) | undefined }) {
  const { amount, currency, billed, bills, deferred, settled, ended, from } = plan;
  return (
    <div>
      <strong>{formatMoney(amount, currency)} a bill</strong>{' '}
      {settled ? <Badge>Settled</Badge> : ended && <Badge tone="warn">Settled with the next bill</Badge>}
      <div className="muted small">
        Budget billing from {formatDay(from, 'long')}: {billed} of {bills} bills
        {!settled && `, ${formatMoney(deferred, currency, true)} deferred`}.
      </div>
      {!settled && onEnd && <Button onClick={onEnd}>End it …</Button>}
    </div>
  );
}

function DepositLine(props: { readonly deposit: DepositItem; readonly onRefund: (() => void) | undefined }) {
  const { amount, currency, interestPercent, takenOn, refundedOn, reason, state, refund, id } = props.deposit;
  const isPending = state === 'pending' || refund === 'pending';
  return (
    <div>
      <strong>Deposit of {formatMoney(amount, currency)}</strong>{' '}
      {isPending && <Badge tone="warn">{refund ? 'To be given back' : 'Pending'}</Badge>}
      {state === 'refused' && <Badge>Refused</Badge>}
      {refund !== null && refund !== 'pending' && <Badge>Given back</Badge>}
      <div className="muted small">
        {interestPercent} % a year, from {formatDay(takenOn, 'long')}
        {refundedOn && ` to ${formatDay(refundedOn, 'long')}`}: {reason}
      </div>
      {isPending && <PendingEntry deposit={id} account={props.deposit.account} />}
      {state === 'billed' && props.onRefund && <Button onClick={props.onRefund}>Give it back …</Button>}
    </div>
  );
}

/** What another person decides of a deposit. */
function PendingEntry({ deposit, account }: { readonly deposit: number; readonly account: string }) {
  const { data } = useQuery(ofAccount<AccountEntryItem>('account-entries', account, { state: 'pending' }));
  const entry = data?.items.find((one) => one.deposit === deposit);
  return entry && <EntryDecision entry={entry} keys={billingKeys} />;
}

/** What came of asking for a deposit. */
const askedWords = ({ state }: DepositItem) =>
  state === 'pending' ? 'Another person decides it' : 'The next bill asks for it';

interface AccountDialog {
  readonly bill: BillDetail;
  readonly onClose: () => void;
}

function BudgetDialog({ bill, onClose }: AccountDialog) {
  const [amount, setAmount] = useState('');
  const [bills, setBills] = useState('12');
  const next = dayText(addMonths(dayNumber(bill.cycleFrom), 1));
  const action = useSending({
    send: () =>
      send<BudgetPlanItem>('POST', '/api/v1/budget-plans', {
        body: {
          ...{ agreement: bill.agreement, from: next, bills: Number(bills), currency: bill.currency },
          ...(amount && { amount }),
        },
      }),
    ...{ keys: billingKeys, say: 'The next bills ask for an even amount', onClose },
  });
  return (
    <Dialog title="Ask for an even amount" onClose={onClose}>
      <DialogForm {...{ action, onClose }} what="start it" button="Start it">
        <p>
          From {cycleWords(next, dayText(addMonths(dayNumber(next), 1)))} on. Each bill still says what it
          really comes to; the last one of the plan settles the difference.
        </p>
        <AmountField
          label={`Amount a bill, ${bill.currency}`}
          data-first
          help="Empty: the mean of the bills of the last year"
          value={amount}
          onValue={setAmount}
        />
        <TextField
          {...{ label: 'Bills until it is settled', type: 'number', min: 2, max: 24, required: true }}
          value={bills}
          onChange={(e) => setBills(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

function useToday(): string {
  const { zone, nowMs } = useSiteClock();
  return dayText(dayOf(zone, nowMs() / 1_000));
}

function DepositDialog({ bill, onClose }: AccountDialog) {
  const takenOn = useToday();
  const [amount, setAmount] = useState('');
  const [interestPercent, setInterest] = useState('0');
  const [reason, setReason] = useState('');
  const { account, currency } = bill;
  const action = useSending({
    send: () =>
      send<DepositItem>('POST', '/api/v1/deposits', {
        body: { account, currency, amount, interestPercent, takenOn, reason: reason.trim() },
      }),
    ...{ keys: billingKeys, say: askedWords, onClose },
  });
  return (
    <Dialog title="Ask for a deposit" onClose={onClose}>
      <DialogForm
        {...{ action, onClose }}
        what="ask for it"
        button="Ask for it"
        ready={Number(amount) > 0 && isReason(reason)}
      >
        <p>It stands on the next bill of account {account}; a large one once another person agreed.</p>
        <AmountField label={`Amount, ${currency}`} data-first required value={amount} onValue={setAmount} />
        <TextField
          {...{ label: 'Interest, % a year', inputMode: 'decimal', pattern: '[0-9]{1,2}(\\.[0-9]{1,4})?' }}
          help="From today to the day it is given back"
          required
          value={interestPercent}
          onChange={(e) => setInterest(e.target.value)}
        />
        <TextField
          {...{ label: 'Why', required: true, maxLength: 500 }}
          value={reason}
          onChange={(e) => setReason(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

function EndDialog({ plan, onClose }: { readonly plan: BudgetPlanItem; readonly onClose: () => void }) {
  const action = useSending({
    send: () => send<BudgetPlanItem>('POST', `/api/v1/budget-plans/${plan.id}/end`),
    ...{ keys: billingKeys, say: 'The next bill settles it', onClose },
  });
  return (
    <ConfirmDialog {...{ action, onClose }} title="End budget billing?" what="end it" button="End it">
      The next bill comes to what it really is, with {formatMoney(plan.deferred, plan.currency, true)} that
      was deferred so far.
    </ConfirmDialog>
  );
}

function RefundDialog({ deposit, onClose }: { readonly deposit: DepositItem; readonly onClose: () => void }) {
  const on = useToday();
  const action = useSending({
    send: () => send<DepositItem>('POST', `/api/v1/deposits/${deposit.id}/refund`, { body: { on } }),
    ...{ keys: billingKeys, say: 'Another person decides it', onClose },
  });
  return (
    <ConfirmDialog
      {...{ action, onClose, look: 'primary' }}
      title="Give the deposit back?"
      what="give it back"
      button="Give it back"
    >
      Once another person agrees, {formatMoney(deposit.amount, deposit.currency)} with its interest up to
      today stand on the next bill of account {deposit.account}.
    </ConfirmDialog>
  );
}
