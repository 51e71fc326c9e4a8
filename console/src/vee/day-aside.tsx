/** Beside a day: its findings, how it was closed, registers, events, and the edits made of it. */
import type { VeeDay } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { formatCount, formatDateTimeZone, formatReading } from '../lib/format.ts';
import { Facts } from '../ui/facts.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ready } from '../ui/states.tsx';
import { Findings } from './day-peek.tsx';
import { EditCard } from './edit-card.tsx';
import { editsQuery } from './queries.ts';

export function DayAside({ day }: { readonly day: VeeDay }) {
  return (
    <aside className="meter-aside" aria-label="About this day">
      <Panel title="Findings">
        {day.exceptions.length === 0 ? (
          <p className="muted">Nothing was found on this day.</p>
        ) : (
          <Findings exceptions={day.exceptions} />
        )}
      </Panel>
      <Edits day={day} />
      {day.closed && <Closed closed={day.closed} />}
      <Panel title="Registers">
        {day.registers.length === 0 ? (
          <p className="muted">No register reading of this day or the days beside.</p>
        ) : (
          <Facts
            facts={day.registers.map(({ at, value, unit }) => [
              formatDateTimeZone(at * 1_000, day.zone),
              formatReading(value, unit),
            ])}
          />
        )}
      </Panel>
      <Panel title="Events">
        {day.events.length === 0 ? (
          <p className="muted">No event of this day or the days beside.</p>
        ) : (
          <ul className="stack" style={{ gap: '0.5rem' }}>
            {day.events.map((event) => (
              <li key={`${event.at} ${event.code}`}>
                <strong>{event.detail || event.code}</strong>{' '}
                <span className="muted small">{event.severity}</span>
                <div className="muted small">{formatDateTimeZone(event.at * 1_000, day.zone)}</div>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </aside>
  );
}

function Closed({ closed }: { readonly closed: NonNullable<VeeDay['closed']> }) {
  const counts = [
    ['Expected', closed.expected],
    ['Measured', closed.measured],
    ['Questionable', closed.questionable],
    ['Estimated', closed.estimated],
    ['Edited', closed.edited],
  ] as const;
  return (
    <Panel title="As it was closed">
      <Facts facts={counts.map(([name, count]) => [name, formatCount(count)])} />
    </Panel>
  );
}

function Edits({ day }: { readonly day: VeeDay }) {
  const query = useInfiniteQuery(editsQuery({ channelId: day.channelId }));
  const [first, last] = [day.ends[0] ?? 0, day.ends.at(-1) ?? 0];
  return (
    <Panel title="Edits of this day">
      <Ready query={query} what="edits">
        {({ pages }) => {
          const edits = pages
            .flatMap(({ items }) => items)
            .filter(({ firstEnd, lastEnd }) => lastEnd >= first && firstEnd <= last);
          if (edits.length === 0) return <p className="muted">None.</p>;
          return (
            <ul className="stack" style={{ gap: '0.75rem' }} aria-label="Edits, newest first">
              {edits.map((edit) => (
                <li key={edit.id}>
                  <EditCard edit={edit} />
                </li>
              ))}
            </ul>
          );
        }}
      </Ready>
    </Panel>
  );
}
