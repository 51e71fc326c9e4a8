/** The first page: how the site does now, in numbers that each open the list behind them. */
import { useQuery } from '@tanstack/react-query';
import { overviewQuery } from '../queries.ts';
import { useTitle } from '../shell/shell.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Ready } from '../ui/states.tsx';
import { Ago } from '../ui/time.tsx';
import { EventsPanel } from './events-panel.tsx';
import { FirstSteps } from './first-steps.tsx';
import { MapPanel } from './map-panel.tsx';
import { MeterStates } from './meter-states.tsx';
import { ReadSuccessPanel } from './read-success-panel.tsx';
import { Tiles } from './tiles.tsx';

export function OverviewPage() {
  useTitle('Overview');
  const overview = useQuery(overviewQuery);
  return (
    <>
      <PageHead
        title="Overview"
        note={
          overview.data && (
            <>
              Last reading <Ago at={overview.data.lastReadingAt} />
            </>
          )
        }
      />
      <Ready query={overview} what="the overview">
        {(data) => (
          <>
            {data.metersRegistered === 0 && <FirstSteps />}
            <Tiles overview={data} />
            <div className="overview-grid">
              <ReadSuccessPanel className="span-8" />
              <MeterStates className="span-4" overview={data} />
              <MapPanel className="span-7" />
              <EventsPanel className="span-5" />
            </div>
          </>
        )}
      </Ready>
    </>
  );
}
