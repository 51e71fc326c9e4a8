/** How many would pay more or less, and by how much: as a picture and as a table. */
import type { ImpactHistogramItem, TariffImpactDetail } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount, formatCounted } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { Bars, Legend } from '../ui/bars.tsx';
import { Segmented } from '../ui/button.tsx';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ready } from '../ui/states.tsx';
import { histogramQuery, stampOf } from './queries.ts';

const route = getRouteApi('/tariff-impacts/$impactId');

const parts = [
  { name: 'pay less', colour: '--total' },
  { name: 'pay more', colour: '--q-estimated', pattern: 'hatch' },
] as const;

type Bin = ImpactHistogramItem['bins'][number];

export function ImpactHistogram({ impact }: { readonly impact: TariffImpactDetail }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [face, setFace] = useState<Face>('chart');
  const by = search.by === 'percent' ? 'percent' : 'amount';
  const filter = { by, serviceClass: search.class };
  const query = useQuery(histogramQuery(impact.id, filter, stampOf(impact)));
  return (
    <Panel
      title="Who pays more, who pays less"
      note={`agreements by ${by === 'percent' ? 'change in %' : `difference, ${impact.currency}`}`}
      actions={
        <>
          <Segmented
            label="Difference in"
            value={by}
            onChange={(next) => void navigate({ search: (old) => ({ ...old, by: next }), replace: true })}
            options={[
              { value: 'amount', label: impact.currency },
              { value: 'percent', label: '%' },
            ]}
          />
          <FaceSwitch label="Differences" face={face} onChange={setFace} />
        </>
      }
    >
      <Ready query={query} what="the differences">
        {({ bins, unchanged }) => {
          if (bins.length === 0)
            return <p className="muted">Nobody would pay more or less: {formatCount(unchanged)} the same.</p>;
          const words = (bin: Bin) => binWords(bins, bin, by === 'percent' ? '%' : impact.currency);
          if (face === 'table') return <BinTable bins={bins} words={words} currency={impact.currency} />;
          return (
            <>
              <Bars
                title="Agreements by difference"
                parts={parts}
                bars={bins.map((bin) => ({
                  ...{ key: String(bin.from), label: formatCount(bin.from) },
                  values: bin.to <= 0 ? [bin.agreements, 0] : [0, bin.agreements],
                  sentence: sentenceOf(bin, words(bin), impact.currency),
                }))}
                height={160}
                formatTick={(value) => formatCount(value)}
                rest={`${formatCount(unchanged)} would pay the same.`}
              />
              <Legend parts={parts} />
            </>
          );
        }}
      </Ready>
    </Panel>
  );
}

function sentenceOf({ agreements, difference }: Bin, words: string, currency: string): string {
  const together = formatMoney(difference, currency, true);
  return `${words}: ${formatCounted(agreements, 'agreement')}, ${together} together.`;
}

/** `10 to 20 EUR`; the first and the last have all beyond them. */
function binWords(bins: readonly Bin[], bin: Bin, unit: string): string {
  const number = (value: number) => value.toLocaleString('en-GB', { signDisplay: 'exceptZero' });
  if (bin === bins[0] && bin.from < 0) return `below ${number(bin.to)} ${unit}`;
  if (bin === bins.at(-1) && bin.to > 0) return `${number(bin.from)} ${unit} and above`;
  return `${number(bin.from)} to ${number(bin.to)} ${unit}`;
}

function BinTable(props: {
  readonly bins: readonly Bin[];
  readonly words: (bin: Bin) => string;
  readonly currency: string;
}) {
  const columns: readonly Column<Bin>[] = [
    { name: 'Difference', cell: props.words },
    { name: 'Agreements', num: true, cell: ({ agreements }) => formatCount(agreements) },
    { name: 'Together', num: true, cell: ({ difference }) => formatMoney(difference, props.currency, true) },
  ];
  return (
    <DataTable
      label="Agreements by difference"
      columns={columns}
      rows={props.bins}
      rowKey={({ from }) => from}
      maxHeight="24rem"
      empty={null}
    />
  );
}
