/** One order: what it asks for, who decided on it, and the life of its commands, live. */
import type { CommandOrderItem } from '@openami/server/contract';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { send } from '../api.ts';
import { cancellable } from '../lib/command-words.ts';
import { formatCounted } from '../lib/format.ts';
import { idOf } from '../lib/search-params.ts';
import { commandKeys, commandsQuery, orderQuery, refresh } from '../queries.ts';
import { useMay, useSession } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { Breadcrumb, ItemPage } from '../ui/item-page.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Empty, Notice, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toast, toastError } from '../ui/toast.tsx';
import { CommandLife, CommandTable } from './command-table.tsx';
import { useLiveCommands } from './commands-page.tsx';
import { DecisionPanel } from './decision-panel.tsx';
import { OrderFacts } from './order-facts.tsx';
import { CommandState, OrderState, useKinds, usePeople } from './words.tsx';

const route = getRouteApi('/commands/$orderId');

export function OrderPage() {
  const id = idOf(route.useParams().orderId);
  const query = useQuery({ ...orderQuery(id), enabled: id > 0 });
  useTitle(id > 0 ? `Order ${id}` : 'Order');
  useLiveCommands();
  return (
    <ItemPage
      good={id > 0}
      icon="command"
      thing="an order"
      query={query}
      list={<Link to="/commands">the list</Link>}
    >
      {(order) => <Order order={order} />}
    </ItemPage>
  );
}

function Order({ order }: { readonly order: CommandOrderItem }) {
  const title = useKinds().get(order.kind)?.title ?? order.kind;
  const nameOf = usePeople();
  return (
    <>
      <Breadcrumb here={`Order ${order.id}`}>
        <Link to="/commands">Commands</Link>
      </Breadcrumb>
      <PageHead
        title={title}
        marks={<OrderState meters={order.meters} counts={order.counts} />}
        note={
          <>
            Asked for by {nameOf(order.requestedBy, order.requestedByName)}, <Time at={order.requestedAt} />
          </>
        }
        actions={<OrderActions order={order} />}
      />
      <div className="meter-layout">
        <div className="stack" style={{ gap: '0.75rem' }}>
          <DecisionPanel order={order} />
          {order.meters === 1 ? <OneCommand order={order} /> : <ManyCommands order={order} />}
        </div>
        <aside className="meter-aside" aria-label="About this order">
          <Panel title="Order">
            <OrderFacts order={order} />
          </Panel>
        </aside>
      </div>
    </>
  );
}

function OrderActions({ order }: { readonly order: CommandOrderItem }) {
  const may = useMay('commands:write');
  const { user } = useSession();
  const client = useQueryClient();
  const move = useMutation({
    mutationFn: (what: 'submit' | 'cancel') => send('POST', `/api/v1/commands/orders/${order.id}/${what}`),
    onSuccess: async (_, what) => {
      await refresh(client, commandKeys);
      toast('good', what === 'submit' ? 'Order submitted' : 'What had not left was cancelled');
    },
    onError: (e, what) => toastError(`${what} the order`, e),
  });
  const open = cancellable(order.counts);
  if (!may || open === 0) return null;
  return (
    <>
      <Button
        busy={move.isPending && move.variables === 'cancel' && 'Cancelling …'}
        onClick={() => move.mutate('cancel')}
      >
        {open === order.meters ? 'Cancel the order' : `Cancel the ${open} that have not left`}
      </Button>
      {(order.counts.draft ?? 0) > 0 && order.requestedPerson === user?.id && (
        <Button
          look="primary"
          busy={move.isPending && move.variables === 'submit' && 'Submitting …'}
          onClick={() => move.mutate('submit')}
        >
          {order.needsApproval ? 'Ask for approval' : 'Submit'}
        </Button>
      )}
    </>
  );
}

function OneCommand({ order }: { readonly order: CommandOrderItem }) {
  const query = useInfiniteQuery(commandsQuery({ order: order.id }));
  const command = query.data?.pages[0]?.items[0];
  return (
    <Panel
      title="Life of the command"
      note={
        command && (
          <>
            <Link to="/meters/$meterId" params={{ meterId: String(command.meterId) }}>
              {command.serial}
            </Link>{' '}
            <CommandState state={command.state} phase={command.phase} />
          </>
        )
      }
    >
      <Ready query={{ ...query, data: query.data && { command } }} what="the command">
        {() => (command ? <CommandLife command={command} order={order} /> : <Empty title="No command" />)}
      </Ready>
    </Panel>
  );
}

function ManyCommands({ order }: { readonly order: CommandOrderItem }) {
  const waits = order.counts.queued ?? 0;
  const tries = waits > 0 && (order.counts.running ?? 0) === 0;
  return (
    <Panel flush title="Commands" note={`${formatCounted(order.meters, 'meter')}, open one for its life`}>
      {tries && (
        <Notice title={`${formatCounted(waits, 'command')} in the queue`}>
          <p>They leave as meters, links and the safety policy allow.</p>
        </Notice>
      )}
      <CommandTable meters filter={{ order: order.id }} empty="No command" />
    </Panel>
  );
}
