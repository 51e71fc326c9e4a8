/**
 * Confirms a decision on one or many exceptions: what it does, how, and why. Enter is enough the second
 * time.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { exceptionCount } from '../lib/work-list.ts';
import { SelectField } from '../ui/field.tsx';
import { ReasonDialog } from '../ui/reason-dialog.tsx';
import { useReason } from '../ui/use-reason.ts';
import { type BulkAction, decide, undoLast, useDecisions } from './decisions.ts';
import { MethodSelect } from './methods.tsx';

export interface Choice {
  readonly action: BulkAction;
  readonly ids: readonly number[];
  /** `Concentrator DC-2`, `V101, 24 Nov`. */
  readonly what: string;
}

const titles = { accept: 'Accept', estimate: 'Estimate', reject: 'Reject' } as const;
const effects = {
  accept: 'Readings that were questioned are verified.',
  estimate: 'Readings of the exceptions are replaced by estimates. Each can be undone.',
  reject: 'Readings of the exceptions are taken away and left missing. Each can be undone.',
} as const;

export function DecideDialog(props: {
  readonly choice: Choice;
  readonly onClose: () => void;
  readonly onDone?: () => void;
}) {
  const { action, ids, what } = props.choice;
  const why = useReason(action);
  const title = `${titles[action]} ${exceptionCount(ids.length)}`;
  const [method, setMethod] = useState('');
  const client = useQueryClient();
  const mutate = () => {
    why.keep();
    props.onClose();
    decide(client, { ids, action, reason: why.reason, method });
    // Once the dialog has given the focus back.
    setTimeout(() => props.onDone?.());
  };
  return (
    <ReasonDialog title={title} why={why} action={{ mutate }} button={title} onClose={props.onClose}>
      <p>
        <strong>{what}</strong>
        <br />
        {effects[action]}
      </p>
      {action === 'estimate' && <MethodSelect value={method} onChange={setMethod} />}
      {action === 'accept' && (
        <SelectField label="What is right" value={method} onChange={(e) => setMethod(e.target.value)}>
          <option value="">What stands there now; estimates stay</option>
          <option value="measured">What was measured, also where an estimate stands for it</option>
        </SelectField>
      )}
    </ReasonDialog>
  );
}

export function UndoDialog({ onClose }: { readonly onClose: () => void }) {
  const why = useReason('undo');
  const { batches } = useDecisions();
  const client = useQueryClient();
  const last = batches.at(-1);
  const mutate = () => {
    why.keep();
    onClose();
    undoLast(client, why.reason);
  };
  return (
    <ReasonDialog
      title="Undo the last decision"
      why={why}
      action={{ mutate }}
      button="Undo"
      onClose={onClose}
    >
      <p>
        <strong>{last?.words}</strong>
        <br />
        What was there before is written back, and the exceptions are open again.
      </p>
    </ReasonDialog>
  );
}
