/** The profile with its tools: presets, panning, zooming, comparison, and the same numbers as a table. */
import type { ChannelItem, DailyItem } from '@openami/server/contract';
import { useMemo, useState } from 'react';
import { countQualities, extent, findGaps, type Profile, visibleRange } from '../lib/decimate.ts';
import {
  channelName,
  decimalsOf,
  formatCount,
  formatDateTime,
  formatDateTimeZone,
  formatFixed,
} from '../lib/format.ts';
import { qualityLook, qualityLooks } from '../lib/quality.ts';
import { summarise } from '../lib/summary.ts';
import {
  type Preset,
  pan,
  presetOf,
  presets,
  presetWindow,
  previousWindow,
  type Window,
  zoom,
} from '../lib/window.ts';
import { dayHours, dayOf, dayStart } from '../lib/zone.ts';
import { Button, IconButton, Segmented } from '../ui/button.tsx';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { Check } from '../ui/field.tsx';
import { QualityMark } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { ErrorBox } from '../ui/states.tsx';
import { VirtualTable } from '../ui/virtual-table.tsx';
import { type ChosenReading, revisionsColumn, useChosenReading } from './chosen-reading.tsx';
import { OverviewStrip } from './overview-strip.tsx';
import { ProfileChart } from './profile-chart.tsx';
import { ReadingDetail } from './reading-detail.tsx';
import { useProfile } from './use-profile.ts';

export interface ProfilePanelProps {
  readonly channel: ChannelItem;
  readonly zone: string;
  readonly days: readonly DailyItem[];
  readonly bounds: Window;
  readonly latestS: number;
  readonly window: Window;
  readonly compare: boolean;
  readonly onWindow: (window: Window) => void;
  readonly onCompare: (on: boolean) => void;
}

const presetLabels: Record<Preset, string> = {
  day: 'Day',
  week: 'Week',
  month: 'Month',
  year: 'Year',
  all: 'All',
};

export function ProfilePanel(props: ProfilePanelProps) {
  const { channel, zone, window, bounds } = props;
  const [face, setFace] = useState<Face>('chart');
  const reading = useChosenReading(channel.id);
  const { profile, loading, error, retry } = useProfile(channel.id, channel.intervalS, window);
  const before = useMemo(() => previousWindow(window, zone), [window, zone]);
  const other = useProfile(channel.id, channel.intervalS, props.compare ? before : undefined);
  const compare = useMemo(
    () => (props.compare ? shifted(other.profile, window.from - before.from) : undefined),
    [props.compare, other.profile, window.from, before.from],
  );
  const chosen = profile.end.indexOf(reading.end);
  const summary = summarise(channel, profile, window, zone, props.days);
  return (
    <Panel
      flush
      title={channelName(channel)}
      note={windowWords(window, zone)}
      actions={<FaceSwitch label="Readings" face={face} onChange={setFace} />}
    >
      <Tools {...props} />
      <p className="profile-summary">{loading ? 'Loading readings of this window …' : summary}</p>
      {error !== undefined && error !== null && (
        <div style={{ padding: '0 1rem 0.75rem' }}>
          <ErrorBox error={error} what="load the readings" onRetry={retry} />
        </div>
      )}
      {face === 'chart' ? (
        <ProfileChart
          label={`${channelName(channel)}. ${summary}`}
          profile={profile}
          compare={compare}
          window={window}
          bounds={bounds}
          zone={zone}
          unit={channel.unit}
          chosen={chosen}
          onWindow={props.onWindow}
          onChoose={(i) => reading.choose(i < 0 ? undefined : profile.end[i])}
        />
      ) : (
        <ReadingTable {...{ profile, window, zone, reading }} unit={channel.unit} />
      )}
      <OverviewStrip
        days={props.days}
        zone={zone}
        bounds={bounds}
        window={window}
        onWindow={props.onWindow}
      />
      {chosen >= 0 && (
        <ReadingDetail
          channel={channel}
          profile={profile}
          index={chosen}
          zone={zone}
          onClose={() => reading.choose(undefined)}
        />
      )}
      <QualityLegend profile={profile} window={window} compare={props.compare} />
    </Panel>
  );
}

/** From, to and zone; of a day with a change of the clock also how long it is. */
function windowWords({ from, to }: Window, zone: string): string {
  const words = `${formatDateTime(from * 1000, zone)} – ${formatDateTime(to * 1000, zone)}, ${zone}`;
  const day = dayOf(zone, from);
  const whole = dayStart(zone, day) === from && dayStart(zone, day + 1) === to;
  return whole && dayHours(zone, day) !== 24 ? `${words}: a day of ${dayHours(zone, day)} hours` : words;
}

