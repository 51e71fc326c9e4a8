/** Imports a key file of a vendor. The file is not kept; bad rows cost only themselves. */
import { commodities } from '@openami/model';
import type { KeyImportAnswer } from '@openami/server/contract';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCounted } from '../lib/format.ts';
import { Button } from '../ui/button.tsx';
import { Counts } from '../ui/counts.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AreaField, SelectField, TextField } from '../ui/field.tsx';
import { Notice } from '../ui/states.tsx';
import { RejectTable, useFreshKeys } from './key-parts.tsx';

const exampleMapping = '{"format":"xml","record":"Meter","fields":{"serial":"@id","guek":"Keys/EK"}}';
const atFirst = { format: 'csv', encoding: 'hex', suite: '0', different: 'reject', register: '' };

export function KeyImportDialog({ onClose }: { readonly onClose: () => void }) {
  const [file, setFile] = useState<File>();
  const [options, setOptions] = useState(atFirst);
  const [mapping, setMapping] = useState('');
  const [transportKey, setTransportKey] = useState('');
  const fresh = useFreshKeys();
  const take = useMutation({
    mutationFn: () =>
      send<KeyImportAnswer>('POST', '/api/v1/keys/import', {
        params: {
          ...{ ...options, suite: Number(options.suite), name: file?.name },
          register: options.register || undefined,
          mapping: mapping.trim() || undefined,
        },
        body: file,
        ...(transportKey.trim() ? { headers: { 'x-transport-key': transportKey.trim() } } : {}),
      }),
    onSuccess: fresh,
  });
  const field = (name: keyof typeof options) => ({
    value: options[name],
    onChange: (e: { target: { value: string } }) => setOptions({ ...options, [name]: e.target.value }),
  });
  if (take.data) {
    return (
      <Dialog title="Key file imported" wide onClose={onClose}>
        <Answer answer={take.data} />
        <div className="dialog-actions">
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Import a key file" wide onClose={onClose}>
      <DialogForm action={take} what="import the file" button="Import" busy="Importing …" onClose={onClose}>
        <Notice tone="warn" title="The file holds keys in the clear">
          <p>
            Delete it wherever it lies once it is imported. The server wraps each key and does not keep it.
          </p>
        </Notice>
        <TextField
          label="File"
          type="file"
          accept=".csv,.txt,.xml"
          required
          onChange={(e) => {
            const next = e.target.files?.[0];
            setFile(next);
            if (next) setOptions({ ...options, format: /\.xml$/i.test(next.name) ? 'xml' : 'csv' });
          }}
        />
        <div className="option-grid">
          <SelectField label="Format" {...field('format')}>
            <option value="csv">Table with a header row</option>
            <option value="xml">XML</option>
          </SelectField>
          <SelectField label="Keys are written in" {...field('encoding')}>
            <option value="hex">Hexadecimal</option>
            <option value="base64">Base64</option>
          </SelectField>
          <SelectField label="Security suite" help="Where a row does not say" {...field('suite')}>
            <option value="0">0: AES-GCM-128</option>
            <option value="1">1: with ECDSA P-256</option>
            <option value="2">2: AES-GCM-256, P-384</option>
          </SelectField>
          <SelectField
            label="Meters that are not known"
            help="Registered, the file is the list of a delivery"
            {...field('register')}
          >
            <option value="">are refused</option>
            {commodities.map((commodity) => (
              <option key={commodity} value={commodity}>
                are registered: {commodity}
              </option>
            ))}
          </SelectField>
          <SelectField label="A key that differs from ours" {...field('different')}>
            <option value="reject">is refused</option>
            <option value="stage">is staged beside it</option>
          </SelectField>
        </div>
        <TextField
          label="Transport key"
          help="Where the keys of the file are wrapped: 32 or 64 hexadecimal digits"
          type="password"
          autoComplete="off"
          value={transportKey}
          onChange={(e) => setTransportKey(e.target.value)}
        />
        <AreaField
          label="Mapping, as JSON"
          help="Empty: the usual names of columns and elements are known"
          rows={4}
          spellCheck={false}
          placeholder={exampleMapping}
          value={mapping}
          onChange={(e) => setMapping(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

function Answer({ answer }: { readonly answer: KeyImportAnswer }) {
  const counts = [
    ['Rows', answer.rows],
    ['Meters registered', answer.registered],
    ['Added', answer.added],
    ['Staged', answer.staged],
    ['Known already', answer.unchanged],
    ['System titles', answer.titles],
    ['Rejected', answer.rejected],
  ] as const;
  return (
    <>
      <Counts counts={counts} />
      {answer.error && (
        <Notice tone="warn" title="The rest of the file could not be read">
          <p>
            {answer.error.detail} <code className="muted">{answer.error.code}</code>
          </p>
        </Notice>
      )}
      {answer.rejects.length > 0 && (
        <>
          <p>{formatCounted(answer.rejects.length, 'rejected row')}:</p>
          <RejectTable rejects={answer.rejects} />
        </>
      )}
    </>
  );
}
