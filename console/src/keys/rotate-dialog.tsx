/** Begins rotations: of one meter, or of a group up to a limit. */
import type { RotationGroupAnswer } from '@openami/server/contract';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCount, formatCounted } from '../lib/format.ts';
import { Button } from '../ui/button.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { Check, TextField } from '../ui/field.tsx';
import { toast } from '../ui/toast.tsx';
import { type RotatedKind, RotationFields, refusedColumns, useFreshKeys } from './key-parts.tsx';

export function RotateDialog(props: {
  /** Absent: a group. */
  readonly meter?: { readonly id: number; readonly serial: string };
  readonly onClose: () => void;
}) {
  const { meter, onClose } = props;
  const [wish, setWish] = useState({ kinds: ['guek', 'gak'] as readonly RotatedKind[], suite: '' });
  const [group, setGroup] = useState(atFirst);
  const fresh = useFreshKeys();
  const rotate = useMutation({
    mutationFn: () => {
      const body = { kinds: wish.kinds, ...(wish.suite ? { suite: Number(wish.suite) } : {}) };
      return meter
        ? send<unknown>('POST', `/api/v1/meters/${meter.id}/rotations`, { body })
        : send<RotationGroupAnswer>('POST', '/api/v1/keys/rotations', {
            body: { ...body, ...groupBody(group) },
          });
    },
    onSuccess: async () => {
      await fresh();
      if (!meter) return;
      toast('good', `Rotation of ${meter.serial} begun`);
      onClose();
    },
  });
  if (!meter && rotate.data) {
    return <Answer answer={rotate.data as RotationGroupAnswer} onClose={onClose} />;
  }
  return (
    <Dialog title={meter ? `Rotate keys of ${meter.serial}` : 'Rotate keys of a group'} onClose={onClose}>
      <DialogForm
        action={rotate}
        what="begin the rotation"
        ready={wish.kinds.length > 0}
        button="Rotate"
        busy="Beginning …"
        onClose={onClose}
      >
        <p>
          New keys are made here and handed to the meter under its master key. The old ones are kept until the
          meter was heard with the new, so a link that dies half-way locks nobody out.
        </p>
        {!meter && <GroupFields group={group} onChange={setGroup} />}
        <RotationFields {...wish} onChange={(kinds, suite) => setWish({ kinds, suite })} />
      </DialogForm>
    </Dialog>
  );
}

const atFirst = { batch: '', limit: '100', manufacturer: '', model: '', segment: '', overdue: true };
type Group = typeof atFirst;

function groupBody({ batch, limit, manufacturer, model, segment, overdue }: Group) {
  const named = Object.entries({ manufacturer, model, segment }).filter(([, value]) => value.trim() !== '');
  return { batch: batch.trim(), limit: Number(limit), overdue, ...Object.fromEntries(named) };
}

function GroupFields(props: { readonly group: Group; readonly onChange: (group: Group) => void }) {
  const { group, onChange } = props;
  const field = (name: Exclude<keyof Group, 'overdue'>) => ({
    value: group[name],
    onChange: (e: { target: { value: string } }) => onChange({ ...group, [name]: e.target.value }),
  });
  return (
    <>
      <div className="option-grid">
        <TextField
          label="Name"
          help="Progress is shown under it"
          required
          maxLength={100}
          {...field('batch')}
        />
        <TextField
          label="At most"
          help="Meters begun now"
          type="number"
          min={1}
          max={1000}
          required
          {...field('limit')}
        />
        <TextField label="Manufacturer" help="Empty: any" {...field('manufacturer')} />
        <TextField label="Model" help="Empty: any" {...field('model')} />
        <TextField label="Network segment" help="Empty: any" {...field('segment')} />
      </div>
      <Check
        label="Only meters whose keys are overdue"
        checked={group.overdue}
        onChange={(overdue) => onChange({ ...group, overdue })}
      />
    </>
  );
}

function Answer({ answer, onClose }: { readonly answer: RotationGroupAnswer; readonly onClose: () => void }) {
  const { begun, left, refused } = answer;
  return (
    <Dialog title="Rotations begun" onClose={onClose}>
      <p>
        {formatCounted(begun, 'rotation')} begun; {formatCount(left)} of the group are left.
      </p>
      {refused.length > 0 && (
        <DataTable
          label="Meters that could not begin"
          columns={[{ name: 'Meter', cell: ({ serial }) => serial }, ...refusedColumns]}
          rows={refused}
          rowKey={({ meterId }) => meterId}
          maxHeight="16rem"
          empty={null}
        />
      )}
      <div className="dialog-actions">
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}
