/** Certificates of devices: issued, rotated, revoked; who is about to be without one. */
import type { CertificateItem } from '@openami/server/contract';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get, send } from '../api.ts';
import { formatCounted } from '../lib/format.ts';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { Badge } from '../ui/marks.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { ReasonInput } from '../ui/reason-input.tsx';
import { download } from '../ui/secret-dialog.tsx';
import { Empty, ErrorBox, Notice } from '../ui/states.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { Time } from '../ui/time.tsx';
import { useSending } from '../ui/use-sending.ts';
import { IssueDialog } from './issue-dialog.tsx';
import { certificatesQuery, endingQuery, soonDays } from './queries.ts';

const dayMs = 86_400_000;

/** Certificates hold by the real time, whatever clock the site has. */
function State({ certificate }: { readonly certificate: CertificateItem }) {
  const { revokedAt, reason, notAfter } = certificate;
  if (revokedAt !== null)
    return (
      <>
        <Badge tone="bad">revoked</Badge> <span className="muted small">{reason}</span>
      </>
    );
  const days = Math.floor((Date.parse(notAfter) - Date.now()) / dayMs);
  if (days < 0) return <Badge>ended</Badge>;
  if (days >= soonDays) return <Badge tone="good">in force</Badge>;
  return <Badge tone="warn">{`ends in ${formatCounted(days, 'day')}`}</Badge>;
}

const columns: readonly Column<CertificateItem>[] = [
  {
    name: 'Device',
    cell: ({ username, serialNumber }) => (
      <>
        <strong>{username}</strong>
        <div className="muted small">
          <code>{serialNumber}</code>
        </div>
      </>
    ),
  },
  { name: 'State', cell: (certificate) => <State certificate={certificate} /> },
  { name: 'From', cell: ({ notBefore }) => <Time at={notBefore} show="date" /> },
  { name: 'Until', cell: ({ notAfter }) => <Time at={notAfter} show="date" /> },
];

type Asked =
  | { readonly what: 'issue'; readonly name?: string }
  | { readonly what: 'revoke'; readonly certificate: CertificateItem };

export function CertificatesPanel(props: {
  readonly q: string | undefined;
  readonly onQuery: (q: string | undefined) => void;
}) {
  const query = useInfiniteQuery(certificatesQuery(props.q));
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const actions: Column<CertificateItem> = {
    ...{ name: 'Actions', quiet: true, num: true },
    cell: (certificate) =>
      certificate.revokedAt === null && (
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Rotate name={certificate.username} onAsk={setAsked} />
          <Button
            look="danger"
            aria-label={`Revoke ${certificate.serialNumber} of ${certificate.username}`}
            onClick={() => setAsked({ what: 'revoke', certificate })}
          >
            Revoke …
          </Button>
        </div>
      ),
  };
  return (
    <>
      <Ending onAsk={setAsked} />
      <Panel
        flush
        title="Certificates"
        note="How devices log in at the broker without a password"
        actions={
          <Button icon="plus" onClick={() => setAsked({ what: 'issue' })}>
            Issue a certificate
          </Button>
        }
      >
        <div className="filters">
          <TextFilter label="Device" hint="Whole name" value={props.q} onChange={props.onQuery} />
          <AuthorityFiles />
        </div>
        <Paged query={query} what="the certificates">
          {(rows) => (
            <DataTable
              label="Certificates"
              columns={[...columns, actions]}
              rows={rows}
              rowKey={({ serialNumber }) => serialNumber}
              empty={<Empty icon="key" title={props.q ? 'This device has none' : 'None is issued yet'} />}
            />
          )}
        </Paged>
      </Panel>
      {asked?.what === 'issue' && <IssueDialog name={asked.name} onClose={close} />}
      {asked?.what === 'revoke' && <RevokeDialog certificate={asked.certificate} onClose={close} />}
    </>
  );
}

function Rotate(props: { readonly name: string; readonly onAsk: (asked: Asked) => void }) {
  return (
    <Button
      aria-label={`Rotate ${props.name}`}
      onClick={() => props.onAsk({ what: 'issue', name: props.name })}
    >
      Rotate …
    </Button>
  );
}

/** Devices whose last certificate ends soon; nothing where there are none. */
function Ending({ onAsk }: { readonly onAsk: (asked: Asked) => void }) {
  const { data: ending } = useQuery(endingQuery);
  if (ending === undefined || ending.items.length === 0) return null;
  const title = `${formatCounted(ending.total, 'device')} without one within ${soonDays} days`;
  const rotate: Column<CertificateItem> = {
    ...{ name: 'Actions', quiet: true, num: true },
    cell: ({ username }) => <Rotate name={username} onAsk={onAsk} />,
  };
  return (
    <Panel flush title="About to end" note={title}>
      <DataTable
        label="Certificates about to end"
        columns={[...columns, rotate]}
        rows={ending.items}
        rowKey={({ serialNumber }) => serialNumber}
        empty={null}
      />
    </Panel>
  );
}

/** What brokers of others need: the root to trust, and what was revoked. */
function AuthorityFiles() {
  const root = useMutation({
    mutationFn: () => get<{ certificate: string }>('/api/v1/device-ca'),
    onSuccess: ({ certificate }) => download('openami-devices.pem', certificate),
  });
  const list = useMutation({
    mutationFn: () => get<{ crl: string }>('/api/v1/device-ca/crl'),
    onSuccess: ({ crl }) => download('openami-devices-crl.pem', crl),
  });
  const error = root.error ?? list.error;
  return (
    <>
      <Button icon="download" busy={root.isPending && 'Loading …'} onClick={() => root.mutate()}>
        Root certificate
      </Button>
      <Button icon="download" busy={list.isPending && 'Loading …'} onClick={() => list.mutate()}>
        List of revoked ones (CRL)
      </Button>
      {error != null && <ErrorBox error={error} what="download it" />}
    </>
  );
}

function RevokeDialog(props: { readonly certificate: CertificateItem; readonly onClose: () => void }) {
  const { certificate, onClose } = props;
  const [reason, setReason] = useState('');
  const revoke = useSending({
    send: () => send('POST', `/api/v1/certificates/${certificate.serialNumber}/revoke`, { body: { reason } }),
    keys: ['certificates'],
    say: `A certificate of ${certificate.username} is revoked`,
    onClose,
  });
  return (
    <Dialog title={`Revoke a certificate of ${certificate.username}`} onClose={onClose}>
      <DialogForm
        action={revoke}
        what="revoke the certificate"
        look="danger"
        ready={reason.trim() !== ''}
        button="Revoke"
        busy="Revoking …"
        leave="Keep it"
        onClose={onClose}
      >
        <Notice tone="warn" title="This cannot be undone">
          <p>Connections that it opened are closed at once. A broker of your own needs the new list.</p>
        </Notice>
        <ReasonInput data-first minLength={1} value={reason} onValue={setReason} />
      </DialogForm>
    </Dialog>
  );
}
