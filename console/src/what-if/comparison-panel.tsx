/** The last twelve cycles of an agreement on every tariff, the best first, month by month. */
import type { ComparedTariff, TariffComparison } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Holds, TariffLink } from '../billing/words.tsx';
import { cycleWords } from '../lib/bill-words.ts';
import { formatShare, unitText } from '../lib/format.ts';
import { formatDecimal, formatMoney } from '../lib/money.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { SelectField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Notice, Ready } from '../ui/states.tsx';
import { comparisonQuery } from './queries.ts';

export function ComparisonPanel(props: {
  readonly agreement: string;
  readonly draft: Readonly<Record<string, unknown>> | undefined;
}) {
  const body = props.draft ? { document: { ...props.draft } } : {};
  const query = useQuery(comparisonQuery(props.agreement, body));
  return (
    <Panel flush title="On other tariffs" note="the last twelve cycles, the cheapest first">
      <Ready query={query} what="other tariffs">
        {(comparison) =>
          comparison.ok ? (
            <Comparison comparison={comparison} />
          ) : (
            <Notice tone="warn" title="The draft cannot be rated">
              {comparison.faults.map(({ path, message }) => (
                <p key={`${path} ${message}`}>
                  <code>{path}</code> {message}
                </p>
              ))}
            </Notice>
          )
        }
      </Ready>
    </Panel>
  );
}

const keyOf = ({ tariff, isStored }: ComparedTariff) => `${tariff}${isStored ? '' : ' draft'}`;

function Comparison({ comparison }: { readonly comparison: TariffComparison }) {
  const { tariffs, assumptions } = comparison;
  const [chosen, setChosen] = useState<string>();
  const other = tariffs.find((one) => keyOf(one) === chosen) ?? tariffs.find((one) => !one.isCurrent);
  const own = tariffs.find(({ isCurrent }) => isCurrent);
  const rated = tariffs.filter(({ months, isCurrent }) => months.length > 0 && !isCurrent);
  return (
    <>
      <DataTable
        label="Tariffs"
        columns={columns}
        rows={tariffs}
        rowKey={keyOf}
        empty={<p className="muted pad">There is no tariff to compare.</p>}
      />
      {own && other && rated.length > 0 && (
        <div className="stack pad" style={{ gap: '0.75rem' }}>
          <SelectField
            label="Month by month, against"
            value={keyOf(other)}
            onChange={(e) => setChosen(e.target.value)}
          >
            {rated.map((one) => (
              <option key={keyOf(one)} value={keyOf(one)}>
                {titleOf(one)}
              </option>
            ))}
          </SelectField>
          <Months own={own} other={other} unit={comparison.unit ?? ''} />
        </div>
      )}
      <ul className="plain-list muted small pad">
        {assumptions.map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
    </>
  );
}

function titleOf({ tariff, isStored }: ComparedTariff): string {
  return isStored ? tariff : `${tariff}, the draft`;
}

/** `€12.30 less`, `€216.39 more`: what it would have cost against the tariff there is. */
function againstWords(saving: string | null, currency: string | null): string {
  if (saving === null) return formatMoney(null, currency);
  if (Number(saving) === 0) return 'the same';
  const isMore = saving.startsWith('-');
  return `${formatMoney(isMore ? saving.slice(1) : saving, currency)} ${isMore ? 'more' : 'less'}`;
}

const columns: readonly Column<ComparedTariff>[] = [
  {
    name: 'Tariff',
    cell: (one) => (
      <>
        {one.isStored ? <TariffLink code={one.tariff} /> : titleOf(one)}{' '}
        {one.isCurrent && <Badge>has it</Badge>} <span className="muted small">{one.name}</span>
      </>
    ),
  },
  { name: 'Total', num: true, cell: ({ total, currency }) => formatMoney(total, currency) },
  {
    ...{ name: 'Would cost', num: true },
    cell: ({ saving, savingPercent, currency, isCurrent }) =>
      isCurrent ? (
        '–'
      ) : (
        <>
          <strong className="nowrap">{againstWords(saving, currency)}</strong>{' '}
          {savingPercent !== null && (
            <span className="muted small nowrap">{Math.abs(savingPercent).toFixed(1)} %</span>
          )}
        </>
      ),
  },
  { name: 'Needs', cell: ({ needs }) => needs.length > 0 && <Holds holds={needs} /> },
];

interface MonthRow {
  readonly month: ComparedTariff['months'][number];
  readonly after: string | undefined;
}

function Months(props: {
  readonly own: ComparedTariff;
  readonly other: ComparedTariff;
  readonly unit: string;
}) {
  const { own, other } = props;
  const after = new Map(other.months.map(({ from, total }) => [from, total]));
  const rows = own.months.map((month): MonthRow => ({ month, after: after.get(month.from) }));
  const monthColumns: readonly Column<MonthRow>[] = [
    { name: 'Month', cell: ({ month }) => cycleWords(month.from, month.to) },
    { name: `Usage, ${unitText(props.unit)}`, num: true, cell: ({ month }) => formatDecimal(month.usage) },
    {
      ...{ name: 'Missing', num: true },
      cell: ({ month }) => (month.missingShare > 0 ? formatShare(month.missingShare) : '–'),
    },
    { name: own.tariff, num: true, cell: ({ month }) => formatMoney(month.total, own.currency) },
    { name: titleOf(other), num: true, cell: (row) => formatMoney(row.after, other.currency) },
  ];
  return (
    <DataTable
      label="Month by month"
      columns={monthColumns}
      rows={rows}
      rowKey={({ month }) => month.from}
      empty={<p className="muted">No month has readings.</p>}
    />
  );
}
