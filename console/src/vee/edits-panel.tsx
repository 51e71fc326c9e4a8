/** Edits of readings: those that wait for a second person first, then all, the newest first. */
import type { EditItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usePeople } from '../commands/words.tsx';
import { formatCounted, formatWord } from '../lib/format.ts';
import { formatChange } from '../lib/work-list.ts';
import { dayOf, dayText } from '../lib/zone.ts';
import { useSiteClock } from '../site.tsx';
import { Segmented } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { DayLink } from './day-link.tsx';
import { EditActions } from './edit-card.tsx';
import { StateBadge } from './marks.tsx';
import { editsQuery } from './queries.ts';

const views = [
  { value: 'pending', label: 'Waiting' },
  { value: 'all', label: 'All' },
] as const;

export function EditsPanel() {
  const [view, setView] = useState<'pending' | 'all'>('pending');
  const query = useInfiniteQuery(editsQuery(view === 'pending' ? { state: 'pending' } : {}));
  const columns = useColumns();
  return (
    <Panel
      flush
      title="Edits of readings"
      note={view === 'pending' && 'that wait for a second person'}
      actions={<Segmented label="Edits shown" value={view} options={views} onChange={setView} />}
    >
      <Paged query={query} what="edits">
        {(edits) => (
          <DataTable
            label="Edits"
            columns={columns}
            rows={edits}
            rowKey={({ id }) => id}
            empty={
              <Empty
                icon="check"
                title={view === 'pending' ? 'No edit waits for a second person' : 'No reading was edited yet'}
              />
            }
          />
        )}
      </Paged>
    </Panel>
  );
}

function useColumns(): readonly Column<EditItem>[] {
  const nameOf = usePeople();
  const { zone } = useSiteClock();
  return [
    {
      name: 'Meter and day',
      cell: ({ firstEnd, channelId, serial }) => (
        <DayLink channelId={channelId} serial={serial} day={dayText(dayOf(zone, firstEnd - 1))} />
      ),
    },
    {
      name: 'Edit',
      cell: ({ action, after }) => (
        <>
          {formatWord(action)}
          <div className="muted small">{formatCounted(after.length, 'interval')}</div>
        </>
      ),
    },
    {
      ...{ name: 'Change', num: true },
      cell: ({ change, baseUnit }) => <span className="nowrap">{formatChange(change, baseUnit)}</span>,
    },
    { name: 'Reason', cell: ({ reason }) => reason },
    {
      name: 'By',
      cell: ({ requestedBy, requestedByName, requestedAt }) => (
        <>
          {nameOf(requestedBy, requestedByName)}
          <div className="muted small">
            <Time at={requestedAt} />
          </div>
        </>
      ),
    },
    {
      name: 'State',
      cell: ({ state, undoneBy }) => (
        <>
          <StateBadge state={state} />
          {undoneBy !== null && <div className="muted small">undone</div>}
        </>
      ),
    },
    { name: 'Actions', quiet: true, cell: (edit) => <EditActions edit={edit} /> },
  ];
}
