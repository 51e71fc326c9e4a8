/** Who is signed in; before anybody is: the page to sign in, or to register with a code. */
import { ApiError, onSignedOut, send } from '@openami/console/api.ts';
import { SignInForm } from '@openami/console/shell/sign-in-form.tsx';
import { Dialog } from '@openami/console/ui/dialog.tsx';
import { Empty, ErrorBox, Loading, Notice } from '@openami/console/ui/states.tsx';
import type { Me } from '@openami/server/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { meQuery } from '../queries.ts';
import { RegisterForm } from './register-form.tsx';

/** Ends the session here and on the server. */
export async function signOut(): Promise<void> {
  await send('POST', '/api/auth/sign-out', { body: {} });
  location.assign('/portal/');
}

export function SessionGate({ children }: { readonly children: ReactNode }) {
  const me = useQuery(meQuery);
  const client = useQueryClient();
  const [last, setLast] = useState<Me>();
  const [ended, setEnded] = useState(false);
  useEffect(() => onSignedOut(() => setEnded(true)), []);
  useEffect(() => {
    if (me.data) setLast(me.data);
  }, [me.data]);
  const known = me.data ?? last;
  const back = async () => {
    const now = await client.fetchQuery({ ...meQuery, staleTime: 0 });
    // another person on the same device sees nothing of what was loaded before
    if (known && now.user?.id !== known.user?.id) return location.assign('/portal/');
    setEnded(false);
    await client.invalidateQueries();
  };
  if (known && known.user?.role !== 'customer') return <NoCustomer />;
  if (known)
    return (
      <>
        {children}
        {ended && (
          <Dialog title="Please sign in again" closable={false} onClose={() => undefined}>
            <p>You were away for a while. Sign in to go on where you were.</p>
            <SignInForm onDone={back} email={known.user?.email} forgotten={forgotten} />
          </Dialog>
        )}
      </>
    );
  if (me.error instanceof ApiError && me.error.status === 401) return <SignInPage onDone={back} />;
  if (me.error)
    return (
      <main className="signin">
        <ErrorBox error={me.error} what="reach the server" onRetry={() => void me.refetch()} />
      </main>
    );
  return <Loading what="your page" />;
}

/** People of the utility have a console of their own. */
function NoCustomer() {
  return (
    <main className="signin">
      <Empty title="These pages are for customers">
        You are signed in for the utility. <a href="/">Open the console</a>, or{' '}
        <button type="button" className="link-button" onClick={() => void signOut()}>
          sign out
        </button>{' '}
        to sign in as a customer.
      </Empty>
    </main>
  );
}

const forgotten = 'If you forgot it, ask your utility for a new code and register again.';

function SignInPage({ onDone }: { readonly onDone: () => Promise<void> }) {
  const [isNew, setNew] = useState(false);
  const [made, setMade] = useState<string>();
  return (
    <main className="signin">
      <div className="signin-card">
        <div className="brand">
          <img src="/icon.svg" alt="" />
          Your energy and water
        </div>
        <h1>{isNew ? 'Your first time here' : 'Sign in'}</h1>
        {made && !isNew && (
          <Notice tone="good" role="status" title="Your login is ready">
            <p>Sign in with your e-mail address and the password you chose.</p>
          </Notice>
        )}
        {isNew ? (
          <RegisterForm
            onDone={(email) => {
              setMade(email);
              setNew(false);
            }}
          />
        ) : (
          <SignInForm key={made} onDone={onDone} email={made} forgotten={forgotten} />
        )}
        <p className="signin-switch">
          <button type="button" className="link-button" onClick={() => setNew(!isNew)}>
            {isNew ? 'I have a login: sign in' : 'First time here? Use the code from your letter'}
          </button>
        </p>
      </div>
    </main>
  );
}
