/** Groups of channels by time: members come and go, and a formula over the group follows. */
import type { ChannelGroupItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCounted } from '../lib/format.ts';
import { membersText, readMembers } from '../lib/group-members.ts';
import { useMay } from '../shell/session.tsx';
import type { Column } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AreaField, TextField } from '../ui/field.tsx';
import { ManagedList } from '../ui/managed-list.tsx';
import { Empty } from '../ui/states.tsx';
import { useSending } from '../ui/use-sending.ts';
import { channelGroupsQuery } from '../vee/queries.ts';

const columns: readonly Column<ChannelGroupItem>[] = [
  { name: 'Code', cell: ({ code }) => <code>{code}</code> },
  { name: 'Name', cell: ({ name }) => name },
  { name: 'Members', cell: ({ members }) => formatCounted(members.length, 'member') },
];

export function GroupsPanel() {
  return (
    <ManagedList
      title="Groups"
      note="members by time"
      what="groups"
      query={useQuery(channelGroupsQuery)}
      queryKey="vee"
      mayWrite={useMay('vee:write')}
      make="New group"
      columns={columns}
      rowKey={({ code }) => code}
      nameOf={({ code }) => `group ${code}`}
      empty={
        <Empty icon="virtual" title="No group yet">
          A group holds channels, each for a time: the meters of a street, the houses of a building.
        </Empty>
      }
      editor={(item, onClose) => <GroupDialog item={item} onClose={onClose} />}
      remove={{ word: 'Delete', busy: 'Deleting …', label: 'Delete' }}
      removal={({ code }) => ({
        path: `/api/v1/vee/groups/${encodeURIComponent(code)}`,
        title: `Delete group ${code}?`,
        text: 'Formulas that name it cannot be worked out any more.',
        what: 'delete the group',
        done: `Group ${code} deleted`,
      })}
    />
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
  const { members, bad } = readMembers(text);
  const save = useSending({
    send: () =>
      send('PUT', `/api/v1/vee/groups/${encodeURIComponent(code.trim())}`, {
        body: { name: name.trim(), members },
        ifVersion: item?.version,
      }),
    keys: ['vee'],
    say: `Group ${code} saved: ${formatCounted(members.length, 'member')}`,
    onClose,
  });
  return (
    <Dialog title={item ? `Group ${item.code}` : 'New group'} wide onClose={onClose}>
      <DialogForm
        action={save}
        what="save the group"
        ready={bad.length === 0}
        button={`Save ${formatCounted(members.length, 'member')}`}
        busy="Saving …"
        onClose={onClose}
      >
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
        <AreaField
          label="Members"
          className="code-area"
          data-small
          spellCheck={false}
          error={
            bad.length > 0
              ? `Lines ${bad.slice(0, 8).join(', ')} cannot be read: a channel, then from and until when`
              : undefined
          }
          help="One a line: channel, from, until; for instance 412 2026-01-01 2026-06-30. Times are UTC."
          value={text}
          onChange={(e) => setText(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}
