/** Readings and messages that were refused: how many by reason, what to do, and each one. */
import type { RejectionItem, RejectionSummaryItem } from '@openami/server/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { formatCount } from '../lib/format.ts';
import { rejectionSummaryQuery, rejectionsQuery } from '../queries.ts';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { MoreFoot } from '../ui/more-rows.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Ago, Time } from '../ui/time.tsx';

const route = getRouteApi('/rejected');

export function RejectedPage() {
  useTitle('Rejected');
  const summary = useQuery(rejectionSummaryQuery);
  const { code, device } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <>
      <PageHead
        title="Rejected"
        note="What was refused, and why. Nothing else of the same message was lost."
      />
      <div className="stack" style={{ gap: '0.75rem' }}>
        <Panel title="By reason" flush>
          <Ready query={summary} what="the summary">
            {(rows) => (
              <DataTable
                label="Rejections by reason"
                columns={summaryColumns}
                rows={rows}
                rowKey={(r) => r.code}
                isCurrent={(r) => r.code === code}
                empty={
                  <Empty icon="check" title="Nothing was rejected">
                    Readings with wrong units, impossible times or broken values would be listed here.
                  </Empty>
                }
              />
            )}
          </Ready>
        </Panel>
        <Panel
          title="Rejected readings"
          flush
          note={code && <code>{code}</code>}
          actions={
            <>
              <input
                className="input"
                style={{ width: '13rem' }}
                type="search"
                aria-label="Only this device"
                placeholder="Only this device"
                value={device ?? ''}
                onChange={(e) =>
                  void navigate({
                    search: (old) => ({ ...old, device: e.target.value || undefined }),
                    replace: true,
                  })
                }
              />
              {(code || device) && (
                <Button look="quiet" icon="close" onClick={() => void navigate({ search: {} })}>
                  Clear filter
                </Button>
              )}
            </>
          }
        >
          <RejectionList code={code} device={device} />
        </Panel>
      </div>
    </>
  );
}

const summaryColumns: readonly Column<RejectionSummaryItem>[] = [
  {
    name: 'Code',
    sortBy: (r) => r.code,
    cell: (r) => (
      <Link to="/rejected" search={(old) => ({ ...old, code: r.code })}>
        <code>{r.code}</code>
      </Link>
    ),
  },
  {
    name: 'What is wrong, and what to do',
    cell: (r) => (
      <>
        <div>{r.title}</div>
        <div className="muted">{r.hint}</div>
      </>
    ),
  },
  { name: 'Count', num: true, sortBy: (r) => r.count, cell: (r) => formatCount(r.count) },
  { name: 'Last', oneLine: true, sortBy: (r) => r.last, cell: (r) => <Ago at={r.last} /> },
];

function RejectionList(filter: { readonly code: string | undefined; readonly device: string | undefined }) {
  const query = useInfiniteQuery(rejectionsQuery(filter));
  const flat = { ...query, data: query.data?.pages.flat() };
  return (
    <Ready query={flat} what="rejected readings">
      {(rows) => (
        <>
          <DataTable
            label="Rejected readings"
            columns={rejectionColumns}
            rows={rows}
            rowKey={(_, place) => place}
            empty={
              <Empty icon="check" title="No rejected reading matches">
                Clear the filter to see all of them.
              </Empty>
            }
          />
          <MoreFoot query={query}>Show older</MoreFoot>
        </>
      )}
    </Ready>
  );
}

const rejectionColumns: readonly Column<RejectionItem>[] = [
  { name: 'Received', cell: (r) => <Time at={r.receivedAt} seconds /> },
  {
    name: 'Device',
    oneLine: true,
    cell: (r) => (
      <>
        <Link to="/rejected" search={(old) => ({ ...old, device: r.device })}>
          {r.device || 'unnamed'}
        </Link>{' '}
        <span className="muted small">{r.source}</span>
      </>
    ),
  },
  {
    name: 'Quantity',
    oneLine: true,
    cell: (r) => (r.quantity ? <code>{r.quantity}</code> : <span className="muted">whole message</span>),
  },
  {
    name: 'Interval end',
    cell: (r) => (r.end ? <Time at={r.end} /> : <span className="muted">–</span>),
  },
  { name: 'Value', num: true, cell: (r) => <code>{r.value.slice(0, 40)}</code> },
  {
    name: 'Reason',
    cell: (r) => (
      <>
        <code>{r.code}</code> <span className="muted">{r.detail}</span>
      </>
    ),
  },
];