function shifted(profile: Profile, byS: number): Profile {
  return { ...profile, end: profile.end.map((t) => t + byS) };
}

function Tools(props: ProfilePanelProps) {
  const { window, bounds, zone, latestS, onWindow } = props;
  const middle = (window.from + window.to) / 2;
  return (
    <div className="profile-tools">
      <Segmented
        label="Window"
        value={presetOf(window, zone, latestS, bounds)}
        options={presets.map((p) => ({ value: p, label: presetLabels[p] }))}
        onChange={(p) => onWindow(presetWindow(p, zone, latestS, bounds))}
      />
      <span className="row" style={{ gap: 0 }}>
        <Button look="quiet" onClick={() => onWindow(pan(window, -1, bounds))} aria-label="Earlier">
          ←
        </Button>
        <Button look="quiet" onClick={() => onWindow(pan(window, 1, bounds))} aria-label="Later">
          →
        </Button>
        <IconButton icon="plus" label="Zoom in" onClick={() => onWindow(zoom(window, 0.5, middle, bounds))} />
        <IconButton icon="minus" label="Zoom out" onClick={() => onWindow(zoom(window, 2, middle, bounds))} />
      </span>
      <span className="grow" />
      <Check label="Period before" checked={props.compare} onChange={props.onCompare} />
    </div>
  );
}

function ReadingTable(props: {
  readonly profile: Profile;
  readonly window: Window;
  readonly zone: string;
  readonly unit: string;
  readonly reading: ChosenReading;
}) {
  const { profile, window, zone, unit } = props;
  const [first, last] = visibleRange(profile, window.from, window.to);
  const at = (row: number) => first + row;
  const digits = useMemo(() => decimalsOf(profile.value), [profile]);
  const starts = (row: number) =>
    formatDateTimeZone((profile.end[at(row)]! - profile.intervalS) * 1000, zone);
  const isMissing = (i: number) => qualityLook(profile.quality[i]!).state === 'missing';
  return (
    <VirtualTable
      label={`Readings in this window, ${formatCount(last - first)} rows`}
      count={last - first}
      columns={[
        revisionsColumn(props.reading, (r) => profile.end[at(r)]!, starts),
        { header: 'Interval starts', width: 225, cell: starts },
        {
          header: 'Interval ends',
          width: 225,
          cell: (r) => formatDateTimeZone(profile.end[at(r)]! * 1000, zone),
        },
        {
          header: `Value, ${unit}`,
          width: 105,
          num: true,
          cell: (r) => (isMissing(at(r)) ? '–' : formatFixed(profile.value[at(r)]!, digits)),
        },
        { header: 'Quality', width: 115, cell: (r) => <QualityMark code={profile.quality[at(r)]!} /> },
      ]}
    />
  );
}

function QualityLegend(props: {
  readonly profile: Profile;
  readonly window: Window;
  readonly compare: boolean;
}) {
  const { profile, window } = props;
  const gaps = useMemo(() => findGaps(profile), [profile]);
  const [counts, missing] = useMemo(() => {
    const found = countQualities(profile, window.from, window.to);
    const present = qualityLooks
      .filter((l) => found[l.code]! > 0)
      .map((l) => [l.code, found[l.code]!] as const);
    const inside = gaps.filter((g) => g.to > window.from && g.from < window.to);
    return [present, inside.length] as const;
  }, [profile, window, gaps]);
  const none = extent(profile, window.from, window.to).count === 0;
  return (
    <ul
      className="legend"
      style={{ padding: '0.75rem 1rem 1rem' }}
      aria-label="Quality of the readings shown"
    >
      {none && <li>No reading in this window.</li>}
      {counts.map(([code, n]) => (
        <li key={code} title={qualityLook(code).meaning}>
          <QualityMark code={code} /> <span className="count">{formatCount(n)}</span>
        </li>
      ))}
      {missing > 0 && (
        <li>
          <span
            className="swatch"
            style={{ background: 'var(--gap)', borderTop: '2px solid var(--gap-line)' }}
          />
          Gap <span className="count">{formatCount(missing)}</span>
        </li>
      )}
      {props.compare && (
        <li>
          <span className="swatch" style={{ borderTop: '2px dashed var(--compare)', height: 2 }} />
          Period before
        </li>
      )}
    </ul>
  );
}
