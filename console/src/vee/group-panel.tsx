/** One group of the work list: its days on the left, the day one is at on the right. */
import type { ExceptionGroupItem } from '@openami/server/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef } from 'react';
import { formatCount, formatCounted, formatDay } from '../lib/format.ts';
import {
  exceptionCount,
  formatAmount,
  groupTitle,
  openIds,
  type WorkDay,
  workDays,
} from '../lib/work-list.ts';
import { useMay } from '../shell/session.tsx';
import { Breadcrumb } from '../ui/item-page.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, ErrorBox, Loading, Ready } from '../ui/states.tsx';
import { DayLink } from './day-link.tsx';
import { DayPeek } from './day-peek.tsx';
import { useDecisions } from './decisions.ts';
import { SeverityMark, StateBadge } from './marks.tsx';
import { useGroup } from './open-group.ts';
import { dayQuery, exceptionsOfQuery } from './queries.ts';
import { type TriageColumn, TriageTable } from './triage-table.tsx';
import { useCursor } from './use-cursor.ts';
import { useDeciding } from './use-deciding.tsx';
import { useKeys } from './use-keys.ts';

const keys = [
  ['j, k', 'next, previous day'],
  ['Enter', 'open the day'],
  ['x', 'select; decisions are then for all that are selected'],
  ['*', 'select all, or none'],
  ['a', 'accept'],
  ['e', 'estimate'],
  ['r', 'reject'],
  ['u', 'undo the last decision'],
  ['b', 'back to the work list'],
  ['?', 'this help'],
] as const;

export function GroupPanel({ group: key }: { readonly group: string }) {
  const { group, gone, error } = useGroup(key);
  if (error) return <ErrorBox error={error} what="load the group" />;
  if (gone) {
    return (
      <div className="panel">
        <Empty icon="check" title="Nothing of this group is open any more">
          Go <Link to="/exceptions">back to the work list</Link>.
        </Empty>
      </div>
    );
  }
  return group ? <Group group={group} groupKey={key} /> : <Loading what="the group" />;
}

function Group({ group, groupKey }: { readonly group: ExceptionGroupItem; readonly groupKey: string }) {
  const query = useQuery(exceptionsOfQuery(groupKey, group.exceptions));
  return (
    <>
      <Breadcrumb here={groupTitle(group)}>
        <Link to="/exceptions">Work list</Link>
      </Breadcrumb>
      <Ready query={query} what="the exceptions">
        {(exceptions) => <Days group={group} groupKey={groupKey} days={workDays(exceptions)} />}
      </Ready>
    </>
  );
}

function Days(props: {
  readonly group: ExceptionGroupItem;
  readonly groupKey: string;
  readonly days: readonly WorkDay[];
}) {
  const { group, groupKey, days } = props;
  const { decided } = useDecisions();
  const box = useRef<HTMLDivElement>(null);
  const listKeys = useMemo(() => days.map(({ key }) => key), [days]);
  const isDone = (day: WorkDay) => openIds(day.exceptions).every((id) => decided.has(id));
  const cursor = useCursor(listKeys, box, days.find((day) => !isDone(day))?.key);
  const mayWrite = useMay('vee:write');
  const navigate = useNavigate();
  const at = days.find(({ key }) => key === cursor.at);
  usePrefetch(days, at);
  const targets = days.filter(({ key }) => cursor.targets.includes(key));
  const ids = targets.flatMap(({ exceptions }) => openIds(exceptions)).filter((id) => !decided.has(id));
  const what = targets.length === 1 ? dayName(targets[0]!) : formatCounted(targets.length, 'day');
  const left = days.filter((day) => !isDone(day)).length;
  // Once decided, the next that is open is the one at hand.
  const goOn = () => {
    cursor.chooseAll(false);
    const from = days.findIndex(({ key }) => key === cursor.at);
    const later = [...days.slice(from + 1), ...days.slice(0, from)];
    const next = later.find((day) => !targets.includes(day) && !isDone(day));
    if (next) cursor.go(next.key);
  };
  const deciding = useDeciding({ what: targets.length === 0 ? '' : what, ids, help: keys, onDone: goOn });
  useKeys({
    j: () => cursor.move(1),
    k: () => cursor.move(-1),
    x: mayWrite ? () => cursor.toggle() : undefined,
    '*': mayWrite ? () => cursor.chooseAll(cursor.chosen.size < days.length) : undefined,
    ...deciding.keys,
    b: () => void navigate({ to: '/exceptions' }),
  });
  return (
    <div className="triage-layout">
      <Panel
        flush
        title={groupTitle(group)}
        note={
          <>
            {left === 0 ? 'all decided' : `${formatCount(left)} of ${formatCounted(days.length, 'day')} open`}
            {group.total > group.exceptions.length &&
              `; the first ${formatCount(group.exceptions.length)} of ${exceptionCount(group.total)}`}
            . {group.action}
          </>
        }
      >
        {deciding.bar}
        <TriageTable
          label="Days of the group"
          rows={days}
          columns={columnsOf(groupKey)}
          cursor={cursor}
          box={box}
          nameOf={dayName}
          isDone={isDone}
          choosable={mayWrite}
        />
      </Panel>
      <div className="triage-peek">{at && <DayPeek item={at} group={groupKey} />}</div>
      {deciding.dialogs}
    </div>
  );
}

const dayName = (day: WorkDay) => `${day.serial}, ${formatDay(day.day, 'short')}`;

/** The next days are fetched while one looks at this one. */
function usePrefetch(days: readonly WorkDay[], at: WorkDay | undefined): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!at) return;
    const from = days.indexOf(at);
    for (const { channelId, day } of days.slice(from + 1, from + 3)) {
      void client.prefetchQuery(dayQuery(channelId, day));
    }
  }, [client, days, at]);
}

function columnsOf(group: string): readonly TriageColumn<WorkDay>[] {
  return [
    {
      header: 'Meter and day',
      cell: ({ channelId, serial, day, key }) => (
        <DayLink channelId={channelId} serial={serial} day={day} group={group} row={key} />
      ),
    },
    {
      header: 'Findings',
      cell: ({ exceptions }) => (
        <ul>
          {exceptions.map((one) => (
            <li key={one.id}>
              <SeverityMark severity={one.severity} text="" />
              {one.words || one.title}
            </li>
          ))}
        </ul>
      ),
    },
    {
      header: 'State',
      cell: ({ exceptions }) =>
        [...new Set(exceptions.map(({ state }) => state))].map((state) => (
          <StateBadge key={state} state={state} />
        )),
    },
    {
      header: 'At stake',
      num: true,
      wide: true,
      cell: ({ effect, baseUnit }) => <span className="nowrap">{formatAmount(effect, baseUnit)}</span>,
    },
  ];
}
