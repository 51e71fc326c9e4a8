/** Groups of channels by time: members come and go, and a formula over the group follows. */
import type { ChannelGroupItem } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { send } from '../api.ts';
import { formatCounted } from '../lib/format.ts';
import { membersText, readMembers } from '../lib/group-members.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, ErrorBox, Ready } from '../ui/states.tsx';
import { toast } from '../ui/toast.tsx';
import { channelGroupsQuery } from '../vee/queries.ts';

export function GroupsPanel() {
  const query = useQuery(channelGroupsQuery);
  const mayWrite = useMay('vee:write');
  const [edited, setEdited] = useState<ChannelGroupItem | 'new'>();
  const [removed, setRemoved] = useState<ChannelGroupItem>();
  return (
    <Panel
      flush
      title="Groups"
      note="members by time"
      actions={
        mayWrite && (
          <Button icon="plus" onClick={() => setEdited('new')}>
            New group
          </Button>
        )
      }
    >
      <Ready query={query} what="groups">
        {(groups) =>
          groups.length === 0 ? (
            <Empty icon="virtual" title="No group yet">
              A group holds channels, each for a time: the meters of a street, the houses of a building.
            </Empty>
          ) : (
            <ScrollBox label="Groups">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Code</th>
                    <th scope="col">Name</th>
                    <th scope="col">Members</th>
                    {mayWrite && (
                      <th scope="col">
                        <span className="sr-only">Actions</span>
                      </th>
                    )}
                  </tr>
                </thead>
                <tbody>
                  {groups.map((group) => (
                    <tr key={group.code}>
                      <td>
                        <code>{group.code}</code>
                      </td>
                      <td>{group.name}</td>
                      <td>{formatCounted(group.members.length, 'member')}</td>
                      {mayWrite && (
                        <td className="num">
                          <div className="row" style={{ flexWrap: 'nowrap', justifyContent: 'flex-end' }}>
                            <Button
                              aria-label={`Change group ${group.code}`}
                              onClick={() => setEdited(group)}
                            >
                              Change …
                            </Button>
                            <Button
                              look="danger"
                              aria-label={`Delete group ${group.code}`}
                              onClick={() => setRemoved(group)}
                            >
                              Delete …
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
        <GroupDialog item={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
      {removed && <RemoveDialog group={removed} onClose={() => setRemoved(undefined)} />}
    </Panel>
  );
}

function GroupDialog({
  item,
  onClose,
}: {
  readonly item: ChannelGroupItem | undefined;
  readonly onClose: () => void;
}) {
  const [code, setCode] = useState(item?.code ?? '');
  const [name, setName] = useState(item?.name ?? '');
  const [text, setText] = useState(() => membersText(item?.members ?? []));
  const client = useQueryClient();
  const { members, bad } = readMembers(text);
  const save = useMutation({
    mutationFn: () =>
      send('PUT', `/api/v1/vee/groups/${encodeURIComponent(code.trim())}`, {
        body: { name: name.trim(), members },
        ...(item && { ifMatch: `"v${item.version}"` }),
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['vee'] });
      toast('good', `Group ${code} saved: ${formatCounted(members.length, 'member')}`);
      onClose();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (!save.isPending && bad.length === 0) save.mutate();
  };
  return (
    <Dialog title={item ? `Group ${item.code}` : 'New group'} wide onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <div className="option-grid">
          <TextField
            label="Code"
            required
            maxLength={60}
            pattern="[A-Za-z][A-Za-z0-9_\-]*"
            help="Letters, digits, - and _: formulas name it"
            readOnly={item !== undefined}
            value={code}
            onChange={(e) => setCode(e.target.value)}
          />
          <TextField label="Name" maxLength={200} value={name} onChange={(e) => setName(e.target.value)} />
        </div>
        <div className="field">
          <label htmlFor="group-members">Members</label>
          <textarea
            id="group-members"
            className="code-area"
            data-small
            spellCheck={false}
            aria-invalid={bad.length > 0 ? true : undefined}
            aria-describedby="group-members-note"
            value={text}
            onChange={(e) => setText(e.target.value)}
          />
          <span id="group-members-note" className={bad.length > 0 ? 'error' : 'help'}>
            {bad.length > 0
              ? `Lines ${bad.slice(0, 8).join(', ')} cannot be read: a channel, then from and until when`
              : 'One a line: channel, from, until; for instance 412 2026-01-01 2026-06-30. Times are UTC.'}
          </span>
        </div>
        {save.error && <ErrorBox error={save.error} what="save the group" />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={bad.length > 0} busy={save.isPending && 'Saving …'}>
            Save {formatCounted(members.length, 'member')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function RemoveDialog({
  group,
  onClose,
}: {
  readonly group: ChannelGroupItem;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => send('DELETE', `/api/v1/vee/groups/${encodeURIComponent(group.code)}`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['vee'] });
      toast('good', `Group ${group.code} deleted`);
      onClose();
    },
  });
  return (
    <Dialog title={`Delete group ${group.code}?`} onClose={onClose}>
      <p>Formulas that name it cannot be worked out any more.</p>
      {remove.error && <ErrorBox error={remove.error} what="delete the group" />}
      <div className="dialog-actions">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={remove.isPending && 'Deleting …'} onClick={() => remove.mutate()}>
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
