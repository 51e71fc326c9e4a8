/** What people do with customers on prepay: take money, protect, take debt over, pay out. */
import type { PrepayCustomer, PrepayReceipt, PrepayReversalItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { newKey, send } from '../api.ts';
import { formatMoney } from '../lib/money.ts';
import { dayOf, dayText, startOf } from '../lib/zone.ts';
import { useSiteClock } from '../site.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AmountField, SelectField, TextField } from '../ui/field.tsx';
import { ReasonInput } from '../ui/reason-input.tsx';
import { useSending } from '../ui/use-sending.ts';
import { customerUrl, policiesQuery, prepayKeys, prepayUrl } from './queries.ts';

/** Of one customer: fewer digits than a bill may have. */
const smallAmount = { required: true, pattern: '[0-9]{1,7}(\\.[0-9]{1,2})?' } as const;
/** Where no policy is in force yet. */
const usualCurrency = 'EUR';

interface OfCustomer {
  readonly customer: PrepayCustomer;
  readonly onClose: () => void;
}

export function PaymentDialog(props: { readonly customer?: PrepayCustomer; readonly onClose: () => void }) {
  const { customer, onClose } = props;
  const [account, setAccount] = useState(customer?.agreement ?? '');
  const [amount, setAmount] = useState('');
  const [reference, setReference] = useState(() => `desk-${newKey().slice(0, 10)}`);
  const { data: policies = [] } = useQuery(policiesQuery);
  const used = policies.filter(({ inForce }) => inForce).map((one) => one.document.currency);
  const currencies = customer ? [customer.currency] : [...new Set(used)];
  const [chosen, setChosen] = useState('');
  const currency = chosen || (currencies[0] ?? usualCurrency);
  const action = useSending({
    send: () =>
      send<PrepayReceipt>('POST', `${prepayUrl}/payments`, {
        body: { account: account.trim(), amount, currency, reference: reference.trim() },
      }),
    keys: prepayKeys,
    say: ({ state, amount: taken }) =>
      state === 'allocated'
        ? [`${formatMoney(taken, currency)} is credited`, `Receipt ${reference}`]
        : ['Kept: nobody has this account', 'It is listed under Payments until somebody knows whose it is.'],
    onClose,
  });
  return (
    <Dialog title="Take a payment" onClose={onClose}>
      <DialogForm {...{ action, onClose }} what="take the payment" button="Take it" busy="Taking …">
        {customer ? (
          <p>
            {customer.customer}, account {customer.account}: {formatMoney(customer.balance, currency)} left.
          </p>
        ) : (
          <TextField
            label="Account or agreement"
            required
            data-first
            value={account}
            onChange={(e) => setAccount(e.target.value)}
          />
        )}
        {currencies.length > 1 && (
          <SelectField label="Currency" value={currency} onChange={(e) => setChosen(e.target.value)}>
            {currencies.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </SelectField>
        )}
        <AmountField
          {...smallAmount}
          label={`Amount, ${currency}`}
          data-first={customer !== undefined || undefined}
          value={amount}
          onValue={setAmount}
        />
        <TextField
          label="Reference"
          help="Of the receipt: the same one twice is one payment"
          required
          maxLength={200}
          value={reference}
          onChange={(e) => setReference(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

export function ProtectDialog({ customer, onClose }: OfCustomer) {
  const [protection, setProtection] = useState(customer.protection);
  const [until, setUntil] = useState(customer.protectedUntil ?? '');
  const [reason, setReason] = useState('');
  const action = useSending({
    send: () =>
      send('PUT', `${customerUrl(customer.agreement)}/protection`, {
        body: { protection: protection.trim(), until: until || null, reason },
        ifVersion: customer.version,
      }),
    keys: prepayKeys,
    say: protection.trim() ? 'Protected: nobody cuts this supply' : 'The protection is taken off',
    onClose,
  });
  return (
    <Dialog title="Never cut this customer" onClose={onClose}>
      <DialogForm {...{ action, onClose }} what="note the protection" button="Save" busy="Saving …">
        <TextField
          label="Why"
          help="Empty takes it off. Usage points marked critical or medical are protected anyway."
          maxLength={200}
          data-first
          value={protection}
          onChange={(e) => setProtection(e.target.value)}
        />
        <TextField
          label="Until"
          help="Empty: for good"
          type="date"
          value={until}
          onChange={(e) => setUntil(e.target.value)}
        />
        <ReasonInput value={reason} onValue={setReason} />
      </DialogForm>
    </Dialog>
  );
}

export function DebtDialog({ customer, onClose }: OfCustomer) {
  const [amount, setAmount] = useState('');
  const [reason, setReason] = useState('');
  const action = useSending({
    send: () => send('POST', `${customerUrl(customer.agreement)}/debts`, { body: { amount, reason } }),
    keys: prepayKeys,
    say: 'Taken over: a share of each payment pays it off',
    onClose,
  });
  return (
    <Dialog title="Take old debt over" onClose={onClose}>
      <DialogForm {...{ action, onClose }} what="take the debt over" button="Take it over">
        <AmountField
          {...smallAmount}
          label={`Amount, ${customer.currency}`}
          data-first
          value={amount}
          onValue={setAmount}
        />
        <ReasonInput value={reason} onValue={setReason} />
      </DialogForm>
    </Dialog>
  );
}

export function RefundDialog({ customer, onClose }: OfCustomer) {
  const [amount, setAmount] = useState('');
  const [reason, setReason] = useState('');
  const action = useSending({
    send: () =>
      send<PrepayReversalItem>('POST', `${customerUrl(customer.agreement)}/refunds`, {
        body: { amount, reason },
      }),
    keys: prepayKeys,
    say: ['Asked for', 'Another person approves it under Payments.'],
    onClose,
  });
  return (
    <Dialog title="Pay credit out" onClose={onClose}>
      <DialogForm {...{ action, onClose }} what="ask for the refund" button="Ask for it">
        <p>{formatMoney(customer.balance, customer.currency)} is left. Another person approves a refund.</p>
        <AmountField
          {...smallAmount}
          label={`Amount, ${customer.currency}`}
          data-first
          value={amount}
          onValue={setAmount}
        />
        <ReasonInput value={reason} onValue={setReason} />
      </DialogForm>
    </Dialog>
  );
}

export function EnrolDialog({ onClose }: { readonly onClose: () => void }) {
  const { data: policies = [] } = useQuery(policiesQuery);
  const { zone, nowMs } = useSiteClock();
  const codes = policies.filter(({ inForce }) => inForce).map(({ code }) => code);
  const [agreement, setAgreement] = useState('');
  const [chosen, setPolicy] = useState('');
  const [validFrom, setFrom] = useState(() => dayText(startOf('month', dayOf(zone, nowMs() / 1_000))));
  const policy = chosen || codes[0] || '';
  const action = useSending({
    send: () =>
      send<PrepayCustomer>('POST', `${prepayUrl}/agreements`, {
        body: { agreement: agreement.trim(), policy, validFrom },
      }),
    keys: prepayKeys,
    say: ({ customer }) => `${customer} pays first from ${validFrom} on`,
    onClose,
  });
  return (
    <Dialog title="Put an agreement on prepay" onClose={onClose}>
      <DialogForm
        {...{ action, onClose, ready: policy !== '' }}
        what="put it on prepay"
        button="Put on prepay"
        busy="Working …"
      >
        <TextField
          label="Agreement"
          required
          data-first
          value={agreement}
          onChange={(e) => setAgreement(e.target.value)}
        />
        <SelectField
          label="Policy"
          help={codes.length === 0 ? 'None is approved yet' : undefined}
          value={policy}
          onChange={(e) => setPolicy(e.target.value)}
        >
          {codes.map((code) => (
            <option key={code}>{code}</option>
          ))}
        </SelectField>
        <TextField
          label="From"
          help="The first day of a billing cycle that is not billed yet"
          type="date"
          required
          value={validFrom}
          onChange={(e) => setFrom(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}
