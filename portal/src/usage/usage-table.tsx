/** The numbers of the chart, with every digit. */
import { type Column, DataTable } from '@openami/console/ui/data-table.tsx';
import type { MyUsage, UsageBar } from '@openami/server/contract';
import * as format from '../lib/format.ts';
import { dateOf, nameOf, type Shown, trustOf, trustWords } from '../lib/usage-view.ts';

interface Row {
  readonly bar: UsageBar;
  readonly like: UsageBar | undefined;
}

export function UsageTable(props: {
  readonly usage: MyUsage;
  readonly like: readonly (UsageBar | undefined)[];
  readonly shown: Shown;
  readonly onOpen: (date: string) => void;
}) {
  const { usage, shown } = props;
  const unit = format.unitWord(usage.unit);
  const name = ({ bar }: Row) => nameOf(bar, shown, usage.zone);
  const columns: readonly Column<Row>[] = [
    {
      name: shown.view === 'year' ? 'Month' : shown.view === 'month' ? 'Day' : 'From',
      cell: (row) =>
        shown.view === 'day' ? (
          name(row)
        ) : (
          <button
            type="button"
            className="link-button"
            onClick={() => props.onOpen(dateOf(row.bar, usage.zone))}
          >
            {name(row)}
          </button>
        ),
    },
    { name: `Used, ${unit}`, num: true, cell: ({ bar }) => format.exact(bar.usage) },
    ...(usage.currency === null
      ? []
      : [{ name: 'Cost', num: true, cell: ({ bar }: Row) => format.money(bar.cost, usage.currency) }]),
    ...usage.periods.map((period, p) => ({
      ...{ name: `${period}, ${unit}`, num: true },
      cell: ({ bar }: Row) => format.exact(bar.periods[p]),
    })),
    { name: `Time before, ${unit}`, num: true, cell: ({ like }) => format.exact(like?.usage) },
    { name: 'Quality', cell: ({ bar }) => (bar.usage === null ? 'no readings' : trustWords[trustOf(bar)]) },
  ];
  return (
    <DataTable
      label="Usage"
      columns={columns}
      rows={usage.bars.map((bar, i) => ({ bar, like: props.like[i] }))}
      rowKey={({ bar }) => bar.start}
      empty={null}
    />
  );
}
