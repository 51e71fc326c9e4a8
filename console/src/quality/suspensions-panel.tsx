/** Where nothing is estimated for now: started by a person or noticed, ended by either. */
import type { SuspensionItem } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { send } from '../api.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, ErrorBox, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toast } from '../ui/toast.tsx';
import { kpisQuery, suspensionsQuery } from '../vee/queries.ts';

const kinds = {
  concentrator: 'Concentrator',
  node: 'Node of the network, and all below it',
  everything: 'Everything',
} as const;
type Kind = keyof typeof kinds;

const placeOf = ({ kind, target }: SuspensionItem) =>
  kind === 'everything' ? 'Everything' : `${kinds[kind].split(' ')[0]} ${target}`;

export function SuspensionsPanel() {
  const query = useQuery(suspensionsQuery);
  const mayWrite = useMay('vee:write');
  const [starting, setStarting] = useState(false);
  const [ending, setEnding] = useState<SuspensionItem>();
  return (
    <Panel
      flush
      title="Suspensions"
      note="where nothing is estimated for now: the data is expected later"
      actions={
        mayWrite && (
          <Button icon="plus" onClick={() => setStarting(true)}>
            Suspend estimation
          </Button>
        )
      }
    >
      <Ready query={query} what="suspensions">
        {(items) =>
          items.length === 0 ? (
            <Empty icon="check" title="Estimation was never suspended">
              It also suspends itself where most meters of a concentrator fall silent.
            </Empty>
          ) : (
            <Table items={items} onEnd={mayWrite ? setEnding : undefined} />
          )
        }
      </Ready>
      {starting && <StartDialog onClose={() => setStarting(false)} />}
      {ending && <EndDialog item={ending} onClose={() => setEnding(undefined)} />}
    </Panel>
  );
}

function Table(props: {
  readonly items: readonly SuspensionItem[];
  readonly onEnd: ((item: SuspensionItem) => void) | undefined;
}) {
  return (
    <ScrollBox label="Suspensions">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Where</th>
            <th scope="col">State</th>
            <th scope="col">From</th>
            <th scope="col">Until</th>
            <th scope="col">Why</th>
            <th scope="col">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {props.items.map((item) => (
            <tr key={item.id}>
              <td>{placeOf(item)}</td>
              <td>{item.untilAt === null ? <Badge tone="warn">suspended</Badge> : <Badge>ended</Badge>}</td>
              <td>
                <Time at={item.fromAt} />
              </td>
              <td>{item.untilAt ? <Time at={item.untilAt} /> : '–'}</td>
              <td>
                {item.reason}
                <div className="muted small">
                  {item.source === 'noticed' ? 'noticed by itself' : `by ${item.startedBy}`}
                </div>
              </td>
              <td className="num">
                {item.untilAt === null && props.onEnd && (
                  <Button
                    aria-label={`End the suspension of ${placeOf(item)}`}
                    onClick={() => props.onEnd?.(item)}
                  >
                    End …
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function StartDialog({ onClose }: { readonly onClose: () => void }) {
  const [kind, setKind] = useState<Kind>('concentrator');
  const [target, setTarget] = useState('');
  const [reason, setReason] = useState('');
  const list = useId();
  const client = useQueryClient();
  const routes = useQuery({ ...kpisQuery({ by: 'route' }), enabled: kind === 'concentrator' });
  const known = kind === 'concentrator' ? (routes.data?.rows ?? []).map(({ key }) => key) : [];
  const start = useMutation({
    mutationFn: () =>
      send<SuspensionItem>('POST', '/api/v1/vee/suspensions', {
        body: { kind, reason: reason.trim(), ...(kind !== 'everything' && { target: target.trim() }) },
      }),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: ['vee'] });
      toast('warn', `Estimation is suspended: ${placeOf(made)}`);
      onClose();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (!start.isPending) start.mutate();
  };
  return (
    <Dialog title="Suspend estimation" onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <p>Days that close meanwhile keep their gaps. When it ends they are closed once more.</p>
        <SelectField label="Where" value={kind} onChange={(e) => setKind(e.target.value as Kind)}>
          {Object.entries(kinds).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        {kind !== 'everything' && (
          <>
            <TextField
              label={kind === 'node' ? 'Code of the node' : 'Name of the concentrator'}
              required
              maxLength={200}
              list={list}
              value={target}
              onChange={(e) => setTarget(e.target.value)}
            />
            <datalist id={list}>
              {known.map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
          </>
        )}
        <TextField
          label="Reason"
          required
          minLength={3}
          maxLength={500}
          value={reason}
          onChange={(e) => setReason(e.target.value)}
        />
        {start.error && <ErrorBox error={start.error} what="suspend estimation" />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={start.isPending && 'Suspending …'}>
            Suspend
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function EndDialog({ item, onClose }: { readonly item: SuspensionItem; readonly onClose: () => void }) {
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => send('POST', `/api/v1/vee/suspensions/${item.id}/end`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['vee'] });
      toast('good', `Estimation goes on: ${placeOf(item)}`);
      onClose();
    },
  });
  return (
    <Dialog title={`End the suspension of ${placeOf(item)}?`} onClose={onClose}>
      <p>What is still missing is estimated: days that closed meanwhile are closed once more.</p>
      {end.error && <ErrorBox error={end.error} what="end it" />}
      <div className="dialog-actions">
        <Button onClick={onClose}>Leave it</Button>
        <Button look="primary" data-first busy={end.isPending && 'Ending …'} onClick={() => end.mutate()}>
          End it
        </Button>
      </div>
    </Dialog>
  );
}
