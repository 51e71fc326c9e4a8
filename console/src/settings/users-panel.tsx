/** Users: list, add, change the role, set a new password. */
import type { UserItem, UserPatch } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { usersQuery } from '../queries.ts';
import { useSession } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toastError } from '../ui/toast.tsx';
import { useSending } from '../ui/use-sending.ts';

export function UsersPanel() {
  const query = useQuery(usersQuery);
  const [adding, setAdding] = useState(false);
  return (
    <Panel
      flush
      title="Users"
      actions={
        <Button icon="plus" onClick={() => setAdding(true)}>
          New user
        </Button>
      }
    >
      <Ready query={query} what="users">
        {(users) => <UserTable users={users} />}
      </Ready>
      {adding && <UserDialog onClose={() => setAdding(false)} />}
    </Panel>
  );
}

function UserTable({ users }: { readonly users: readonly UserItem[] }) {
  const { user: me } = useSession();
  const client = useQueryClient();
  const [asked, setAsked] = useState<UserItem>();
  const change = useMutation({
    mutationFn: ({ id, patch }: { id: string; patch: UserPatch }) =>
      send('PATCH', `/api/v1/users/${encodeURIComponent(id)}`, { body: patch }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['users'] }),
    onError: (e) => toastError('change the user', e),
  });
  const columns: readonly Column<UserItem>[] = [
    { name: 'Name', sortBy: (u) => u.name, cell: (u) => u.name },
    { name: 'E-mail', sortBy: (u) => u.email, cell: (u) => u.email },
    {
      name: 'Role',
      sortBy: (u) => u.role,
      cell: (u) => (
        <select
          className="input"
          style={{ width: 'auto' }}
          aria-label={`Role of ${u.name}`}
          value={u.role}
          disabled={u.id === me?.id}
          title={u.id === me?.id ? 'Nobody changes their own role' : undefined}
          onChange={(e) => change.mutate({ id: u.id, patch: { role: e.target.value as UserItem['role'] } })}
        >
          <option value="viewer">Viewer</option>
          <option value="operator">Operator</option>
          <option value="admin">Admin</option>
        </select>
      ),
    },
    { name: 'Since', sortBy: (u) => u.createdAt, cell: (u) => <Time at={u.createdAt} /> },
    {
      ...{ name: 'Action', quiet: true, num: true },
      cell: (u) => (
        <Button onClick={() => setAsked(u)} aria-label={`Set password of ${u.name}`}>
          Set password …
        </Button>
      ),
    },
  ];
  return (
    <>
      <DataTable
        label="Users"
        columns={columns}
        rows={users}
        rowKey={(u) => u.id}
        empty={<Empty icon="settings" title="No users" />}
      />
      {asked && <PasswordDialog user={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

const passwordHelp = 'At least 12 characters';

function PasswordDialog({ user, onClose }: { readonly user: UserItem; readonly onClose: () => void }) {
  const [password, setPassword] = useState('');
  const set = useSending({
    send: () => send('PATCH', `/api/v1/users/${encodeURIComponent(user.id)}`, { body: { password } }),
    keys: [],
    say: `New password set for ${user.name}`,
    onClose,
  });
  return (
    <Dialog title={`New password for ${user.name}`} onClose={onClose}>
      <DialogForm
        action={set}
        what="set the password"
        button="Set password"
        busy="Setting …"
        onClose={onClose}
      >
        <TextField
          label="New password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          required
          help={passwordHelp}
          value={password}
          onChange={(e) => setPassword(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

function UserDialog({ onClose }: { readonly onClose: () => void }) {
  const [user, setUser] = useState({ name: '', email: '', password: '', role: 'viewer' });
  const add = useSending({
    send: () => send('POST', '/api/v1/users', { body: user }),
    keys: ['users'],
    say: `${user.name} can sign in now`,
    onClose,
  });
  const set = (field: keyof typeof user) => (e: { target: { value: string } }) =>
    setUser({ ...user, [field]: e.target.value });
  return (
    <Dialog title="New user" onClose={onClose}>
      <DialogForm action={add} what="add the user" button="Add user" busy="Adding …" onClose={onClose}>
        <TextField label="Name" required maxLength={100} value={user.name} onChange={set('name')} />
        <TextField label="E-mail" type="email" required value={user.email} onChange={set('email')} />
        <TextField
          label="First password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          required
          help={passwordHelp}
          value={user.password}
          onChange={set('password')}
        />
        <SelectField label="Role" value={user.role} onChange={set('role')}>
          <option value="viewer">Viewer: reads</option>
          <option value="operator">Operator: reads, writes, imports</option>
          <option value="admin">Admin: everything</option>
        </SelectField>
      </DialogForm>
    </Dialog>
  );
}
