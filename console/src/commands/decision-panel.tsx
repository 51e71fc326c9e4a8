/** Four eyes: a second person approves or rejects; who asked sees that it is not for them. */
import type { CommandOrderItem } from '@openami/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCounted } from '../lib/format.ts';
import { commandKeys, refresh } from '../queries.ts';
import { useMay, useSession } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Check, TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { ErrorBox, Notice } from '../ui/states.tsx';
import { toast } from '../ui/toast.tsx';
import { useKinds, usePeople } from './words.tsx';

export function DecisionPanel({ order }: { readonly order: CommandOrderItem }) {
  const { user } = useSession();
  const may = useMay('commands:approve');
  const nameOf = usePeople();
  if ((order.counts.awaiting_approval ?? 0) === 0) return null;
  if (user && order.requestedPerson === user.id) {
    return (
      <Notice tone="warn" title="Waits for a second person">
        <p>You asked for this, so you cannot approve it. Another operator or administrator decides here.</p>
      </Notice>
    );
  }
  if (!may || !user) {
    return (
      <Notice tone="warn" title="Waits for a second person">
        <p>
          An operator or administrator other than {nameOf(order.requestedBy, order.requestedByName)} decides
          here.
        </p>
      </Notice>
    );
  }
  return <Decide order={order} />;
}

function Decide({ order }: { readonly order: CommandOrderItem }) {
  const [note, setNote] = useState('');
  const [sure, setSure] = useState(false);
  const nameOf = usePeople();
  const kind = useKinds().get(order.kind);
  const client = useQueryClient();
  const decide = useMutation({
    mutationFn: (what: 'approve' | 'reject') =>
      send('POST', `/api/v1/commands/orders/${order.id}/${what}`, { body: { note } }),
    onSuccess: async (_, what) => {
      await refresh(client, commandKeys);
      toast('good', what === 'approve' ? 'Approved: it goes on its way' : 'Rejected: nothing is sent');
    },
  });
  const cuts = kind?.interrupts ?? true;
  const busy = (what: string, words: string) => decide.isPending && decide.variables === what && words;
  return (
    <Panel title="Your decision" note={`${nameOf(order.requestedBy, order.requestedByName)} asks for it`}>
      <div className="form">
        {cuts && (
          <Notice tone="bad" title={`${formatCounted(order.meters, 'customer')} may be left without supply`}>
            <p>Once it has left, only a command that connects again undoes it.</p>
          </Notice>
        )}
        <TextField
          label="Note"
          maxLength={500}
          help="Kept with the decision"
          value={note}
          onChange={(e) => setNote(e.target.value)}
        />
        {cuts && (
          <Check label="I checked the reason and the meters myself" checked={sure} onChange={setSure} />
        )}
        {decide.error && <ErrorBox error={decide.error} what="decide" />}
        <div className="dialog-actions">
          <Button busy={busy('reject', 'Rejecting …')} onClick={() => decide.mutate('reject')}>
            Reject
          </Button>
          <Button
            look={cuts ? 'danger' : 'primary'}
            disabled={cuts && !sure}
            busy={busy('approve', 'Approving …')}
            onClick={() => decide.mutate('approve')}
          >
            Approve
          </Button>
        </div>
      </div>
    </Panel>
  );
}
