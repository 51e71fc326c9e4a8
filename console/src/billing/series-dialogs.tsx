/** A new series, and values for one: a file or text with the columns from, to and value. */
import type { BillingSeriesItem, SeriesUploadItem } from '@openami/server/contract';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCounted } from '../lib/format.ts';
import { quantityWords } from '../lib/prices.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AreaField, SelectField, TextField } from '../ui/field.tsx';
import { useSending } from '../ui/use-sending.ts';
import { billingKeys } from './queries.ts';

type Quantity = BillingSeriesItem['quantity'];
const units: Readonly<Record<Quantity, string>> = {
  price: 'EUR/MWh',
  'calorific-value': 'MJ/m3',
  evapotranspiration: 'mm',
};

export function SeriesDialog({ onClose }: { readonly onClose: () => void }) {
  const [code, setCode] = useState('');
  const [name, setName] = useState('');
  const [quantity, setQuantity] = useState<Quantity>('price');
  const [unit, setUnit] = useState(units.price);
  const body = { code: code.trim(), name: name.trim(), quantity, unit };
  const save = useSending({
    send: () => send<BillingSeriesItem>('POST', '/api/v1/billing-series', { body }),
    keys: billingKeys,
    say: `Series ${body.code} is there: add its values`,
    onClose,
  });
  return (
    <Dialog title="New series" onClose={onClose}>
      <DialogForm action={save} what="make the series" button="Make it" onClose={onClose}>
        <TextField
          label="Code"
          help="What tariffs name it by"
          {...{ required: true, maxLength: 64, pattern: '[A-Za-z0-9][A-Za-z0-9._\\-]*' }}
          data-first
          value={code}
          onChange={(e) => setCode(e.target.value)}
        />
        <TextField label="Name" maxLength={200} value={name} onChange={(e) => setName(e.target.value)} />
        <SelectField
          label="Of"
          value={quantity}
          onChange={(e) => {
            setQuantity(e.target.value as Quantity);
            setUnit(units[e.target.value as Quantity]);
          }}
        >
          {Object.entries(quantityWords).map(([word, text]) => (
            <option key={word} value={word}>
              {text}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Unit"
          help={quantity === 'price' ? 'Currency a unit of energy or volume: EUR/kWh, EUR/MWh' : undefined}
          {...{ required: true, readOnly: quantity !== 'price', pattern: '[A-Z]{3}/(kWh|MWh|m3)|MJ/m3|mm' }}
          value={unit}
          onChange={(e) => setUnit(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

export function UploadDialog(props: { readonly series: BillingSeriesItem; readonly onClose: () => void }) {
  const { series, onClose } = props;
  const [csv, setCsv] = useState('');
  const [minutes, setMinutes] = useState('');
  const [note, setNote] = useState('');
  const body = {
    ...{ csv, note: note.trim() },
    ...(minutes !== '' && { intervalMinutes: Number(minutes) }),
  };
  const save = useSending({
    send: () => send<SeriesUploadItem>('POST', `/api/v1/billing-series/${series.code}/uploads`, { body }),
    keys: billingKeys,
    say: ({ given, changed }) => `${formatCounted(given, 'value')} taken, ${changed} of them new or changed`,
    onClose,
  });
  return (
    <Dialog title={`Values of ${series.code}`} onClose={onClose}>
      <DialogForm
        action={save}
        what="take the values"
        button="Add them"
        ready={csv.trim() !== ''}
        onClose={onClose}
      >
        <TextField
          label="File"
          type="file"
          accept=".csv,.txt,.tsv,text/csv"
          data-first
          onChange={(e) => void e.target.files?.[0]?.text().then(setCsv)}
        />
        <AreaField
          label={`Table, ${series.unit}`}
          help="A line of names, then from, to and value. Times are UTC: 2026-03-29T14:00:00Z"
          className="input code"
          rows={8}
          spellCheck={false}
          value={csv}
          onChange={(e) => setCsv(e.target.value)}
        />
        <TextField
          label="Each value holds, minutes"
          help="Where the table has no column for the end"
          {...{ type: 'number', min: 1, max: 44_640 }}
          value={minutes}
          onChange={(e) => setMinutes(e.target.value)}
        />
        <TextField label="Note" maxLength={500} value={note} onChange={(e) => setNote(e.target.value)} />
      </DialogForm>
    </Dialog>
  );
}
