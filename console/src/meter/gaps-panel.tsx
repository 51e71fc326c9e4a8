/** What is missing of this meter, by plan, and why it was not read so far. */
import type { GapItem, GapList, SessionItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { formatCount, formatCounted, formatDateTime, formatWord } from '../lib/format.ts';
import { gapLayout } from '../lib/gaps.ts';
import { gapsQuery, sessionsQuery } from '../queries.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Notice, Ready } from '../ui/states.tsx';
import { Ago, Time } from '../ui/time.tsx';

export function GapsPanel({ meterId, zone }: { readonly meterId: number; readonly zone: string }) {
  const query = useQuery(gapsQuery(meterId));
  return (
    <Panel
      flush
      title="Gaps"
      note={
        query.data && `${formatCounted(query.data.entries, 'entry').replace('entrys', 'entries')} missing`
      }
    >
      <Ready query={query} what="gaps">
        {(gaps) => <Gaps gaps={gaps} meterId={meterId} zone={zone} />}
      </Ready>
    </Panel>
  );
}

function Gaps(props: { readonly gaps: GapList; readonly meterId: number; readonly zone: string }) {
  const { gaps, meterId, zone } = props;
  return (
    <>
      {gaps.items.length > 0 && <Why meterId={meterId} deadlines={gaps.deadlines} />}
      <GapStrip items={gaps.items} zone={zone} />
      <DataTable
        label="Gaps"
        columns={columns}
        rows={gaps.items}
        rowKey={({ plan, kind, obis, from }) => `${plan} ${kind} ${obis.join()} ${from}`}
        maxHeight="24rem"
        empty={
          <Empty icon="check" title="Nothing is missing that can be asked for now">
            By the store and the reading plans. A meter without an endpoint, or that no plan selects, is not
            asked.
          </Empty>
        }
      />
    </>
  );
}

/** The last session says why what is missing was not read. */
function Why(props: { readonly meterId: number; readonly deadlines: readonly string[] }) {
  const { data: sessions } = useQuery(sessionsQuery(props.meterId));
  const last = sessions?.find(({ purpose }) => purpose === 'collection');
  const [first] = props.deadlines;
  return (
    <Notice
      tone={last && !last.ok ? 'bad' : 'neutral'}
      title={sessions ? whyTitle(last) : 'Looking at its sessions'}
    >
      {last && !last.ok && <p>{last.diagnosis?.detail ?? last.detail}</p>}
      {last?.diagnosis?.hint && <p className="muted">{last.diagnosis.hint}</p>}
      <p className="muted">
        {last && (
          <>
            Last session <Ago at={last.startedAt} />.{' '}
          </>
        )}
        {first && (
          <>
            The most urgent is due <Time at={first} />.
          </>
        )}
      </p>
    </Notice>
  );
}

function whyTitle(last: SessionItem | undefined): string {
  if (!last) return 'It was not asked since the server started: it waits for its turn';
  if (last.ok) return 'The last session went well: what is missing is asked for in the next';
  const where = last.diagnosis ? formatWord(last.diagnosis.outcome) : `at ${last.stage ?? 'work'}`;
  return `The last session failed: ${where}`;
}

const rowHeight = 22;
const axisWidth = 1000;

function GapStrip({ items, zone }: { readonly items: readonly GapItem[]; readonly zone: string }) {
  const layout = gapLayout(items);
  if (!layout) return null;
  return (
    <div className="gap-strip">
      <svg
        role="img"
        aria-label="Missing intervals on a time axis; the table below has the same"
        viewBox={`0 0 ${axisWidth} ${layout.rows.length * rowHeight}`}
        preserveAspectRatio="none"
        height={layout.rows.length * rowHeight}
      >
        {layout.rows.map((row, y) => (
          <g key={`${row.plan} ${row.name}`}>
            <rect className="track" x={0} y={y * rowHeight + 4} width={axisWidth} height={rowHeight - 8} />
            {row.spans.map((span) => (
              <rect
                key={span.from}
                className="missing"
                x={span.from * axisWidth}
                y={y * rowHeight + 4}
                width={Math.max(2, (span.to - span.from) * axisWidth)}
                height={rowHeight - 8}
              />
            ))}
          </g>
        ))}
      </svg>
      <p className="row small muted" style={{ justifyContent: 'space-between' }}>
        <span>{formatDateTime(layout.fromMs, zone)}</span>
        <span>{formatDateTime(layout.toMs, zone)}</span>
      </p>
    </div>
  );
}

const columns: readonly Column<GapItem>[] = [
  {
    name: 'What',
    cell: ({ kind, obis }) => (
      <>
        {formatWord(kind)} <code>{obis.join(', ')}</code>
      </>
    ),
  },
  { name: 'From', cell: ({ from }) => <Time at={from} /> },
  { name: 'To', cell: ({ to }) => <Time at={to} /> },
  { name: 'Entries', num: true, cell: ({ entries }) => formatCount(entries) },
  { name: 'Plan', cell: ({ plan }) => plan },
];
