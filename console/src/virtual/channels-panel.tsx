/** The virtual channels there are: made, changed, and no longer worked out. */
import type { VirtualChannelItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { formatInterval } from '../lib/format.ts';
import { useMay } from '../shell/session.tsx';
import type { Column } from '../ui/data-table.tsx';
import { ManagedList } from '../ui/managed-list.tsx';
import { Empty } from '../ui/states.tsx';
import { virtualChannelsQuery } from '../vee/queries.ts';
import { ChannelDialog } from './channel-dialog.tsx';
import { ChannelName, changedColumn } from './columns.tsx';

const columns: readonly Column<VirtualChannelItem>[] = [
  {
    name: 'Name',
    cell: ({ name, channelId, meterId }) => (
      <ChannelName id={channelId}>
        <Link to="/meters/$meterId" params={{ meterId: String(meterId) }} search={{}}>
          {name}
        </Link>
      </ChannelName>
    ),
  },
  { name: 'Formula', cell: ({ formula }) => <code>{formula}</code> },
  { name: 'Unit', cell: ({ unit, intervalS }) => `${unit}, ${formatInterval(intervalS)}` },
  changedColumn,
];

export function ChannelsPanel() {
  return (
    <ManagedList
      title="Virtual channels"
      what="virtual channels"
      query={useQuery(virtualChannelsQuery)}
      queryKey="vee"
      mayWrite={useMay('vee:write')}
      make="New virtual channel"
      columns={columns}
      rowKey={({ channelId }) => channelId}
      nameOf={({ name }) => name}
      empty={
        <Empty icon="virtual" title="No virtual channel yet">
          A formula makes one of others: the sum of a street, a feeder less its meters, gas as energy.
        </Empty>
      }
      editor={(item, onClose) => <ChannelDialog item={item} onClose={onClose} />}
      remove={{ word: 'Stop', busy: 'Stopping …', label: 'Stop working out' }}
      removal={({ name, channelId }) => ({
        path: `/api/v1/vee/virtual-channels/${channelId}`,
        title: `Stop working out “${name}”?`,
        text: 'Its readings stay. Nothing is added to them.',
        what: 'stop it',
        done: `“${name}” is worked out no longer`,
      })}
    />
  );
}
