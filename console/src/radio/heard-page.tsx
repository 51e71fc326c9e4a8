/** Meters heard over the air: by which paths, whether they can be read; registered in one step. */
import type { HeardItem, HeardList } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount, formatInterval, formatWord } from '../lib/format.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { SelectField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Empty, Ready, type Tone } from '../ui/states.tsx';
import { Ago, Time } from '../ui/time.tsx';
import { Paths } from './paths.tsx';
import { heardQuery } from './queries.ts';
import { RegisterDialog } from './register-dialog.tsx';

const route = getRouteApi('/heard');

const states: Readonly<Record<HeardItem['state'], readonly [string, Tone]>> = {
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
        note="What gateways hear of wireless M-Bus. A meter whose key you have is registered with its past."
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
    <div className="filters">
      <input
        className="input text-filter"
        type="search"
        aria-label="Filter by name"
        placeholder="Name or scanned label"
        value={search.q ?? ''}
        onChange={(e) => change({ q: e.target.value || undefined })}
      />
      <SelectField
        label="Registered"
        value={search.registered ?? ''}
        onChange={(e) => change({ registered: e.target.value || undefined })}
      >
        <option value="">all</option>
        <option value="false">not registered</option>
        <option value="true">registered</option>
      </SelectField>
      <SelectField
        label="State"
        value={search.state ?? ''}
        onChange={(e) => change({ state: e.target.value || undefined })}
      >
        <option value="">all</option>
        {Object.entries(states).map(([state, [word]]) => (
          <option key={state} value={state}>
            {word}
          </option>
        ))}
      </SelectField>
      {list && (
        <span className="muted" role="status">
          {formatCount(list.items.length)} of {formatCount(list.total)}, {formatCount(list.heard)} heard
        </span>
      )}
    </div>
  );
}

const columns: readonly Column<HeardItem>[] = [
  {
    name: 'Meter',
    cell: ({ name, meterId }) =>
      meterId === null ? (
        <strong>{name}</strong>
      ) : (
        <Link to="/meters/$meterId" params={{ meterId: String(meterId) }}>
          {name}
        </Link>
      ),
  },
  { name: 'Of', cell: ({ medium }) => formatWord(medium) },
  {
    name: 'State',
    cell: ({ state, code }) => (
      <>
        <Badge tone={states[state][1]}>{states[state][0]}</Badge>
        {code && state !== 'no-key' && <div className="muted small">{code}</div>}
      </>
    ),
  },
  {
    name: 'Paths',
    cell: ({ paths }) => <Paths paths={paths} />,
  },
  { name: 'Telegrams', num: true, cell: ({ telegrams }) => formatCount(telegrams) },
  {
    name: 'Every',
    num: true,
    cell: ({ everyS }) => (everyS === 0 ? '–' : formatInterval(Math.round(everyS))),
  },
  { name: 'First', cell: ({ first }) => <Time at={first} /> },
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
            Let a wireless M-Bus receiver hand on what it hears: over MQTT to
            openami/v1/&#123;gateway&#125;/telegrams, or over HTTP to /api/v1/radio/telegrams.
          </Empty>
        ) : (
          <Empty icon="search" title="No meter matches" />
        )
      }
    />
  );
}
