/** Register readings: the dial as it was read, and how far it moved on each day. */
import type { ChannelItem, MeterDetail } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Profile } from '../lib/decimate.ts';
import { channelName, decimalsOf, formatDateTimeZone, formatFixed, formatReading } from '../lib/format.ts';
import { readRows } from '../lib/register-days.ts';
import { profileQuery } from '../queries.ts';
import { Segmented } from '../ui/button.tsx';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { QualityMark } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { VirtualTable } from '../ui/virtual-table.tsx';
import { AdvancePanel } from './advance-panel.tsx';
import { type ChosenReading, revisionsColumn, useChosenReading } from './chosen-reading.tsx';
import { ReadingDetail } from './reading-detail.tsx';
import { RegisterChart } from './register-chart.tsx';

const dayS = 86_400;
const ranges = [
  { value: '31', label: '31 d' },
  { value: '92', label: '92 d' },
  { value: '1100', label: '3 years' },
];

export function RegistersPanel({ meter }: { readonly meter: MeterDetail }) {
  const registers = meter.channels.filter((c) => c.intervalS === 0);
  if (registers.length === 0) {
    return (
      <div className="panel">
        <Empty icon="meters" title="This meter has no register channel">
          Its interval readings carry the whole consumption.
        </Empty>
      </div>
    );
  }
  return registers.map((channel) => <Register key={channel.id} channel={channel} zone={meter.zone} />);
}

function Register({ channel, zone }: { readonly channel: ChannelItem; readonly zone: string }) {
  const [face, setFace] = useState<Face>('chart');
  // Up to the end of the latest reading's day, so that the same day asks for the same range.
  const latestS = channel.latest ? Date.parse(channel.latest.end) / 1000 : 0;
  const toS = Math.ceil(latestS / dayS) * dayS + dayS;
  const reading = useChosenReading(channel.id);
  const [days, setDays] = useState(() => rangeOf(reading.end, toS));
  const query = useQuery({
    ...profileQuery(channel.id, toS - Number(days) * dayS, toS),
    enabled: channel.latest !== null,
  });
  return (
    <Panel
      flush={face === 'table'}
      title={channelName(channel)}
      note={
        channel.latest && (
          <>
            <strong>{formatReading(channel.latest.value, channel.unit)}</strong> on{' '}
            <Time at={channel.latest.end} />
          </>
        )
      }
      actions={
        <>
          <Segmented label="Range" value={days} onChange={setDays} options={ranges} />
          <FaceSwitch label="Register readings" face={face} onChange={setFace} />
        </>
      }
    >
      {channel.latest === null ? (
        <Empty icon="meters" title="No register reading yet" />
      ) : (
        <Ready query={query} what="register readings">
          {(profile) => <Readings {...{ profile, channel, zone, face, reading }} />}
        </Ready>
      )}
    </Panel>
  );
}

/** What a reading that the address names lies in, at least three months. */
function rangeOf(end: number, toS: number): string {
  return end > 0 && end <= toS - 92 * dayS ? '1100' : '92';
}

function Readings(props: {
  readonly profile: Profile;
  readonly channel: ChannelItem;
  readonly zone: string;
  readonly face: Face;
  readonly reading: ChosenReading;
}) {
  const { profile, channel, zone, reading } = props;
  const { unit } = channel;
  if (readRows(profile).length === 0) {
    return <Empty icon="meters" title="No register reading in this range" />;
  }
  const name = channelName(channel);
  const index = profile.end.indexOf(reading.end);
  return (
    <>
      {props.face === 'table' ? (
        <RegisterTable {...{ profile, zone, unit, reading }} />
      ) : (
        <div className="stack">
          <RegisterChart title={`${name}, register readings`} profile={profile} zone={zone} unit={unit} />
          <AdvancePanel title={name} profile={profile} zone={zone} unit={unit} />
        </div>
      )}
      {index >= 0 && (
        <ReadingDetail {...{ channel, profile, index, zone }} onClose={() => reading.choose(undefined)} />
      )}
    </>
  );
}

function RegisterTable(props: {
  readonly profile: Profile;
  readonly zone: string;
  readonly unit: string;
  readonly reading: ChosenReading;
}) {
  const { profile, zone, unit } = props;
  const n = profile.end.length;
  const at = (row: number) => n - 1 - row;
  const digits = decimalsOf(profile.value);
  const readAt = (row: number) => formatDateTimeZone(profile.end[at(row)]! * 1000, zone);
  const moved = (i: number) => {
    if (i === 0) return '–';
    const by = profile.value[i]! - profile.value[i - 1]!;
    return by < 0 ? `${formatFixed(by, digits)} (went back)` : formatFixed(by, digits);
  };
  return (
    <VirtualTable
      label="Register readings"
      count={n}
      columns={[
        revisionsColumn(props.reading, (r) => profile.end[at(r)]!, readAt),
        { header: 'Read at', width: 220, cell: readAt },
        {
          header: `Register, ${unit}`,
          width: 140,
          num: true,
          cell: (r) => formatFixed(profile.value[at(r)]!, digits),
        },
        { header: `Since the one before, ${unit}`, width: 180, num: true, cell: (r) => moved(at(r)) },
        { header: 'Quality', width: 140, cell: (r) => <QualityMark code={profile.quality[at(r)]!} /> },
      ]}
    />
  );
}
