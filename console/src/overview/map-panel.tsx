/** Map of usage points and feeder, with its table twin. Without WebGL only the table is there. */
import type { MapData } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { formatCount, formatWord } from '../lib/format.ts';
import { mapQuery } from '../queries.ts';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { ShapeMark, StateMark, stateLook } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Loading, Notice, Ready } from '../ui/states.tsx';
import { VirtualTable } from '../ui/virtual-table.tsx';

const MapView = lazy(() => import('./map-view.tsx').then((m) => ({ default: m.MapView })));

function hasWebGl(): boolean {
  try {
    return document.createElement('canvas').getContext('webgl2') !== null;
  } catch {
    return false;
  }
}

export function MapPanel({ className }: { readonly className?: string }) {
  const query = useQuery(mapQuery);
  const [face, setFace] = useState<Face>('chart');
  const [broken, setBroken] = useState(() => !hasWebGl());
  const count = query.data?.points.id.length ?? 0;
  return (
    <Panel
      flush
      className={className}
      title="Usage points"
      note={query.data && `${formatCount(count)} on the map`}
      actions={!broken && <FaceSwitch label="Map" chart="Map" face={face} onChange={setFace} />}
    >
      <Ready query={query} what="the map">
        {(data) => {
          if (count === 0) {
            return (
              <Empty icon="overview" title="No usage point has coordinates">
                Import premises with longitude and latitude, and they appear here.
              </Empty>
            );
          }
          if (face === 'table' || broken) {
            return (
              <>
                {broken && (
                  <div style={{ padding: '0 1rem 0.75rem' }}>
                    <Notice tone="neutral" title="This browser cannot draw the map">
                      <p>It needs WebGL 2. The same usage points are listed below.</p>
                    </Notice>
                  </div>
                )}
                <PointTable data={data} />
              </>
            );
          }
          return (
            <>
              <div style={{ padding: '0 1rem 0.5rem' }}>
                <MapLegend data={data} />
              </div>
              <Suspense fallback={<Loading what="the map" />}>
                <MapView data={data} onBroken={() => setBroken(true)} />
              </Suspense>
            </>
          );
        }}
      </Ready>
    </Panel>
  );
}

function MapLegend({ data }: { readonly data: MapData }) {
  const counts = new Map<string, number>();
  for (const state of data.points.state) counts.set(state, (counts.get(state) ?? 0) + 1);
  return (
    <ul className="legend">
      {[...counts].map(([state, n]) => (
        <li key={state} className="mark">
          <ShapeMark shape={stateLook(state).shape} colour={stateLook(state).colour} />
          {formatWord(state)} <span className="count">{formatCount(n)}</span>
        </li>
      ))}
    </ul>
  );
}

function PointTable({ data }: { readonly data: MapData }) {
  const { points } = data;
  return (
    <VirtualTable
      label="Usage points"
      count={points.id.length}
      columns={[
        {
          header: 'Usage point',
          width: 220,
          cell: (i) =>
            points.meterId[i] ? (
              <Link to="/meters/$meterId" params={{ meterId: String(points.meterId[i]) }}>
                {points.label[i]}
              </Link>
            ) : (
              points.label[i]
            ),
        },
        { header: 'Commodity', width: 110, cell: (i) => formatWord(points.commodity[i]!) },
        { header: 'State', width: 130, cell: (i) => <StateMark state={points.state[i]!} /> },
        {
          header: 'Longitude, latitude',
          width: 170,
          num: true,
          cell: (i) => `${points.lon[i]!.toFixed(5)}, ${points.lat[i]!.toFixed(5)}`,
        },
      ]}
    />
  );
}
