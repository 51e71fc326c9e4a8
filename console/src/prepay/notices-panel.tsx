/** Notices to customers: of all, or of one. */
import type { PrepayNoticeItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { formatMoney } from '../lib/money.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { noticesQuery } from './queries.ts';
import { CustomerLink, daysWords, NoticeBadge } from './words.tsx';

const ofAll: Column<PrepayNoticeItem> = {
  name: 'Customer',
  cell: ({ agreement, customer }) => <CustomerLink agreement={agreement}>{customer}</CustomerLink>,
};
const columns: readonly Column<PrepayNoticeItem>[] = [
  { name: 'Time', oneLine: true, cell: ({ at }) => <Time at={at} /> },
  { name: 'Notice', cell: ({ kind }) => <NoticeBadge kind={kind} /> },
  {
    ...{ name: 'Balance', num: true, oneLine: true },
    cell: ({ balance, currency }) => formatMoney(balance, currency),
  },
  { name: 'Lasts', oneLine: true, cell: ({ daysLeft }) => daysWords(daysLeft) },
];

export function NoticesPanel({ agreement }: { readonly agreement?: string }) {
  const query = useInfiniteQuery(noticesQuery({ agreement }));
  return (
    <Panel flush title="Notices" note="the newest first">
      <Paged query={query} what="notices">
        {(rows) => (
          <DataTable
            label="Notices"
            columns={agreement === undefined ? [ofAll, ...columns] : columns}
            rows={rows}
            rowKey={({ id }) => id}
            empty={
              <Empty icon="info" title="No notice yet">
                Customers are told when credit is low, used up, and when their supply goes off or on.
              </Empty>
            }
          />
        )}
      </Paged>
    </Panel>
  );
}
