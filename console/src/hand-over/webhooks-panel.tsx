/** Webhooks: made (the secret is shown once), tried, paused, given a new secret, removed. */
import { eventKinds, type WebhookItem, type WebhookSecretShown } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCount } from '../lib/format.ts';
import { toggled } from '../lib/toggled.ts';
import { refresh } from '../queries.ts';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ConfirmDialog, DialogForm } from '../ui/dialog-form.tsx';
import { Check, TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { SecretDialog } from '../ui/secret-dialog.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Ago } from '../ui/time.tsx';
import { useSending } from '../ui/use-sending.ts';
import { handOverKeys, webhooksQuery } from './queries.ts';

const keep = 'It is kept sealed and not shown again. Copy it now to the system that receives.';
const pathOf = ({ id }: WebhookItem) => `/api/v1/webhooks/${id}`;

const columns: readonly Column<WebhookItem>[] = [
  {
    name: 'Name',
    cell: ({ name, url }) => (
      <>
        {name}
        <div className="muted wrap-anywhere">{url}</div>
      </>
    ),
  },
  { name: 'Events', cell: ({ kinds }) => kinds.join(', ') },
  {
    name: 'State',
    cell: ({ enabled, paused, failures }) =>
      enabled ? (
        <Badge tone={failures > 0 ? 'warn' : 'good'}>{failures > 0 ? `${failures} failed` : 'Sends'}</Badge>
      ) : (
        <>
          <Badge tone="bad">Paused</Badge> {paused}
        </>
      ),
  },
  { name: 'Waiting', num: true, cell: ({ waiting }) => formatCount(waiting) },
  { name: 'Dead', num: true, cell: ({ dead }) => formatCount(dead) },
  { name: 'Last sent', oneLine: true, cell: ({ deliveredAt }) => <Ago at={deliveredAt} /> },
];

type Asked = { readonly kind: 'remove' | 'rotate'; readonly hook: WebhookItem };

export function WebhooksPanel() {
  const query = useQuery(webhooksQuery);
  const [making, setMaking] = useState(false);
  const [asked, setAsked] = useState<Asked>();
  const actions: Column<WebhookItem> = {
    ...{ name: 'Actions', quiet: true, num: true },
    cell: (hook) => <HookActions hook={hook} onAsk={(kind) => setAsked({ kind, hook })} />,
  };
  return (
    <Panel
      flush
      title="Webhooks"
      note="Events are sent as they happen, signed, in order, at least once"
      actions={
        <Button icon="plus" onClick={() => setMaking(true)}>
          New webhook
        </Button>
      }
    >
      <Ready query={query} what="webhooks">
        {(rows) => (
          <DataTable
            label="Webhooks"
            columns={[...columns, actions]}
            rows={rows}
            rowKey={({ id }) => id}
            empty={
              <Empty icon="settings" title="No webhooks yet">
                Another system is told of bills, runs, exceptions and commands at a URL of its own.
              </Empty>
            }
          />
        )}
      </Ready>
      {making && <MakeDialog onClose={() => setMaking(false)} />}
      {asked?.kind === 'remove' && <RemoveDialog hook={asked.hook} onClose={() => setAsked(undefined)} />}
      {asked?.kind === 'rotate' && <RotateDialog hook={asked.hook} onClose={() => setAsked(undefined)} />}
    </Panel>
  );
}

function HookActions({
  hook,
  onAsk,
}: {
  readonly hook: WebhookItem;
  readonly onAsk: (kind: Asked['kind']) => void;
}) {
  const test = useSending({
    send: () => send('POST', `${pathOf(hook)}/test`),
    ...{ keys: handOverKeys, what: 'test the webhook', say: 'A test event is on its way' },
  });
  const turn = useSending({
    send: () => send('PATCH', pathOf(hook), { body: { enabled: !hook.enabled }, ifVersion: hook.version }),
    keys: handOverKeys,
    what: `${hook.enabled ? 'pause' : 'start'} the webhook`,
    say: hook.enabled ? 'Paused' : 'It sends again',
  });
  const resend = useSending({
    send: () => send('POST', `${pathOf(hook)}/resend`),
    ...{ keys: handOverKeys, what: 'send them again', say: 'Dead events are sent again' },
  });
  return (
    <div className="row" style={{ justifyContent: 'flex-end' }}>
      <Button aria-label={`Test ${hook.name}`} disabled={!hook.enabled} onClick={() => test.mutate()}>
        Test
      </Button>
      {hook.dead > 0 && (
        <Button aria-label={`Resend dead events of ${hook.name}`} onClick={() => resend.mutate()}>
          Resend
        </Button>
      )}
      <Button aria-label={`${hook.enabled ? 'Pause' : 'Start'} ${hook.name}`} onClick={() => turn.mutate()}>
        {hook.enabled ? 'Pause' : 'Start'}
      </Button>
      <Button aria-label={`New secret for ${hook.name}`} onClick={() => onAsk('rotate')}>
        New secret …
      </Button>
      <Button look="danger" aria-label={`Remove ${hook.name}`} onClick={() => onAsk('remove')}>
        Remove …
      </Button>
    </div>
  );
}

function MakeDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [kinds, setKinds] = useState<ReadonlySet<string>>(new Set(['hand-over.batch']));
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: () =>
      send<WebhookSecretShown>('POST', '/api/v1/webhooks', { body: { name, url, kinds: [...kinds] } }),
    onSuccess: () => refresh(client, handOverKeys),
  });
  if (make.data) return <Shown name={name} secret={make.data.secret} onClose={onClose} />;
  return (
    <Dialog title="New webhook" onClose={onClose}>
      <DialogForm
        {...{ action: make, what: 'make the webhook', button: 'Make webhook', onClose }}
        ready={name.trim() !== '' && url !== '' && kinds.size > 0}
      >
        <TextField
          label="Name"
          required
          maxLength={100}
          value={name}
          onChange={(e) => setName(e.target.value)}
        />
        <TextField
          label="URL"
          required
          type="url"
          maxLength={2_000}
          help="https://; addresses of private networks only where the configuration allows them"
          value={url}
          onChange={(e) => setUrl(e.target.value)}
        />
        <fieldset
          style={{
            display: 'grid',
            gridTemplateColumns: 'repeat(auto-fit, minmax(12rem, 1fr))',
            gap: '0.25rem',
          }}
        >
          <legend>Events</legend>
          {eventKinds.map((kind) => (
            <Check
              key={kind}
              label={kind}
              checked={kinds.has(kind)}
              onChange={() => setKinds(toggled(kinds, kind))}
            />
          ))}
        </fieldset>
      </DialogForm>
    </Dialog>
  );
}

