/** One bill run: how far it is, what it makes, what is held and why, and the buttons that move it. */
import type { BillItem, BillRunItem } from '@openami/server/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { usePeople } from '../commands/words.tsx';
import { changeBins, heldWhen, holdWords, isMoving, isReleasable } from '../lib/bill-words.ts';
import { formatCount, formatCounted, formatDay, formatWord } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { idOf } from '../lib/search-params.ts';
import { dayNumber, dayText } from '../lib/zone.ts';
import { useLiveRefresh } from '../live.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { AtWork, Stopped } from '../ui/at-work.tsx';
import { Bars, Legend, wholeTop } from '../ui/bars.tsx';
import { Button } from '../ui/button.tsx';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { Counts } from '../ui/counts.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { type Fact, Facts } from '../ui/facts.tsx';
import { Breadcrumb, ItemPage } from '../ui/item-page.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Empty } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { ReleaseDialog, ReleaseRunDialog } from './bill-dialogs.tsx';
import { BillTable } from './bill-table.tsx';
import { BillFiles } from './bills-page.tsx';
import { billsQuery, runKeys, runQuery } from './queries.ts';
import { RunActions } from './run-actions.tsx';
import { AsKnown, BillState, billStates, runTitle } from './words.tsx';

const route = getRouteApi('/bill-runs/$runId');

export function RunPage() {
  const id = idOf(route.useParams().runId);
  const query = useQuery({ ...runQuery(id), enabled: id > 0 });
  useLiveRefresh(['bill-run'], runKeys);
  useTitle(query.data ? `Bill run ${runTitle(query.data)}` : 'Bill run');
  return (
    <ItemPage
      good={id > 0}
      icon="run"
      thing="a bill run"
      query={query}
      list={<Link to="/bill-runs">the list</Link>}
    >
      {(run) => <Run run={run} />}
    </ItemPage>
  );
}

function Run({ run }: { readonly run: BillRunItem }) {
  const nameOf = usePeople();
  const { error } = run;
  const held = run.counts.held ?? 0;
  return (
    <>
      <Breadcrumb here={runTitle(run)}>
        <Link to="/bill-runs">Bill runs</Link>
      </Breadcrumb>
      <PageHead
        title={runTitle(run)}
        marks={<BillState state={run.state} />}
        note={
          <>
            started by {nameOf(run.createdBy, run.createdByName)}, <Time at={run.createdAt} />
          </>
        }
        actions={<RunActions run={run} />}
      />
      <div className="meter-layout">
        <div className="stack" style={{ gap: '0.75rem' }}>
          {isMoving(run) && <Progress run={run} />}
          {error && (
            <Stopped
              title="The run stopped"
              error={error}
              kept="What is calculated stays: the run goes on where it stopped."
            />
          )}
          <Result run={run} />
          {held > 0 && <HeldPanel run={run} />}
          <Differences run={run} />
          <Panel flush title="Bills of this run" actions={<BillFiles filter={{ run: run.id }} />}>
            <BillTable
              label="Bills of this run"
              filter={{ run: run.id }}
              stamp={stampOf(run)}
              columns={['Customer', 'State', 'Usage', 'Total', 'Change', 'Estimated']}
              empty={<Empty icon="bill" title="It has made no bill so far" />}
            />
          </Panel>
        </div>
        <aside className="meter-aside" aria-label="About this run">
          <RunFacts run={run} />
        </aside>
      </div>
    </>
  );
}

function Progress({ run }: { readonly run: BillRunItem }) {
  const words =
    run.state === 'issuing'
      ? 'Issuing'
      : run.state === 'draft'
        ? 'Waits for its turn'
        : `${formatCount(run.done)} of ${formatCounted(run.agreements, 'agreement')}`;
  return <AtWork {...{ words, progress: run.progress }} label="Progress of the run" />;
}

function Result({ run }: { readonly run: BillRunItem }) {
  const present = billStates.filter((state) => (run.counts[state] ?? 0) > 0);
  if (present.length === 0) return null;
  const held = run.counts.held ?? 0;
  return (
    <Panel title="Result" note={`${formatCount(run.done)} of ${formatCounted(run.agreements, 'agreement')}`}>
      <Counts
        counts={[
          ...present.map((state) => [formatWord(state), run.counts[state]!] as const),
          ...Object.entries(run.totals).map(
            ([currency, total]) =>
              [
                `${held > 0 ? 'Total without held ones' : 'Total'}, ${currency}`,
                formatMoney(total, currency),
              ] as const,
          ),
          ...Object.entries(run.entries).map(
            ([currency, sum]) => [`Credits and deposits, ${currency}`, formatMoney(sum, currency)] as const,
          ),
        ]}
      />
      {run.state === 'calculated' && (
        <p className="muted small" style={{ marginTop: '0.5rem' }}>
          Nothing is issued yet: this is what approval would let through.
          {held > 0 && ' Release a held bill to let it go along; one that is held still then is dropped.'}
        </p>
      )}
    </Panel>
  );
}

