/** The virtual channels there are: made, changed, and no longer worked out. */
import type { VirtualChannelItem } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatInterval } from '../lib/format.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, ErrorBox, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toast } from '../ui/toast.tsx';
import { virtualChannelsQuery } from '../vee/queries.ts';
import { ChannelDialog } from './channel-dialog.tsx';

export function ChannelsPanel() {
  const query = useQuery(virtualChannelsQuery);
  const mayWrite = useMay('vee:write');
  const [edited, setEdited] = useState<VirtualChannelItem | 'new'>();
  const [removed, setRemoved] = useState<VirtualChannelItem>();
  return (
    <Panel
      flush
      title="Virtual channels"
      actions={
        mayWrite && (
          <Button icon="plus" onClick={() => setEdited('new')}>
            New virtual channel
          </Button>
        )
      }
    >
      <Ready query={query} what="virtual channels">
        {(items) =>
          items.length === 0 ? (
            <Empty icon="virtual" title="No virtual channel yet">
              A formula makes one of others: the sum of a street, a feeder less its meters, gas as energy.
            </Empty>
          ) : (
            <ScrollBox label="Virtual channels">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">Formula</th>
                    <th scope="col">Unit</th>
                    <th scope="col">Changed</th>
                    {mayWrite && (
                      <th scope="col">
                        <span className="sr-only">Actions</span>
                      </th>
                    )}
                  </tr>
                </thead>
                <tbody>
                  {items.map((item) => (
                    <tr key={item.channelId}>
                      <td>
                        <Link to="/meters/$meterId" params={{ meterId: String(item.meterId) }} search={{}}>
                          {item.name}
                        </Link>
                        <div className="muted small">channel #{item.channelId}</div>
                      </td>
                      <td>
                        <code>{item.formula}</code>
                      </td>
                      <td>
                        {item.unit}, {formatInterval(item.intervalS)}
                      </td>
                      <td>
                        <Time at={item.updatedAt} />
                        <div className="muted small">{item.updatedBy}</div>
                      </td>
                      {mayWrite && (
                        <td className="num">
                          <div className="row" style={{ flexWrap: 'nowrap', justifyContent: 'flex-end' }}>
                            <Button aria-label={`Change ${item.name}`} onClick={() => setEdited(item)}>
                              Change …
                            </Button>
                            <Button
                              look="danger"
                              aria-label={`Stop working out ${item.name}`}
                              onClick={() => setRemoved(item)}
                            >
                              Stop …
                            </Button>
                          </div>
                        </td>
                      )}
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollBox>
          )
        }
      </Ready>
      {edited && (
        <ChannelDialog item={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
      {removed && <RemoveDialog item={removed} onClose={() => setRemoved(undefined)} />}
    </Panel>
  );
}

function RemoveDialog({
  item,
  onClose,
}: {
  readonly item: VirtualChannelItem;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => send('DELETE', `/api/v1/vee/virtual-channels/${item.channelId}`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['vee'] });
      toast('good', `“${item.name}” is worked out no longer`);
      onClose();
    },
  });
  return (
    <Dialog title={`Stop working out “${item.name}”?`} onClose={onClose}>
      <p>Its readings stay. Nothing is added to them.</p>
      {remove.error && <ErrorBox error={remove.error} what="stop it" />}
      <div className="dialog-actions">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={remove.isPending && 'Stopping …'} onClick={() => remove.mutate()}>
          Stop
        </Button>
      </div>
    </Dialog>
  );
}
