/** A login of account number and code, as they stand in the letter of the utility. */
import { send } from '@openami/console/api.ts';
import { Button } from '@openami/console/ui/button.tsx';
import { SendForm } from '@openami/console/ui/dialog-form.tsx';
import { TextField } from '@openami/console/ui/field.tsx';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';

const empty = { account: '', code: '', name: '', email: '', password: '' };

export function RegisterForm({ onDone }: { readonly onDone: (email: string) => void }) {
  const [values, setValues] = useState(empty);
  const action = useMutation({
    mutationFn: () => send('POST', '/api/v1/portal/register', { body: values }),
    onSuccess: () => onDone(values.email),
    networkMode: 'always',
  });
  const field = (name: keyof typeof empty) => ({
    ...{ name, required: true, value: values[name] },
    onChange: (e: { target: { value: string } }) => setValues({ ...values, [name]: e.target.value }),
  });
  return (
    <SendForm
      action={action}
      what="make your login"
      buttons={
        <Button type="submit" look="primary" busy={action.isPending && 'Making your login …'}>
          Make my login
        </Button>
      }
    >
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
    </SendForm>
  );
}
