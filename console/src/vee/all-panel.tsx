/** Every exception, also the decided ones; of all meters or of one. */
import type { ExceptionItem } from '@openami/server/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { formatDay, formatWord } from '../lib/format.ts';
import { formatAmount } from '../lib/work-list.ts';
import { meterQuery } from '../queries.ts';
import { SelectField } from '../ui/field.tsx';
import { MoreRows } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { SeverityMark, StateBadge } from './marks.tsx';
import { exceptionsQuery, rulesQuery } from './queries.ts';

const route = getRouteApi('/exceptions');
const states = ['open', 'accepted', 'estimated', 'edited', 'rejected', 'resolved'];

export function AllPanel() {
  const { meter, state, rule } = route.useSearch();
  const navigate = route.useNavigate();
  const rules = useQuery(rulesQuery);
  const query = useInfiniteQuery(exceptionsQuery({ meterId: meter, state, rule }));
  const set = (name: 'state' | 'rule', value: string) =>
    void navigate({ search: (old) => ({ ...old, [name]: value || undefined }), replace: true });
  return (
    <>
      {meter && <OfMeter meterId={Number(meter)} />}
      <Panel flush title={meter ? 'Exceptions of this meter' : 'All exceptions'} note="newest first">
        <div className="filters">
          <SelectField label="State" value={state ?? ''} onChange={(e) => set('state', e.target.value)}>
            <option value="">Any</option>
            {states.map((one) => (
              <option key={one} value={one}>
                {formatWord(one)}
              </option>
            ))}
          </SelectField>
          <SelectField label="Rule" value={rule ?? ''} onChange={(e) => set('rule', e.target.value)}>
            <option value="">Any</option>
            {rules.data?.map(({ id }) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </SelectField>
        </div>
        <Ready query={query} what="exceptions">
          {({ pages }) => {
            const items = pages.flatMap((page) => page.items);
            if (items.length === 0) return <Empty icon="check" title="No exception like this" />;
            return (
              <>
                <Table items={items} />
                <MoreRows query={query} shown={items.length} total={pages[0]!.total} />
              </>
            );
          }}
        </Ready>
      </Panel>
    </>
  );
}

/** Days of a meter's channels, one click away. */
function OfMeter({ meterId }: { readonly meterId: number }) {
  const query = useQuery(meterQuery(meterId));
  const channels = query.data?.channels.filter(({ intervalS, latest }) => intervalS > 0 && latest) ?? [];
  return (
    <Panel title={query.data ? `Meter ${query.data.serial}` : 'Meter'}>
      <div className="row">
        <Link to="/meters/$meterId" params={{ meterId: String(meterId) }} search={{}}>
          The meter
        </Link>
        {channels.map((channel) => (
          <Link
            key={channel.id}
            to="/exceptions/$channelId/$day"
            params={{ channelId: String(channel.id), day: lastDay(channel.latest!.end) }}
            search={{}}
          >
            Newest day of {channel.alias}
          </Link>
        ))}
        <Link to="/exceptions" search={{ tab: 'all' }}>
          Exceptions of all meters
        </Link>
      </div>
    </Panel>
  );
}

/** The day before the one under way: the newest that may be whole. */
function lastDay(end: string): string {
  return new Date(Date.parse(end) - 86_400_000).toISOString().slice(0, 10);
}

function Table({ items }: { readonly items: readonly ExceptionItem[] }) {
  return (
    <ScrollBox label="Exceptions">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Meter and day</th>
            <th scope="col">Finding</th>
            <th scope="col">State</th>
            <th scope="col">Decided</th>
            <th scope="col" className="num">
              At stake
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.id}>
              <td>
                <Link
                  to="/exceptions/$channelId/$day"
                  params={{ channelId: String(one.channelId), day: one.day }}
                  search={{}}
                >
                  {one.serial}, <span className="nowrap">{formatDay(one.day, 'short')}</span>
                </Link>
              </td>
              <td>
                <SeverityMark severity={one.severity} text={one.rule} />
                <div className="muted small">{one.words || one.title}</div>
              </td>
              <td>
                <StateBadge state={one.state} />
              </td>
              <td>
                {one.note && <>“{one.note}”</>}
                <div className="muted small">{one.state !== 'open' && one.changedBy}</div>
              </td>
              <td className="num">
                <span className="nowrap">{formatAmount(one.effect, one.baseUnit)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}
