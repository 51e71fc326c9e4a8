/**
 * Who is signed in. Before anybody is: the sign-in page. When a session ends while a page is open: a
 * dialog over it, so that nothing typed or filtered is lost.
 */
import type { Me } from '@openami/server/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { ApiError, onSignedOut, send } from '../api.ts';
import { retryLive, startLive, stopLive } from '../live.ts';
import { meQuery } from '../queries.ts';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorBox, Loading } from '../ui/states.tsx';
import { SignInForm } from './sign-in-form.tsx';

const SessionContext = createContext<Me | undefined>(undefined);

/** The signed-in person or token, and what they may do. */
export function useSession(): Me {
  const me = useContext(SessionContext);
  if (!me) throw new Error('useSession outside of SessionGate');
  return me;
}

/** True where the signed-in person may do `permission`, e.g. `imports:write`. */
export function useMay(permission: string): boolean {
  return useSession().permissions.includes(permission);
}

/** Ends the session here and on the server. */
export async function signOut(): Promise<void> {
  await send('POST', '/api/auth/sign-out', { body: {} });
  stopLive();
  location.assign('/');
}

export function SessionGate({ children }: { readonly children: ReactNode }) {
  const me = useQuery(meQuery);
  const client = useQueryClient();
  const [ended, setEnded] = useState(false);
  const [last, setLast] = useState<Me>();
  useEffect(() => onSignedOut(() => setEnded(true)), []);
  useEffect(() => {
    if (!me.data) return;
    setLast(me.data);
    if (me.data.user?.role !== 'customer') startLive();
  }, [me.data]);
  const back = async () => {
    setEnded(false);
    retryLive();
    await client.invalidateQueries();
  };
  const known = me.data ?? last;
  const isCustomer = known?.user?.role === 'customer';
  useEffect(() => {
    if (isCustomer) location.replace('/portal/');
  }, [isCustomer]);
  if (isCustomer) return <Loading what="your pages" />;
  if (known) {
    return (
      <SessionContext value={known}>
        {children}
        {ended && (
          <Dialog title="Your session has ended" closable={false} onClose={() => undefined}>
            <p>Sign in again to go on where you were. Nothing on the page is lost.</p>
            <SignInForm onDone={back} email={known.user?.email} forgotten={forgotten} />
          </Dialog>
        )}
      </SessionContext>
    );
  }
  if (me.error instanceof ApiError && me.error.status === 401) return <SignInPage onDone={back} />;
  if (me.error) {
    return (
      <main className="signin">
        <ErrorBox error={me.error} what="reach the server" onRetry={() => void me.refetch()} />
      </main>
    );
  }
  return <Loading what="your session" />;
}

const forgotten = (
  <>
    An administrator can set a new password in Settings, or with <code>openami user password</code>.
  </>
);

function SignInPage({ onDone }: { readonly onDone: () => Promise<void> }) {
  return (
    <main className="signin">
      <div className="signin-card">
        <div className="brand">
          <img src="/icon.svg" alt="" />
          OpenAMI
        </div>
        <h1>Sign in</h1>
        <SignInForm onDone={onDone} forgotten={forgotten} />
      </div>
    </main>
  );
}
