/** Commands, one a meter: of one order, of one meter, or all. A row opens to the life of its command. */
import type { CommandItem, CommandOrderItem } from '@openami/server/contract';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { send } from '../api.ts';
import { cancellable, reasonOf } from '../lib/command-words.ts';
import { commandKeys, commandsQuery, orderQuery, refresh } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { meterColumn } from '../ui/meter-column.tsx';
import { Paged } from '../ui/more-rows.tsx';
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
  const kinds = useKinds();
  const titleOf = ({ kind }: CommandItem) => kinds.get(kind)?.title ?? kind;
  return (
    <Paged query={query} what="commands">
      {(commands) => (
        <DataTable
          label="Commands"
          columns={columnsOf(props, titleOf)}
          rows={commands}
          rowKey={({ id }) => id}
          detail={{
            name: 'Life',
            label: (command) =>
              `Life of ${titleOf(command).toLowerCase()}, ${command.serial}, command ${command.id}`,
            of: (command) => <Life command={command} />,
          }}
          empty={<Empty icon="command" title={props.empty} />}
        />
      )}
    </Paged>
  );
}

function columnsOf(
  { kinds, meters }: Shown,
  titleOf: (command: CommandItem) => string,
): readonly Column<CommandItem>[] {
  const kind: Column<CommandItem> = {
    name: 'Command',
    cell: (command) => (
      <Link to="/commands/$orderId" params={{ orderId: String(command.orderId) }}>
        {titleOf(command)}
      </Link>
    ),
  };
  return [
    ...(kinds ? [kind] : []),
    ...(meters ? [meterColumn()] : []),
    { name: 'State', cell: ({ state, phase }) => <CommandState state={state} phase={phase} /> },
    { name: 'Changed', cell: ({ updatedAt }) => <Ago at={updatedAt} /> },
    {
      name: 'Why it waits or ended',
      cell: ({ error }) => reasonOf(error) || <span className="muted">–</span>,
    },
  ];
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
      await refresh(client, commandKeys);
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
