/** The bills of a usage point, newest first. */
import { Icon } from '@openami/console/ui/icon.tsx';
import { Empty, Ready } from '@openami/console/ui/states.tsx';
import type { BillItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import * as format from '../lib/format.ts';
import { billsQuery } from '../queries.ts';
import { usePoint } from '../shell/point.tsx';
import { useTitle } from '../shell/shell.tsx';

export function BillsPage() {
  useTitle('Bills');
  const { point } = usePoint();
  const query = useQuery(billsQuery(point.id));
  return (
    <div className="stack">
      <h1>Bills</h1>
      <Ready query={query} what="your bills">
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="bill" title="There is no bill yet">
              It appears here as soon as your utility has issued it.
            </Empty>
          ) : (
            <ul className="card-list">
              {items.map((bill) => (
                <BillCard key={bill.id} bill={bill} />
              ))}
            </ul>
          )
        }
      </Ready>
    </div>
  );
}

function BillCard({ bill }: { readonly bill: BillItem }) {
  const { before, total } = bill;
  const change =
    before === null || total === null ? undefined : format.comparison(Number(before), Number(total));
  return (
    <li>
      <Link className="card" to="/bills/$billId" params={{ billId: String(bill.id) }}>
        <span className="grow">
          <span className="card-title">{format.span(bill.cycleFrom, bill.cycleTo)}</span>
          <span className="muted">
            {format.quantity(bill.usage, bill.unit ?? '')}
            {change && `, total ${change}`}
            {bill.kind === 'rebill' && ', corrected'}
          </span>
        </span>
        <span className="card-value">{format.money(bill.total, bill.currency)}</span>
        <Icon name="right" />
      </Link>
    </li>
  );
}
