/** Rotations of the fleet: how far each group is, and which meters are at which step. */
import type { RotationItem } from '@openami/server/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCount } from '../lib/format.ts';
import { batchesOf, rotationPlace, rotationTones } from '../lib/key-words.ts';
import { fleetRotationsQuery, rotationProgressQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { SelectField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { meterColumn } from '../ui/meter-column.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toast } from '../ui/toast.tsx';
import { useFreshKeys, When } from './key-parts.tsx';

export function FleetRotations() {
  const [state, setState] = useState<RotationItem['state'] | ''>('');
  const query = useQuery(fleetRotationsQuery(state));
  return (
    <Panel flush title="Rotations" note="the newest first">
      <Batches />
      <div className="pad" style={{ maxWidth: '16rem' }}>
        <SelectField label="Show" value={state} onChange={(e) => setState(e.target.value as typeof state)}>
          <option value="">all</option>
          <option value="running">under way</option>
          <option value="failed">failed</option>
          <option value="done">done</option>
          <option value="cancelled">cancelled</option>
        </SelectField>
      </div>
      <Ready query={query} what="rotations">
        {(rotations) => (
          <DataTable
            label="Rotations of keys"
            columns={rotationColumns}
            rows={rotations}
            rowKey={({ id }) => id}
            maxHeight="26rem"
            empty={<p className="muted pad">There is none.</p>}
          />
        )}
      </Ready>
    </Panel>
  );
}

const rotationColumns: readonly Column<RotationItem>[] = [
  meterColumn('keys'),
  {
    name: 'Keys',
    cell: ({ what, units }) => (
      <>
        {what} <span className="muted">suite {units.at(-1)?.suite}</span>
      </>
    ),
  },
  { name: 'State', cell: ({ state }) => <Badge tone={rotationTones[state]}>{state}</Badge> },
  { name: 'Step', cell: (rotation) => <RotationStep rotation={rotation} /> },
  { name: 'Sent', num: true, cell: ({ sends }) => sends },
  { name: 'Last change', cell: ({ updatedAt }) => <When at={updatedAt} /> },
  { name: 'Name', cell: ({ batch }) => batch || <span className="muted">by itself</span> },
];

/** Where a rotation is, why it is stuck, and the way out while there is one. */
export function RotationStep({ rotation }: { readonly rotation: RotationItem }) {
  const may = useMay('keys:write');
  const fresh = useFreshKeys();
  const cancel = useMutation({
    mutationFn: () => send('POST', `/api/v1/keys/rotations/${rotation.id}/cancel`, { body: {} }),
    onSettled: fresh,
    onError: (error) => toast('bad', error.message),
  });
  const { state, step, graceUntil, error } = rotation;
  const canCancel = may && state === 'running' && (step === 'stage' || step === 'ready');
  return (
    <>
      {rotationPlace(rotation)}
      {graceUntil && (
        <>
          {' '}
          until <Time at={graceUntil} show="date" />
        </>
      )}
      {error && (
        <div className="small">
          <code>{error.code}</code> {error.detail}
        </div>
      )}
      {canCancel && (
        <>
          {' '}
          <Button look="quiet" busy={cancel.isPending && 'Cancelling …'} onClick={() => cancel.mutate()}>
            Cancel
          </Button>
        </>
      )}
    </>
  );
}

const batchColumns: readonly Column<ReturnType<typeof batchesOf>[number]>[] = [
  { name: 'Name', cell: ({ batch }) => batch },
  { name: 'Begun', cell: ({ begunAt }) => <When at={begunAt} /> },
  { name: 'Meters', num: true, cell: ({ total }) => formatCount(total) },
  {
    name: 'Progress',
    cell: ({ batch, total, done }) => (
      <>
        <progress max={Math.max(1, total)} value={done} aria-label={`${batch}, done`} /> {formatCount(done)}
      </>
    ),
  },
  { name: 'Failed', num: true, cell: ({ failed }) => formatCount(failed) },
  { name: 'Under way', cell: ({ at }) => at || <span className="muted">none</span> },
];

function Batches() {
  const query = useQuery(rotationProgressQuery);
  return (
    <Ready query={query} what="progress">
      {(progress) => (
        <DataTable
          label="Progress of groups"
          columns={batchColumns}
          rows={batchesOf(progress).filter(({ batch }) => batch !== '')}
          rowKey={({ batch }) => batch}
          maxHeight="14rem"
          empty={null}
        />
      )}
    </Ready>
  );
}
