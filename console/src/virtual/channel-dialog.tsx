/**
 * Makes a virtual channel, or changes its formula: what it makes of the last days is shown while one
 * writes.
 */
import { commodities } from '@openami/model';
import type { VirtualChannelItem } from '@openami/server/contract';
import { useState } from 'react';
import { send } from '../api.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { useSending } from '../ui/use-sending.ts';
import { FormulaField } from './formula-field.tsx';

const intervals = [
  [900, '15 minutes'],
  [1_800, '30 minutes'],
  [3_600, '1 hour'],
  [86_400, '1 day'],
] as const;

export function ChannelDialog(props: {
  readonly item: VirtualChannelItem | undefined;
  readonly onClose: () => void;
}) {
  const { item, onClose } = props;
  const [name, setName] = useState(item?.name ?? '');
  const [commodity, setCommodity] = useState<string>('electricity');
  const [unit, setUnit] = useState(item?.unit ?? 'kWh');
  const [intervalS, setIntervalS] = useState(item?.intervalS ?? 3_600);
  const [formula, setFormula] = useState(item?.formula ?? '');
  const save = useSending({
    send: () =>
      item
        ? send<VirtualChannelItem>('PUT', `/api/v1/vee/virtual-channels/${item.channelId}`, {
            body: { formula },
            ifVersion: item.version,
          })
        : send<VirtualChannelItem>('POST', '/api/v1/vee/virtual-channels', {
            body: { name: name.trim(), commodity, unit: unit.trim(), intervalS, formula },
          }),
    keys: ['vee'],
    say: (made) => [
      `“${made.name}” saved`,
      'It is worked out when days are closed and when what it is made of changes.',
    ],
    onClose,
  });
  return (
    <Dialog title={item ? `Formula of “${item.name}”` : 'New virtual channel'} wide onClose={onClose}>
      <DialogForm
        action={save}
        what="save it"
        ready={formula.trim() !== ''}
        button="Save"
        busy="Saving …"
        onClose={onClose}
      >
        {!item && (
          <div className="option-grid">
            <TextField
              label="Name"
              required
              maxLength={100}
              data-first
              value={name}
              onChange={(e) => setName(e.target.value)}
            />
            <SelectField label="Commodity" value={commodity} onChange={(e) => setCommodity(e.target.value)}>
              {commodities.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </SelectField>
            <TextField
              label="Unit"
              required
              maxLength={20}
              value={unit}
              onChange={(e) => setUnit(e.target.value)}
            />
            <SelectField
              label="Interval"
              value={intervalS}
              onChange={(e) => setIntervalS(Number(e.target.value))}
            >
              {intervals.map(([seconds, words]) => (
                <option key={seconds} value={seconds}>
                  {words}
                </option>
              ))}
            </SelectField>
          </div>
        )}
        <FormulaField formula={formula} unit={unit} intervalS={intervalS} onChange={setFormula} />
      </DialogForm>
    </Dialog>
  );
}
