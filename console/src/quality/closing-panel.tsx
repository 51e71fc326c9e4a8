/** How far local days are closed, and what waits to be closed again; live. */
import { useQuery } from '@tanstack/react-query';
import { formatCount, formatDay } from '../lib/format.ts';
import { Counts } from '../ui/counts.tsx';
import { Facts } from '../ui/facts.tsx';
import { Panel } from '../ui/panel.tsx';
import { Notice, Ready } from '../ui/states.tsx';
import { stateQuery } from '../vee/queries.ts';

const names: Readonly<Record<string, string>> = {
  days: 'Days closed',
  channels: 'Channel days judged',
  changed: 'Readings judged or written',
  estimated: 'Estimated',
  opened: 'Exceptions opened',
  resolved: 'Exceptions resolved by themselves',
  settled: 'Days closed again',
};

export function ClosingPanel() {
  const query = useQuery(stateQuery);
  return (
    <Ready query={query} what="how far days are closed">
      {({ closing, zones, waiting, trouble, totals }) => (
        <>
          <Panel
            title="Closing of days"
            note={waiting === 0 ? 'nothing waits' : `${formatCount(waiting)} days wait`}
          >
            <div className="stack" style={{ gap: '0.75rem' }}>
              {trouble && (
                <Notice tone="warn" title="Some days could not be closed; it is tried again">
                  {trouble}
                </Notice>
              )}
              {closing && (
                <div className="progress" role="status">
                  <progress aria-label="Closing" value={closing.done} max={Math.max(1, closing.of)} />
                  <span>
                    {formatDay(closing.day, 'long')}, {closing.zone}: {formatCount(closing.done)} of{' '}
                    {formatCount(closing.of)}
                  </span>
                </div>
              )}
              <Facts
                facts={zones.map(({ zone, closedThrough }) => [
                  zone,
                  closedThrough ? `closed through ${formatDay(closedThrough, 'long')}` : 'no day closed yet',
                ])}
              />
            </div>
          </Panel>
          <Panel title="Since the start of the server">
            <Counts counts={Object.entries(totals).map(([name, count]) => [names[name] ?? name, count])} />
          </Panel>
        </>
      )}
    </Ready>
  );
}
