/** A record of the rate database in the text of the editor: taken over, with what its tariff does not say. */
import type { TariffFaultItem, TariffImport } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Data } from '../lib/data.ts';
import { formatCounted } from '../lib/format.ts';
import type { ReadText } from '../lib/places.ts';
import { rateRecords } from '../lib/rate-records.ts';
import { Button } from '../ui/button.tsx';
import { SelectField } from '../ui/field.tsx';
import { ErrorBox, Notice } from '../ui/states.tsx';
import { tariffImportQuery } from './queries.ts';

/** A record that became a tariff. */
export interface Taken {
  readonly name: string;
  readonly document: Data;
  readonly notes: readonly TariffFaultItem[];
}

/** What is known of the records in a text that rests. */
export interface RateImport {
  /** Undefined where the text is none. */
  readonly names: readonly string[] | undefined;
  /** Of several, the one that was chosen. */
  readonly index: number | undefined;
  readonly choose: (index: number) => void;
  readonly faults: readonly TariffFaultItem[];
  readonly error: unknown;
}

/** Asks the server for the tariff of a record, and hands it on once it is there. */
export function useRateImport(text: string, read: ReadText, onTaken: (taken: Taken) => void): RateImport {
  const names = rateRecords(read.value);
  const [chosen, setChosen] = useState<{ readonly text: string; readonly index: number }>();
  const index = names?.length === 1 ? 0 : chosen?.text === text ? chosen.index : undefined;
  const enabled = names !== undefined && index !== undefined;
  const { data, error } = useQuery({
    ...tariffImportQuery(text, read.value, index ?? 0),
    enabled,
  });
  const found: TariffImport | undefined = enabled ? data : undefined;
  useEffect(() => {
    if (found?.document) onTaken({ name: names![index!]!, document: found.document, notes: found.notes });
  }, [found]);
  return {
    ...{ names, index, faults: found?.faults ?? [], error: enabled ? error : null },
    choose: (next) => setChosen({ text, index: next }),
  };
}

/** Which of several records is meant, and why none could be asked for. */
export function RateChoice({ rates }: { readonly rates: RateImport }) {
  const { names, index, error } = rates;
  if (names === undefined) return null;
  return (
    <>
      {names.length !== 1 && (
        <Notice title={`The text holds ${formatCounted(names.length, 'rate')} of the rate database`}>
          {names.length > 1 && (
            <SelectField
              label="Rate to take over"
              value={index ?? ''}
              onChange={(e) => rates.choose(Number(e.target.value))}
            >
              <option value="" disabled>
                Choose one
              </option>
              {names.map((name, place) => (
                <option key={place} value={place}>
                  {name}
                </option>
              ))}
            </SelectField>
          )}
        </Notice>
      )}
      {error != null && <ErrorBox error={error} what="take over the rate" />}
    </>
  );
}

/** What a person should look at in a tariff that was taken over. */
export function TakenNotes({ taken, onDone }: { readonly taken: Taken; readonly onDone: () => void }) {
  return (
    <Notice role="status" title={`Taken over: ${taken.name}`}>
      <p>Look at these before you save it; names are those of the record.</p>
      <ul className="plain-list">
        {taken.notes.map(({ path, message }) => (
          <li key={`${path} ${message}`}>
            {path && <code>{path}</code>} {message}
          </li>
        ))}
      </ul>
      <div>
        <Button onClick={onDone}>I have seen them</Button>
      </div>
    </Notice>
  );
}
