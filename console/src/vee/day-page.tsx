/** A local day of a channel: looked at, estimated, edited, decided; and from it to the next. */
import type { VeeDay } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { slotsOf } from '../lib/day-edit.ts';
import { formatDay } from '../lib/format.ts';
import { idOf } from '../lib/search-params.ts';
import { groupTitle, openIds, spanOf, workDays } from '../lib/work-list.ts';
import { dayNumber, dayText } from '../lib/zone.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Breadcrumb, ItemPage } from '../ui/item-page.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Notice } from '../ui/states.tsx';
import { DayAside } from './day-aside.tsx';
import { DayChart, slotWords } from './day-chart.tsx';
import { DayLegend } from './day-legend.tsx';
import { Totals } from './day-peek.tsx';
import { DayTable } from './day-table.tsx';
import { DayTools } from './day-tools.tsx';
import { type Choice, DecideDialog, UndoDialog } from './decide-dialog.tsx';
import { DecisionBar } from './decision-bar.tsx';
import { type BulkAction, useDecisions } from './decisions.ts';
import { KeysHelp } from './keys-help.tsx';
import { useGroup } from './open-group.ts';
import { dayQuery, exceptionsOfQuery } from './queries.ts';
import { type DayWork, useDayWork } from './use-day-work.ts';
import { useKeys } from './use-keys.ts';
import { useLayers } from './use-layers.ts';

const route = getRouteApi('/exceptions/$channelId/$day');

const keys = [
  ['j, k', 'next, previous day of the group'],
  ['[, ]', 'the day before, the day after'],
  ['a', 'accept'],
  ['e', 'estimate: choose the method, see the curve'],
  ['d', 'edit: drag, type or paste values'],
  ['r', 'reject'],
  ['u', 'undo the last decision'],
  ['b', 'back to the group'],
  ['?', 'this help'],
] as const;

export function DayPage() {
  const { channelId, day } = route.useParams();
  const id = idOf(channelId);
  const fits = id > 0 && /^\d{4}-\d{2}-\d{2}$/.test(day);
  const query = useQuery({ ...dayQuery(id, day), enabled: fits });
  useTitle(query.data ? `${query.data.serial}, ${formatDay(day, 'long')}` : 'A day');
  return (
    <ItemPage
      good={fits}
      icon="exceptions"
      thing="a day"
      query={query}
      list={<Link to="/exceptions">the work list</Link>}
    >
      {(found) => <Day key={`${found.channelId}/${found.day}`} day={found} />}
    </ItemPage>
  );
}

/** Where to go from here: days beside, and days of the group one came from. */
function useWays(day: VeeDay) {
  const { group: key } = route.useSearch();
  const navigate = route.useNavigate();
  const { group } = useGroup(key);
  const { data = [] } = useQuery({
    ...exceptionsOfQuery(key ?? '', group?.exceptions ?? []),
    enabled: group !== undefined,
  });
  const days = useMemo(() => workDays(data), [data]);
  const at = days.findIndex((one) => one.channelId === day.channelId && one.day === day.day);
  const to = (channelId: number, text: string) =>
    void navigate({ params: { channelId: String(channelId), day: text }, search: key ? { group: key } : {} });
  const step = (by: number) => {
    const next = days[at + by];
    return at >= 0 && next ? () => to(next.channelId, next.day) : undefined;
  };
  const beside = (by: number) => () => to(day.channelId, dayText(dayNumber(day.day) + by));
  return {
    ...{ key, group, at, count: days.length, next: step(1), previous: step(-1), beside },
    back: () => void navigate({ to: '/exceptions', search: key ? { group: key } : {} }),
  };
}

