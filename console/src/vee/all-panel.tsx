/** Every exception, also the decided ones; of all meters or of one. */
import type { ExceptionItem } from '@openami/server/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { formatWord } from '../lib/format.ts';
import { formatAmount } from '../lib/work-list.ts';
import { meterQuery } from '../queries.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { SelectField } from '../ui/field.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty } from '../ui/states.tsx';
import { DayLink } from './day-link.tsx';
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
        <Paged query={query} what="exceptions">
          {(items) => (
            <DataTable
              label="Exceptions"
              columns={columns}
              rows={items}
              rowKey={({ id }) => id}
              empty={<Empty icon="check" title="No exception like this" />}
            />
          )}
        </Paged>
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

const columns: readonly Column<ExceptionItem>[] = [
  {
    name: 'Meter and day',
    cell: ({ channelId, day, serial }) => <DayLink channelId={channelId} serial={serial} day={day} />,
  },
  {
    name: 'Finding',
    cell: ({ severity, rule, words, title }) => (
      <>
        <SeverityMark severity={severity} text={rule} />
        <div className="muted small">{words || title}</div>
      </>
    ),
  },
  { name: 'State', cell: ({ state }) => <StateBadge state={state} /> },
  {
    name: 'Decided',
    cell: ({ note, state, changedBy }) => (
      <>
        {note && <>“{note}”</>}
        <div className="muted small">{state !== 'open' && changedBy}</div>
      </>
    ),
  },
  {
    ...{ name: 'At stake', num: true },
    cell: ({ effect, baseUnit }) => <span className="nowrap">{formatAmount(effect, baseUnit)}</span>,
  },
];
