/** Whether bills of a window can be made, and what stands in the way of those that cannot. */
import type { ReadinessItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount, formatShare, formatWord } from '../lib/format.ts';
import { addMonths, dayNumber, dayOf, dayText, startOf } from '../lib/zone.ts';
import { useSiteClock } from '../site.tsx';
import { Button, Segmented } from '../ui/button.tsx';
import { TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
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
            <Table items={shown} />
            {query.hasNextPage && (
              <div className="grid-foot">
                <Button
                  busy={query.isFetchingNextPage && 'Loading …'}
                  onClick={() => void query.fetchNextPage()}
                >
                  Show more
                </Button>
              </div>
            )}
          </>
        );
      }}
    </Ready>
  );
}

function Table({ items }: { readonly items: readonly ReadinessItem[] }) {
  return (
    <ScrollBox label="Billing readiness" style={{ maxHeight: '40rem' }}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Account</th>
            <th scope="col">Usage point</th>
            <th scope="col">State</th>
            <th scope="col">What stands in the way</th>
            {['Expected', 'Missing', 'Estimated', 'Blocking', 'Open'].map((name) => (
              <th key={name} scope="col" className="num">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={`${item.account} ${item.usagePoint}`}>
              <td>{item.account}</td>
              <td>
                <code>{item.usagePoint}</code>
              </td>
              <td>
                <Badge tone={tones[item.state]}>{formatWord(item.state)}</Badge>
              </td>
              <td>{item.obstacles.map(formatWord).join(', ') || <span className="muted">nothing</span>}</td>
              <td className="num">{formatCount(item.expected)}</td>
              <td className="num">{formatCount(item.missing)}</td>
              <td className="num">{formatShare(item.estimatedShare)}</td>
              <td className="num">{formatCount(item.blocking)}</td>
              <td className="num">{formatCount(item.open)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
