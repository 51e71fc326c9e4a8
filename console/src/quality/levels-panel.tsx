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
import { Counts } from '../ui/counts.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
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
    ['Missing', total.missing],
    ['Questionable', total.questionable],
    ['Meters', total.meters],
    ['Exceptions', total.exceptions],
    ['Median age, open', medianExceptionAgeDays === null ? '–' : `${medianExceptionAgeDays.toFixed(1)} d`],
  ] as const;
  const bars = (by === 'day' ? [...rows].reverse() : rows).slice(0, 62).map((row) => kpiBar(row, by));
  return (
    <div className="stack" style={{ gap: '0.75rem', padding: '0.75rem 0 0' }}>
      <Counts counts={figures} style={{ margin: '0 1rem' }} />
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
        <>
          <DataTable
            label={`Service levels by ${by}`}
            columns={columnsOf(by, onOpen)}
            rows={rows.slice(0, mostRows)}
            rowKey={({ key }) => key}
            maxHeight="36rem"
            empty={null}
          />
          {rows.length > mostRows && (
            <p className="grid-foot">
              The worst {formatCount(mostRows)} of {formatCount(rows.length)}
            </p>
          )}
        </>
      )}
    </div>
  );
}

const mostRows = 500;

function columnsOf(by: KpiAnswer['by'], onOpen: (key: string) => void): readonly Column<KpiRow>[] {
  return [
    {
      name: by.charAt(0).toUpperCase() + by.slice(1),
      cell: ({ key }) =>
        by === 'meter' ? (
          <Link to="/meters" search={{ q: key }}>
            {key}
          </Link>
        ) : (
          <button type="button" className="link-button" onClick={() => onOpen(key)}>
            {by === 'day' ? formatDay(key, 'long') : key}
          </button>
        ),
    },
    { name: 'Meters', num: true, cell: ({ meters }) => formatCount(meters) },
    { name: 'Expected', num: true, cell: ({ expected }) => formatCount(expected) },
    { name: 'Measured', num: true, cell: ({ measured }) => formatCount(measured) },
    { name: 'Read rate', num: true, cell: ({ readRate }) => formatShare(readRate, 2) },
    { name: 'Questionable', num: true, cell: ({ questionable }) => formatCount(questionable) },
    { name: 'Estimated', num: true, cell: ({ estimated }) => formatCount(estimated) },
    { name: 'Edited', num: true, cell: ({ edited }) => formatCount(edited) },
    { name: 'Missing', num: true, cell: ({ missing }) => formatCount(missing) },
    { name: 'Exceptions', num: true, cell: ({ exceptions }) => formatCount(exceptions) },
  ];
}
