/** Open exceptions by likely cause, what moves bills most first. One dead concentrator is one row. */
import type { ExceptionGroupItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { formatCount } from '../lib/format.ts';
import {
  causeName,
  daysOf,
  exceptionCount,
  formatAmount,
  groupKey,
  groupTitle,
  kindWord,
} from '../lib/work-list.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { useDecisions } from './decisions.ts';
import { SeverityMark } from './marks.tsx';
import { keepGroup } from './open-group.ts';
import { workQuery } from './queries.ts';
import { type TriageColumn, TriageTable } from './triage-table.tsx';
import { useCursor } from './use-cursor.ts';
import { useDeciding } from './use-deciding.tsx';
import { useKeys } from './use-keys.ts';

export function WorkPanel() {
  const query = useQuery(workQuery);
  return (
    <Ready query={query} what="the work list">
      {({ groups, open }) =>
        groups.length === 0 ? (
          <div className="panel">
            <Empty icon="check" title={open === 0 ? 'Nothing needs you' : 'Nothing of weight needs you'}>
              Days are judged when they are over. What needs a person appears here.
            </Empty>
          </div>
        ) : (
          <Groups groups={groups} open={open} />
        )
      }
    </Ready>
  );
}

type Row = ExceptionGroupItem & { readonly key: string };

const shownAtFirst = 100;
const keys = [
  ['j, k', 'next, previous group'],
  ['Enter', 'open the group'],
  ['x', 'select the group; decisions are then for all that are selected'],
  ['a', 'accept'],
  ['e', 'estimate'],
  ['r', 'reject'],
  ['u', 'undo the last decision'],
  ['?', 'this help'],
] as const;

const columns: readonly TriageColumn<Row>[] = [
  {
    header: 'Cause',
    cell: (row) => (
      <Link
        to="/exceptions"
        search={{ group: row.key }}
        data-row={row.key}
        className="nowrap"
        aria-label={groupTitle(row)}
        onClick={() => keepGroup(row)}
      >
        {causeName(row)}
      </Link>
    ),
  },
  { header: 'Days', cell: (row) => <span className="nowrap">{daysOf(row)}</span> },
  {
    header: 'Meters',
    num: true,
    cell: ({ meters, population }) => (
      <span className="nowrap">
        {population > meters ? `${formatCount(meters)} of ${formatCount(population)}` : formatCount(meters)}
      </span>
    ),
  },
  {
    header: 'Kind',
    cell: (row) => (
      <>
        <SeverityMark severity={row.severity} text={kindWord(row.kind)} />
        <div className="muted small">{row.rules.join(', ')}</div>
      </>
    ),
  },
  { header: 'What to do', wide: true, cell: ({ action }) => action },
  { header: 'Exceptions', num: true, cell: ({ total }) => formatCount(total) },
  {
    header: 'At stake',
    num: true,
    cell: ({ effect, baseUnit }) => <span className="nowrap">{formatAmount(effect, baseUnit)}</span>,
  },
];

function Groups(props: { readonly groups: readonly ExceptionGroupItem[]; readonly open: number }) {
  const { decided } = useDecisions();
  const [shown, setShown] = useState(shownAtFirst);
  const rows = useMemo(
    () =>
      props.groups
        .filter((group) => group.exceptions.some((id) => !decided.has(id)))
        .map((group) => ({ ...group, key: groupKey(group) })),
    [props.groups, decided],
  );
  const seen = useMemo(() => rows.slice(0, shown), [rows, shown]);
  const box = useRef<HTMLDivElement>(null);
  const cursor = useCursor(
    useMemo(() => seen.map(({ key }) => key), [seen]),
    box,
  );
  const mayWrite = useMay('vee:write');
  const navigate = useNavigate();
  const targets = seen.filter(({ key }) => cursor.targets.includes(key));
  const ids = targets.flatMap(({ exceptions }) => exceptions);
  const what = targets.length === 1 ? groupTitle(targets[0]!) : `${formatCount(targets.length)} groups`;
  const deciding = useDeciding({
    what: targets.length === 0 ? '' : what,
    ids,
    help: keys,
    onDone: () => cursor.chooseAll(false),
  });
  useKeys({
    j: () => cursor.move(1),
    k: () => cursor.move(-1),
    x: mayWrite ? () => cursor.toggle() : undefined,
    ...deciding.keys,
    o: () => {
      if (targets[0] === undefined) return;
      keepGroup(targets[0]);
      void navigate({ to: '/exceptions', search: { group: targets[0].key } });
    },
  });
  return (
    <Panel
      flush
      title="Work list"
      note={`${exceptionCount(props.open)} open, ${formatCount(rows.length)} groups by likely cause`}
    >
      {deciding.bar}
      <TriageTable
        label="Work list"
        rows={seen}
        columns={columns}
        cursor={cursor}
        box={box}
        nameOf={groupTitle}
        choosable={mayWrite}
      />
      {rows.length > shown && (
        <div className="grid-foot">
          <span role="status">
            {formatCount(shown)} of {formatCount(rows.length)} groups
          </span>
          <Button onClick={() => setShown(shown + shownAtFirst)}>Show more</Button>
        </div>
      )}
      {deciding.dialogs}
    </Panel>
  );
}
