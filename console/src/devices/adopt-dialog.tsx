/** Adopting a device: it becomes a meter with channels, and the readings kept for it move into them. */
import { type Commodity, commodities } from '@openami/model';
import type { AdoptBody, AdoptResult } from '@openami/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { newKey, send } from '../api.ts';
import { formatCounted, formatInterval, formatWord } from '../lib/format.ts';
import { toggled } from '../lib/toggled.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { Check, SelectField, TextField } from '../ui/field.tsx';
import { toast } from '../ui/toast.tsx';
import type { SeenDevice } from './unregistered-page.tsx';

/** A first guess from what the device sends. */
function guessCommodity(seen: SeenDevice): Commodity {
  const first = seen.series[0];
  const quantity = first?.quantity ?? '';
  if (/^7-/.test(quantity)) return 'gas';
  if (/^[89]-/.test(quantity)) return 'water';
  if (/^6-/.test(quantity)) return 'heat';
  return /^(m3|m³|l)$/i.test(first?.unit ?? '') ? 'water' : 'electricity';
}

export function AdoptDialog({ seen, onClose }: { readonly seen: SeenDevice; readonly onClose: () => void }) {
  const [commodity, setCommodity] = useState<Commodity>(() => guessCommodity(seen));
  const [manufacturer, setManufacturer] = useState('');
  const [model, setModel] = useState('');
  const [left, setLeft] = useState<ReadonlySet<number>>(new Set());
  const [key] = useState(newKey);
  const client = useQueryClient();
  const navigate = useNavigate();
  const adopt = useMutation({
    mutationFn: () => {
      const body: AdoptBody = {
        device: seen.device,
        commodity,
        channels: seen.series
          .filter((_, i) => !left.has(i))
          .map((s) => ({ quantity: s.quantity, unit: s.unit || undefined, intervalS: s.intervalS })),
      };
      if (manufacturer) body.manufacturer = manufacturer;
      if (model) body.model = model;
      return send<AdoptResult>('POST', '/api/v1/unregistered/adopt', { body, idempotencyKey: key });
    },
    onSuccess: async (result) => {
      toast(
        'good',
        `${seen.device} is registered`,
        `${formatCounted(result.moved, 'reading')} moved into its channels.`,
      );
      await client.invalidateQueries();
      onClose();
      void navigate({ to: '/meters/$meterId', params: { meterId: String(result.meterId) } });
    },
  });
  return (
    <Dialog title={`Adopt ${seen.device}`} onClose={onClose}>
      <DialogForm
        action={adopt}
        what="adopt the device"
        ready={left.size < seen.series.length}
        button="Register meter"
        busy="Registering …"
        onClose={onClose}
      >
        <p className="muted">
          It becomes a meter with the channels chosen below. What was kept of it,{' '}
          {formatCounted(seen.count, 'reading')}, moves into them. Install it at a usage point afterwards.
        </p>
        <SelectField
          label="Commodity"
          value={commodity}
          onChange={(e) => setCommodity(e.target.value as Commodity)}
        >
          {commodities.map((one) => (
            <option key={one} value={one}>
              {formatWord(one)}
            </option>
          ))}
        </SelectField>
        <div className="option-grid">
          <TextField label="Make" value={manufacturer} onChange={(e) => setManufacturer(e.target.value)} />
          <TextField label="Model" value={model} onChange={(e) => setModel(e.target.value)} />
        </div>
        <fieldset style={{ margin: 0, border: 0, padding: 0 }}>
          <legend className="small">Channels</legend>
          {seen.series.map((s, i) => (
            <Check
              key={`${s.quantity} ${s.unit} ${s.intervalS}`}
              label={[
                s.quantity,
                s.unit || 'no unit',
                formatInterval(s.intervalS),
                formatCounted(s.count, 'reading'),
              ].join(' · ')}
              checked={!left.has(i)}
              onChange={() => setLeft(toggled(left, i))}
            />
          ))}
        </fieldset>
      </DialogForm>
    </Dialog>
  );
}
