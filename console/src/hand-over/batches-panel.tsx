/** Batches of bills for another system, the newest first. */
import type { BatchItem, HandOverSettings } from '@openami/server/contract';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatBytes, formatCount } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { refresh } from '../queries.ts';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { Check, TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toastError } from '../ui/toast.tsx';
import { useSending } from '../ui/use-sending.ts';
import { batchesQuery, handOverKeys, handOverSettingsQuery, refreshMs } from './queries.ts';

const looks = {
  building: { tone: 'neutral', word: 'Being made' },
  handed_over: { tone: 'accent', word: 'Handed over' },
  acknowledged: { tone: 'good', word: 'Acknowledged' },
} as const;

const sums = (byCurrency: Readonly<Record<string, string>>) =>
  Object.entries(byCurrency)
    .map(([currency, sum]) => formatMoney(sum, currency))
    .join(', ');

const columns: readonly Column<BatchItem>[] = [
  { name: 'Batch', num: true, cell: ({ id }) => id },
  { name: 'Run', num: true, cell: ({ runId }) => (runId === null ? 'again' : runId) },
  { name: 'Bills', num: true, cell: ({ bills }) => formatCount(bills) },
  { name: 'Sum', num: true, cell: ({ totals }) => sums(totals) },
  { name: 'To be paid', num: true, cell: ({ due }) => sums(due) },
  {
    name: 'State',
    cell: ({ state, refused }) => (
      <span className="row">
        <Badge tone={looks[state].tone}>{looks[state].word}</Badge>
        {refused > 0 && <Badge tone="bad">{formatCount(refused)} refused</Badge>}
      </span>
    ),
  },
  { name: 'Made', oneLine: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
  { name: 'Acknowledged', oneLine: true, cell: ({ acknowledgedAt }) => <Time at={acknowledgedAt} /> },
  {
    name: 'Content',
    cell: ({ id, state, bytes }) =>
      state === 'building' ? (
        'on its way'
      ) : (
        <a href={`/api/v1/hand-over/batches/${id}/content`} download>
          batch-{id}.jsonl ({formatBytes(bytes)})
        </a>
      ),
  },
];

export function BatchesPanel({ mayWrite }: { readonly mayWrite: boolean }) {
  const query = useInfiniteQuery({ ...batchesQuery, refetchInterval: refreshMs });
  const [cutting, setCutting] = useState(false);
  return (
    <Panel
      flush
      title="Batches of bills"
      note="Numbered without gaps; the content of a batch never changes"
      actions={
        mayWrite && (
          <Button icon="plus" onClick={() => setCutting(true)}>
            Hand over a run
          </Button>
        )
      }
    >
      <AutomaticSwitch disabled={!mayWrite} />
      <Paged query={query} what="batches">
        {(rows) => (
          <DataTable
            label="Batches of bills"
            columns={columns}
            rows={rows}
            rowKey={({ id }) => id}
            empty={
              <Empty icon="settings" title="Nothing was handed over yet">
                A batch is made of an issued bill run, and fetched by another system with a token of the role
                CIS.
              </Empty>
            }
          />
        )}
      </Paged>
      {cutting && <CutDialog onClose={() => setCutting(false)} />}
    </Panel>
  );
}

function AutomaticSwitch({ disabled }: { readonly disabled: boolean }) {
  const { data } = useQuery(handOverSettingsQuery);
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (automatic: boolean) =>
      send<HandOverSettings>('PUT', '/api/v1/hand-over/settings', { body: { automatic } }),
    onSettled: () => refresh(client, handOverKeys),
    onError: (error) => toastError('change it', error),
  });
  return (
    <div style={{ padding: '0.5rem 1rem' }}>
      <Check
        label="Hand over by itself what is issued"
        checked={data?.automatic ?? false}
        disabled={disabled || data === undefined || change.isPending}
        onChange={(automatic) => change.mutate(automatic)}
      />
    </div>
  );
}

function CutDialog({ onClose }: { readonly onClose: () => void }) {
  const [run, setRun] = useState('');
  const number = Number(run);
  const cut = useSending({
    send: () => send('POST', '/api/v1/hand-over/batches', { body: { run: number } }),
    keys: handOverKeys,
    say: `Bills of run ${run} are handed over`,
    onClose,
  });
  return (
    <Dialog title="Hand over a run" onClose={onClose}>
      <DialogForm
        {...{ action: cut, what: 'hand over the run', button: 'Hand over', onClose }}
        ready={Number.isInteger(number) && number > 0}
      >
        <TextField
          label="Bill run"
          required
          inputMode="numeric"
          help="Number of an issued run; what was handed over before is left out"
          value={run}
          onChange={(e) => setRun(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}
