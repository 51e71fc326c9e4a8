/** A new question: which tariff, stored or a draft, and whom it is about. */
import type { TariffImpactCreate, TariffImpactItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, send } from '../api.ts';
import { cyclesQuery, tariffsQuery } from '../billing/queries.ts';
import { isData } from '../lib/data.ts';
import { type Place, readText } from '../lib/places.ts';
import { placesOf } from '../lib/tariff-text.ts';
import { CodeField } from '../ui/code-field.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { useSending } from '../ui/use-sending.ts';
import { impactKeys } from './queries.ts';

/** Stands for a text that is written here; no code of a tariff has brackets. */
const draft = '(draft)';

export function ImpactDialog(props: {
  readonly onClose: () => void;
  readonly onStarted: (id: number) => void;
}) {
  const { data: tariffs = [] } = useQuery(tariffsQuery);
  const [choice, setChoice] = useState('');
  const [text, setText] = useState('');
  const [filter, setFilter] = useState<Filter>({ cycle: '', tariff: '', serviceClass: '' });
  const [note, setNote] = useState('');
  const code = choice || (tariffs[0]?.code ?? draft);
  const read = readText(text);
  const isDraft = code === draft;
  const body: TariffImpactCreate = {
    ...(isDraft ? { document: isData(read.value) ? read.value : {} } : { tariff: code }),
    filter: filterOf(filter),
    ...(note.trim() && { note: note.trim() }),
  };
  const start = useSending({
    send: () => send<TariffImpactItem>('POST', '/api/v1/tariff-impacts', { body }),
    keys: impactKeys,
    say: 'It is being worked out',
    onClose: (impact) => props.onStarted(impact.id),
  });
  const refused = start.error instanceof ApiError && isDraft ? start.error.fields : [];
  const places: readonly Place[] = read.problems.length > 0 ? read.problems : placesOf(refused, read, false);
  return (
    <Dialog wide title="What would a tariff do?" onClose={props.onClose}>
      <DialogForm
        action={start}
        what="work it out"
        button="Work it out"
        busy="Starting …"
        ready={!isDraft || (read.problems.length === 0 && isData(read.value))}
        onClose={props.onClose}
      >
        <p className="muted">
          The last twelve cycles of each agreement are rated on it and set against what the agreement has.
        </p>
        <SelectField label="Tariff" data-first value={code} onChange={(e) => setChoice(e.target.value)}>
          {tariffs.map((one) => (
            <option key={one.code} value={one.code}>
              {one.name ? `${one.code}: ${one.name}` : one.code}
            </option>
          ))}
          <option value={draft}>A draft, written here</option>
        </SelectField>
        {isDraft && (
          <CodeField label="Draft" text={text} places={text === '' ? [] : places} onText={setText} />
        )}
        <FilterFields filter={filter} onFilter={setFilter} />
        <TextField label="Note" maxLength={500} value={note} onChange={(e) => setNote(e.target.value)} />
      </DialogForm>
    </Dialog>
  );
}

interface Filter {
  readonly cycle: string;
  readonly tariff: string;
  readonly serviceClass: string;
}

function filterOf({ cycle, tariff, serviceClass }: Filter): NonNullable<TariffImpactCreate['filter']> {
  return {
    ...(cycle && { cycle }),
    ...(tariff && { tariff }),
    ...(serviceClass.trim() && { serviceClass: serviceClass.trim() }),
  };
}

function FilterFields(props: { readonly filter: Filter; readonly onFilter: (filter: Filter) => void }) {
  const { filter, onFilter } = props;
  const { data: tariffs = [] } = useQuery(tariffsQuery);
  const { data: cycles = [] } = useQuery(cyclesQuery);
  return (
    <fieldset className="form">
      <legend>Whom it is about</legend>
      <div className="option-grid">
        <SelectField
          label="Who has the tariff"
          value={filter.tariff}
          onChange={(e) => onFilter({ ...filter, tariff: e.target.value })}
        >
          <option value="">Any</option>
          {tariffs.map(({ code }) => (
            <option key={code}>{code}</option>
          ))}
        </SelectField>
        <SelectField
          label="Cycle"
          value={filter.cycle}
          onChange={(e) => onFilter({ ...filter, cycle: e.target.value })}
        >
          <option value="">Any</option>
          {cycles.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </SelectField>
        <TextField
          label="Service class"
          maxLength={64}
          help="Empty: all"
          value={filter.serviceClass}
          onChange={(e) => onFilter({ ...filter, serviceClass: e.target.value })}
        />
      </div>
    </fieldset>
  );
}
