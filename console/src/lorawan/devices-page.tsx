/** LoRaWAN devices that are heard, by which gateways, read or not; their codecs. */
import type { LorawanDeviceItem, LorawanDeviceList } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount } from '../lib/format.ts';
import {
  everyColumn,
  HeardFilters,
  pathsColumn,
  type StateWords,
  stateColumn,
} from '../radio/heard-parts.tsx';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Ago } from '../ui/time.tsx';
import { AssignDialog } from './assign-dialog.tsx';
import { CodecsPanel } from './codecs-panel.tsx';
import { lorawanQuery } from './queries.ts';

const route = getRouteApi('/lorawan');

const states: StateWords<LorawanDeviceItem['state']> = {
  read: ['read', 'good'],
  silent: ['nothing to read', 'good'],
  'no-codec': ['no codec', 'warn'],
  'other-port': ['port without codec', 'warn'],
  failed: ['codec fails', 'bad'],
};

export function LorawanPage() {
  useTitle('LoRaWAN');
  const search = route.useSearch();
  const query = useQuery(lorawanQuery(search));
  const [asked, setAsked] = useState<LorawanDeviceItem>();
  return (
    <>
      <PageHead
        title="LoRaWAN"
        note="What network servers hand on. A device with a codec is read, back to the first uplink kept."
      />
      <div className="stack">
        <div className="panel">
          <Filters list={query.data} />
          <Ready query={query} what="the devices">
            {({ items, heard }) => <Devices items={items} none={heard === 0} onAssign={setAsked} />}
          </Ready>
        </div>
        <CodecsPanel />
      </div>
      {asked && <AssignDialog device={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function Filters({ list }: { readonly list: LorawanDeviceList | undefined }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (part: object) =>
    void navigate({ search: (old: object) => ({ ...old, ...part }), replace: true });
  return (
    <HeardFilters
      search={search}
      hint="DevEUI, name or meter"
      states={states}
      list={list}
      onChange={change}
    />
  );
}

const who: readonly Column<LorawanDeviceItem>[] = [
  {
    name: 'Device',
    cell: ({ devEui, deviceName, meterId, meter }) => (
      <>
        {meterId === null ? (
          <strong>{devEui}</strong>
        ) : (
          <Link to="/meters/$meterId" params={{ meterId: String(meterId) }}>
            {meter}
          </Link>
        )}
        <div className="muted small">{meter === devEui ? deviceName : `${devEui} ${deviceName}`}</div>
      </>
    ),
  },
  stateColumn(states, 'no-codec'),
];
const how: readonly Column<LorawanDeviceItem>[] = [
  pathsColumn,
  {
    name: 'Uplinks',
    num: true,
    cell: ({ uplinks, missed }) => (
      <>
        {formatCount(uplinks)}
        <div className="muted small nowrap">{formatCount(missed)} missed</div>
      </>
    ),
  },
  everyColumn,
  {
    name: 'Battery',
    num: true,
    cell: ({ batteryPercent, externalPower }) =>
      externalPower ? 'mains' : batteryPercent === null ? '–' : `${Math.round(batteryPercent)} %`,
  },
  { name: 'Last', cell: ({ last }) => <Ago at={last} /> },
];

function Devices(props: {
  readonly items: readonly LorawanDeviceItem[];
  /** Nothing is heard at all. */
  readonly none: boolean;
  readonly onAssign: (device: LorawanDeviceItem) => void;
}) {
  const may = useMay('meters:write');
  const codec: Column<LorawanDeviceItem> = {
    name: 'Codec',
    cell: (device) => {
      const words = device.codecId ?? 'Give it one …';
      return may ? (
        <Button onClick={() => props.onAssign(device)} aria-label={`Codec of ${device.devEui}: ${words}`}>
          {words}
        </Button>
      ) : (
        (device.codecId ?? '–')
      );
    },
  };
  return (
    <DataTable
      label="LoRaWAN devices"
      columns={[...who, codec, ...how]}
      rows={props.items}
      rowKey={({ devEui }) => devEui}
      empty={
        props.none ? (
          <Empty icon="unknown" title="Nothing is heard yet">
            Let ChirpStack post its events to /api/v1/lorawan/chirpstack, The Things Stack to
            /api/v1/lorawan/thethingsstack, or name the broker of the network server.
          </Empty>
        ) : (
          <Empty icon="search" title="No device matches" />
        )
      }
    />
  );
}
