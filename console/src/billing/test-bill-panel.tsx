/** A test bill: an account and a month on a tariff that may not be stored yet. Nothing of it is kept. */
import type { AccountItem, TestBill } from '@openami/server/contract';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { getItems } from '../api.ts';
import { cycleWords, problemWords } from '../lib/bill-words.ts';
import { formatCounted } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { cycleStarts } from '../lib/run-form.ts';
import { dayOf } from '../lib/zone.ts';
import { useMay } from '../shell/session.tsx';
import { useSiteClock } from '../site.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { ErrorBox, Notice } from '../ui/states.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { LineTable } from './line-table.tsx';
import { testBillQuery } from './queries.ts';

const accountsQuery = (q: string) =>
  queryOptions({
    queryKey: ['accounts', q],
    queryFn: ({ signal }) => getItems<AccountItem>('/api/v1/accounts', { q, limit: 20 }, signal),
    staleTime: 60_000,
  });

export function TestBillPanel(props: {
  /** A stored tariff by its code; a document goes before it. */
  readonly tariff?: string;
  readonly document?: Readonly<Record<string, unknown>>;
  /** The text cannot be rated as it stands. */
  readonly broken?: boolean;
}) {
  const { zone, known, nowMs } = useSiteClock();
  const months = cycleStarts(1, known ? dayOf(zone, nowMs() / 1_000) : 0);
  const [account, setAccount] = useState('');
  const [month, setMonth] = useState<string>();
  const { from, to } = months.find((one) => one.from === month) ?? months.find(({ over }) => over)!;
  const wanted = useSettled(account.trim());
  const content = props.document ? { document: props.document } : { tariff: props.tariff };
  const ready = known && wanted !== '' && !props.broken;
  const query = useQuery({ ...testBillQuery({ account: wanted, from, to, ...content }), enabled: ready });
  return (
    <Panel flush title="Test bill" note="nothing of it is kept">
      <div className="stack pad" style={{ gap: '0.75rem' }}>
        <div className="option-grid">
          <AccountField value={account} onChange={setAccount} />
          <SelectField label="Month" value={from} onChange={(e) => setMonth(e.target.value)}>
            {months.map((one) => (
              <option key={one.from} value={one.from}>
                {cycleWords(one.from, one.to)}
              </option>
            ))}
          </SelectField>
        </div>
        {wanted === '' && !props.broken && (
          <p className="muted">Name an account: its bill on this tariff is shown as you write.</p>
        )}
        {props.broken && <p className="muted">The bill comes back once the tariff is mended.</p>}
        {ready && query.error && <ErrorBox error={query.error} what="make a test bill" />}
      </div>
      {ready && !query.error && query.data && (
        <Result bill={query.data} stale={query.isPlaceholderData || query.isFetching} />
      )}
    </Panel>
  );
}

function AccountField(props: { readonly value: string; readonly onChange: (value: string) => void }) {
  const id = useId();
  const may = useMay('customers:read');
  const q = useSettled(props.value.trim());
  const { data = [] } = useQuery({ ...accountsQuery(q), enabled: may });
  return (
    <>
      <TextField
        label="Account"
        list={id}
        autoComplete="off"
        maxLength={200}
        value={props.value}
        onChange={(e) => props.onChange(e.target.value)}
      />
      <datalist id={id}>
        {data.map(({ number, name }) => (
          <option key={number} value={number}>
            {name}
          </option>
        ))}
      </datalist>
    </>
  );
}

function Result({ bill, stale }: { readonly bill: TestBill; readonly stale: boolean }) {
  if (!bill.ok) {
    return (
      <Notice tone="warn" title="The tariff cannot be rated yet">
        <ul className="plain-list">
          {bill.faults.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              {path && <code>{path}</code>} {message}
            </li>
          ))}
        </ul>
      </Notice>
    );
  }
  if (bill.bills.length === 0)
    return <p className="muted pad">The account has no agreement in this month.</p>;
  return (
    <div className="stack test-bills" style={{ gap: '0.75rem' }} aria-busy={stale} data-stale={stale}>
      {bill.bills.map((each) => (
        <section key={each.agreement} aria-label={`Bill of agreement ${each.agreement}`}>
          <p className="bill-total pad" role="status">
            <strong>{formatMoney(each.total, each.currency)}</strong>{' '}
            <span className="muted">
              agreement {each.agreement}, {formatCounted(each.lines.length, 'line')}
            </span>
          </p>
          {problemWords(each.problems).map((words) => (
            <p key={words} className="small pad problem">
              {words}
            </p>
          ))}
          <LineTable
            label={`Lines of agreement ${each.agreement}`}
            lines={each.lines}
            currency={each.currency}
          />
          <p className="bill-sum">
            <span>Total</span>
            <strong>{formatMoney(each.total, each.currency)}</strong>
          </p>
        </section>
      ))}
    </div>
  );
}
