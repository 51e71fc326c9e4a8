/** Devices whose readings came but which nobody registered: what they send, and adopting them. */
import { groupBy } from '@openami/model';
import type { UnregisteredItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { formatCount, formatInterval } from '../lib/format.ts';
import { unregisteredQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { MoreFoot } from '../ui/more-rows.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { Ago, Time } from '../ui/time.tsx';
import { AdoptDialog } from './adopt-dialog.tsx';

const route = getRouteApi('/unregistered');

export interface SeenDevice {
  readonly device: string;
  readonly series: readonly UnregisteredItem[];
  readonly count: number;
  readonly first: string;
  readonly last: string;
}

export function UnregisteredPage() {
  useTitle('Seen, not registered');
  const { q = '' } = route.useSearch();
  const query = useInfiniteQuery(unregisteredQuery(q));
  const { data } = query;
  const devices = useMemo(() => data && byDevice(data.pages.flatMap((page) => page.items)), [data]);
  const total = data?.pages[0]?.devices ?? 0;
  const navigate = route.useNavigate();
  const [adopting, setAdopting] = useState<SeenDevice>();
  return (
    <>
      <PageHead
        title="Seen, not registered"
        note="Good readings of devices without a meter here, kept until you adopt the device."
      />
      <div className="panel">
        <Ready query={{ ...query, data: devices }} what="devices">
          {(seen) => {
            if (seen.length === 0 && q === '') {
              return (
                <Empty icon="check" title="Every device that sends is registered">
                  When an unknown device sends readings, it is listed here with what it sent.
                </Empty>
              );
            }
            return (
              <>
                <div className="filters">
                  <TextFilter
                    label="Filter by device"
                    hint="Device"
                    value={q}
                    onChange={(text) => void navigate({ search: { q: text }, replace: true })}
                  />
                  <span className="muted" role="status">
                    {formatCount(seen.length)} of {formatCount(total)} devices
                  </span>
                </div>
                <DeviceTable devices={seen} onAdopt={setAdopting} />
                <MoreFoot query={query}>Show more</MoreFoot>
              </>
            );
          }}
        </Ready>
      </div>
      {adopting && <AdoptDialog seen={adopting} onClose={() => setAdopting(undefined)} />}
    </>
  );
}

function byDevice(items: readonly UnregisteredItem[]): SeenDevice[] {
  const devices = [...groupBy(items, (item) => item.device)].map(([device, series]) => ({
    device,
    series,
    count: series.reduce((sum, s) => sum + s.count, 0),
    first: series.map((s) => s.first).sort()[0]!,
    last: series
      .map((s) => s.last)
      .sort()
      .at(-1)!,
  }));
  return devices.sort((a, b) => b.last.localeCompare(a.last));
}

const deviceColumns: readonly Column<SeenDevice>[] = [
  { name: 'Device', cell: (d) => <strong>{d.device}</strong> },
  {
    name: 'What it sends',
    cell: (d) =>
      d.series.map((s) => (
        <div key={`${s.quantity} ${s.unit} ${s.intervalS}`}>
          <code>{s.quantity}</code>{' '}
          <span className="muted">
            {s.unit || 'no unit'}, {formatInterval(s.intervalS)}
          </span>
        </div>
      )),
  },
  { name: 'Readings kept', num: true, cell: (d) => formatCount(d.count) },
  { name: 'First interval', cell: (d) => <Time at={d.first} /> },
  { name: 'Last interval', cell: (d) => <Ago at={d.last} /> },
];

function DeviceTable(props: {
  readonly devices: readonly SeenDevice[];
  readonly onAdopt: (device: SeenDevice) => void;
}) {
  const may = useMay('meters:write');
  const action: Column<SeenDevice> = {
    ...{ name: 'Action', quiet: true, num: true },
    cell: (d) => (
      <Button onClick={() => props.onAdopt(d)} aria-label={`Adopt ${d.device}`}>
        Adopt …
      </Button>
    ),
  };
  return (
    <DataTable
      label="Devices seen, not registered"
      columns={may ? [...deviceColumns, action] : deviceColumns}
      rows={props.devices}
      rowKey={(d) => d.device}
      empty={<Empty icon="search" title="No device matches" />}
    />
  );
}
