/** What validation found on the usage point of a bill and nobody has decided, each with its day. */
import type { BillDetail, ExceptionItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { formatCounted } from '../lib/format.ts';
import { Panel } from '../ui/panel.tsx';
import { DayLink } from '../vee/day-link.tsx';
import { SeverityMark } from '../vee/marks.tsx';
import { exceptionsQuery } from '../vee/queries.ts';

export function OpenExceptions({ bill }: { readonly bill: BillDetail }) {
  const { usagePointId, cycleFrom, cycleTo } = bill;
  const query = useInfiniteQuery(
    exceptionsQuery({ usagePointId, fromDay: cycleFrom, toDay: cycleTo, state: 'open' }),
  );
  const items = query.data?.pages[0]?.items ?? [];
  const total = query.data?.pages[0]?.total ?? 0;
  if (total === 0) return null;
  return (
    <Panel
      title="Open exceptions of its usage point"
      note={`${formatCounted(total, 'exception')} in the period: open one to decide it`}
    >
      <ul className="plain-list">
        {items.map((one) => (
          <Exception key={one.id} one={one} />
        ))}
      </ul>
      {total > items.length && <p className="muted small">The newest {items.length} of them.</p>}
    </Panel>
  );
}

function Exception({ one }: { readonly one: ExceptionItem }) {
  const title = one.title.replace(/\.$/, '');
  return (
    <li>
      <SeverityMark severity={one.severity} text={title} />, <Day of={one} />: {one.words}
    </li>
  );
}

function Day({ of: { channelId, serial, day } }: { readonly of: ExceptionItem }) {
  return <DayLink {...{ channelId, serial, day }} />;
}
