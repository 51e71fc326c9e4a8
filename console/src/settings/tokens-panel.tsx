/** API tokens: list, make (the secret is shown once), revoke. */
import type { TokenCreated, TokenItem } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatWord } from '../lib/format.ts';
import { tokensQuery } from '../queries.ts';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ConfirmDialog, DialogForm } from '../ui/dialog-form.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { SecretDialog } from '../ui/secret-dialog.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Ago, Time } from '../ui/time.tsx';
import { useSending } from '../ui/use-sending.ts';

export function TokensPanel() {
  const query = useQuery(tokensQuery);
  const [making, setMaking] = useState(false);
  return (
    <Panel
      flush
      title="API tokens"
      note="Send one as “Authorization: Bearer …”"
      actions={
        <Button icon="plus" onClick={() => setMaking(true)}>
          New token
        </Button>
      }
    >
      <Ready query={query} what="tokens">
        {(tokens) => <TokenTable tokens={tokens} />}
      </Ready>
      {making && <TokenDialog onClose={() => setMaking(false)} />}
    </Panel>
  );
}

function TokenTable({ tokens }: { readonly tokens: readonly TokenItem[] }) {
  const [asked, setAsked] = useState<TokenItem>();
  const action: Column<TokenItem> = {
    ...{ name: 'Action', quiet: true, num: true },
    cell: (t) => (
      <Button look="danger" onClick={() => setAsked(t)} aria-label={`Revoke ${t.name}`}>
        Revoke …
      </Button>
    ),
  };
  return (
    <>
      <DataTable
        label="API tokens"
        columns={[...columns, action]}
        rows={tokens}
        rowKey={(t) => t.id}
        empty={
          <Empty icon="settings" title="No tokens yet">
            Programs that push readings or read data sign in with a token of their own.
          </Empty>
        }
      />
      {asked && <RevokeDialog token={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function RevokeDialog({ token, onClose }: { readonly token: TokenItem; readonly onClose: () => void }) {
  const revoke = useSending({
    send: () => send('DELETE', `/api/v1/tokens/${token.id}`),
    keys: ['tokens'],
    say: `Token “${token.name}” revoked`,
    onClose,
  });
  return (
    <ConfirmDialog
      title={`Revoke “${token.name}”?`}
      action={revoke}
      what="revoke the token"
      button="Revoke"
      busy="Revoking …"
      onClose={onClose}
    >
      Programs that use it are refused from now on. This cannot be undone.
    </ConfirmDialog>
  );
}

const columns: readonly Column<TokenItem>[] = [
  { name: 'Name', sortBy: (t) => t.name, cell: (t) => t.name },
  { name: 'Role', sortBy: (t) => t.role, cell: (t) => formatWord(t.role) },
  { name: 'Made', sortBy: (t) => t.createdAt, cell: (t) => <Time at={t.createdAt} /> },
  { name: 'Expires', sortBy: (t) => t.expiresAt ?? '', cell: (t) => <Time at={t.expiresAt} /> },
  { name: 'Last used', sortBy: (t) => t.lastUsedAt ?? '', cell: (t) => <Ago at={t.lastUsedAt} /> },
];

function TokenDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState('viewer');
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: () => send<TokenCreated>('POST', '/api/v1/tokens', { body: { name, role } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  });
  if (make.data) {
    const secrets = [{ label: 'Token', value: make.data.token }];
    return <SecretDialog title={`Token “${name}”`} secrets={secrets} onClose={onClose} />;
  }
  return (
    <Dialog title="New API token" onClose={onClose}>
      <DialogForm action={make} what="make the token" button="Make token" busy="Making …" onClose={onClose}>
        <TextField
          label="Name"
          required
          maxLength={100}
          help="What uses it, e.g. “concentrator north”"
          value={name}
          onChange={(e) => setName(e.target.value)}
        />
        <SelectField label="Role" value={role} onChange={(e) => setRole(e.target.value)}>
          <option value="viewer">Viewer: reads</option>
          <option value="operator">Operator: reads, writes readings, imports</option>
          <option value="gateway">Gateway: hands in readings, and sees nothing</option>
          <option value="vendor">Vendor: takes prepay payments, and sees masked names only</option>
          <option value="cis">CIS: fetches bills that are handed over, and acknowledges them</option>
          <option value="admin">Admin: everything</option>
        </SelectField>
      </DialogForm>
    </Dialog>
  );
}
