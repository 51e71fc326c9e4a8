/** Commands, one a meter: of one order, of one meter, or all. A row opens to the life of its command. */
import type { CommandItem, CommandOrderItem } from '@openami/server/contract';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment, useState } from 'react';
import { send } from '../api.ts';
import { cancellable, reasonOf } from '../lib/command-words.ts';
import { commandsQuery, orderQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { MoreRows } from '../ui/more-rows.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Ago } from '../ui/time.tsx';
import { toast, toastError } from '../ui/toast.tsx';
import { CommandTimeline } from './timeline.tsx';
import { CommandState, useKinds } from './words.tsx';

interface Shown {
  /** Say the command of each row, and lead to its order. */
  readonly kinds?: boolean;
  /** Say the meter of each row. */
  readonly meters?: boolean;
}

export function CommandTable(
  props: Shown & {
    readonly filter: { readonly order?: number; readonly meter?: number; readonly state?: string };
    readonly empty: string;
  },
) {
  const query = useInfiniteQuery(commandsQuery(props.filter));
  const rows = { ...query, data: query.data?.pages.flatMap((page) => page.items) };
  return (
    <Ready query={rows} what="commands">
      {(commands) =>
        commands.length === 0 ? (
          <Empty icon="command" title={props.empty} />
        ) : (
          <>
            <Commands commands={commands} kinds={props.kinds} meters={props.meters} />
            <MoreRows query={query} shown={commands.length} total={query.data?.pages[0]?.total ?? 0} />
          </>
        )
      }
    </Ready>
  );
}

function Commands(props: Shown & { readonly commands: readonly CommandItem[] }) {
  const [open, setOpen] = useState<number>();
  const columns = 4 + (props.kinds ? 1 : 0) + (props.meters ? 1 : 0);
  return (
    <ScrollBox label="Commands">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">
              <span className="sr-only">Life</span>
            </th>
            {props.kinds && <th scope="col">Command</th>}
            {props.meters && <th scope="col">Meter</th>}
            <th scope="col">State</th>
            <th scope="col">Changed</th>
            <th scope="col">Why it waits or ended</th>
          </tr>
        </thead>
        <tbody>
          {props.commands.map((command) => (
            <Fragment key={command.id}>
              <Row
                {...props}
                command={command}
                open={open === command.id}
                onOpen={() => setOpen(open === command.id ? undefined : command.id)}
              />
              {open === command.id && (
                <tr className="life-row">
                  <td colSpan={columns}>
                    <Life command={command} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function Row(
  props: Shown & { readonly command: CommandItem; readonly open: boolean; readonly onOpen: () => void },
) {
  const { command, open } = props;
  const title = useKinds().get(command.kind)?.title ?? command.kind;
  const label = `Life of ${title.toLowerCase()}, ${command.serial}, command ${command.id}`;
  return (
    <tr>
      <td>
        <button
          type="button"
          className="icon-button"
          aria-expanded={open}
          aria-label={label}
          onClick={props.onOpen}
        >
          <Icon name={open ? 'down' : 'right'} size={12} />
        </button>
      </td>
      {props.kinds && (
        <td>
          <Link to="/commands/$orderId" params={{ orderId: String(command.orderId) }}>
            {title}
          </Link>
        </td>
      )}
      {props.meters && (
        <td>
          <Link to="/meters/$meterId" params={{ meterId: String(command.meterId) }}>
            {command.serial}
          </Link>
        </td>
      )}
      <td>
        <CommandState state={command.state} phase={command.phase} />
      </td>
      <td>
        <Ago at={command.updatedAt} />
      </td>
      <td>{reasonOf(command.error) || <span className="muted">–</span>}</td>
    </tr>
  );
}

function Life({ command }: { readonly command: CommandItem }) {
  const query = useQuery(orderQuery(command.orderId));
  return (
    <Ready query={query} what="the order">
      {(order) => <CommandLife command={command} order={order} />}
    </Ready>
  );
}

/** The timeline of a command, and the button that takes it back while that is possible. */
export function CommandLife(props: { readonly command: CommandItem; readonly order: CommandOrderItem }) {
  const { command, order } = props;
  const may = useMay('commands:write');
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => send('POST', `/api/v1/commands/${command.id}/cancel`),
    onSuccess: async () => {
      for (const key of ['orders', 'order', 'commands']) await client.invalidateQueries({ queryKey: [key] });
      toast('good', `Command to ${command.serial} cancelled`);
    },
    onError: (e) => toastError('cancel the command', e),
  });
  const open = cancellable({ [command.state]: 1 }) > 0;
  return (
    <div className="stack">
      <CommandTimeline command={command} order={order} />
      {may && open && order.meters > 1 && (
        <div className="row">
          <Button busy={cancel.isPending && 'Cancelling …'} onClick={() => cancel.mutate()}>
            Cancel the command to {command.serial}
          </Button>
        </div>
      )}
    </div>
  );
}
