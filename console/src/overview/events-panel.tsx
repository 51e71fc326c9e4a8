/** Latest events of all meters: those that were there, and the live ones on top. */
import type { MeterEventItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useLive } from '../live.ts';
import { eventsQuery } from '../queries.ts';
import { Segmented } from '../ui/button.tsx';
import { SeverityDot } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Ago } from '../ui/time.tsx';

const limit = 50;
type Wanted = 'all' | 'warning' | 'critical';

export function EventsPanel({ className }: { readonly className?: string }) {
  const [wanted, setWanted] = useState<Wanted>('all');
  const severity = wanted === 'all' ? undefined : wanted;
  const query = useQuery(eventsQuery({ limit, severity }));
  const live = useLive((s) => s.events);
  return (
    <Panel
      flush
      className={className}
      title="Latest events"
      actions={
        <Segmented
          label="Severity"
          value={wanted}
          onChange={setWanted}
          options={[
            { value: 'all', label: 'All' },
            { value: 'warning', label: 'Warning' },
            { value: 'critical', label: 'Critical' },
          ]}
        />
      }
    >
      <Ready query={query} what="events">
        {(items) => <EventList events={merge(live, items, severity)} />}
      </Ready>
    </Panel>
  );
}

function merge(
  live: readonly MeterEventItem[],
  stored: readonly MeterEventItem[],
  severity: string | undefined,
): MeterEventItem[] {
  const seen = new Set<string>();
  return [...live.filter((e) => !severity || e.severity === severity), ...stored]
    .filter((e) => {
      const key = eventKey(e);
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, limit);
}

function eventKey(e: MeterEventItem): string {
  return `${e.at} ${e.device} ${e.code} ${e.detail}`;
}

export function EventList({ events }: { readonly events: readonly MeterEventItem[] }) {
  if (events.length === 0) {
    return (
      <Empty icon="check" title="No events">
        Power failures, opened covers, changed clocks and the like appear here as meters report them.
      </Empty>
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keyboard
    <ul className="event-list" tabIndex={0} aria-label="Events, newest first">
      {events.map((e) => (
        <li key={eventKey(e)}>
          <span>
            <SeverityDot severity={e.severity} />
          </span>
          <span className="what cut" title={`CIM code ${e.code}`}>
            {e.name || e.code}
          </span>
          <span className="when">
            <Ago at={e.at} />
          </span>
          <span className="more cut">
            {e.meterId ? (
              <Link to="/meters/$meterId" params={{ meterId: String(e.meterId) }}>
                {e.device}
              </Link>
            ) : (
              e.device
            )}
            {e.detail && ` · ${e.detail}`}
          </span>
        </li>
      ))}
    </ul>
  );
}
