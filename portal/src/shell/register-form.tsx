/** A login of account number and code, as they stand in the letter of the utility. */
import { send } from '@openami/console/api.ts';
import { Button } from '@openami/console/ui/button.tsx';
import { TextField } from '@openami/console/ui/field.tsx';
import { ErrorBox } from '@openami/console/ui/states.tsx';
import { type FormEvent, useState } from 'react';

const empty = { account: '', code: '', name: '', email: '', password: '' };

export function RegisterForm({ onDone }: { readonly onDone: (email: string) => void }) {
  const [values, setValues] = useState(empty);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const field = (name: keyof typeof empty) => ({
    ...{ name, required: true, value: values[name] },
    onChange: (e: { target: { value: string } }) => setValues({ ...values, [name]: e.target.value }),
  });
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await send('POST', '/api/v1/portal/register', { body: values });
      onDone(values.email);
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  return (
    <form className="form" onSubmit={submit}>
      <TextField
        label="Account number"
        help="It stands on every bill"
        autoComplete="off"
        {...field('account')}
      />
      <TextField
        label="Code from the letter"
        help="Sixteen letters and digits; capitals and dashes do not matter"
        autoComplete="one-time-code"
        minLength={12}
        {...field('code')}
      />
      <TextField label="Your name" autoComplete="name" maxLength={100} {...field('name')} />
      <TextField label="E-mail address" type="email" autoComplete="username" {...field('email')} />
      <TextField
        label="Choose a password"
        help="Twelve characters at least; a few words are easy to remember"
        type="password"
        autoComplete="new-password"
        minLength={12}
        maxLength={128}
        {...field('password')}
      />
      {error !== undefined && <ErrorBox error={error} what="make your login" />}
      <Button type="submit" look="primary" busy={busy && 'Making your login …'}>
        Make my login
      </Button>
    </form>
  );
}
