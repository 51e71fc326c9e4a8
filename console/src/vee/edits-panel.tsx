/** Edits of readings: those that wait for a second person first, then all, the newest first. */
import type { EditItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { usePeople } from '../commands/words.tsx';
import { formatCounted, formatDay, formatWord } from '../lib/format.ts';
import { formatChange } from '../lib/work-list.ts';
import { dayOf, dayText } from '../lib/zone.ts';
import { useSiteClock } from '../site.tsx';
import { Segmented } from '../ui/button.tsx';
import { MoreRows } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
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
  return (
    <Panel
      flush
      title="Edits of readings"
      note={view === 'pending' && 'that wait for a second person'}
      actions={<Segmented label="Edits shown" value={view} options={views} onChange={setView} />}
    >
      <Ready query={query} what="edits">
        {({ pages }) => {
          const edits = pages.flatMap(({ items }) => items);
          if (edits.length === 0) {
            return (
              <Empty
                icon="check"
                title={view === 'pending' ? 'No edit waits for a second person' : 'No reading was edited yet'}
              />
            );
          }
          return (
            <>
              <Table edits={edits} />
              <MoreRows query={query} shown={edits.length} total={pages[0]!.total} />
            </>
          );
        }}
      </Ready>
    </Panel>
  );
}

function Table({ edits }: { readonly edits: readonly EditItem[] }) {
  const nameOf = usePeople();
  const { zone } = useSiteClock();
  return (
    <ScrollBox label="Edits">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Meter and day</th>
            <th scope="col">Edit</th>
            <th scope="col" className="num">
              Change
            </th>
            <th scope="col">Reason</th>
            <th scope="col">By</th>
            <th scope="col">State</th>
            <th scope="col">
              <span className="sr-only">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {edits.map((edit) => {
            const day = dayText(dayOf(zone, edit.firstEnd - 1));
            return (
              <tr key={edit.id}>
                <td>
                  <Link
                    to="/exceptions/$channelId/$day"
                    params={{ channelId: String(edit.channelId), day }}
                    search={{}}
                  >
                    {edit.serial}, <span className="nowrap">{formatDay(day, 'short')}</span>
                  </Link>
                </td>
                <td>
                  {formatWord(edit.action)}
                  <div className="muted small">{formatCounted(edit.after.length, 'interval')}</div>
                </td>
                <td className="num">
                  <span className="nowrap">{formatChange(edit.change, edit.baseUnit)}</span>
                </td>
                <td>{edit.reason}</td>
                <td>
                  {nameOf(edit.requestedBy, edit.requestedByName)}
                  <div className="muted small">
                    <Time at={edit.requestedAt} />
                  </div>
                </td>
                <td>
                  <StateBadge state={edit.state} />
                  {edit.undoneBy !== null && <div className="muted small">undone</div>}
                </td>
                <td>
                  <EditActions edit={edit} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </ScrollBox>
  );
}
