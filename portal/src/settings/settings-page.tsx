/** The own login, accounts, data and appearance. */
import { send } from '@openami/console/api.ts';
import { dayNumber, dayText } from '@openami/console/lib/zone.ts';
import { setTheme, type Theme, useTheme } from '@openami/console/shell/theme.ts';
import { Button, Segmented } from '@openami/console/ui/button.tsx';
import { SendForm } from '@openami/console/ui/dialog-form.tsx';
import { SelectField, TextField } from '@openami/console/ui/field.tsx';
import { Panel } from '@openami/console/ui/panel.tsx';
import { toast } from '@openami/console/ui/toast.tsx';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { dateOf } from '../lib/usage-view.ts';
import { usePoint } from '../shell/point.tsx';
import { signOut } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';

export function SettingsPage() {
  useTitle('Settings');
  const { my } = usePoint();
  const theme = useTheme();
  return (
    <div className="stack">
      <h1>Settings</h1>
      <Panel title="You">
        <p>
          {my.name}, {my.email}
        </p>
        <p className="muted">
          {my.accounts.length === 1 ? 'Account' : 'Accounts'}{' '}
          {my.accounts.map(({ number }) => number).join(', ')}
        </p>
        <Button icon="out" onClick={() => void signOut()}>
          Sign out
        </Button>
      </Panel>
      <Download />
      <AddAccount />
      <Password />
      <Panel title="Appearance" note="numbers and dates are in English, as your browser writes it">
        <Segmented<Theme>
          label="Appearance"
          value={theme}
          options={[
            { value: 'system', label: 'As my device' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
          onChange={setTheme}
        />
      </Panel>
    </div>
  );
}

function Download() {
  const { my, point } = usePoint();
  const today = dateOf({ start: my.now }, point.zone);
  const [from, setFrom] = useState(`${Number(today.slice(0, 4)) - 1}${today.slice(4, 8)}01`);
  const [last, setLast] = useState(today);
  const [kind, setKind] = useState('csv');
  // the server is asked for the days before `to`
  const to = last === '' ? '' : dayText(dayNumber(last) + 1);
  const address = `/api/v1/my/points/${point.id}/readings?${new URLSearchParams({ format: kind, from, to })}`;
  return (
    <Panel title="Your data">
      <div className="form">
        <TextField label="From" type="date" required value={from} onChange={(e) => setFrom(e.target.value)} />
        <TextField
          label="Last day"
          type="date"
          required
          value={last}
          onChange={(e) => setLast(e.target.value)}
        />
        <SelectField label="As" value={kind} onChange={(e) => setKind(e.target.value)}>
          <option value="csv">Table (CSV)</option>
          <option value="greenbutton">Green Button (XML)</option>
        </SelectField>
        <p>
          <a className="button" href={address} download>
            Download my readings
          </a>
        </p>
      </div>
    </Panel>
  );
}

function AddAccount() {
  const [account, setAccount] = useState('');
  const [code, setCode] = useState('');
  const client = useQueryClient();
  const sending = useMutation({
    mutationFn: () => send('POST', '/api/v1/my/accounts', { body: { account, code } }),
    onSuccess: async () => {
      setAccount('');
      setCode('');
      await client.invalidateQueries({ queryKey: ['my'] });
      toast('good', 'The account was added');
    },
  });
  return (
    <Panel title="Another account">
      <SendForm
        action={sending}
        what="add the account"
        buttons={
          <Button type="submit" busy={sending.isPending && 'Adding …'}>
            Add the account
          </Button>
        }
      >
        <TextField
          label="Account number"
          required
          value={account}
          onChange={(e) => setAccount(e.target.value)}
        />
        <TextField
          label="Code from the letter"
          autoComplete="one-time-code"
          minLength={12}
          required
          value={code}
          onChange={(e) => setCode(e.target.value)}
        />
      </SendForm>
    </Panel>
  );
}

function Password() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const sending = useMutation({
    mutationFn: () =>
      send('POST', '/api/auth/change-password', {
        body: { currentPassword: current, newPassword: next, revokeOtherSessions: true },
      }),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      toast('good', 'Your password was changed', 'Other devices have to sign in again.');
    },
  });
  return (
    <Panel title="Password">
      <SendForm
        action={sending}
        what="change your password"
        buttons={
          <Button type="submit" busy={sending.isPending && 'Changing …'}>
            Change my password
          </Button>
        }
      >
        <TextField
          label="Your password now"
          type="password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(e) => setCurrent(e.target.value)}
        />
        <TextField
          label="New password"
          help="Twelve characters at least"
          type="password"
          autoComplete="new-password"
          minLength={12}
          maxLength={128}
          required
          value={next}
          onChange={(e) => setNext(e.target.value)}
        />
      </SendForm>
    </Panel>
  );
}
