/** E-mail address and password. Pasting is allowed, and a password manager finds its fields. */
import { ApiError, send } from '@openami/console/api.ts';
import { Button } from '@openami/console/ui/button.tsx';
import { TextField } from '@openami/console/ui/field.tsx';
import { ErrorBox, Notice } from '@openami/console/ui/states.tsx';
import { type FormEvent, useState } from 'react';

export function SignInForm(props: { readonly onDone: () => Promise<void>; readonly email?: string }) {
  const [email, setEmail] = useState(props.email ?? '');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await send('POST', '/api/auth/sign-in/email', { body: { email, password } });
      await props.onDone();
    } catch (caught) {
      setError(caught);
    }
    setBusy(false);
  };
  return (
    <form className="form" onSubmit={submit}>
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
        autoComplete="current-password"
        required
        value={password}
        onChange={(e) => setPassword(e.target.value)}
      />
      {error !== undefined && <Refused error={error} />}
      <Button type="submit" look="primary" busy={busy && 'Signing in …'}>
        Sign in
      </Button>
    </form>
  );
}

function Refused({ error }: { readonly error: unknown }) {
  if (error instanceof ApiError && error.status === 401)
    return (
      <Notice tone="bad" role="alert" title="E-mail address or password is not right">
        <p className="muted">If you forgot it, ask your utility for a new code and register again.</p>
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
