/** Opens a dispute of an issued bill: what the customer says, and how much of it is in dispute. */
import type { BillItem, DisputeDetail, DisputeItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { send } from '../api.ts';
import { billsQuery } from '../billing/queries.ts';
import { cycleWords } from '../lib/bill-words.ts';
import { reasonWords } from '../lib/dispute-words.ts';
import { formatMoney } from '../lib/money.ts';
import { isReason } from '../lib/reasons.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AreaField, Check, SelectField, TextField } from '../ui/field.tsx';
import { useSending } from '../ui/use-sending.ts';
import { useSettled } from '../ui/use-settled.ts';
import { disputeKeys } from './queries.ts';

type Reason = DisputeItem['reason'];

export function OpenDialog(props: { readonly bill?: BillItem; readonly onClose: () => void }) {
  const navigate = useNavigate();
  const [chosen, setChosen] = useState(props.bill);
  const [reason, setReason] = useState<Reason>('high-bill');
  const [words, setWords] = useState('');
  const [amount, setAmount] = useState('');
  const [holdDunning, setHold] = useState(true);
  const open = useSending({
    send: () =>
      send<DisputeDetail>('POST', '/api/v1/disputes', {
        body: { bill: chosen!.id, reason, words: words.trim(), holdDunning, ...(amount && { amount }) },
      }),
    keys: disputeKeys,
    say: 'The case is open, and its evidence is kept',
    onClose: ({ id }) => void navigate({ to: '/disputes/$disputeId', params: { disputeId: String(id) } }),
  });
  return (
    <Dialog wide title="Open a dispute" onClose={props.onClose}>
      <DialogForm
        action={open}
        what="open the dispute"
        button="Open it"
        busy="Gathering the evidence …"
        ready={chosen !== undefined && isReason(words)}
        onClose={props.onClose}
      >
        {props.bill ? <BillWords bill={props.bill} /> : <BillChoice onChoose={setChosen} />}
        <div className="option-grid">
          <SelectField
            label="What is wrong"
            data-first={props.bill !== undefined || undefined}
            value={reason}
            onChange={(e) => setReason(e.target.value as Reason)}
          >
            {Object.entries(reasonWords).map(([code, text]) => (
              <option key={code} value={code}>
                {text}
              </option>
            ))}
          </SelectField>
          <TextField
            label="Amount in dispute"
            help={
              chosen ? `Empty: all of it, ${formatMoney(chosen.total, chosen.currency)}` : 'Empty: all of it'
            }
            inputMode="decimal"
            pattern="[0-9]{1,12}(\.[0-9]{1,6})?"
            value={amount}
            onChange={(e) => setAmount(e.target.value)}
          />
        </div>
        <AreaField
          label="What the customer says"
          help="It is kept as it is written"
          rows={3}
          required
          maxLength={4_000}
          value={words}
          onChange={(e) => setWords(e.target.value)}
        />
        <Check
          label="Do not ask for this amount while the case lasts"
          checked={holdDunning}
          onChange={setHold}
        />
      </DialogForm>
    </Dialog>
  );
}

function BillWords({ bill }: { readonly bill: BillItem }) {
  const cycle = cycleWords(bill.cycleFrom, bill.cycleTo);
  return (
    <p>
      Bill {bill.id} of {cycle}, account {bill.account}, {bill.customer}:{' '}
      <strong>{formatMoney(bill.total, bill.currency)}</strong>.
    </p>
  );
}

/** An account by its number, then one of its issued bills. */
function BillChoice({ onChoose }: { readonly onChoose: (bill: BillItem | undefined) => void }) {
  const [account, setAccount] = useState('');
  const settled = useSettled(account.trim(), 300);
  const query = useInfiniteQuery({
    ...billsQuery({ account: settled, state: 'issued' }, 24),
    enabled: settled !== '',
  });
  const bills = (query.data?.pages.flatMap(({ items }) => items) ?? []).filter(
    ({ kind }) => kind !== 'reversal',
  );
  return (
    <div className="option-grid">
      <TextField
        label="Account"
        data-first
        required
        value={account}
        onChange={(e) => {
          setAccount(e.target.value);
          onChoose(undefined);
        }}
      />
      <SelectField
        label="Bill"
        key={settled}
        required
        defaultValue=""
        help={
          settled !== '' && query.isSuccess && bills.length === 0
            ? 'The account has no issued bill'
            : undefined
        }
        onChange={(e) => onChoose(bills.find(({ id }) => String(id) === e.target.value))}
      >
        <option value="">Choose one</option>
        {bills.map((bill) => (
          <option key={bill.id} value={bill.id}>
            {bill.id}, {cycleWords(bill.cycleFrom, bill.cycleTo)}, {formatMoney(bill.total, bill.currency)}
          </option>
        ))}
      </SelectField>
    </div>
  );
}
