/** What is stated of a usage point for its bills: looked up by code, and stated from a date on. */
import type { BillingAttributeItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatDay } from '../lib/format.ts';
import { attributeWords } from '../lib/prices.ts';
import { dayOf, dayText } from '../lib/zone.ts';
import { useMay } from '../shell/session.tsx';
import { useSiteClock } from '../site.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { Time } from '../ui/time.tsx';
import { useSending } from '../ui/use-sending.ts';
import { attributesQuery, billingKeys } from './queries.ts';

const route = getRouteApi('/tariffs');

export function AttributesPanel() {
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Panel
      flush
      title="Facts of a usage point"
      note="what bills of gas and water need to know besides readings"
    >
      <div className="filters">
        <TextFilter
          label="Usage point"
          value={q}
          onChange={(next) => void navigate({ search: (old) => ({ ...old, q: next }), replace: true })}
        />
      </div>
      {q ? (
        <Stated key={q} usagePoint={q} />
      ) : (
        <Empty icon="tariff" title="Name a usage point">
          Its people, irrigated land, winter average, volume correction, and which series it goes by.
        </Empty>
      )}
    </Panel>
  );
}

const columns: readonly Column<BillingAttributeItem>[] = [
  { name: 'Fact', cell: ({ name }) => attributeWords[name] },
  { name: 'From', cell: ({ validFrom }) => formatDay(validFrom, 'long') },
  { name: 'Value', cell: ({ value }) => value ?? <span className="muted">nothing from here on</span> },
  { name: 'Note', cell: ({ note }) => note },
  {
    name: 'Stated',
    cell: ({ at, createdBy }) => (
      <>
        <Time at={at} /> <span className="muted small">by {createdBy}</span>
      </>
    ),
  },
];

function Stated({ usagePoint }: { readonly usagePoint: string }) {
  const query = useQuery(attributesQuery(usagePoint));
  const may = useMay('billing:write');
  const [stating, setStating] = useState(false);
  return (
    <Ready query={query} what="facts">
      {(facts) => (
        <>
          <DataTable
            label={`Facts of ${usagePoint}`}
            columns={columns}
            rows={facts}
            rowKey={({ id }) => id}
            empty={<Empty icon="tariff" title={`Nothing is stated of ${usagePoint}`} />}
          />
          {may && (
            <div className="row" style={{ padding: 'var(--s3)' }}>
              <Button icon="plus" onClick={() => setStating(true)}>
                State a fact
              </Button>
            </div>
          )}
          {stating && <StateDialog usagePoint={usagePoint} onClose={() => setStating(false)} />}
        </>
      )}
    </Ready>
  );
}

type Name = BillingAttributeItem['name'];

function StateDialog(props: { readonly usagePoint: string; readonly onClose: () => void }) {
  const { usagePoint, onClose } = props;
  const { zone, nowMs } = useSiteClock();
  const [name, setName] = useState<Name>('persons');
  const [value, setValue] = useState('');
  const [validFrom, setValidFrom] = useState(() => dayText(dayOf(zone, nowMs() / 1_000)));
  const [note, setNote] = useState('');
  const stated = { usagePoint, name, validFrom, value: value.trim() === '' ? null : value.trim(), note };
  const save = useSending({
    send: () =>
      send<BillingAttributeItem[]>('POST', '/api/v1/billing-attributes', { body: { statements: [stated] } }),
    keys: billingKeys,
    say: `Stated from ${validFrom} on`,
    onClose,
  });
  return (
    <Dialog title={`State a fact of ${usagePoint}`} onClose={onClose}>
      <DialogForm action={save} what="state it" button="State it" onClose={onClose}>
        <SelectField label="Fact" data-first value={name} onChange={(e) => setName(e.target.value as Name)}>
          {Object.entries(attributeWords).map(([word, text]) => (
            <option key={word} value={word}>
              {text}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Value"
          help="Empty: nothing holds from the date on"
          maxLength={64}
          value={value}
          onChange={(e) => setValue(e.target.value)}
        />
        <TextField
          label="From"
          {...{ type: 'date', required: true }}
          value={validFrom}
          onChange={(e) => setValidFrom(e.target.value)}
        />
        <TextField label="Note" maxLength={500} value={note} onChange={(e) => setNote(e.target.value)} />
      </DialogForm>
    </Dialog>
  );
}
