/** Chooses meters: one by one from what a search finds, or all that it finds. */
import type { MeterList } from '@openami/server/contract';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { get } from '../api.ts';
import { formatCount, formatCounted } from '../lib/format.ts';
import { announce } from '../ui/announce.tsx';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { Icon } from '../ui/icon.tsx';
import { ErrorBox } from '../ui/states.tsx';

export interface ChosenMeter {
  readonly id: number;
  readonly serial: string;
}

interface PickerProps {
  readonly chosen: readonly ChosenMeter[];
  readonly most: number;
  readonly onChange: (chosen: readonly ChosenMeter[]) => void;
}

const hitLimit = 6;
const chipLimit = 24;

export function MeterPicker(props: PickerProps) {
  const { chosen, onChange } = props;
  const shown = chosen.slice(0, chipLimit);
  return (
    <fieldset className="param-box">
      <legend>Meters</legend>
      {chosen.length > 0 && (
        <ul className="chips" aria-label="Chosen meters">
          {shown.map((meter) => (
            <li key={meter.id}>
              <button
                type="button"
                className="chip"
                aria-label={`Leave out ${meter.serial}`}
                onClick={() => onChange(chosen.filter(({ id }) => id !== meter.id))}
              >
                {meter.serial}
                <Icon name="close" size={10} />
              </button>
            </li>
          ))}
          {chosen.length > chipLimit && (
            <li className="muted">and {formatCount(chosen.length - chipLimit)} more</li>
          )}
          {chosen.length > 1 && (
            <li>
              <Button look="quiet" onClick={() => onChange([])}>
                None of them
              </Button>
            </li>
          )}
        </ul>
      )}
      <MeterSearch {...props} />
    </fieldset>
  );
}

/** Every meter that a text finds. */
async function allOf(q: string, most: number): Promise<ChosenMeter[]> {
  const found: ChosenMeter[] = [];
  let cursor: string | undefined;
  do {
    const page: MeterList = await get('/api/v1/meters', { q, limit: 1000, cursor });
    found.push(...page.items.map(({ id, serial }) => ({ id, serial })));
    cursor = page.next ?? undefined;
  } while (cursor && found.length < most);
  return found.slice(0, most);
}

function MeterSearch({ chosen, most, onChange }: PickerProps) {
  const [text, setText] = useState('');
  const q = useDeferredValue(text.trim());
  const { data, error } = useQuery({
    queryKey: ['meter-picker', q],
    queryFn: ({ signal }) => get<MeterList>('/api/v1/meters', { q, limit: hitLimit, sort: 'serial' }, signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    enabled: q !== '',
  });
  const taken = new Set(chosen.map(({ id }) => id));
  const add = (meters: readonly ChosenMeter[]) => {
    const fresh = meters.filter(({ id }) => !taken.has(id));
    onChange([...chosen, ...fresh].slice(0, most));
    announce(`${formatCounted(fresh.length, 'meter')} added`);
  };
  const all = useMutation({ mutationFn: () => allOf(q, most), onSuccess: add });
  const hits = q === '' ? [] : (data?.items ?? []).filter(({ id }) => !taken.has(id));
  const total = q === '' ? 0 : (data?.total ?? 0);
  return (
    <>
      <TextField
        label={chosen.length === 0 ? 'Find a meter' : 'Find a further meter'}
        type="search"
        help="Serial, address, account or customer"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          if (e.key !== 'Enter') return;
          e.preventDefault();
          if (hits[0]) add([hits[0]]);
        }}
      />
      {error && <ErrorBox error={error} what="search" />}
      {all.error && <ErrorBox error={all.error} what="take all of them" />}
      {q !== '' && data && (
        <p className="muted small" role="status">
          {total === 0 ? `No meter has “${q}”.` : `${formatCounted(total, 'meter')} found.`}
        </p>
      )}
      {hits.length > 0 && (
        <ul className="hits" aria-label="Meters found">
          {hits.map((meter) => (
            <li key={meter.id}>
              <button type="button" className="item" onClick={() => add([meter])}>
                <Icon name="plus" size={12} />
                <strong>{meter.serial}</strong>
                <span className="muted cut">{meter.address ?? meter.model}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {total > 1 && (
        <div className="row">
          <Button icon="plus" busy={all.isPending && 'Taking them …'} onClick={() => all.mutate()}>
            Add all {formatCount(Math.min(total, most))}
          </Button>
        </div>
      )}
    </>
  );
}
