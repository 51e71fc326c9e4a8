/** Service levels by day, group, route, vendor, firmware or meter, with a way down to the meters. */
import type { KpiAnswer, KpiRow } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount, formatDay, formatShare } from '../lib/format.ts';
import { kpiBar, kpiBase, kpiParts, meterSpan, withinWords } from '../lib/kpi.ts';
import { Bars, Legend } from '../ui/bars.tsx';
import { Button, Segmented } from '../ui/button.tsx';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { kpisQuery } from '../vee/queries.ts';

const route = getRouteApi('/quality');

const dimensions = [
  { value: 'day', label: 'Day' },
  { value: 'group', label: 'Group' },
  { value: 'route', label: 'Route' },
  { value: 'vendor', label: 'Vendor' },
  { value: 'firmware', label: 'Firmware' },
  { value: 'meter', label: 'Meter' },
] as const;
type By = (typeof dimensions)[number]['value'];

export function LevelsPanel() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const by: By = dimensions.find(({ value }) => value === search.by)?.value ?? 'day';
  const { within, from, to } = search;
  const query = useQuery(kpisQuery({ by, within, from, to }));
  const set = (next: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...next }) });
  // From a day down to its meters, from a route down to its meters.
  const drill = (key: string) => {
    if (by === 'day') set({ by: 'route', ...meterSpan(key) });
    else if (by !== 'meter') set({ by: 'meter', within: `${by}=${key}` });
  };
  return (
    <Panel
      flush
      title="Service levels"
      note={within && withinWords(within)}
      actions={
        <Segmented label="By" value={by} options={dimensions} onChange={(next) => set({ by: next })} />
      }
    >
      <div className="filters">
        <TextField
          label="From"
          type="date"
          value={from ?? ''}
          onChange={(e) => set({ from: e.target.value || undefined })}
        />
        <TextField
          label="Before"
          type="date"
          value={to ?? ''}
          onChange={(e) => set({ to: e.target.value || undefined })}
        />
        {(within || from || to) && (
          <Button onClick={() => set({ within: undefined, from: undefined, to: undefined })}>
            All meters and days
          </Button>
        )}
      </div>
      <Ready query={query} what="service levels">
        {(answer) =>
          answer.rows.length === 0 ? (
            <Empty icon="quality" title="No day is closed in this span">
              Local days are closed some hours after they are over.
            </Empty>
          ) : (
            <Levels answer={answer} onOpen={drill} />
          )
        }
      </Ready>
    </Panel>
  );
}

function Levels({ answer, onOpen }: { readonly answer: KpiAnswer; readonly onOpen: (key: string) => void }) {
  const { total, medianExceptionAgeDays, by, rows } = answer;
  const [face, setFace] = useState<Face>(by === 'day' ? 'chart' : 'table');
  const figures = [
    ['Measured', formatShare(total.readRate, 2)],
    ['Estimated', formatShare(total.estimationRate, 2)],
    ['Missing', formatCount(total.missing)],
    ['Questionable', formatCount(total.questionable)],
    ['Meters', formatCount(total.meters)],
    ['Exceptions', formatCount(total.exceptions)],
    ['Median age, open', medianExceptionAgeDays === null ? '–' : `${medianExceptionAgeDays.toFixed(1)} d`],
  ] as const;
  const bars = (by === 'day' ? [...rows].reverse() : rows).slice(0, 62).map((row) => kpiBar(row, by));
  return (
    <div className="stack" style={{ gap: '0.75rem', padding: '0.75rem 0 0' }}>
      <dl className="counts" style={{ margin: '0 1rem' }}>
        {figures.map(([name, figure]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{figure}</dd>
          </div>
        ))}
      </dl>
      <div className="row" style={{ padding: '0 1rem' }}>
        <span className="grow">
          <Legend parts={kpiParts} />
        </span>
        <FaceSwitch label="Service levels" face={face} onChange={setFace} />
      </div>
      {face === 'chart' ? (
        <div style={{ padding: '0 1rem 0.75rem' }}>
          <Bars
            title={`Service levels by ${by}`}
            parts={kpiParts}
            bars={bars}
            base={kpiBase(rows)}
            top={1}
            formatTick={(share) => formatShare(share, 0)}
            rest="Arrow keys walk the bars; Enter opens one."
            onOpen={onOpen}
          />
        </div>
      ) : (
        <Table rows={rows} by={by} onOpen={onOpen} />
      )}
    </div>
  );
}

function Table(props: {
  readonly rows: readonly KpiRow[];
  readonly by: KpiAnswer['by'];
  readonly onOpen: (key: string) => void;
}) {
  const { rows, by } = props;
  return (
    <ScrollBox label={`Service levels by ${by}`} style={{ maxHeight: '36rem' }}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{by.charAt(0).toUpperCase() + by.slice(1)}</th>
            {[
              'Meters',
              'Expected',
              'Measured',
              'Read rate',
              'Questionable',
              'Estimated',
              'Edited',
              'Missing',
              'Exceptions',
            ].map((name) => (
              <th key={name} scope="col" className="num">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, 500).map((row) => (
            <tr key={row.key}>
              <td>
                {by === 'meter' ? (
                  <Link to="/meters" search={{ q: row.key }}>
                    {row.key}
                  </Link>
                ) : (
                  <button type="button" className="link-button" onClick={() => props.onOpen(row.key)}>
                    {by === 'day' ? formatDay(row.key, 'long') : row.key}
                  </button>
                )}
              </td>
              <td className="num">{formatCount(row.meters)}</td>
              <td className="num">{formatCount(row.expected)}</td>
              <td className="num">{formatCount(row.measured)}</td>
              <td className="num">{formatShare(row.readRate, 2)}</td>
              <td className="num">{formatCount(row.questionable)}</td>
              <td className="num">{formatCount(row.estimated)}</td>
              <td className="num">{formatCount(row.edited)}</td>
              <td className="num">{formatCount(row.missing)}</td>
              <td className="num">{formatCount(row.exceptions)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > 500 && <p className="grid-foot">The worst 500 of {formatCount(rows.length)}</p>}
    </ScrollBox>
  );
}