function HeldPanel({ run }: { readonly run: BillRunItem }) {
  const [asked, setAsked] = useState<BillItem>();
  const [many, setMany] = useState(false);
  const mayRelease = useMay('billing:write') && run.state === 'calculated';
  const reasons = Object.entries(run.holds) as [keyof typeof holdWords, number][];
  return (
    <Panel
      flush
      title="Held bills"
      note={reasons
        .map(([code, count]) => `${holdWords[code] ?? formatWord(code)} ${formatCount(count)}`)
        .join(', ')}
      actions={
        <>
          {run.holds.NOT_READY !== undefined && (
            <Link to="/quality" search={{ tab: 'readiness', from: run.from, to: run.to }}>
              What readings wait for
            </Link>
          )}
          {run.holds.NO_TARIFF !== undefined && (
            <Link to="/tariffs" search={{ tab: 'agreements' }}>
              Who has which tariff
            </Link>
          )}
          {mayRelease && Object.keys(run.releasable).length > 0 && (
            <Button onClick={() => setMany(true)}>Release many …</Button>
          )}
        </>
      }
    >
      <BillTable
        label="Held bills"
        filter={{ run: run.id, state: 'held' }}
        stamp={stampOf(run)}
        columns={['Customer', 'Why it is held', 'Before', 'Total', 'Change']}
        action={(bill) =>
          mayRelease && isReleasable(bill) && <Button onClick={() => setAsked(bill)}>Release …</Button>
        }
        empty={<Empty icon="bill" title="No bill is held any more" />}
      />
      {asked && <ReleaseDialog bill={asked} onClose={() => setAsked(undefined)} />}
      {many && <ReleaseRunDialog run={run} onClose={() => setMany(false)} />}
    </Panel>
  );
}

const parts = [
  { name: 'let through', colour: '--total' },
  { name: 'held', colour: '--q-estimated', pattern: 'hatch' },
] as const;

/** How bills differ from those of the period before. */
function Differences({ run }: { readonly run: BillRunItem }) {
  const [face, setFace] = useState<Face>('chart');
  const query = useInfiniteQuery(billsQuery({ run: run.id }, 1_000, stampOf(run)));
  const bills = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const bins = changeBins(bills);
  const compared = bins.reduce((sum, { count }) => sum + count, 0);
  if (compared === 0) return null;
  const total = query.data?.pages[0]?.total ?? 0;
  return (
    <Panel
      title="Against the bill before"
      note={`${formatCount(compared)} of ${formatCounted(total, 'bill')} compared, change in %`}
      actions={<FaceSwitch label="Differences" face={face} onChange={setFace} />}
    >
      {face === 'chart' ? (
        <>
          <Bars
            title="Bills by change against the bill before"
            parts={parts}
            bars={bins.map(({ label, count, held }) => ({
              ...{ key: label, label, values: [count - held, held] },
              sentence: `${label} %: ${formatCounted(count, 'bill')}, ${formatCount(held)} of them held.`,
            }))}
            height={150}
            top={wholeTop(Math.max(...bins.map(({ count }) => count)))}
            formatTick={(value) => formatCount(value)}
            rest="How many bills differ by how much."
          />
          <Legend parts={parts} />
        </>
      ) : (
        <DataTable
          label="Bills by change"
          columns={[
            { name: 'Change, %', cell: ({ label }) => label },
            { name: 'Bills', num: true, cell: ({ count }) => formatCount(count) },
            { name: 'Held', num: true, cell: ({ held }) => formatCount(held) },
          ]}
          rows={bins}
          rowKey={({ label }) => label}
          empty={null}
        />
      )}
    </Panel>
  );
}

/** Lists of bills are asked for again when this changes: ten times while a run is at work, then each time. */
function stampOf(run: BillRunItem): string {
  const { state, progress, counts } = run;
  return `${state} ${isMoving(run) ? Math.floor(progress * 10) : Object.values(counts).join()}`;
}

/** What of the cycle it bills; empty for all. */
function onlyWords({ tariff, serviceClass, accounts, kind }: BillRunItem): string {
  if (kind === 'rebill') return '';
  return [
    tariff && `tariff ${tariff}`,
    serviceClass && `service class ${serviceClass}`,
    accounts !== null && formatCounted(accounts, 'account'),
  ]
    .filter(Boolean)
    .join(', ');
}

function RunFacts({ run }: { readonly run: BillRunItem }) {
  const nameOf = usePeople();
  const facts: readonly Fact[] = [
    ['Period', `${formatDay(run.from, 'long')} to ${formatDay(dayText(dayNumber(run.to) - 1), 'long')}`],
    ['Only', onlyWords(run)],
    [
      'Readings',
      run.readingRevision > 0 ? <AsKnown second={run.readingRevision} /> : 'as known when it begins',
    ],
    ['A bill is held', heldWhen(run)],
    [
      'Approved',
      run.approvedAt && (
        <>
          by {nameOf(run.approvedBy, run.approvedByName)}, <Time at={run.approvedAt} />
        </>
      ),
    ],
    ['Issued', run.issuedAt && <Time at={run.issuedAt} />],
    ['Reason', run.reason],
  ];
  return (
    <Panel title="About it">
      <Facts facts={facts} />
    </Panel>
  );
}
