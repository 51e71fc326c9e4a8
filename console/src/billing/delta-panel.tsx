/** Why one bill differs from another: cause by cause as a picture and as a table whose parts add up. */
import type { BillDeltaItem } from '@openami/server/contract';
import { useState } from 'react';
import { type Cause, causeWords, type Step, waterfall, waterfallRange } from '../lib/bill-words.ts';
import { formatDecimal, formatMoney, sumDecimals } from '../lib/money.ts';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { BillLink } from './words.tsx';

export function DeltaPanel({ title, delta }: { readonly title: string; readonly delta: BillDeltaItem }) {
  const [face, setFace] = useState<Face>('chart');
  const { currency } = delta;
  const steps = waterfall(delta.before, delta.after, delta.causes);
  return (
    <Panel
      className="delta"
      title={title}
      note={
        <>
          {formatMoney(delta.difference, currency, true)} against <BillLink id={delta.against.id} />
        </>
      }
      actions={<FaceSwitch label={title} face={face} onChange={setFace} />}
    >
      <div className="stack" style={{ gap: '0.75rem' }}>
        <ul className="delta-words">
          {delta.words.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
        {face === 'chart' ? (
          <Waterfall steps={steps} currency={currency} />
        ) : (
          <DataTable
            label={`${title}, by cause`}
            columns={stepColumns(currency)}
            rows={steps}
            rowKey={({ name }) => name}
            empty={null}
          />
        )}
        <details>
          <summary>Line by line</summary>
          <DataTable
            label={`${title}, by line`}
            columns={lineColumns(currency)}
            rows={delta.lines}
            rowKey={(_, place) => place}
            empty={<p className="muted">No line differs.</p>}
          />
          <p className="small muted">
            The lines add up to{' '}
            {formatMoney(sumDecimals(delta.lines.map((line) => line.difference)), currency, true)}, the causes
            to {formatMoney(sumDecimals(Object.values(delta.causes)), currency, true)}.
          </p>
        </details>
        {delta.data.length > 0 && (
          <details>
            <summary>What changed in the readings</summary>
            <DataTable
              label={`${title}, readings`}
              columns={dataColumns}
              rows={delta.data}
              rowKey={(_, place) => place}
              empty={null}
            />
          </details>
        )}
      </div>
    </Panel>
  );
}

const stepColumns = (currency: string): readonly Column<Step>[] => [
  { name: 'Cause', cell: ({ name }) => name },
  {
    ...{ name: 'Amount', num: true },
    cell: ({ amount, kind }) => formatMoney(amount, currency, kind !== 'total'),
  },
];

const lineColumns = (currency: string): readonly Column<BillDeltaItem['lines'][number]>[] => [
  {
    name: 'Line',
    cell: (line) => (
      <>
        <strong>{lineName(line)}</strong>
        <div className="muted small">{withoutName(line)}</div>
      </>
    ),
  },
  { name: 'Before', num: true, cell: ({ before }) => formatMoney(before, currency) },
  { name: 'After', num: true, cell: ({ after }) => formatMoney(after, currency) },
  {
    ...{ name: 'Difference', num: true },
    cell: ({ difference }) => <strong>{formatMoney(difference, currency, true)}</strong>,
  },
  {
    name: 'By cause',
    cell: ({ parts }) => (
      <span className="row" style={{ gap: '0.25rem' }}>
        {parts
          .filter(({ amount }) => Number(amount) !== 0)
          .map(({ cause, amount }) => (
            <Badge key={cause}>
              {causeWords[cause as Cause].toLowerCase()} {formatMoney(amount, currency, true)}
            </Badge>
          ))}
      </span>
    ),
  },
];

type Line = BillDeltaItem['lines'][number];

function lineName({ name, period, tier }: Line): string {
  return [name, period, tier > 0 && `tier ${tier}`].filter(Boolean).join(', ');
}

/** What happened to a line: its words begin with its name, which stands above them. */
function withoutName(line: Line): string {
  const start = `${lineName(line)}: `;
  return line.words.startsWith(start) ? line.words.slice(start.length) : line.words;
}

const dataColumns: readonly Column<BillDeltaItem['data'][number]>[] = [
  { name: 'Change', cell: ({ words }) => words },
  { name: 'Before', num: true, cell: ({ before }) => formatDecimal(before) },
  { name: 'After', num: true, cell: ({ after }) => formatDecimal(after) },
];

/** Bars that hang where the one before ended. Each says its amount beside it, so nothing needs its colour. */
function Waterfall({ steps, currency }: { readonly steps: readonly Step[]; readonly currency: string }) {
  const [from, to] = waterfallRange(steps);
  const share = (value: number) => ((value - from) / (to - from || 1)) * 100;
  const cut = from > 0;
  return (
    <figure className="waterfall">
      <ul>
        {steps.map(({ name, amount, low, high, kind }) => {
          const start = share(Math.max(low, from));
          return (
            <li key={name} data-kind={kind}>
              <span className="name">{name}</span>
              <span className="track" aria-hidden="true">
                <span
                  className="bar"
                  data-cut={(kind === 'total' && cut) || undefined}
                  style={{ left: `${start}%`, width: `${Math.max(0.4, share(high) - start)}%` }}
                />
              </span>
              <span className="amount">{formatMoney(amount, currency, kind !== 'total')}</span>
            </li>
          );
        })}
      </ul>
      {cut && <figcaption className="muted small">The bars of the totals are cut at their foot.</figcaption>}
    </figure>
  );
}
