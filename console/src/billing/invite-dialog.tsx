/** Invites the customer of an account to the portal: the code for the letter is shown this once. */
import type { InvitationCreated } from '@openami/server/contract';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { TextField } from '../ui/field.tsx';
import { SecretDialog } from '../ui/secret-dialog.tsx';

/** Nothing for whoever may not invite. */
export function InviteButton({ account }: { readonly account: string }) {
  const [inviting, setInviting] = useState(false);
  if (!useMay('customers:invite')) return null;
  return (
    <>
      <Button onClick={() => setInviting(true)}>Invite to the portal …</Button>
      {inviting && <InviteDialog account={account} onClose={() => setInviting(false)} />}
    </>
  );
}

function InviteDialog({ account, onClose }: { readonly account: string; readonly onClose: () => void }) {
  const [days, setDays] = useState('30');
  const invite = useMutation({
    mutationFn: () =>
      send<InvitationCreated>('POST', `/api/v1/accounts/${encodeURIComponent(account)}/invitations`, {
        body: { days: Number(days) },
      }),
  });
  if (invite.data)
    return (
      <SecretDialog
        title={`Code for account ${account}`}
        note="Only its digest is stored. Write it into the letter to the customer now."
        secrets={[{ label: 'Code', value: invite.data.code }]}
        onClose={onClose}
      />
    );
  return (
    <Dialog title="Invite the customer to the portal?" onClose={onClose}>
      <DialogForm
        {...{ action: invite, onClose }}
        what="make the code"
        button="Make the code"
        busy="Making the code …"
      >
        <p>
          With account number {account} and a one-time code the customer makes a login at <code>/portal</code>
          . Send the code by post, or hand it over. A code that was made before no longer holds.
        </p>
        <TextField
          {...{ label: 'Days it holds', type: 'number', min: 1, max: 60, required: true, 'data-first': true }}
          value={days}
          onChange={(e) => setDays(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}
