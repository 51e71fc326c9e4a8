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
import { SelectField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toast } from '../ui/toast.tsx';
import { KeyTable, MeterLink, useFreshKeys, When } from './key-parts.tsx';

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
        {(rotations) =>
          rotations.length === 0 ? (
            <p className="muted pad">There is none.</p>
          ) : (
            <KeyTable
              label="Rotations of keys"
              head={['Meter', 'Keys', 'State', 'Step', '#Sent', 'Last change', 'Name']}
              maxHeight="26rem"
            >
              {rotations.map((rotation) => (
                <tr key={rotation.id}>
                  <td>
                    <MeterLink id={rotation.meterId} serial={rotation.serial} />
                  </td>
                  <td>
                    {rotation.what} <span className="muted">suite {rotation.units.at(-1)?.suite}</span>
                  </td>
                  <td>
                    <Badge tone={rotationTones[rotation.state]}>{rotation.state}</Badge>
                  </td>
                  <td>
                    <RotationStep rotation={rotation} />
                  </td>
                  <td className="num">{rotation.sends}</td>
                  <td>
                    <When at={rotation.updatedAt} />
                  </td>
                  <td>{rotation.batch || <span className="muted">by itself</span>}</td>
                </tr>
              ))}
            </KeyTable>
          )
        }
      </Ready>
    </Panel>
  );
}

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

function Share(props: { readonly of: number; readonly done: number; readonly label: string }) {
  return <progress max={Math.max(1, props.of)} value={props.done} aria-label={props.label} />;
}

function Batches() {
  const query = useQuery(rotationProgressQuery);
  return (
    <Ready query={query} what="progress">
      {(progress) => {
        const batches = batchesOf(progress).filter(({ batch }) => batch !== '');
        return batches.length === 0 ? null : (
          <KeyTable
            label="Progress of groups"
            head={['Name', 'Begun', '#Meters', 'Progress', '#Failed', 'Under way']}
            maxHeight="14rem"
          >
            {batches.map((one) => (
              <tr key={one.batch}>
                <td>{one.batch}</td>
                <td>
                  <When at={one.begunAt} />
                </td>
                <td className="num">{formatCount(one.total)}</td>
                <td>
                  <Share of={one.total} done={one.done} label={`${one.batch}, done`} />{' '}
                  {formatCount(one.done)}
                </td>
                <td className="num">{formatCount(one.failed)}</td>
                <td>{one.at || <span className="muted">none</span>}</td>
              </tr>
            ))}
          </KeyTable>
        );
      }}
    </Ready>
  );
}
