/** An edit: what it did, who asked and why; undone, or decided on by a second person. */
import type { EditItem } from '@openami/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { usePeople } from '../commands/words.tsx';
import { formatCounted, formatWord } from '../lib/format.ts';
import { formatChange } from '../lib/work-list.ts';
import { useMay, useSession } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { TextField } from '../ui/field.tsx';
import { ReasonDialog } from '../ui/reason-dialog.tsx';
import { Time } from '../ui/time.tsx';
import { toast } from '../ui/toast.tsx';
import { useReason } from '../ui/use-reason.ts';
import { refresh } from './decisions.ts';
import { StateBadge } from './marks.tsx';
import { methodWords } from './methods.tsx';

export function EditCard({ edit }: { readonly edit: EditItem }) {
  const nameOf = usePeople();
  return (
    <div className="edit-card">
      <div className="row">
        <strong>{formatWord(edit.action)}</strong>
        <StateBadge state={edit.state} />
        {edit.undoneBy !== null && <span className="muted small">undone</span>}
        <span>{formatChange(edit.change, edit.baseUnit)}</span>
      </div>
      <p>“{edit.reason}”</p>
      <p className="muted small">
        {nameOf(edit.requestedBy, edit.requestedByName)}, <Time at={edit.requestedAt} />,{' '}
        {formatCounted(edit.after.length, 'interval')}
        {edit.method && `, ${methodWords(edit.method).toLowerCase()}`}
        {edit.decidedBy && `; ${decidedWord(edit)} by ${nameOf(edit.decidedBy, edit.decidedByName)}`}
        {edit.decisionNote && `: ${edit.decisionNote}`}
      </p>
      <EditActions edit={edit} />
    </div>
  );
}

export function EditActions({ edit }: { readonly edit: EditItem }) {
  const [asked, setAsked] = useState<'undo' | 'approved' | 'refused'>();
  const mayWrite = useMay('vee:write');
  const mayApprove = useMay('vee:approve');
  const { user } = useSession();
  const close = () => setAsked(undefined);
  const undoable = mayWrite && edit.state === 'applied' && edit.undoneBy === null;
  return (
    <>
      {edit.state === 'pending' && edit.requestedBy === user?.id && (
        <p className="muted small">You asked for it, so another person decides.</p>
      )}
      <div className="row">
        {undoable && <Button onClick={() => setAsked('undo')}>Undo …</Button>}
        {edit.state === 'pending' && mayApprove && user && edit.requestedBy !== user.id && (
          <>
            <Button look="primary" onClick={() => setAsked('approved')}>
              Approve …
            </Button>
            <Button onClick={() => setAsked('refused')}>Refuse …</Button>
          </>
        )}
      </div>
      {asked === 'undo' && <UndoEdit edit={edit} onClose={close} />}
      {(asked === 'approved' || asked === 'refused') && (
        <DecideEdit edit={edit} decision={asked} onClose={close} />
      )}
    </>
  );
}

function UndoEdit({ edit, onClose }: { readonly edit: EditItem; readonly onClose: () => void }) {
  const why = useReason('undo');
  const client = useQueryClient();
  const undo = useMutation({
    mutationFn: () =>
      send<EditItem>('POST', `/api/v1/vee/edits/${edit.id}/undo`, { body: { reason: why.reason.trim() } }),
    onSuccess: async (made) => {
      why.keep();
      toast(
        made.state === 'pending' ? 'neutral' : 'good',
        made.state === 'pending'
          ? 'The undo waits for a second person'
          : 'Undone: what was there before is back',
      );
      onClose();
      await refresh(client);
    },
  });
  return (
    <ReasonDialog
      title="Undo this edit"
      why={why}
      action={undo}
      what="undo it"
      button="Undo"
      busy="Undoing …"
      onClose={onClose}
    >
      <p>
        What was there before is written back; the sum changes by {formatChange(-edit.change, edit.baseUnit)}.
      </p>
    </ReasonDialog>
  );
}

function DecideEdit(props: {
  readonly edit: EditItem;
  readonly decision: 'approved' | 'refused';
  readonly onClose: () => void;
}) {
  const { edit, decision, onClose } = props;
  const [note, setNote] = useState('');
  const nameOf = usePeople();
  const client = useQueryClient();
  const decide = useMutation({
    mutationFn: () =>
      send<EditItem>('POST', `/api/v1/vee/edits/${edit.id}/decide`, {
        body: { decision, note: note.trim() },
      }),
    onSuccess: async () => {
      toast('good', decision === 'approved' ? 'Approved and applied' : 'Refused: nothing was changed');
      onClose();
      await refresh(client);
    },
  });
  const word = decision === 'approved' ? 'Approve' : 'Refuse';
  return (
    <Dialog title={`${word} this edit`} onClose={onClose}>
      <DialogForm action={decide} what="decide" button={word} busy="Deciding …" onClose={onClose}>
        <p>
          {nameOf(edit.requestedBy, edit.requestedByName)}: “{edit.reason}”. {edit.serial},{' '}
          {formatCounted(edit.after.length, 'interval')}, the sum changes by{' '}
          {formatChange(edit.change, edit.baseUnit)}.
        </p>
        <TextField
          label="Note"
          data-first
          maxLength={500}
          value={note}
          onChange={(e) => setNote(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

function decidedWord({ state }: EditItem): string {
  return state === 'refused' ? 'refused' : 'approved';
}
