/** Approve, issue, go on, cancel: what the state of a run and the person's rights allow. */
import type { BillRunItem } from '@openami/server/contract';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCounted } from '../lib/format.ts';
import { useMay, useSession } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/dialog-form.tsx';
import { ReasonDialog } from '../ui/reason-dialog.tsx';
import { toast } from '../ui/toast.tsx';
import { useSending } from '../ui/use-sending.ts';
import { useReasoned } from './bill-dialogs.tsx';
import { billingKeys } from './queries.ts';

type Move = 'approve' | 'issue' | 'resume';
const cancellable = ['draft', 'calculating', 'calculated', 'approved', 'failed'];

export function RunActions({ run }: { readonly run: BillRunItem }) {
  const mayWrite = useMay('billing:write');
  const mayApprove = useMay('billing:approve');
  const { user } = useSession();
  const [asked, setAsked] = useState<Move | 'cancel'>();
  const own = run.createdBy === user?.id;
  const close = () => setAsked(undefined);
  return (
    <>
      {run.state === 'calculated' && mayApprove && own && (
        <span className="muted">You started it: another person approves it.</span>
      )}
      {mayWrite && cancellable.includes(run.state) && (
        <Button look="danger" onClick={() => setAsked('cancel')}>
          Cancel …
        </Button>
      )}
      {run.state === 'failed' && mayWrite && (
        <Button look="primary" onClick={() => setAsked('resume')}>
          Go on …
        </Button>
      )}
      {run.state === 'calculated' && mayApprove && !own && (
        <Button look="primary" onClick={() => setAsked('approve')}>
          Approve …
        </Button>
      )}
      {run.state === 'approved' && mayApprove && (
        <Button look="primary" onClick={() => setAsked('issue')}>
          Issue …
        </Button>
      )}
      {asked === 'cancel' && <CancelRun run={run} onClose={close} />}
      {asked && asked !== 'cancel' && <MoveDialog move={asked} run={run} onClose={close} />}
    </>
  );
}

interface Words {
  readonly title: string;
  readonly text: string;
  readonly button: string;
  readonly done: string;
}

function wordsOf(move: Move, { counts, state }: BillRunItem): Words {
  const bills = formatCounted((state === 'approved' ? counts.approved : counts.calculated) ?? 0, 'bill');
  const held = counts.held ?? 0;
  const isOne = held === 1;
  const left =
    held > 0
      ? ` ${formatCounted(held, 'bill')} ${isOne ? 'is' : 'are'} held and will be dropped: release ` +
        `${isOne ? 'it' : 'them'} first, or start another run of the period later.`
      : '';
  const words: Readonly<Record<Move, Words>> = {
    approve: {
      ...{ title: 'Approve the run?', button: 'Approve it', done: 'Approved: it can be issued' },
      text: `${bills} can be issued then.${left}`,
    },
    issue: {
      ...{ title: 'Issue the bills?', button: 'Issue them', done: 'The bills are being issued' },
      text: `${bills} become final. What is wrong in one is mended by a new bill, not in it.`,
    },
    resume: {
      ...{ title: 'Go on with the run?', button: 'Go on', done: 'The run goes on' },
      text: 'It goes on behind the last bills that are stored.',
    },
  };
  return words[move];
}

function MoveDialog(props: { readonly move: Move; readonly run: BillRunItem; readonly onClose: () => void }) {
  const { move, run, onClose } = props;
  const words = wordsOf(move, run);
  const go = useSending({
    send: () => send<BillRunItem>('POST', `/api/v1/bill-runs/${run.id}/${move}`),
    keys: billingKeys,
    say: words.done,
    onClose,
  });
  return (
    <ConfirmDialog
      {...{ title: words.title, action: go, button: words.button, onClose, look: 'primary' }}
      what={`${move} the run`}
      leave="Leave it"
    >
      {words.text}
    </ConfirmDialog>
  );
}

function CancelRun({ run, onClose }: { readonly run: BillRunItem; readonly onClose: () => void }) {
  const { why, action } = useReasoned('cancel-run', `/bill-runs/${run.id}/cancel`, () => {
    toast('good', 'Cancelled: its bills are dropped');
    onClose();
  });
  return (
    <ReasonDialog
      {...{ title: 'Cancel the run?', why, action, onClose, look: 'danger' }}
      what="cancel the run"
      button="Cancel it"
      leave="Keep it"
    >
      <p>Its bills are dropped. Nothing of it was issued; a new run makes them again.</p>
    </ReasonDialog>
  );
}
