/** Whether bills of a window can be made, and what stands in the way of those that cannot. */
import type { ReadinessItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount, formatShare, formatWord } from '../lib/format.ts';
import { addMonths, dayNumber, dayOf, dayText, startOf } from '../lib/zone.ts';
import { useSiteClock } from '../site.tsx';
import { Button, Segmented } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { MoreFoot } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Loading, Ready } from '../ui/states.tsx';
import { readinessQuery } from '../vee/queries.ts';

const route = getRouteApi('/quality');
const tones = { ready: 'good', estimated: 'warn', blocked: 'bad' } as const;
const views = [
  { value: 'all', label: 'All' },
  { value: 'blocked', label: 'Blocked' },
  { value: 'estimated', label: 'Estimated' },
  { value: 'ready', label: 'Ready' },
] as const;
type View = (typeof views)[number]['value'];

export function ReadinessPanel() {
  const clock = useSiteClock();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  if (!clock.known) return <Loading what="the clock of the site" />;
  const thisMonth = startOf('month', dayOf(clock.zone, clock.nowMs() / 1_000));
  const from = search.from ?? dayText(addMonths(thisMonth, -1));
  const to = search.to ?? dayText(thisMonth);
  const set = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  return (
    <Panel
      flush
      title="Billing readiness"
      note="by account and usage point, for local days from … to before …"
    >
      <div className="filters">
        <TextField
          label="From"
          type="date"
          required
          value={from}
          onChange={(e) => set({ from: e.target.value })}
        />
        <TextField
          label="Before"
          type="date"
          required
          value={to}
          onChange={(e) => set({ to: e.target.value })}
        />
        <Button onClick={() => set({ from: undefined, to: undefined })}>Last month</Button>
      </div>
      {dayNumber(from) < dayNumber(to) ? (
        <Window key={`${from} ${to}`} from={from} to={to} />
      ) : (
        <Empty icon="clock" title="The window must end after it begins" />
      )}
    </Panel>
  );
}

function Window({ from, to }: { readonly from: string; readonly to: string }) {
  const query = useInfiniteQuery(readinessQuery(from, to));
  const [view, setView] = useState<View>('all');
  return (
    <Ready query={query} what="billing readiness">
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items);
        const count = (wanted: View) => items.filter(({ state }) => state === wanted).length;
        const shown = items.filter(({ state }) => view === 'all' || state === view);
        if (items.length === 0) {
          return (
            <Empty icon="quality" title="No account has an agreement in this window">
              Import customers, accounts and agreements first.
            </Empty>
          );
        }
        return (
          <>
            <div className="row" style={{ padding: '0.5rem 1rem' }}>
              <span className="grow" role="status">
                {formatCount(count('ready'))} ready, {formatCount(count('estimated'))} with estimates,{' '}
                {formatCount(count('blocked'))} blocked{query.hasNextPage && ' of those loaded'}
              </span>
              <Segmented label="Shown" value={view} options={views} onChange={setView} />
            </div>
            <DataTable
              label="Billing readiness"
              columns={columns}
              rows={shown}
              rowKey={({ account, usagePoint }) => `${account} ${usagePoint}`}
              maxHeight="40rem"
              empty={<Empty icon="quality" title="None of those loaded is in this state" />}
            />
            <MoreFoot query={query}>Show more</MoreFoot>
          </>
        );
      }}
    </Ready>
  );
}

const columns: readonly Column<ReadinessItem>[] = [
  { name: 'Account', cell: ({ account }) => account },
  { name: 'Usage point', cell: ({ usagePoint }) => <code>{usagePoint}</code> },
  { name: 'State', cell: ({ state }) => <Badge tone={tones[state]}>{formatWord(state)}</Badge> },
  {
    name: 'What stands in the way',
    cell: ({ obstacles }) => obstacles.map(formatWord).join(', ') || <span className="muted">nothing</span>,
  },
  { name: 'Expected', num: true, cell: ({ expected }) => formatCount(expected) },
  { name: 'Missing', num: true, cell: ({ missing }) => formatCount(missing) },
  { name: 'Estimated', num: true, cell: ({ estimatedShare }) => formatShare(estimatedShare) },
  { name: 'Blocking', num: true, cell: ({ blocking }) => formatCount(blocking) },
  { name: 'Open', num: true, cell: ({ open }) => formatCount(open) },
];
