/** A certificate is issued: for a request of the device, or with a key made here and shown once. */
import type { CertificateIssued } from '@openami/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AreaField, TextField } from '../ui/field.tsx';
import { SecretDialog } from '../ui/secret-dialog.tsx';
import { Notice } from '../ui/states.tsx';

export function IssueDialog(props: {
  /** Of a device that has one: it is rotated. */
  readonly name: string | undefined;
  readonly onClose: () => void;
}) {
  const [name, setName] = useState(props.name ?? '');
  const [days, setDays] = useState('730');
  const [csr, setCsr] = useState('');
  const client = useQueryClient();
  const issue = useMutation({
    mutationFn: () =>
      send<CertificateIssued>('POST', `/api/v1/devices/${encodeURIComponent(name.trim())}/certificate`, {
        body: { days: Number(days), ...(csr.trim() === '' ? {} : { csr }) },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['certificates'] }),
  });
  if (issue.data) return <Issued issued={issue.data} onClose={props.onClose} />;
  const isWhole = /^\d+$/.test(days) && Number(days) >= 1 && Number(days) <= 3_650;
  return (
    <Dialog
      title={props.name === undefined ? 'Issue a certificate' : `Rotate ${props.name}`}
      onClose={props.onClose}
    >
      <DialogForm
        action={issue}
        what="issue the certificate"
        ready={name.trim() !== '' && isWhole}
        button="Issue"
        busy="Issuing …"
        onClose={props.onClose}
      >
        {props.name !== undefined && (
          <Notice title="Both are good for now">
            <p>Let the device change over to the new one, then revoke the old one.</p>
          </Notice>
        )}
        <TextField
          label="Device"
          required
          maxLength={64}
          readOnly={props.name !== undefined}
          help="Serial of a meter, or name of a gateway: its common name"
          value={name}
          onChange={(e) => setName(e.target.value)}
        />
        <TextField
          label="Days"
          inputMode="numeric"
          error={isWhole ? undefined : '1 to 3650'}
          value={days}
          onChange={(e) => setDays(e.target.value.trim())}
        />
        <AreaField
          label="Certificate request"
          className="input code"
          rows={5}
          spellCheck={false}
          help="PKCS#10 as PEM, made on the device: its key never leaves it. Without one a key is made here."
          value={csr}
          onChange={(e) => setCsr(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

function Issued(props: { readonly issued: CertificateIssued; readonly onClose: () => void }) {
  const { username, certificate, authority, privateKey } = props.issued;
  const name = username.replaceAll(/[^\w.-]/g, '_');
  return (
    <SecretDialog
      title={`Certificate of ${username}`}
      note={
        privateKey === undefined
          ? 'Put both files on the device, which has its private key.'
          : 'The private key is kept nowhere. Put all three files on the device now.'
      }
      secrets={[
        ...(privateKey === undefined
          ? []
          : [{ label: 'Private key', value: privateKey, file: `${name}.key.pem` }]),
        { label: 'Certificate', value: certificate, file: `${name}.pem` },
        { label: 'Root certificate', value: authority, file: 'openami-devices.pem' },
      ]}
      onClose={props.onClose}
    />
  );
}