function Day({ day }: { readonly day: VeeDay }) {
  const ways = useWays(day);
  const { decided, batches } = useDecisions();
  const mayWrite = useMay('vee:write');
  const [choice, setChoice] = useState<Choice>();
  const [asked, setAsked] = useState<'undo' | 'help'>();
  const ids = openIds(day.exceptions).filter((id) => !decided.has(id));
  const span = useMemo(
    () => slotsOf(day.ends, spanOf(day.exceptions.filter(({ state }) => state === 'open'))),
    [day],
  );
  const work = useDayWork(day, span);
  const what = `${day.serial}, ${formatDay(day.day, 'long')}`;
  const ask = (action: BulkAction) => {
    if (!mayWrite) return;
    if (action === 'estimate') work.begin('estimate');
    else if (ids.length > 0) setChoice({ action, ids, what });
  };
  useKeys({
    j: ways.next,
    k: ways.previous,
    '[': ways.beside(-1),
    ']': ways.beside(1),
    a: () => ask('accept'),
    e: () => ask('estimate'),
    r: () => ask('reject'),
    d: mayWrite ? () => work.begin('edit') : undefined,
    u: mayWrite && batches.length > 0 ? () => setAsked('undo') : undefined,
    b: ways.back,
    '?': () => setAsked('help'),
  });
  return (
    <>
      <Head day={day} ways={ways} />
      {work.changed && (
        <Notice tone="warn" role="alert" title="The day changed while you looked at it">
          <p>
            It was loaded again. Look at what is there now; what you changed is kept. Then apply once more.
          </p>
        </Notice>
      )}
      <div className="meter-layout">
        <div className="stack" style={{ gap: '0.75rem' }}>
          <Curves day={day} work={work} span={span}>
            <DecisionBar
              words={ids.length === 0 ? 'Nothing is open on this day' : `${ids.length} open on this day`}
              count={ids.length}
              onDecide={ask}
              onUndo={() => setAsked('undo')}
              onHelp={() => setAsked('help')}
              mayWrite={mayWrite}
            />
            {mayWrite && <DayTools day={day} work={work} openIds={ids} />}
          </Curves>
          <Panel flush title="Intervals" note={`${day.ends.length} of the local day`}>
            <DayTable
              day={day}
              draft={work.draft}
              slot={work.slot}
              onSlot={work.setSlot}
              {...(work.mode === 'edit' && { onDraft: work.setDraft })}
            />
          </Panel>
        </div>
        <DayAside day={day} />
      </div>
      {choice && <DecideDialog choice={choice} onClose={() => setChoice(undefined)} />}
      {asked === 'undo' && <UndoDialog onClose={() => setAsked(undefined)} />}
      {asked === 'help' && <KeysHelp keys={keys} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function Head({ day, ways }: { readonly day: VeeDay; readonly ways: ReturnType<typeof useWays> }) {
  const hours = (day.ends.length * day.intervalS) / 3_600;
  return (
    <>
      <Breadcrumb here={day.serial}>
        <Link to="/exceptions">Work list</Link>
        {ways.group && ways.key && (
          <Link to="/exceptions" search={{ group: ways.key }}>
            {groupTitle(ways.group)}
          </Link>
        )}
      </Breadcrumb>
      <header className="page-head">
        <h1>
          {day.serial}, {formatDay(day.day, 'long')}
        </h1>
        {hours !== 24 && <Badge tone="accent">{hours} h: the clocks change</Badge>}
        {day.closed === null && <Badge>not closed yet</Badge>}
        {day.closed?.suspended && <Badge tone="warn">estimation suspended</Badge>}
        <p>
          {day.alias},{' '}
          <Link to="/meters/$meterId" params={{ meterId: String(day.meterId) }}>
            the meter
          </Link>
        </p>
        <nav className="actions row" aria-label="Days">
          <Way words="Day before" hint="[" go={ways.beside(-1)} />
          <Way words="Day after" hint="]" go={ways.beside(1)} />
          {ways.at >= 0 && (
            <>
              <Way words="Previous" hint="k" go={ways.previous} />
              <Way words="Next" hint="j" go={ways.next} />
              <span className="muted small">
                {ways.at + 1} of {ways.count}
              </span>
            </>
          )}
        </nav>
      </header>
    </>
  );
}

function Way(props: {
  readonly words: string;
  readonly hint: string;
  readonly go: (() => void) | undefined;
}) {
  return (
    <button
      type="button"
      className="button"
      aria-disabled={props.go === undefined}
      aria-keyshortcuts={props.hint}
      onClick={props.go}
    >
      {props.words}{' '}
      <span className="kbd" aria-hidden="true">
        {props.hint}
      </span>
    </button>
  );
}

function Curves(props: {
  readonly day: VeeDay;
  readonly work: DayWork;
  readonly span: { readonly from: number; readonly to: number };
  readonly children: React.ReactNode;
}) {
  const { day, work } = props;
  const { shown, toggle } = useLayers();
  const editing = work.mode === 'edit';
  const hasSpan = day.exceptions.some(({ state }) => state === 'open');
  return (
    <Panel flush title="The day" note={editing ? 'drag a point, or type and paste below' : undefined}>
      <DayLegend day={day} shown={shown} onToggle={toggle} />
      <DayChart
        label={`${day.serial}, ${formatDay(day.day, 'long')}`}
        day={day}
        draft={work.draft}
        shown={shown}
        slot={work.slot}
        {...(hasSpan && { span: props.span })}
        draftQuality={editing ? 'edited' : 'estimated'}
        onSlot={work.setSlot}
        {...(editing && { onValue: work.setValue })}
      />
      <p className="profile-summary" role="status">
        {work.slot >= 0 && work.slot < day.ends.length ? (
          slotWords(day, work.draft, work.slot)
        ) : (
          <Totals day={day} />
        )}
      </p>
      {props.children}
    </Panel>
  );
}
