/** Bill runs: how each stands, a new one, and the cycles that accounts are billed by. */
import type { BillRunItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { usePeople } from '../commands/words.tsx';
import { isMoving } from '../lib/bill-words.ts';
import { formatCount, formatShare } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { useLiveRefresh } from '../live.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty } from '../ui/states.tsx';
import { TabbedPage } from '../ui/tabbed-page.tsx';
import { Time } from '../ui/time.tsx';
import { ChangedBills } from './bills-page.tsx';
import { CyclesPanel } from './cycles-panel.tsx';
import { runKeys, runsQuery } from './queries.ts';
import { RunDialog } from './run-dialog.tsx';
import { BillState, RunLink } from './words.tsx';

const route = getRouteApi('/bill-runs');

const tabs = [
  { id: 'runs', label: 'Runs', panel: <RunsPanel /> },
  { id: 'cycles', label: 'Cycles', panel: <CyclesPanel /> },
];

export function RunsPage() {
  useLiveRefresh(['bill-run'], runKeys);
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const go = useNavigate();
  const [starting, setStarting] = useState(false);
  const may = useMay('billing:write');
  return (
    <TabbedPage
      title="Bill runs"
      note="From readings to issued bills, approved by a second person in between"
      actions={
        may && (
          <Button look="primary" icon="plus" onClick={() => setStarting(true)}>
            Start a bill run
          </Button>
        )
      }
      tabs={tabs}
      tab={tab}
      onTab={(id) => void navigate({ search: { tab: id }, replace: true })}
    >
      {starting && (
        <RunDialog
          onClose={() => setStarting(false)}
          onStarted={(id) => void go({ to: '/bill-runs/$runId', params: { runId: String(id) } })}
        />
      )}
    </TabbedPage>
  );
}

function RunsPanel() {
  const query = useInfiniteQuery(runsQuery);
  const columns = useColumns();
  return (
    <>
      <ChangedBills />
      <Panel flush title="Runs" note="the newest first">
        <Paged query={query} what="bill runs">
          {(runs) => (
            <DataTable
              label="Bill runs"
              columns={columns}
              rows={runs}
              rowKey={({ id }) => id}
              empty={
                <Empty icon="run" title="No bill run was started yet">
                  A run makes the bills of a cycle. Nothing is issued before another person approved it.
                </Empty>
              }
            />
          )}
        </Paged>
      </Panel>
    </>
  );
}

function useColumns(): readonly Column<BillRunItem>[] {
  const nameOf = usePeople();
  return [
    { name: 'Run', cell: (run) => <RunLink run={run} /> },
    {
      name: 'State',
      cell: (run) => (
        <>
          <BillState state={run.state} />{' '}
          {isMoving(run) && <span className="muted small">{formatShare(run.progress)}</span>}
        </>
      ),
    },
    { name: 'Agreements', num: true, cell: ({ agreements }) => formatCount(agreements) },
    { name: 'Held', num: true, cell: ({ counts }) => formatCount(counts.held ?? 0) },
    {
      ...{ name: 'Dropped', num: true },
      cell: ({ counts }) => formatCount(counts.dropped ?? 0),
    },
    { name: 'Total', num: true, cell: ({ totals }) => <Totals totals={totals} /> },
    {
      name: 'Started',
      cell: ({ createdAt, createdBy, createdByName }) => (
        <>
          <Time at={createdAt} /> <span className="muted small">by {nameOf(createdBy, createdByName)}</span>
        </>
      ),
    },
  ];
}

/** A total a currency. */
export function Totals({ totals }: { readonly totals: BillRunItem['totals'] }) {
  const all = Object.entries(totals);
  if (all.length === 0) return <span className="muted">–</span>;
  return all.map(([currency, total]) => (
    <div key={currency} className="nowrap">
      {formatMoney(total, currency)}
    </div>
  ));
}
