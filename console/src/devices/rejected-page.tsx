/** Readings and messages that were refused: how many by reason, what to do, and each one. */
import type { RejectionItem, RejectionSummaryItem } from '@openami/server/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { formatCount } from '../lib/format.ts';
import { rejectionSummaryQuery, rejectionsQuery } from '../queries.ts';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
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
            {(rows) =>
              rows.length === 0 ? (
                <Empty icon="check" title="Nothing was rejected">
                  Readings with wrong units, impossible times or broken values would be listed here.
                </Empty>
              ) : (
                <SummaryTable rows={rows} code={code} />
              )
            }
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

function SummaryTable(props: {
  readonly rows: readonly RejectionSummaryItem[];
  readonly code: string | undefined;
}) {
  return (
    <ScrollBox label="Rejections by reason">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Code</th>
            <th scope="col">What is wrong, and what to do</th>
            <th scope="col" className="num">
              Count
            </th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          {props.rows.map((r) => (
            <tr key={r.code}>
              <td>
                <Link
                  to="/rejected"
                  search={(old) => ({ ...old, code: r.code })}
                  aria-current={r.code === props.code || undefined}
                >
                  <code>{r.code}</code>
                </Link>
              </td>
              <td>
                <div>{r.title}</div>
                <div className="muted">{r.hint}</div>
              </td>
              <td className="num">{formatCount(r.count)}</td>
              <td>
                <Ago at={r.last} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function RejectionList(filter: { readonly code: string | undefined; readonly device: string | undefined }) {
  const query = useInfiniteQuery(rejectionsQuery(filter));
  const flat = { ...query, data: query.data?.pages.flat() };
  return (
    <Ready query={flat} what="rejected readings">
      {(rows) =>
        rows.length === 0 ? (
          <Empty icon="check" title="No rejected reading matches">
            Clear the filter to see all of them.
          </Empty>
        ) : (
          <>
            <RejectionTable rows={rows} />
            {query.hasNextPage && (
              <div style={{ padding: '0.75rem 1rem' }}>
                <Button
                  busy={query.isFetchingNextPage && 'Loading …'}
                  onClick={() => void query.fetchNextPage()}
                >
                  Show older
                </Button>
              </div>
            )}
          </>
        )
      }
    </Ready>
  );
}

function RejectionTable({ rows }: { readonly rows: readonly RejectionItem[] }) {
  return (
    <ScrollBox label="Rejected readings">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Received</th>
            <th scope="col">Device</th>
            <th scope="col">Quantity</th>
            <th scope="col">Interval end</th>
            <th scope="col" className="num">
              Value
            </th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r, i) => (
            <tr key={i}>
              <td>
                <Time at={r.receivedAt} seconds />
              </td>
              <td style={{ whiteSpace: 'nowrap' }}>
                <Link to="/rejected" search={(old) => ({ ...old, device: r.device })}>
                  {r.device || 'unnamed'}
                </Link>{' '}
                <span className="muted small">{r.source}</span>
              </td>
              <td style={{ whiteSpace: 'nowrap' }}>
                {r.quantity ? <code>{r.quantity}</code> : <span className="muted">whole message</span>}
              </td>
              <td>{r.end ? <Time at={r.end} /> : <span className="muted">–</span>}</td>
              <td className="num">
                <code>{r.value.slice(0, 40)}</code>
              </td>
              <td>
                <code>{r.code}</code> <span className="muted">{r.detail}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
