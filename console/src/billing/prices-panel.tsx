/** Series of prices, calorific values and weather: what there is, a day of one, and its uploads. */
import type { BillingSeriesItem, SeriesUploadItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount, formatDay, unitText } from '../lib/format.ts';
import { quantityWords, valuesOfDay } from '../lib/prices.ts';
import { dayNumber, dayOf, dayStart, dayText } from '../lib/zone.ts';
import { useMay } from '../shell/session.tsx';
import { useSiteClock } from '../site.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { PriceChart } from './price-chart.tsx';
import { seriesListQuery, seriesQuery, seriesValuesQuery } from './queries.ts';
import { SeriesDialog, UploadDialog } from './series-dialogs.tsx';

const route = getRouteApi('/tariffs');

export function PricesPanel() {
  const { series: chosen } = route.useSearch();
  const query = useQuery(seriesListQuery);
  const may = useMay('billing:write');
  const [adding, setAdding] = useState(false);
  const shown = query.data?.find(({ code }) => code === chosen) ?? query.data?.[0];
  return (
    <>
      <Panel
        flush
        title="Series"
        note="values over time that tariffs and gas bills name"
        actions={
          may && (
            <Button icon="plus" onClick={() => setAdding(true)}>
              New series
            </Button>
          )
        }
      >
        <Ready query={query} what="series">
          {(rows) => (
            <DataTable
              label="Series"
              columns={columns}
              rows={rows}
              rowKey={({ code }) => code}
              empty={
                <Empty icon="tariff" title="There is no series yet">
                  Tariffs with a price of each hour name one, and so do bills of gas by energy and water
                  budgets.
                </Empty>
              }
            />
          )}
        </Ready>
      </Panel>
      {shown && <Series key={shown.code} series={shown} />}
      {adding && <SeriesDialog onClose={() => setAdding(false)} />}
    </>
  );
}

const columns: readonly Column<BillingSeriesItem>[] = [
  {
    name: 'Series',
    sortBy: ({ code }) => code,
    cell: ({ code }) => (
      <Link to="/tariffs" search={{ tab: 'prices', series: code }}>
        {code}
      </Link>
    ),
  },
  { name: 'Of', cell: ({ quantity }) => quantityWords[quantity] },
  { name: 'Unit', cell: ({ unit }) => unit },
  { name: 'Values', num: true, cell: ({ values }) => formatCount(values) },
  { name: 'From', cell: ({ from }) => (from ? <Time at={from} /> : <span className="muted">–</span>) },
  { name: 'To', cell: ({ to }) => (to ? <Time at={to} /> : <span className="muted">–</span>) },
];

function Series({ series }: { readonly series: BillingSeriesItem }) {
  const { code, name, unit } = series;
  const { zone, nowMs } = useSiteClock();
  const [picked, setPicked] = useState<string>();
  const may = useMay('billing:write');
  const [uploading, setUploading] = useState(false);
  const lastS = series.to === null ? nowMs() / 1_000 : Date.parse(series.to) / 1_000 - 1;
  const day = picked ?? dayText(dayOf(zone, Math.min(lastS, nowMs() / 1_000)));
  const [startS, endS] = [dayStart(zone, dayNumber(day)), dayStart(zone, dayNumber(day) + 1)];
  const values = useQuery(seriesValuesQuery(code, startS, endS));
  const detail = useQuery(seriesQuery(code));
  const move = (by: number) => setPicked(dayText(dayNumber(day) + by));
  return (
    <Panel
      title={name || code}
      note={`${unitText(unit)}, by the clock of ${zone}`}
      actions={
        may && (
          <Button look="primary" icon="file" onClick={() => setUploading(true)}>
            Add values
          </Button>
        )
      }
    >
      <div className="stack">
        <div className="row day-row">
          <Button onClick={() => move(-1)}>Day before</Button>
          <TextField
            label="Day"
            type="date"
            value={day}
            onChange={(e) => e.target.value !== '' && setPicked(e.target.value)}
          />
          <Button onClick={() => move(1)}>Day after</Button>
        </div>
        <Ready query={values} what="values">
          {(items) =>
            items.length === 0 ? (
              <Empty title={`No value on ${formatDay(day, 'long')}`}>
                A bill that needs one is held back, and says from when on.
              </Empty>
            ) : (
              <PriceChart
                {...{ unit, zone, startS, endS, values: valuesOfDay(items, zone, dayNumber(day)) }}
                title={`${name || code} on ${formatDay(day, 'long')}`}
              />
            )
          }
        </Ready>
        <Ready query={detail} what="uploads">
          {({ uploads }) => (
            <DataTable
              label={`Uploads of ${code}`}
              columns={uploadColumns}
              rows={uploads}
              rowKey={({ number }) => number}
              maxHeight="16rem"
              empty={<p className="muted">Nothing was uploaded yet.</p>}
            />
          )}
        </Ready>
      </div>
      {uploading && <UploadDialog series={series} onClose={() => setUploading(false)} />}
    </Panel>
  );
}

const uploadColumns: readonly Column<SeriesUploadItem>[] = [
  { name: 'Upload', num: true, cell: ({ number }) => number },
  {
    name: 'At',
    cell: ({ at, createdBy }) => (
      <>
        <Time at={at} /> <span className="muted small">by {createdBy}</span>
      </>
    ),
  },
  { name: 'From', cell: ({ from }) => <Time at={from} /> },
  { name: 'To', cell: ({ to }) => <Time at={to} /> },
  { name: 'Values', num: true, cell: ({ given }) => formatCount(given) },
  { name: 'Changed', num: true, cell: ({ changed }) => formatCount(changed) },
  { name: 'Note', cell: ({ note }) => note },
];
