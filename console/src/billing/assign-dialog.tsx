/** Gives an agreement a tariff from a date on; the one it had ends there. */
import type { AgreementTariffItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { addMonths, dayOf, dayText, startOf } from '../lib/zone.ts';
import { useSiteClock } from '../site.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { useSending } from '../ui/use-sending.ts';
import { billingKeys, tariffsQuery } from './queries.ts';

export function AssignDialog({ onClose }: { readonly onClose: () => void }) {
  const { data: tariffs = [] } = useQuery(tariffsQuery);
  const { zone, nowMs } = useSiteClock();
  const [agreement, setAgreement] = useState('');
  const [code, setCode] = useState('');
  const [persons, setPersons] = useState('1');
  const [validFrom, setValidFrom] = useState(() =>
    dayText(addMonths(startOf('month', dayOf(zone, nowMs() / 1_000)), 1)),
  );
  const tariff = code || tariffs[0]?.code || '';
  const body = {
    agreement: agreement.trim(),
    tariff,
    validFrom,
    persons: Number(persons),
  };
  const give = useSending({
    send: () => send<AgreementTariffItem>('POST', '/api/v1/agreement-tariffs', { body }),
    keys: billingKeys,
    say: `Agreement ${body.agreement} has ${tariff} from ${validFrom} on`,
    onClose,
  });
  return (
    <Dialog title="Give an agreement a tariff" onClose={onClose}>
      <DialogForm
        action={give}
        what="give the tariff"
        button="Give it"
        ready={tariff !== '' && agreement.trim() !== ''}
        onClose={onClose}
      >
        <TextField
          label="Agreement"
          help="Its code. The tariff that it has ends the day before."
          data-first
          required
          maxLength={200}
          value={agreement}
          onChange={(e) => setAgreement(e.target.value)}
        />
        <SelectField label="Tariff" value={tariff} onChange={(e) => setCode(e.target.value)}>
          {tariffs.map((one) => (
            <option key={one.code} value={one.code}>
              {one.code}, {one.name}
            </option>
          ))}
        </SelectField>
        <TextField
          label="From"
          type="date"
          required
          value={validFrom}
          onChange={(e) => setValidFrom(e.target.value)}
        />
        <TextField
          label="Persons"
          help="For limits per person"
          {...{ type: 'number', min: 1, max: 1_000, required: true }}
          value={persons}
          onChange={(e) => setPersons(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}
