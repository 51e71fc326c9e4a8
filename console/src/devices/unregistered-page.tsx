/** Devices whose readings came but which nobody registered: what they send, and adopting them. */
import type { UnregisteredItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { formatCount, formatInterval } from '../lib/format.ts';
import { unregisteredQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { PageHead } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Ago, Time } from '../ui/time.tsx';
import { AdoptDialog } from './adopt-dialog.tsx';

const route = getRouteApi('/unregistered');
/** Devices shown at once. */
const rowStep = 200;

export interface SeenDevice {
  readonly device: string;
  readonly series: readonly UnregisteredItem[];
  readonly count: number;
  readonly first: string;
  readonly last: string;
}

export function UnregisteredPage() {
  useTitle('Seen, not registered');
  const query = useInfiniteQuery(unregisteredQuery);
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = query;
  const { q = '' } = route.useSearch();
  const [rows, setRows] = useState(rowStep);
  const all = useMemo(() => data && byDevice(data.pages.flatMap((page) => page.items)), [data]);
  const devices = (all ?? []).filter((d) => d.device.toLowerCase().includes(q.toLowerCase()));
  // What is looked for may be on any page, and "Show more" needs one that is not all shown.
  const wanting = hasNextPage && !isFetching && !isError && devices.length < rows;
  useEffect(() => {
    if (wanting) void fetchNextPage();
  }, [wanting, fetchNextPage]);
  const navigate = route.useNavigate();
  const [adopting, setAdopting] = useState<SeenDevice>();
  return (
    <>
      <PageHead
        title="Seen, not registered"
        note="Good readings of devices without a meter here, kept until you adopt the device."
      />
      <div className="panel">
        <Ready query={{ ...query, data: all }} what="devices">
          {(seen) => {
            if (seen.length === 0) {
              return (
                <Empty icon="check" title="Every device that sends is registered">
                  When an unknown device sends readings, it is listed here with what it sent.
                </Empty>
              );
            }
            return (
              <>
                <div className="filters">
                  <input
                    className="input text-filter"
                    type="search"
                    aria-label="Filter by device"
                    placeholder="Device"
                    value={q}
                    onChange={(e) => void navigate({ search: { q: e.target.value }, replace: true })}
                  />
                  <span className="muted" role="status">
                    {formatCount(devices.length)} of {formatCount(seen.length)}
                    {hasNextPage ? ' devices read so far' : ' devices'}
                  </span>
                </div>
                {devices.length === 0 ? (
                  <Empty icon="search" title={hasNextPage ? 'Looking …' : 'No device matches'} />
                ) : (
                  <DeviceTable devices={devices.slice(0, rows)} onAdopt={setAdopting} />
                )}
                {devices.length > rows && (
                  <div style={{ padding: '0.75rem 1rem' }}>
                    <Button onClick={() => setRows(rows + rowStep)}>Show more</Button>
                  </div>
                )}
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
  const groups = new Map<string, UnregisteredItem[]>();
  for (const item of items) groups.set(item.device, [...(groups.get(item.device) ?? []), item]);
  const devices = [...groups].map(([device, series]) => ({
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

function DeviceTable(props: {
  readonly devices: readonly SeenDevice[];
  readonly onAdopt: (device: SeenDevice) => void;
}) {
  const may = useMay('meters:write');
  return (
    <ScrollBox label="Devices seen, not registered">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">What it sends</th>
            <th scope="col" className="num">
              Readings kept
            </th>
            <th scope="col">First interval</th>
            <th scope="col">Last interval</th>
            {may && (
              <th scope="col">
                <span className="sr-only">Action</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {props.devices.map((d) => (
            <tr key={d.device}>
              <td>
                <strong>{d.device}</strong>
              </td>
              <td>
                {d.series.map((s) => (
                  <div key={`${s.quantity} ${s.unit} ${s.intervalS}`}>
                    <code>{s.quantity}</code>{' '}
                    <span className="muted">
                      {s.unit || 'no unit'}, {formatInterval(s.intervalS)}
                    </span>
                  </div>
                ))}
              </td>
              <td className="num">{formatCount(d.count)}</td>
              <td>
                <Time at={d.first} />
              </td>
              <td>
                <Ago at={d.last} />
              </td>
              {may && (
                <td className="num">
                  <Button onClick={() => props.onAdopt(d)} aria-label={`Adopt ${d.device}`}>
                    Adopt …
                  </Button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