function Shown(props: { readonly name: string; readonly secret: string; readonly onClose: () => void }) {
  const secrets = [{ label: 'Secret', value: props.secret }];
  return (
    <SecretDialog title={`Secret of “${props.name}”`} {...{ secrets, note: keep }} onClose={props.onClose} />
  );
}

function RotateDialog({ hook, onClose }: { readonly hook: WebhookItem; readonly onClose: () => void }) {
  const client = useQueryClient();
  const rotate = useMutation({
    mutationFn: () =>
      send<WebhookSecretShown>('POST', `${pathOf(hook)}/rotate`, { body: { overlapHours: 24 } }),
    onSuccess: () => refresh(client, handOverKeys),
  });
  if (rotate.data) return <Shown name={hook.name} secret={rotate.data.secret} onClose={onClose} />;
  return (
    <ConfirmDialog
      {...{ title: `New secret for “${hook.name}”?`, action: rotate, what: 'make a secret', onClose }}
      look="primary"
      button="Make secret"
    >
      For 24 hours messages are signed with both, so that the receiver can be changed meanwhile.
    </ConfirmDialog>
  );
}

function RemoveDialog({ hook, onClose }: { readonly hook: WebhookItem; readonly onClose: () => void }) {
  const remove = useSending({
    send: () => send('DELETE', pathOf(hook)),
    ...{ keys: handOverKeys, say: `Webhook “${hook.name}” removed`, onClose },
  });
  return (
    <ConfirmDialog
      {...{ title: `Remove “${hook.name}”?`, action: remove, what: 'remove the webhook', onClose }}
      button="Remove"
      busy="Removing …"
    >
      Events that wait for it are lost. Pause it to keep them.
    </ConfirmDialog>
  );
}
