/** Events on their way to webhooks: those that wait, that are dead, and that arrived. */
import type { DeliveryItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Segmented } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { deliveriesQuery, refreshMs } from './queries.ts';

const columns: readonly Column<DeliveryItem>[] = [
  { name: 'Event', cell: ({ kind }) => kind },
  { name: 'Webhook', num: true, cell: ({ webhookId }) => webhookId },
  { name: 'Happened', oneLine: true, cell: ({ at }) => <Time at={at} /> },
  { name: 'Attempts', num: true, cell: ({ attempts }) => attempts },
  {
    name: 'Last answer',
    cell: ({ status, detail, attempts }) =>
      attempts === 0 ? '' : `${status === 0 ? 'none' : status}${detail === '' ? '' : `: ${detail}`}`,
  },
];

const states = [
  { value: 'waiting', label: 'Waiting' },
  { value: 'dead', label: 'Dead' },
  { value: 'delivered', label: 'Delivered' },
] as const;

export function DeliveriesPanel() {
  const [state, setState] = useState<(typeof states)[number]['value']>('waiting');
  const query = useInfiniteQuery({ ...deliveriesQuery(state), refetchInterval: refreshMs });
  return (
    <Panel
      flush
      title="Events"
      actions={<Segmented label="State" value={state} onChange={setState} options={[...states]} />}
    >
      <Paged query={query} what="events">
        {(rows) => (
          <DataTable
            label="Events"
            columns={columns}
            rows={rows}
            rowKey={({ id }) => id}
            empty={<Empty icon="check" title="None" />}
          />
        )}
      </Paged>
    </Panel>
  );
}
