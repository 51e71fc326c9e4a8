/** One meter: who and where it is, what it measured, what it sent, what it reported. */
import type { ChannelItem, MeterDetail } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { formatWord } from '../lib/format.ts';
import { idOf } from '../lib/search-params.ts';
import { useLiveMeter } from '../live.ts';
import { meterQuery } from '../queries.ts';
import { useSession } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { CommodityIcon } from '../ui/icon.tsx';
import { Breadcrumb, ItemPage } from '../ui/item-page.tsx';
import { StateMark } from '../ui/marks.tsx';
import { Empty } from '../ui/states.tsx';
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
  const id = idOf(route.useParams().meterId);
  const query = useQuery({ ...meterQuery(id), enabled: id > 0 });
  useTitle(query.data ? `Meter ${query.data.serial}` : 'Meter');
  useLiveMeter(id);
  return (
    <ItemPage
      good={id > 0}
      icon="meters"
      thing="a meter"
      query={query}
      how="Search for its serial above, or choose it"
      list={<Link to="/meters">the list</Link>}
    >
      {(meter) => <Meter key={meter.id} meter={meter} />}
    </ItemPage>
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
      <Breadcrumb here={meter.serial}>
        <Link to="/meters">Meters</Link>
      </Breadcrumb>
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
        {permissions.includes('vee:read') && (
          <Link to="/exceptions" search={{ tab: 'all', meter: String(meter.id) }}>
            Days and exceptions
          </Link>
        )}
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
