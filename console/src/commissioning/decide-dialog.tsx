/** A decision on meters on their way: what it does, and why it is taken. */
import type { CommissioningDecided, CommissioningItem } from '@openami/server/contract';
import { useState } from 'react';
import { newKey, send } from '../api.ts';
import { formatCounted } from '../lib/format.ts';
import { isReason } from '../lib/reasons.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { ReasonInput } from '../ui/reason-input.tsx';
import { useSending } from '../ui/use-sending.ts';
import { commissioningKeys } from './queries.ts';

type Decision = NonNullable<CommissioningItem['decision']>['kind'];

export interface Deciding {
  readonly decision: Decision;
  readonly meters: readonly CommissioningItem[];
}

export const decisionWords: Readonly<Record<Decision, { readonly button: string; readonly effect: string }>> =
  {
    retry: {
      button: 'Try again',
      effect: 'Decisions of before are taken back, and it is counted anew how long is waited.',
    },
    commission: {
      button: 'Commission by hand',
      effect: 'They count as commissioned, whatever is missing.',
    },
    'give-up': {
      button: 'Give up',
      effect: 'They count as failed until somebody tries them again.',
    },
    decommission: {
      button: 'Decommission',
      effect: 'They leave this list. What they send is stored all the same.',
    },
  };

export function DecideDialog(props: {
  readonly deciding: Deciding;
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const { decision, meters } = props.deciding;
  const { button, effect } = decisionWords[decision];
  const [reason, setReason] = useState('');
  const [idempotencyKey] = useState(newKey);
  const action = useSending({
    send: () =>
      send<CommissioningDecided>('POST', '/api/v1/commissioning/decide', {
        body: { meterIds: meters.map(({ meterId }) => meterId), decision, reason: reason.trim() },
        idempotencyKey,
      }),
    keys: commissioningKeys,
    say: ({ decided }) => `${button}: ${formatCounted(decided, 'meter')}`,
    onClose: () => {
      props.onDone();
      props.onClose();
    },
  });
  const names = meters.slice(0, 5).map(({ serial }) => serial);
  return (
    <Dialog title={`${button}: ${formatCounted(meters.length, 'meter')}`} onClose={props.onClose}>
      <DialogForm
        action={action}
        what={button.toLowerCase()}
        ready={isReason(reason)}
        button={button}
        look={decision === 'decommission' || decision === 'give-up' ? 'danger' : 'primary'}
        onClose={props.onClose}
      >
        <p>
          <strong>
            {names.join(', ')}
            {meters.length > names.length && ` and ${meters.length - names.length} more`}
          </strong>
          <br />
          {effect}
        </p>
        <ReasonInput
          help="It is kept with the meters and in the audit trail"
          data-first
          value={reason}
          onValue={setReason}
        />
      </DialogForm>
    </Dialog>
  );
}
