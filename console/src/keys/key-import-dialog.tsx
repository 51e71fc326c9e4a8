/** Imports a key file of a vendor. The file is not kept; bad rows cost only themselves. */
import type { KeyImportAnswer } from '@openami/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { send } from '../api.ts';
import { formatCount, formatCounted } from '../lib/format.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { SelectField } from '../ui/field.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { ErrorBox, Notice } from '../ui/states.tsx';

const atFirst = { format: 'csv', encoding: 'hex', suite: '0', different: 'reject' };

export function KeyImportDialog({ onClose }: { readonly onClose: () => void }) {
  const [file, setFile] = useState<File>();
  const [options, setOptions] = useState(atFirst);
  const client = useQueryClient();
  const fileId = useId();
  const take = useMutation({
    mutationFn: () =>
      send<KeyImportAnswer>('POST', '/api/v1/keys/import', {
        params: { ...options, suite: Number(options.suite) },
        body: file,
      }),
    onSuccess: async () => {
      for (const key of ['keys', 'meter-keys']) await client.invalidateQueries({ queryKey: [key] });
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (file && !take.isPending) take.mutate();
  };
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
      <form className="form" onSubmit={submit}>
        <Notice tone="warn" title="The file holds keys in the clear">
          <p>
            Delete it wherever it lies once it is imported. The server wraps each key and does not keep it.
          </p>
        </Notice>
        <div className="field">
          <label htmlFor={fileId}>File</label>
          <input
            id={fileId}
            className="input"
            type="file"
            accept=".csv,.txt,.xml"
            required
            onChange={(e) => {
              const next = e.target.files?.[0];
              setFile(next);
              if (next) setOptions({ ...options, format: /\.xml$/i.test(next.name) ? 'xml' : 'csv' });
            }}
          />
        </div>
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
          <SelectField label="A key that differs from ours" {...field('different')}>
            <option value="reject">is refused</option>
            <option value="stage">is staged beside it</option>
          </SelectField>
        </div>
        {take.error && <ErrorBox error={take.error} what="import the file" />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={take.isPending && 'Importing …'}>
            Import
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Answer({ answer }: { readonly answer: KeyImportAnswer }) {
  const counts = [
    ['Rows', answer.rows],
    ['Added', answer.added],
    ['Staged', answer.staged],
    ['Known already', answer.unchanged],
    ['Rejected', answer.rejected],
  ] as const;
  return (
    <>
      <dl className="counts">
        {counts.map(([name, count]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatCount(count)}</dd>
          </div>
        ))}
      </dl>
      {answer.rejects.length > 0 && (
        <>
          <p>{formatCounted(answer.rejects.length, 'rejected row')}:</p>
          <ScrollBox label="Rejected rows" style={{ maxHeight: '16rem' }}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col" className="num">
                    Line
                  </th>
                  <th scope="col">Code</th>
                  <th scope="col">Why</th>
                </tr>
              </thead>
              <tbody>
                {answer.rejects.map((row) => (
                  <tr key={`${row.line} ${row.code}`}>
                    <td className="num">{formatCount(row.line)}</td>
                    <td>
                      <code>{row.code}</code>
                    </td>
                    <td>{row.detail}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollBox>
        </>
      )}
    </>
  );
}
