/** The bill of the running cycle: so far, and where it is likely to end. */
import { shareText } from '@openami/model';
import type { BillToDate } from '@openami/server/contract';
import { LineTable } from '../billing/line-table.tsx';
import { BillLink, Holds, TariffLink } from '../billing/words.tsx';
import { cycleWords } from '../lib/bill-words.ts';
import { formatShare } from '../lib/format.ts';
import { formatDecimal, formatMoney } from '../lib/money.ts';
import { type Fact, Facts } from '../ui/facts.tsx';
import { Panel } from '../ui/panel.tsx';
import { Notice } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { RangeBar } from './range-bar.tsx';

export function BillToDatePanel({ bill }: { readonly bill: BillToDate }) {
  const { toDate, projection, currency, unit } = bill;
  return (
    <Panel title="Bill to date" note={cycleWords(bill.cycleFrom, bill.cycleTo)}>
      <div className="stack" style={{ gap: '0.75rem' }}>
        {bill.holds.length > 0 && (
          <Notice tone="warn" title="It cannot be worked out yet">
            <Holds holds={bill.holds} />
          </Notice>
        )}
        <dl className="counts">
          <div>
            <dt>So far</dt>
            <dd>{toDate ? formatMoney(toDate.total, currency) : 'nothing read yet'}</dd>
          </div>
          {projection && (
            <div>
              <dt>Likely at the end</dt>
              <dd>
                {formatMoney(projection.total, currency)}{' '}
                <span className="muted small">
                  {formatMoney(projection.low, currency)} to {formatMoney(projection.high, currency)},{' '}
                  {formatShare(projection.coverage, 0)} of the time
                </span>
              </dd>
            </div>
          )}
        </dl>
        <RangeBar {...{ toDate, projection }} />
        <Facts facts={factsOf(bill)} />
        {toDate && (
          <details>
            <summary>Lines so far</summary>
            <LineTable label="Lines so far" lines={toDate.lines} currency={currency ?? ''} />
          </details>
        )}
        {projection && (
          <details>
            <summary>Lines of the projection</summary>
            <LineTable label="Lines of the projection" lines={projection.lines} currency={currency ?? ''} />
            <p className="muted small">
              {formatDecimal(projection.usage, unit ?? '')}, {formatDecimal(projection.usageLow)} to{' '}
              {formatDecimal(projection.usageHigh, unit ?? '')}
            </p>
          </details>
        )}
        <ul className="plain-list muted small">
          {bill.assumptions.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}

function factsOf({ tariff, lastReadingAt, toDate, projection, before, unit }: BillToDate): readonly Fact[] {
  return [
    ['Tariff', tariff && <TariffLink code={tariff} />],
    ['Last reading', lastReadingAt && <Time at={lastReadingAt} />],
    ['Used so far', toDate && formatDecimal(toDate.usage, unit ?? '')],
    ['Missing', toDate && toDate.missingShare > 0 && formatShare(toDate.missingShare)],
    ['Estimated', toDate && toDate.estimatedShare > 0 && shareText(toDate.estimatedShare)],
    ['Forecast', projection && `${formatShare(projection.forecastShare)} of the cycle`],
    [
      'Bill before',
      before && (
        <>
          {formatMoney(before.total, before.currency)} (<BillLink id={before.id} />)
        </>
      ),
    ],
  ];
}
