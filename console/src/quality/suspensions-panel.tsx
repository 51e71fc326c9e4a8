/** Where nothing is estimated for now: started by a person or noticed, ended by either. */
import type { SuspensionItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { send } from '../api.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ConfirmDialog, DialogForm } from '../ui/dialog-form.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { ReasonInput } from '../ui/reason-input.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useSending } from '../ui/use-sending.ts';
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
  const action: Column<SuspensionItem> = {
    ...{ name: 'Actions', quiet: true, num: true },
    cell: (item) =>
      item.untilAt === null && (
        <Button aria-label={`End the suspension of ${placeOf(item)}`} onClick={() => setEnding(item)}>
          End …
        </Button>
      ),
  };
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
        {(items) => (
          <DataTable
            label="Suspensions"
            columns={mayWrite ? [...columns, action] : columns}
            rows={items}
            rowKey={({ id }) => id}
            empty={
              <Empty icon="check" title="Estimation was never suspended">
                It also suspends itself where most meters of a concentrator fall silent.
              </Empty>
            }
          />
        )}
      </Ready>
      {starting && <StartDialog onClose={() => setStarting(false)} />}
      {ending && <EndDialog item={ending} onClose={() => setEnding(undefined)} />}
    </Panel>
  );
}

const columns: readonly Column<SuspensionItem>[] = [
  { name: 'Where', cell: placeOf },
  {
    name: 'State',
    cell: ({ untilAt }) => (untilAt === null ? <Badge tone="warn">suspended</Badge> : <Badge>ended</Badge>),
  },
  { name: 'From', cell: ({ fromAt }) => <Time at={fromAt} /> },
  { name: 'Until', cell: ({ untilAt }) => (untilAt ? <Time at={untilAt} /> : '–') },
  {
    name: 'Why',
    cell: ({ reason, source, startedBy }) => (
      <>
        {reason}
        <div className="muted small">{source === 'noticed' ? 'noticed by itself' : `by ${startedBy}`}</div>
      </>
    ),
  },
];

function StartDialog({ onClose }: { readonly onClose: () => void }) {
  const [kind, setKind] = useState<Kind>('concentrator');
  const [target, setTarget] = useState('');
  const [reason, setReason] = useState('');
  const list = useId();
  const routes = useQuery({ ...kpisQuery({ by: 'route' }), enabled: kind === 'concentrator' });
  const known = kind === 'concentrator' ? (routes.data?.rows ?? []).map(({ key }) => key) : [];
  const start = useSending({
    send: () =>
      send<SuspensionItem>('POST', '/api/v1/vee/suspensions', {
        body: { kind, reason: reason.trim(), ...(kind !== 'everything' && { target: target.trim() }) },
      }),
    keys: ['vee'],
    say: (made) => `Estimation is suspended: ${placeOf(made)}`,
    tone: 'warn',
    onClose,
  });
  return (
    <Dialog title="Suspend estimation" onClose={onClose}>
      <DialogForm
        action={start}
        what="suspend estimation"
        button="Suspend"
        busy="Suspending …"
        onClose={onClose}
      >
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
        <ReasonInput value={reason} onValue={setReason} />
      </DialogForm>
    </Dialog>
  );
}

function EndDialog({ item, onClose }: { readonly item: SuspensionItem; readonly onClose: () => void }) {
  const end = useSending({
    send: () => send('POST', `/api/v1/vee/suspensions/${item.id}/end`),
    keys: ['vee'],
    say: `Estimation goes on: ${placeOf(item)}`,
    onClose,
  });
  return (
    <ConfirmDialog
      title={`End the suspension of ${placeOf(item)}?`}
      action={end}
      what="end it"
      button="End it"
      busy="Ending …"
      look="primary"
      leave="Leave it"
      onClose={onClose}
    >
      What is still missing is estimated: days that closed meanwhile are closed once more.
    </ConfirmDialog>
  );
}
