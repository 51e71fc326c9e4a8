/** Orders, the newest first: what was asked for, by whom, and how it stands. */
import type { CommandOrderItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { formatCount } from '../lib/format.ts';
import { ordersQuery } from '../queries.ts';
import { MoreRows } from '../ui/more-rows.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { OrderState, useKinds, usePeople } from './words.tsx';

export function OrderTable({ state }: { readonly state: string | undefined }) {
  const query = useInfiniteQuery(ordersQuery(state));
  const rows = { ...query, data: query.data?.pages.flatMap((page) => page.items) };
  return (
    <Ready query={rows} what="orders">
      {(orders) =>
        orders.length === 0 ? (
          <Empty
            icon="command"
            title={state ? 'No order has a command in this state' : 'Nothing was ordered yet'}
          >
            {state
              ? 'Choose another state above.'
              : 'Each order is listed here, with who asked and who agreed.'}
          </Empty>
        ) : (
          <>
            <Orders orders={orders} />
            <MoreRows query={query} shown={orders.length} total={query.data?.pages[0]?.total ?? 0} />
          </>
        )
      }
    </Ready>
  );
}

function Orders({ orders }: { readonly orders: readonly CommandOrderItem[] }) {
  const kinds = useKinds();
  const nameOf = usePeople();
  return (
    <ScrollBox label="Orders">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Command</th>
            <th scope="col" className="num">
              Meters
            </th>
            <th scope="col">State</th>
            <th scope="col">Asked for</th>
            <th scope="col">By</th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {orders.map((order) => (
            <tr key={order.id}>
              <td>
                <Link to="/commands/$orderId" params={{ orderId: String(order.id) }}>
                  {kinds.get(order.kind)?.title ?? order.kind}
                </Link>{' '}
                <span className="muted">#{order.id}</span>
              </td>
              <td className="num">{formatCount(order.meters)}</td>
              <td>
                <OrderState meters={order.meters} counts={order.counts} />
              </td>
              <td>
                <Time at={order.requestedAt} />
              </td>
              <td>{nameOf(order.requestedBy, order.requestedByName)}</td>
              <td>{order.reason || <span className="muted">–</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
