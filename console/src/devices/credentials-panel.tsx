/** Credentials of devices and gateways: made, their topics seen, given a new secret, switched off. */
import type { CredentialItem, DeviceCredential } from '@openami/server/contract';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ConfirmDialog, DialogForm } from '../ui/dialog-form.tsx';
import { AreaField, TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { SecretDialog } from '../ui/secret-dialog.tsx';
import { Empty, ErrorBox } from '../ui/states.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { Time } from '../ui/time.tsx';
import { useSending } from '../ui/use-sending.ts';
import { credentialsQuery } from './queries.ts';

const columns: readonly Column<CredentialItem>[] = [
  { name: 'Device', cell: ({ username }) => <strong>{username}</strong> },
  {
    name: 'State',
    cell: ({ enabled }) => <Badge tone={enabled ? 'good' : 'warn'}>{enabled ? 'on' : 'off'}</Badge>,
  },
  { name: 'Reports for', cell: ({ reportsFor }) => <Codes words={reportsFor} none="itself" /> },
  { name: 'Topics', cell: ({ topics }) => <Codes words={topics} none="OpenAMI’s own" /> },
  { name: 'Changed', cell: ({ updatedAt }) => <Time at={updatedAt} /> },
];

function Codes({ words, none }: { readonly words: readonly string[]; readonly none: string }) {
  if (words.length === 0) return <span className="muted">{none}</span>;
  return (
    <>
      {words.map((word) => (
        <div key={word}>
          <code>{word}</code>
        </div>
      ))}
    </>
  );
}

type Asked =
  | { readonly what: 'reissue' | 'off'; readonly credential: CredentialItem }
  | { readonly what: 'make' };

export function CredentialsPanel(props: {
  readonly q: string | undefined;
  readonly onQuery: (q: string | undefined) => void;
}) {
  const query = useInfiniteQuery(credentialsQuery(props.q));
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const client = useQueryClient();
  const on = useMutation({
    mutationFn: ({ username }: CredentialItem) => switchOne(username, true),
    onSuccess: () => client.invalidateQueries({ queryKey: ['credentials'] }),
  });
  const actions: Column<CredentialItem> = {
    ...{ name: 'Actions', quiet: true, num: true },
    cell: (credential) => {
      const { username, enabled } = credential;
      return (
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button
            aria-label={`New secret of ${username}`}
            onClick={() => setAsked({ what: 'reissue', credential })}
          >
            New secret …
          </Button>
          {enabled ? (
            <Button
              look="danger"
              aria-label={`Revoke ${username}`}
              onClick={() => setAsked({ what: 'off', credential })}
            >
              Revoke …
            </Button>
          ) : (
            <Button aria-label={`Switch on ${username}`} onClick={() => on.mutate(credential)}>
              Switch on
            </Button>
          )}
        </div>
      );
    },
  };
  return (
    <Panel
      flush
      title="Credentials"
      note="How devices and gateways log in at the broker"
      actions={
        <Button icon="plus" onClick={() => setAsked({ what: 'make' })}>
          New credential
        </Button>
      }
    >
      <div className="filters">
        <TextFilter label="User name" value={props.q} onChange={props.onQuery} />
      </div>
      {on.error != null && <ErrorBox error={on.error} what="switch the credential on" />}
      <Paged query={query} what="the credentials">
        {(rows) => (
          <DataTable
            label="Credentials"
            columns={[...columns, actions]}
            rows={rows}
            rowKey={({ username }) => username}
            empty={
              <Empty icon="key" title={props.q ? 'No credential matches' : 'There is no credential yet'}>
                A device logs in with its serial as user name; a gateway reports for the meters named in its
                credential.
              </Empty>
            }
          />
        )}
      </Paged>
      {asked?.what === 'make' && <MakeDialog onClose={close} />}
      {asked?.what === 'reissue' && <ReissueDialog credential={asked.credential} onClose={close} />}
      {asked?.what === 'off' && <RevokeDialog credential={asked.credential} onClose={close} />}
    </Panel>
  );
}

const switchOne = (username: string, enabled: boolean) =>
  send<CredentialItem>('PATCH', `/api/v1/credentials/${encodeURIComponent(username)}`, { body: { enabled } });

/** A list of one a line. */
const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function MakeDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const [reportsFor, setReportsFor] = useState('');
  const [topics, setTopics] = useState('');
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: () =>
      send<DeviceCredential>('POST', `/api/v1/devices/${encodeURIComponent(name.trim())}/credential`, {
        body: { reportsFor: linesOf(reportsFor), topics: linesOf(topics) },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['credentials'] }),
  });
  if (make.data) return <CredentialSecret issued={make.data} onClose={onClose} />;
  return (
    <Dialog title="New credential" onClose={onClose}>
      <DialogForm
        action={make}
        what="make the credential"
        ready={name.trim() !== ''}
        button="Make credential"
        busy="Making …"
        onClose={onClose}
      >
        <TextField
          label="Device"
          required
          maxLength={100}
          help="Serial of a meter, or name of a gateway; one that is there gets a new secret and these rights"
          value={name}
          onChange={(e) => setName(e.target.value)}
        />
        <AreaField
          label="Reports for"
          rows={3}
          spellCheck={false}
          help="Other meters it speaks for, one serial a line; * at the end for many. None: itself"
          value={reportsFor}
          onChange={(e) => setReportsFor(e.target.value)}
        />
        <AreaField
          label="Topics"
          rows={3}
          spellCheck={false}
          help="Topics beside OpenAMI’s own, for mappings or Sparkplug B, one a line: zigbee2mqtt/#"
          value={topics}
          onChange={(e) => setTopics(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

function CredentialSecret(props: { readonly issued: DeviceCredential; readonly onClose: () => void }) {
  const { username, password } = props.issued;
  const secrets = [
    { label: 'User name', value: username },
    { label: 'Password', value: password },
  ];
  return <SecretDialog title={`Credential of ${username}`} secrets={secrets} onClose={props.onClose} />;
}

function ReissueDialog(props: { readonly credential: CredentialItem; readonly onClose: () => void }) {
  const { username } = props.credential;
  const client = useQueryClient();
  const reissue = useMutation({
    mutationFn: () =>
      send<DeviceCredential>('POST', `/api/v1/credentials/${encodeURIComponent(username)}/reissue`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['credentials'] }),
  });
  if (reissue.data) return <CredentialSecret issued={reissue.data} onClose={props.onClose} />;
  return (
    <ConfirmDialog
      title={`New secret of ${username}?`}
      action={reissue}
      what="make the secret"
      button="Make a new secret"
      busy="Making …"
      onClose={props.onClose}
    >
      Its connections are closed at once, and the old secret opens none. What it may do stays as it is.
    </ConfirmDialog>
  );
}

function RevokeDialog(props: { readonly credential: CredentialItem; readonly onClose: () => void }) {
  const { username } = props.credential;
  const revoke = useSending({
    send: () => switchOne(username, false),
    keys: ['credentials'],
    say: `${username} is switched off`,
    onClose: props.onClose,
  });
  return (
    <ConfirmDialog
      title={`Revoke the credential of ${username}?`}
      action={revoke}
      what="revoke the credential"
      button="Revoke"
      busy="Revoking …"
      onClose={props.onClose}
    >
      Its connections are closed at once, and neither its secret nor its certificates open another until it is
      switched on again.
    </ConfirmDialog>
  );
}
