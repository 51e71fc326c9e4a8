/** Check channels: what another meter, or a formula, says is taken where a channel has nothing. */
import type { ChannelCheckItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { useMay } from '../shell/session.tsx';
import type { Column } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { ManagedList } from '../ui/managed-list.tsx';
import { Empty } from '../ui/states.tsx';
import { useSending } from '../ui/use-sending.ts';
import { channelChecksQuery } from '../vee/queries.ts';
import { ChannelFinder } from './channel-finder.tsx';
import { ChannelName, changedColumn } from './columns.tsx';

const columns: readonly Column<ChannelCheckItem>[] = [
  { name: 'Channel', cell: ({ channel, channelId }) => <ChannelName id={channelId}>{channel}</ChannelName> },
  { name: 'Checked by', cell: ({ check, checkId }) => <ChannelName id={checkId}>{check}</ChannelName> },
  changedColumn,
];

export function ChecksPanel() {
  return (
    <ManagedList
      title="Check channels"
      note="taken where the channel has nothing"
      what="check channels"
      query={useQuery(channelChecksQuery)}
      queryKey="vee"
      mayWrite={useMay('vee:write')}
      make="New check"
      columns={columns}
      rowKey={({ channelId }) => channelId}
      nameOf={({ channel }) => channel}
      empty={
        <Empty icon="virtual" title="No check channel yet">
          A check meter, or a virtual channel such as a feeder less its other meters, gives the values of a
          gap instead of an estimate.
        </Empty>
      }
      editor={(item, onClose) => <CheckDialog item={item} onClose={onClose} />}
      remove={{ word: 'Remove', busy: 'Removing …', label: 'Remove' }}
      removal={({ channelId, channel }) => ({
        path: `/api/v1/vee/checks/${channelId}`,
        title: `Check ${channel} no longer?`,
        text: 'Its gaps are estimated again. What was taken so far stays.',
        what: 'remove the check',
        done: `${channel} is checked no longer`,
      })}
    />
  );
}

function CheckDialog({
  item,
  onClose,
}: {
  readonly item: ChannelCheckItem | undefined;
  readonly onClose: () => void;
}) {
  const [channel, setChannel] = useState(item && { id: item.channelId, name: item.channel });
  const [check, setCheck] = useState(item && { id: item.checkId, name: item.check });
  const save = useSending({
    send: () =>
      send<ChannelCheckItem>('PUT', `/api/v1/vee/checks/${channel?.id}`, {
        body: { checkId: check?.id },
        ifVersion: item?.version,
      }),
    keys: ['vee'],
    say: (made) => `${made.channel} is checked by ${made.check}`,
    onClose,
  });
  return (
    <Dialog title={item ? `Check of ${item.channel}` : 'New check channel'} wide onClose={onClose}>
      <DialogForm
        action={save}
        what="save the check"
        ready={channel !== undefined && check !== undefined}
        button="Save"
        busy="Saving …"
        onClose={onClose}
      >
        <p role="status">
          Gaps of <Picked of={channel} /> are filled by <Picked of={check} />.
        </p>
        {!item && (
          <ChannelFinder
            label="Channel whose gaps are filled"
            onPick={(id, name) => setChannel({ id, name })}
          />
        )}
        <ChannelFinder
          label="Channel that measures the same"
          help="Of the same unit and interval; a virtual channel’s meter is called virtual: and its name"
          onPick={(id, name) => setCheck({ id, name })}
        />
      </DialogForm>
    </Dialog>
  );
}

function Picked({ of }: { readonly of: { readonly id: number; readonly name: string } | undefined }) {
  return of ? <strong>{`#${of.id} ${of.name}`}</strong> : <span className="muted">(not chosen yet)</span>;
}
