/** What this meter reported, the live ones at once. */
import type { StreamMeterEvent } from '@openami/server/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useLiveHandlers } from '../live.ts';
import { EventList } from '../overview/events-panel.tsx';
import { meterEventsQuery } from '../queries.ts';
import { Panel } from '../ui/panel.tsx';
import { Ready } from '../ui/states.tsx';

export function MeterEvents({ meterId }: { readonly meterId: number }) {
  const query = useQuery(meterEventsQuery(meterId));
  const client = useQueryClient();
  useLiveHandlers(
    useMemo(
      () => ({
        'meter-event': (event: StreamMeterEvent) => {
          if (event.meterId === meterId)
            void client.invalidateQueries({ queryKey: ['meter-events', meterId] });
        },
      }),
      [client, meterId],
    ),
  );
  return (
    <Panel title="Events" flush>
      <Ready query={query} what="events">
        {(events) => <EventList events={events} />}
      </Ready>
    </Panel>
  );
}
