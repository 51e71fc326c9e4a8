/** Orders, the newest first: what was asked for, by whom, and how it stands. */
import type { CommandOrderItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { formatCount } from '../lib/format.ts';
import { ordersQuery } from '../queries.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Empty } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { OrderState, useKinds, usePeople } from './words.tsx';

export function OrderTable({ state }: { readonly state: string | undefined }) {
  const query = useInfiniteQuery(ordersQuery(state));
  const columns = useColumns();
  return (
    <Paged query={query} what="orders">
      {(orders) => (
        <DataTable
          label="Orders"
          columns={columns}
          rows={orders}
          rowKey={({ id }) => id}
          empty={
            <Empty
              icon="command"
              title={state ? 'No order has a command in this state' : 'Nothing was ordered yet'}
            >
              {state
                ? 'Choose another state above.'
                : 'Each order is listed here, with who asked and who agreed.'}
            </Empty>
          }
        />
      )}
    </Paged>
  );
}

function useColumns(): readonly Column<CommandOrderItem>[] {
  const kinds = useKinds();
  const nameOf = usePeople();
  return [
    {
      name: 'Command',
      cell: ({ id, kind }) => (
        <>
          <Link to="/commands/$orderId" params={{ orderId: String(id) }}>
            {kinds.get(kind)?.title ?? kind}
          </Link>{' '}
          <span className="muted">#{id}</span>
        </>
      ),
    },
    { name: 'Meters', num: true, cell: ({ meters }) => formatCount(meters) },
    { name: 'State', cell: ({ meters, counts }) => <OrderState meters={meters} counts={counts} /> },
    { name: 'Asked for', cell: ({ requestedAt }) => <Time at={requestedAt} /> },
    { name: 'By', cell: ({ requestedBy, requestedByName }) => nameOf(requestedBy, requestedByName) },
    { name: 'Reason', cell: ({ reason }) => reason || <span className="muted">–</span> },
  ];
}
