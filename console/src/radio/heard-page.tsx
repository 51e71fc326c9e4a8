/** Meters heard over the air: by which paths, whether they can be read; registered in one step. */
import type { HeardItem, HeardList } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount, formatWord } from '../lib/format.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { SelectField } from '../ui/field.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Ago } from '../ui/time.tsx';
import { everyColumn, HeardFilters, pathsColumn, type StateWords, stateColumn } from './heard-parts.tsx';
import { heardQuery } from './queries.ts';
import { RegisterDialog } from './register-dialog.tsx';

const route = getRouteApi('/heard');

const states: StateWords<HeardItem['state']> = {
  decrypted: ['read', 'good'],
  plain: ['read, not encrypted', 'good'],
  'no-key': ['encrypted, no key', 'warn'],
  'wrong-key': ['wrong key', 'bad'],
  unreadable: ['cannot be read', 'bad'],
};

export function HeardPage() {
  useTitle('Heard over the air');
  const search = route.useSearch();
  const query = useQuery(heardQuery(search));
  const [asked, setAsked] = useState<HeardItem>();
  return (
    <>
      <PageHead
        title="Heard over the air"
        note="What gateways hear of meters; one that can be opened is registered with its past."
      />
      <div className="panel">
        <Filters list={query.data} />
        <Ready query={query} what="what is heard">
          {({ items, heard }) => <HeardTable items={items} none={heard === 0} onRegister={setAsked} />}
        </Ready>
      </div>
      {asked && <RegisterDialog heard={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function Filters({ list }: { readonly list: HeardList | undefined }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (part: object) =>
    void navigate({ search: (old: object) => ({ ...old, ...part }), replace: true });
  return (
    <HeardFilters search={search} hint="Name or scanned label" states={states} list={list} onChange={change}>
      <SelectField
        label="Registered"
        value={search.registered ?? ''}
        onChange={(e) => change({ registered: e.target.value || undefined })}
      >
        <option value="">all</option>
        <option value="false">not registered</option>
        <option value="true">registered</option>
      </SelectField>
    </HeardFilters>
  );
}

const columns: readonly Column<HeardItem>[] = [
  {
    name: 'Meter',
    cell: ({ name, meterId, medium }) => (
      <div className="nowrap">
        {meterId === null ? (
          <strong>{name}</strong>
        ) : (
          <Link to="/meters/$meterId" params={{ meterId: String(meterId) }}>
            {name}
          </Link>
        )}
        <div className="muted small">{formatWord(medium)}</div>
      </div>
    ),
  },
  stateColumn(states, 'no-key'),
  pathsColumn,
  { name: 'Telegrams', num: true, cell: ({ telegrams }) => formatCount(telegrams) },
  everyColumn,
  { name: 'First', cell: ({ first }) => <Ago at={first} /> },
  { name: 'Last', cell: ({ last }) => <Ago at={last} /> },
];

function HeardTable(props: {
  readonly items: readonly HeardItem[];
  /** Nothing is heard at all. */
  readonly none: boolean;
  readonly onRegister: (heard: HeardItem) => void;
}) {
  const may = useMay('meters:write');
  const action: Column<HeardItem> = {
    ...{ name: 'Action', quiet: true, num: true },
    cell: (heard) =>
      heard.meterId === null && (
        <Button onClick={() => props.onRegister(heard)} aria-label={`Register ${heard.name}`}>
          Register …
        </Button>
      ),
  };
  return (
    <DataTable
      label="Meters heard over the air"
      columns={may ? [...columns, action] : columns}
      rows={props.items}
      rowKey={({ name }) => name}
      empty={
        props.none ? (
          <Empty icon="unknown" title="Nothing is heard yet">
            Let a wireless M-Bus receiver, or an adapter at the port of a meter, hand on what it gets: over
            MQTT to openami/v1/&#123;gateway&#125;/telegrams, over HTTP to /api/v1/radio/telegrams, or over
            TCP.
          </Empty>
        ) : (
          <Empty icon="search" title="No meter matches" />
        )
      }
    />
  );
}
