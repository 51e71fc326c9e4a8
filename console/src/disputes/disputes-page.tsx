/** Disputes: those to be answered first, by deadline. j and k walk, Enter opens. */
import type { DisputeItem } from '@openami/server/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { reasonWords, stepped, suggestionWords } from '../lib/dispute-words.ts';
import { formatMoney } from '../lib/money.ts';
import { useLiveRefresh } from '../live.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { Counts } from '../ui/counts.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge } from '../ui/marks.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Empty } from '../ui/states.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { useKeys } from '../vee/use-keys.ts';
import { OpenDialog } from './open-dialog.tsx';
import { disputeKeys, disputeSummaryQuery, disputesQuery } from './queries.ts';
import { SettingsDialog } from './settings-dialog.tsx';
import { DisputeLink, DisputeState, Due } from './words.tsx';

const route = getRouteApi('/disputes');

export function DisputesPage() {
  useTitle('Disputes');
  useLiveRefresh(['dispute'], disputeKeys);
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [opening, setOpening] = useState(false);
  const [setting, setSetting] = useState(false);
  const mayWrite = useMay('billing:write');
  const maySet = useMay('billing:tariffs');
  const change = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  return (
    <>
      <PageHead
        title="Disputes"
        note="Bills that customers object to, with the evidence gathered by itself"
        actions={
          <>
            {maySet && <Button onClick={() => setSetting(true)}>Deadlines …</Button>}
            {mayWrite && (
              <Button look="primary" icon="plus" onClick={() => setOpening(true)}>
                Open a dispute
              </Button>
            )}
          </>
        }
      />
      <Summary />
      <Panel flush title="Cases" note="to be answered first; j and k walk, Enter opens">
        <div className="filters">
          <TextFilter label="Account or customer" value={search.q} onChange={(q) => change({ q })} />
          <select
            className="input"
            aria-label="State"
            value={search.state ?? ''}
            onChange={(e) => change({ state: e.target.value || undefined })}
          >
            <option value="">Every state</option>
            <option value="unanswered">To be answered</option>
            <option value="open">Open</option>
            <option value="looking">Looked at</option>
            <option value="answered">Answered</option>
            <option value="closed">Closed</option>
          </select>
        </div>
        <Cases q={search.q} state={search.state} />
      </Panel>
      {setting && <SettingsDialog onClose={() => setSetting(false)} />}
      {opening && <OpenDialog onClose={() => setOpening(false)} />}
    </>
  );
}

function Summary() {
  const { data } = useQuery(disputeSummaryQuery);
  if (!data) return null;
  const { open, looking, answered, late } = data;
  return (
    <Counts
      style={{ marginBottom: '0.75rem' }}
      counts={[
        ['Open', open],
        ['Looked at', looking],
        ['Late', late, 'To be answered, and past their deadline'],
        ['Answered', answered, 'To be closed'],
      ]}
    />
  );
}

function Cases({ q, state }: { readonly q?: string; readonly state?: string }) {
  const filter = { q, ...(state === 'unanswered' ? { unanswered: true } : { state }) };
  const query = useInfiniteQuery(disputesQuery(filter));
  const navigate = useNavigate();
  const [wanted, setWanted] = useState<number>();
  const shown = query.data?.pages.flatMap(({ items }) => items) ?? [];
  // The list changes while somebody walks it: the cursor stays at its case.
  const at = shown.findIndex(({ id }) => id === wanted);
  const current = shown[at];
  const walk = (by: number) => setWanted(shown[stepped(at, by, shown.length)]?.id);
  useKeys({
    j: () => walk(1),
    k: () => walk(-1),
    ...(current && {
      Enter: () => void navigate({ to: '/disputes/$disputeId', params: { disputeId: String(current.id) } }),
    }),
  });
  return (
    <Paged query={query} what="disputes">
      {(disputes) => (
        <>
          <DataTable
            label="Cases"
            columns={columns}
            rows={disputes}
            rowKey={({ id }) => id}
            isCurrent={({ id }) => id === current?.id}
            empty={
              <Empty icon="bill" title={q || state ? 'No dispute is like this' : 'There is no dispute'}>
                {q || state ? 'Take a filter away.' : 'Open one from a bill when a customer objects to it.'}
              </Empty>
            }
          />
          <p className="sr-only" role="status">
            {current && `Dispute ${current.id}, account ${current.account}. Enter opens it.`}
          </p>
        </>
      )}
    </Paged>
  );
}

const columns: readonly Column<DisputeItem>[] = [
  { name: 'Case', cell: ({ id }) => <DisputeLink id={id}>{String(id)}</DisputeLink> },
  { name: 'Answer by', cell: (dispute) => <Due dispute={dispute} /> },
  {
    name: 'Account',
    cell: ({ account, customer }) => (
      <>
        {account}
        <div className="muted small">{customer}</div>
      </>
    ),
  },
  {
    name: 'Why',
    cell: ({ reason, words }) => (
      <>
        {reasonWords[reason]}
        <div className="muted small">{words.length > 80 ? `${words.slice(0, 79)}…` : words}</div>
      </>
    ),
  },
  { name: 'State', cell: (dispute) => <DisputeState dispute={dispute} /> },
  {
    name: 'Evidence',
    cell: ({ suggests }) => (
      <Badge tone={suggests === 'stands' ? 'good' : 'warn'}>{suggestionWords[suggests]}</Badge>
    ),
  },
  {
    ...{ name: 'In dispute', num: true },
    cell: ({ amount, currency }) => <span className="nowrap">{formatMoney(amount, currency)}</span>,
  },
  { name: 'With', cell: ({ assignedToName }) => assignedToName || <span className="muted">nobody</span> },
];
