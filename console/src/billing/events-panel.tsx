/** Events of tariffs: what may be declared and how many are left, what was, and one more. */
import type { KnownEventItem, TariffEventItem, TariffEvents } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCounted, formatDay, formatWord } from '../lib/format.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { SelectField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready, type Tone } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { DeclareDialog, WithdrawDialog } from './event-dialogs.tsx';
import { tariffEventsQuery, tariffsQuery } from './queries.ts';

const route = getRouteApi('/tariffs');

export function EventsPanel() {
  const { tariff: chosen } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(tariffsQuery);
  return (
    <Ready query={query} what="tariffs">
      {(tariffs) => {
        const tariff = tariffs.find(({ code }) => code === chosen) ?? tariffs[0];
        if (tariff === undefined) return <Empty icon="tariff" title="There is no tariff yet" />;
        return (
          <>
            <div className="filters">
              <SelectField
                label="Tariff"
                value={tariff.code}
                onChange={(e) =>
                  void navigate({ search: { tab: 'events', tariff: e.target.value }, replace: true })
                }
              >
                {tariffs.map(({ code, name }) => (
                  <option key={code} value={code}>
                    {name ? `${code}, ${name}` : code}
                  </option>
                ))}
              </SelectField>
            </div>
            <Events key={tariff.code} tariff={tariff.code} />
          </>
        );
      }}
    </Ready>
  );
}

function Events({ tariff }: { readonly tariff: string }) {
  const query = useQuery(tariffEventsQuery(tariff));
  const may = useMay('billing:write');
  const [declaring, setDeclaring] = useState(false);
  return (
    <Ready query={query} what="events">
      {(events) => (
        <>
          <Panel
            flush
            title="Events it knows"
            note={`days and seasons by the clock of ${events.zone}`}
            actions={
              may &&
              events.known.length > 0 && (
                <Button look="primary" icon="plus" onClick={() => setDeclaring(true)}>
                  Declare an event
                </Button>
              )
            }
          >
            <DataTable
              label="Events it knows"
              columns={knownColumns}
              rows={events.known}
              rowKey={({ event }) => event}
              empty={
                <Empty icon="tariff" title={`${tariff} goes by no events`}>
                  Critical peaks are an event of a schedule, rebates a charge of their own: see the guide of
                  tariffs.
                </Empty>
              }
            />
          </Panel>
          <Declared events={events} />
          {declaring && <DeclareDialog tariff={tariff} events={events} onClose={() => setDeclaring(false)} />}
        </>
      )}
    </Ready>
  );
}

const kindWords = {
  price: 'another price',
  rebate: 'savings are paid',
  peak: 'demand of the system',
} as const;

const knownColumns: readonly Column<KnownEventItem>[] = [
  { name: 'Event', cell: ({ event, name }) => (name === event ? event : `${name} (${event})`) },
  { name: 'Makes', cell: ({ kinds }) => kinds.map((kind) => kindWords[kind]).join(', ') },
  {
    name: 'Left',
    cell: ({ counts }) =>
      counts.length === 0
        ? 'as many as are needed'
        : counts.map(({ of, declared, most, to }) => (
            <div key={of}>
              {most - declared} of {most} this {of} (before {formatDay(to, 'long')})
            </div>
          )),
  },
  {
    name: 'Longest',
    cell: ({ longestMinutes }) =>
      longestMinutes === null ? 'a day' : formatCounted(longestMinutes, 'minute'),
  },
];

const tones: Readonly<Record<TariffEventItem['state'], Tone>> = {
  coming: 'accent',
  now: 'warn',
  past: 'neutral',
  withdrawn: 'neutral',
};

function Declared({ events }: { readonly events: TariffEvents }) {
  const may = useMay('billing:write');
  const [leaving, setLeaving] = useState<TariffEventItem>();
  const columns: readonly Column<TariffEventItem>[] = [
    { name: 'Event', cell: ({ event }) => event },
    { name: 'State', cell: ({ state }) => <Badge tone={tones[state]}>{formatWord(state)}</Badge> },
    { name: 'From', cell: ({ from }) => <Time at={from} /> },
    { name: 'To', cell: ({ to }) => <Time at={to} /> },
    {
      name: 'Why',
      cell: ({ reason, withdrawnReason }) =>
        withdrawnReason === '' ? reason : `${reason} – ${withdrawnReason}`,
    },
    {
      name: 'Declared',
      cell: ({ declaredAt, declaredBy }) => (
        <>
          <Time at={declaredAt} /> <span className="muted small">by {declaredBy}</span>
        </>
      ),
    },
    {
      ...{ name: 'Actions', quiet: true, num: true },
      cell: (event) =>
        may && event.state === 'coming' && <Button onClick={() => setLeaving(event)}>Withdraw …</Button>,
    },
  ];
  return (
    <Panel flush title="Declared" note="the newest first">
      <DataTable
        label="Declared events"
        columns={columns}
        rows={events.events}
        rowKey={({ id }) => id}
        empty={
          <Empty icon="tariff" title="Nothing was declared yet">
            An event changes what hours cost; its lines on the bill name it.
          </Empty>
        }
      />
      {leaving && <WithdrawDialog event={leaving} onClose={() => setLeaving(undefined)} />}
    </Panel>
  );
}
