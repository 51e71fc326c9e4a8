/** Lines of a bill in its order, each with its formula in words. */
import { shareText } from '@openami/model';
import type { BillLineItem } from '@openami/server/contract';
import type { ReactNode } from 'react';
import { formulaWords } from '../lib/bill-words.ts';
import { formatDecimal, formatMoney } from '../lib/money.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge } from '../ui/marks.tsx';

/** `Energy, peak, tier 1`. */
export function lineName({ name, period, tier }: BillLineItem): string {
  return [name, period, tier !== undefined && `tier ${tier}`].filter(Boolean).join(', ');
}

/** `19 %` of a share. */
function percentOf(share: string): string {
  return `${(Number(share) * 100).toLocaleString('en-GB', { maximumFractionDigits: 6 })} %`;
}

/** `129.5 kWh`, `31 days`. */
function quantityWords({ kind, quantity, unit }: BillLineItem): string {
  if (unit === 'share') return percentOf(quantity);
  return formatDecimal(quantity, kind === 'fixed' && quantity !== '1' ? `${unit}s` : unit);
}

const columnsOf = (currency: string): readonly Column<BillLineItem>[] => [
  {
    name: 'Line',
    cell: ({ name, period, tier, formula }) => (
      <>
        <strong>{name}</strong> {period && <Badge>{period}</Badge>}{' '}
        {tier !== undefined && <Badge>tier {tier}</Badge>}
        <div className="muted small">{formulaWords(formula, currency)}</div>
      </>
    ),
  },
  {
    ...{ name: 'Quantity', num: true },
    cell: (line) => <span className="nowrap">{quantityWords(line)}</span>,
  },
  {
    ...{ name: 'Price', num: true },
    cell: ({ price }) => <span className="nowrap">{formatMoney(price, currency)}</span>,
  },
  {
    ...{ name: 'Amount', num: true },
    cell: ({ amount }) => <strong className="nowrap">{formatMoney(amount, currency)}</strong>,
  },
  { name: 'Estimated', num: true, cell: ({ estimatedShare }) => <EstimatedShare share={estimatedShare} /> },
];

/** Nothing is said where nothing was estimated. */
export function EstimatedShare({ share }: { readonly share: number }) {
  if (share === 0) return <span className="muted">–</span>;
  return (
    <span className="estimated-mark nowrap">
      <span aria-hidden="true">◆</span> {shareText(share)}
    </span>
  );
}

export function LineTable(props: {
  readonly label: string;
  readonly lines: readonly BillLineItem[];
  readonly currency: string;
  readonly explain?: (line: BillLineItem) => ReactNode;
}) {
  const { explain } = props;
  return (
    <DataTable
      label={props.label}
      columns={columnsOf(props.currency)}
      rows={props.lines}
      rowKey={({ number }) => number}
      detail={
        explain && {
          name: 'Explain',
          label: (line) => `Explain ${lineName(line)}`,
          of: explain,
        }
      }
      empty={<p className="muted pad">It has no lines.</p>}
    />
  );
}
