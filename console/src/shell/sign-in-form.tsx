/** E-mail address and password. Pasting is allowed, and a password manager finds its fields. */
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ApiError, send } from '../api.ts';
import { Button } from '../ui/button.tsx';
import { SendForm } from '../ui/dialog-form.tsx';
import { TextField } from '../ui/field.tsx';
import { ErrorBox, Notice } from '../ui/states.tsx';

export function SignInForm(props: {
  readonly onDone: () => Promise<void>;
  /** Known already: the password comes first then. */
  readonly email?: string;
  /** What to do without the password. */
  readonly forgotten: ReactNode;
}) {
  const [email, setEmail] = useState(props.email ?? '');
  const [password, setPassword] = useState('');
  const action = useMutation({
    mutationFn: () => send('POST', '/api/auth/sign-in/email', { body: { email, password } }),
    onSuccess: props.onDone,
    networkMode: 'always',
  });
  return (
    <SendForm
      action={action}
      refused={<Refused error={action.error} forgotten={props.forgotten} />}
      buttons={
        <Button type="submit" look="primary" busy={action.isPending && 'Signing in …'}>
          Sign in
        </Button>
      }
    >
      <TextField
        label="E-mail address"
        type="email"
        name="email"
        autoComplete="username"
        required
        value={email}
        onChange={(e) => setEmail(e.target.value)}
      />
      <TextField
        label="Password"
        type="password"
        name="password"
        data-first={props.email ? true : undefined}
        autoComplete="current-password"
        required
        value={password}
        onChange={(e) => setPassword(e.target.value)}
      />
    </SendForm>
  );
}

function Refused({ error, forgotten }: { readonly error: unknown; readonly forgotten: ReactNode }) {
  if (error instanceof ApiError && error.status === 401)
    return (
      <Notice tone="bad" role="alert" title="E-mail address or password is not right">
        <p className="muted">{forgotten}</p>
      </Notice>
    );
  if (error instanceof ApiError && error.status === 429)
    return (
      <Notice tone="warn" role="alert" title="Too many attempts">
        <p className="muted">Wait a minute, then try again.</p>
      </Notice>
    );
  return <ErrorBox error={error} what="sign in" />;
}
