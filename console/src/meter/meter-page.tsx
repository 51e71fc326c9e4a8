/** One meter: who and where it is, what it measured, what it sent, what it reported. */
import type { ChannelItem, MeterDetail } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { formatWord } from '../lib/format.ts';
import { useLiveMeter } from '../live.ts';
import { meterQuery } from '../queries.ts';
import { useSession } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { CommodityIcon } from '../ui/icon.tsx';
import { StateMark } from '../ui/marks.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { Ago } from '../ui/time.tsx';
import { ChannelList } from './channel-list.tsx';
import { FramesPanel } from './frames-panel.tsx';
import { GapsPanel } from './gaps-panel.tsx';
import { KeysPanel } from './keys-panel.tsx';
import { MeterAside } from './meter-aside.tsx';
import { MeterActions, MeterCommands } from './meter-commands.tsx';
import { MeterEvents } from './meter-events.tsx';
import { ReadingsTab } from './readings-tab.tsx';
import { RegistersPanel } from './registers-panel.tsx';
import { SessionsPanel } from './sessions-panel.tsx';

const route = getRouteApi('/meters/$meterId');

const allTabs = [
  { id: 'readings', label: 'Interval readings' },
  { id: 'registers', label: 'Registers' },
  { id: 'gaps', label: 'Gaps', need: 'collection:read' },
  { id: 'sessions', label: 'Sessions', need: 'collection:read' },
  { id: 'frames', label: 'Raw frames', need: 'frames:read' },
  { id: 'events', label: 'Events' },
  { id: 'commands', label: 'Commands' },
  { id: 'keys', label: 'Keys', need: 'keys:read' },
];

export function MeterPage() {
  const id = Number(route.useParams().meterId);
  const query = useQuery({ ...meterQuery(id), enabled: Number.isInteger(id) && id > 0 });
  useTitle(query.data ? `Meter ${query.data.serial}` : 'Meter');
  useLiveMeter(id);
  if (!(Number.isInteger(id) && id > 0)) {
    return (
      <Empty icon="meters" title="This is not the address of a meter">
        Search for its serial above, or choose it from <Link to="/meters">the list</Link>.
      </Empty>
    );
  }
  return (
    <Ready query={query} what="the meter">
      {(meter) => <Meter key={meter.id} meter={meter} />}
    </Ready>
  );
}

function Meter({ meter }: { readonly meter: MeterDetail }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { permissions } = useSession();
  const tabs = allTabs.filter(({ need }) => need === undefined || permissions.includes(need));
  const intervals = meter.channels.filter((c) => c.intervalS > 0);
  // what a meter of registers has to show is there
  const first = intervals.length === 0 && meter.channels.length > 0 ? 'registers' : 'readings';
  const open = tabs.find((t) => t.id === search.tab)?.id ?? first;
  const channel = intervals.find((c) => String(c.id) === search.channel) ?? intervals[0];
  return (
    <>
      <nav className="breadcrumb" aria-label="Breadcrumb">
        <Link to="/meters">Meters</Link> <span aria-hidden="true">/</span> <span>{meter.serial}</span>
      </nav>
      <header className="page-head">
        <h1>{meter.serial}</h1>
        <span className="mark">
          <CommodityIcon commodity={meter.commodity} />
          {[formatWord(meter.commodity), `${meter.manufacturer} ${meter.model}`.trim()]
            .filter(Boolean)
            .join(', ')}
        </span>
        <StateMark state={meter.state} />
        <p>
          Last reading <Ago at={meter.lastReadingAt} />
        </p>
        <MeterActions meter={meter} />
      </header>
      <div className="meter-layout">
        <div className="stack" style={{ gap: 0 }}>
          <Tabs
            label="Meter"
            tabs={tabs}
            open={open}
            onOpen={(tab) => void navigate({ search: (old) => ({ ...old, tab }), replace: true })}
          >
            <div className="stack" style={{ gap: '0.75rem', paddingTop: '0.75rem' }}>
              {open === 'readings' && <Readings meter={meter} channel={channel} />}
              {open === 'registers' && <RegistersPanel meter={meter} />}
              {open === 'gaps' && <GapsPanel meterId={meter.id} zone={meter.zone} />}
              {open === 'sessions' && <SessionsPanel meterId={meter.id} />}
              {open === 'frames' && <FramesPanel meterId={meter.id} />}
              {open === 'events' && <MeterEvents meterId={meter.id} />}
              {open === 'commands' && <MeterCommands meterId={meter.id} />}
              {open === 'keys' && <KeysPanel meterId={meter.id} serial={meter.serial} />}
            </div>
          </Tabs>
        </div>
        <aside className="meter-aside" aria-label="About this meter">
          <ChannelList
            channels={meter.channels}
            chosen={open === 'readings' ? channel?.id : undefined}
            onChoose={(c: ChannelItem) =>
              void navigate({
                search: (old) =>
                  c.intervalS > 0
                    ? { ...old, tab: 'readings', channel: String(c.id) }
                    : { ...old, tab: 'registers' },
              })
            }
          />
          <MeterAside meter={meter} />
        </aside>
      </div>
    </>
  );
}

function Readings(props: { readonly meter: MeterDetail; readonly channel: ChannelItem | undefined }) {
  if (!props.channel) {
    return (
      <div className="panel">
        <Empty icon="chart" title="This meter has no interval channel">
          It reports registers only; see the tab Registers.
        </Empty>
      </div>
    );
  }
  return <ReadingsTab key={props.channel.id} meter={props.meter} channel={props.channel} />;
}
