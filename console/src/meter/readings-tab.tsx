/** Interval readings of one channel: the profile, its window, and the days below it. */
import type { ChannelItem, DailyItem, MeterDetail } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { clamp, presetWindow, type Window, wholeSteps } from '../lib/window.ts';
import { dayNumber, dayOf, dayStart, dayText } from '../lib/zone.ts';
import { dailyQuery } from '../queries.ts';
import { useSiteClock } from '../site.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { DailyPanel } from './daily-panel.tsx';
import { ProfilePanel } from './profile-panel.tsx';
import { useLiveProfile } from './use-profile.ts';

const route = getRouteApi('/meters/$meterId');
const addressPauseMs = 250;

interface TabProps {
  readonly meter: MeterDetail;
  readonly channel: ChannelItem;
}

export function ReadingsTab({ meter, channel }: TabProps) {
  const { zone } = meter;
  const clock = useSiteClock();
  const latestS = channel.latest ? Date.parse(channel.latest.end) / 1000 : clock.nowMs() / 1000;
  const lastDay = dayOf(zone, latestS - 1);
  const query = useQuery(dailyQuery(channel.id, dayText(lastDay)));
  useLiveProfile(channel.id);
  return (
    <Ready query={query} what="daily totals">
      {({ days }) => {
        const some = days.filter((d) => d.count > 0);
        const from = some[0] ? dayNumber(some[0].day) : lastDay;
        if (some.length === 0 && !channel.latest) {
          return (
            <div className="panel">
              <Empty icon="chart" title="No reading of this channel yet">
                Readings appear here as soon as the device sends them or a file with them is imported.
              </Empty>
            </div>
          );
        }
        const all = { from: dayStart(zone, from), to: dayStart(zone, lastDay + 1) };
        return <Charts meter={meter} channel={channel} days={some} all={all} latestS={latestS} />;
      }}
    </Ready>
  );
}

function Charts(
  props: TabProps & { readonly days: readonly DailyItem[]; readonly all: Window; readonly latestS: number },
) {
  const { meter, channel, all, latestS } = props;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [window, setWindow] = useState<Window>(
    () => addressWindow(search.from, search.to, all) ?? presetWindow('week', meter.zone, latestS, all),
  );
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  // The picture follows at once, the address a moment later: browsers limit how often it may change.
  const show = useCallback(
    (wanted: Window) => {
      const next = wholeSteps(wanted);
      setWindow(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        const [from, to] = [String(next.from), String(next.to)];
        void navigate({ search: (old) => ({ ...old, from, to }), replace: true });
      }, addressPauseMs);
    },
    [navigate],
  );
  const compare = search.compare === '1';
  const bounds = useMemo(() => ({ from: all.from, to: all.to }), [all.from, all.to]);
  return (
    <>
      <ProfilePanel
        channel={channel}
        zone={meter.zone}
        days={props.days}
        bounds={bounds}
        latestS={latestS}
        window={window}
        onWindow={show}
        compare={compare}
        onCompare={(on) =>
          void navigate({ search: (old) => ({ ...old, compare: on ? '1' : undefined }), replace: true })
        }
      />
      <DailyPanel channel={channel} zone={meter.zone} days={props.days} window={window} onWindow={show} />
    </>
  );
}

function addressWindow(from: string | undefined, to: string | undefined, all: Window): Window | undefined {
  const window = { from: Number(from), to: Number(to) };
  if (!(window.from > 0 && window.to > window.from)) return undefined;
  return clamp(window, all);
}
