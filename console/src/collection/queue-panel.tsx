/** What is queued and read now, how sessions ended, and how each segment of the network stands; live. */
import type { CollectionState } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import type { ComponentProps } from 'react';
import { formatCount } from '../lib/format.ts';
import { collectionQuery } from '../queries.ts';
import { Counts } from '../ui/counts.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
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

function Figures({ label, counts }: { readonly label: string } & ComponentProps<typeof Counts>) {
  return (
    <>
      <h3>{label}</h3>
      <Counts counts={counts} />
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
      <DataTable
        label="Segments"
        columns={segmentColumns}
        rows={[...state.segments].sort(
          (a, b) => b.overdue - a.overdue || b.atRisk - a.atRisk || b.entries - a.entries,
        )}
        rowKey={({ segment }) => segment}
        empty={
          <Empty icon="collection" title="No meter is planned to be read yet">
            Give meters endpoints, and a reading plan that selects them.
          </Empty>
        }
      />
    </Panel>
  );
}

type Segment = CollectionState['segments'][number];

const segmentColumns: readonly Column<Segment>[] = [
  { name: 'Segment', cell: ({ segment }) => segment || <span className="muted">none</span> },
  { name: 'Link', cell: ({ link }) => <Link link={link} /> },
  { name: 'Meters', num: true, cell: ({ meters }) => formatCount(meters) },
  { name: 'Lacking', num: true, cell: ({ lacking }) => formatCount(lacking) },
  { name: 'Entries', num: true, cell: ({ entries }) => formatCount(entries) },
  { name: 'At risk', num: true, cell: ({ atRisk }) => formatCount(atRisk) },
  { name: 'Overdue', num: true, cell: ({ overdue }) => formatCount(overdue) },
];

function Link({ link }: { readonly link: Segment['link'] }) {
  if (!link) return <span className="muted">idle</span>;
  if (link.down) return <Badge tone="bad">down</Badge>;
  return (
    <>
      {formatCount(link.running)} of {formatCount(link.slots)} at once
    </>
  );
}
