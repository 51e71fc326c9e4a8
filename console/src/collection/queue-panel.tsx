/** What is queued and read now, how sessions ended, and how each segment of the network stands; live. */
import type { CollectionState } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { formatCount } from '../lib/format.ts';
import { collectionQuery } from '../queries.ts';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Ago } from '../ui/time.tsx';

export function QueuePanel() {
  const query = useQuery(collectionQuery);
  return (
    <Ready query={query} what="how collection stands">
      {(state) => (
        <>
          <Now state={state} />
          <Segments state={state} />
        </>
      )}
    </Ready>
  );
}

type Counts = readonly (readonly [name: string, count: number])[];

function Figures({ label, counts }: { readonly label: string; readonly counts: Counts }) {
  return (
    <>
      <h3>{label}</h3>
      <dl className="counts">
        {counts.map(([name, count]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatCount(count)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Now({ state }: { readonly state: CollectionState }) {
  const { queue, sessions, totals, connected } = state;
  return (
    <Panel
      title="Now"
      note={
        state.plannedAt ? (
          <>
            gaps looked at <Ago at={state.plannedAt} />
          </>
        ) : (
          'gaps were not looked at yet'
        )
      }
    >
      <div className="stack" style={{ gap: '0.5rem' }}>
        <Figures
          label="Queue, meters"
          counts={[
            ['Being read', queue.running],
            ['Queued', queue.queued - queue.waiting - queue.running],
            ['Waiting after a failure', queue.waiting],
            ['Connected by themselves', connected],
          ]}
        />
        <Figures
          label="Missing"
          counts={[
            ['Meters planned', totals.meters],
            ['Meters that lack entries', totals.lacking],
            ['Entries missing', totals.entries],
            ['Meters at risk', totals.atRisk],
            ['Meters overdue', totals.overdue],
          ]}
        />
        <Figures
          label="Sessions since the start"
          counts={[
            ['Begun', sessions.started],
            ['All read', sessions.complete],
            ['Some read', sessions.read],
            ['Link failed', sessions.link],
            ['Meter failed', sessions.meter],
            ['Meter busy', sessions.busy],
            ['Timed out', sessions.timeouts],
          ]}
        />
      </div>
    </Panel>
  );
}

function Segments({ state }: { readonly state: CollectionState }) {
  return (
    <Panel flush title="Segments of the network" note="those with deadlines at risk first">
      {state.segments.length === 0 ? (
        <Empty icon="collection" title="No meter is planned to be read yet">
          Give meters endpoints, and a reading plan that selects them.
        </Empty>
      ) : (
        <ScrollBox label="Segments">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Segment</th>
                <th scope="col">Link</th>
                <th scope="col" className="num">
                  Meters
                </th>
                <th scope="col" className="num">
                  Lacking
                </th>
                <th scope="col" className="num">
                  Entries
                </th>
                <th scope="col" className="num">
                  At risk
                </th>
                <th scope="col" className="num">
                  Overdue
                </th>
              </tr>
            </thead>
            <tbody>
              {[...state.segments]
                .sort((a, b) => b.overdue - a.overdue || b.atRisk - a.atRisk || b.entries - a.entries)
                .map((segment) => (
                  <tr key={segment.segment}>
                    <td>{segment.segment || <span className="muted">none</span>}</td>
                    <td>
                      <Link link={segment.link} />
                    </td>
                    <td className="num">{formatCount(segment.meters)}</td>
                    <td className="num">{formatCount(segment.lacking)}</td>
                    <td className="num">{formatCount(segment.entries)}</td>
                    <td className="num">{formatCount(segment.atRisk)}</td>
                    <td className="num">{formatCount(segment.overdue)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </Panel>
  );
}

function Link({ link }: { readonly link: CollectionState['segments'][number]['link'] }) {
  if (!link) return <span className="muted">idle</span>;
  if (link.down) return <Badge tone="bad">down</Badge>;
  return (
    <>
      {formatCount(link.running)} of {formatCount(link.slots)} at once
    </>
  );
}
