/** Sends a list of meters: key list, join file, shipment file or scanned labels. It becomes a job. */
import { commodities } from '@openami/model';
import type { BulkJob } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCounted } from '../lib/format.ts';
import { codecsQuery } from '../lorawan/queries.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { Check, SelectField, TextField } from '../ui/field.tsx';
import { Notice } from '../ui/states.tsx';
import { useSending } from '../ui/use-sending.ts';

const atFirst = { commodity: '', codec: '', encoding: 'hex', different: 'reject' };

export function ListDialog({ onClose }: { readonly onClose: () => void }) {
  const [file, setFile] = useState<File>();
  const [options, setOptions] = useState(atFirst);
  const [onlyHeard, setOnlyHeard] = useState(false);
  const action = useSending({
    send: () =>
      send<BulkJob>('POST', '/api/v1/commissioning/jobs', {
        params: { ...options, name: file?.name, onlyHeard: onlyHeard || undefined },
        body: file,
      }),
    keys: ['bulk-jobs'],
    say: ({ total }) => [
      `${formatCounted(total, 'row')} are worked on`,
      'The job stands below with its progress.',
    ],
    onClose,
  });
  const field = (name: keyof typeof options) => ({
    value: options[name],
    onChange: (e: { target: { value: string } }) => setOptions({ ...options, [name]: e.target.value }),
  });
  return (
    <Dialog title="Send a list of meters" wide onClose={onClose}>
      <DialogForm
        action={action}
        what="take the list"
        ready={file !== undefined}
        button="Send"
        busy="Sending …"
        onClose={onClose}
      >
        <p className="muted">
          Each row is registered, given its key, and installed where it names a usage point. A meter that is
          heard already gets its past.
        </p>
        <Notice tone="warn" title="A list with keys holds them in the clear">
          <p>
            Delete it wherever it lies once it is sent. The server seals each row and does not keep the file.
          </p>
        </Notice>
        <TextField
          label="List"
          help="CSV or XML with a row a meter, JSON of a join server, or scanned labels, one a line"
          type="file"
          accept=".csv,.txt,.xml,.json,.jsonl"
          data-first
          required
          onChange={(e) => setFile(e.target.files?.[0])}
        />
        <div className="option-grid">
          <CommodityField {...field('commodity')} />
          <CodecField {...field('codec')} />
          <SelectField label="Keys are written in" {...field('encoding')}>
            <option value="hex">Hexadecimal</option>
            <option value="base64">Base64</option>
          </SelectField>
          <SelectField label="A key that differs from ours" {...field('different')}>
            <option value="reject">is refused</option>
            <option value="stage">is staged beside it</option>
          </SelectField>
        </div>
        <Check
          label="Only meters that are heard or known already; others of the list are refused"
          checked={onlyHeard}
          onChange={setOnlyHeard}
        />
      </DialogForm>
    </Dialog>
  );
}

interface Choice {
  readonly value: string;
  readonly onChange: (e: { target: { value: string } }) => void;
}

export function CommodityField(choice: Choice) {
  return (
    <SelectField label="Commodity" help="Where a row does not say" {...choice}>
      <option value="">as the row or the meter says</option>
      {commodities.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </SelectField>
  );
}

export function CodecField(choice: Choice) {
  const codecs = useQuery(codecsQuery);
  return (
    <SelectField label="Codec" help="Of LoRaWAN devices" {...choice}>
      <option value="">none, or as the row says</option>
      {codecs.data?.items.map(({ id }) => (
        <option key={id} value={id}>
          {id}
        </option>
      ))}
    </SelectField>
  );
}
