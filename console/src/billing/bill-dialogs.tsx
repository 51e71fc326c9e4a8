/** What people do with a bill, each with a reason: let a held one through, make it anew, take it back. */
import type { BillHold, BillItem, BillReleaseResult, BillRunItem } from '@openami/server/contract';
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { send } from '../api.ts';
import { holdWords, releasableCodes, releasedBy } from '../lib/bill-words.ts';
import { formatCount, formatCounted } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import type { Decision } from '../lib/reasons.ts';
import { refresh } from '../queries.ts';
import { Check } from '../ui/field.tsx';
import { ReasonDialog } from '../ui/reason-dialog.tsx';
import { toast } from '../ui/toast.tsx';
import { useReason, type Why } from '../ui/use-reason.ts';
import { billingKeys } from './queries.ts';
import { Holds } from './words.tsx';

type Move = 'release' | 'rebill' | 'cancel';

/** Sends a reason to an address below `/api/v1` and refreshes what is shown of billing. */
export function useReasoned<T>(
  decision: Decision,
  path: string,
  onDone: (answer: T) => void,
  more: object = {},
): { readonly why: Why; readonly action: UseMutationResult<T, Error, void> } {
  const why = useReason(decision);
  const client = useQueryClient();
  const action = useMutation({
    mutationFn: () => send<T>('POST', `/api/v1${path}`, { body: { ...more, reason: why.reason.trim() } }),
    onSuccess: async (answer) => {
      why.keep();
      await refresh(client, billingKeys);
      onDone(answer);
    },
  });
  return { why, action };
}

interface BillDialog {
  readonly bill: BillItem;
  readonly onClose: () => void;
}

const pathOf = ({ id }: BillItem, move: Move) => `/bills/${id}/${move}`;

function who({ account, customer, total, currency }: BillItem): ReactNode {
  return (
    <p>
      Account {account}, {customer}: <strong>{formatMoney(total, currency)}</strong>.
    </p>
  );
}

export function ReleaseDialog({ bill, onClose }: BillDialog) {
  const { why, action } = useReasoned('release', pathOf(bill, 'release'), () => {
    toast('good', 'Released: it is issued with its run');
    onClose();
  });
  return (
    <ReasonDialog
      {...{ title: 'Release the bill?', why, action, onClose }}
      what="release the bill"
      button="Release it"
      busy="Releasing …"
      leave="Leave it held"
    >
      {who(bill)}
      <Holds holds={bill.holds} />
    </ReasonDialog>
  );
}

/** Many held bills of a run at once, by what they are held for. */
export function ReleaseRunDialog({
  run,
  onClose,
}: {
  readonly run: BillRunItem;
  readonly onClose: () => void;
}) {
  const codes = releasableCodes(run.releasable);
  const [chosen, setChosen] = useState<readonly BillHold['code'][]>(codes.length === 1 ? codes : []);
  const count = releasedBy(run.releasable, chosen);
  const { why, action } = useReasoned<BillReleaseResult>(
    'release',
    `/bill-runs/${run.id}/release`,
    ({ released, left }) => {
      const more = left > 0 ? `; ${formatCount(left)} like them are left` : '';
      toast('good', `${formatCounted(released, 'bill')} released${more}`);
      onClose();
    },
    { holds: chosen, limit: 10_000 },
  );
  return (
    <ReasonDialog
      {...{ title: 'Release held bills?', why, action, onClose }}
      what="release the bills"
      button={`Release ${formatCounted(count, 'bill')}`}
      busy="Releasing …"
      leave="Leave them held"
      ready={count > 0}
    >
      <fieldset className="form">
        <legend>Bills that are held for none but</legend>
        {codes.map((code) => (
          <Check
            key={code}
            label={`${holdWords[code] ?? code}: ${formatCounted(run.holds[code] ?? 0, 'bill')}`}
            checked={chosen.includes(code)}
            onChange={(on) => setChosen(on ? [...chosen, code] : chosen.filter((one) => one !== code))}
          />
        ))}
      </fieldset>
      <p>
        {formatCounted(count, 'bill')} {count === 1 ? 'goes' : 'go'} along with the run. One that is held for
        something else, too, or has no total stays held.
      </p>
    </ReasonDialog>
  );
}

export function RebillDialog({ bill, onClose }: BillDialog) {
  const navigate = useNavigate();
  const { why, action } = useReasoned<BillRunItem>('rebill', pathOf(bill, 'rebill'), (run) => {
    toast('good', 'A run for the new bill has started');
    void navigate({ to: '/bill-runs/$runId', params: { runId: String(run.id) } });
  });
  return (
    <ReasonDialog
      {...{ title: 'Make this bill anew?', why, action, onClose }}
      what="make it anew"
      button="Make it anew"
      busy="Starting …"
    >
      {who(bill)}
      <p>
        It is calculated from what is known now, approved by another person and issued; then this one is
        reversed. Both stay, and the new one says what changed and why.
      </p>
    </ReasonDialog>
  );
}

export function CancelBillDialog({ bill, onClose }: BillDialog) {
  const { why, action } = useReasoned('take-back', pathOf(bill, 'cancel'), () => {
    toast('good', 'Taken back: a reversal stands beside it');
    onClose();
  });
  return (
    <ReasonDialog
      {...{ title: 'Take this bill back?', why, action, onClose, look: 'danger' }}
      what="take the bill back"
      button="Take it back"
      leave="Keep it"
    >
      {who(bill)}
      <p>A reversal is issued at once. The bill stays, marked as cancelled.</p>
    </ReasonDialog>
  );
}
