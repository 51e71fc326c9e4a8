/**
 * Why a bill is higher or lower than the one before: reasons as bars, whose amounts add up to the
 * difference.
 */
import { Panel } from '@openami/console/ui/panel.tsx';
import { Ready } from '@openami/console/ui/states.tsx';
import type { MyBillWhy } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import * as format from '../lib/format.ts';
import { perDay, reasonNote, reasonWords, whyBars, whyTitle } from '../lib/why.ts';
import { whyQuery } from '../queries.ts';

export function WhyPanel({ bill }: { readonly bill: number }) {
  const query = useQuery(whyQuery(bill));
  return (
    <Ready query={query} what="the comparison">
      {(why) => (
        <Panel title={whyTitle(why)}>
          {why.before === null ? <p className="muted">{why.words[0]}</p> : <Reasons why={why} />}
        </Panel>
      )}
    </Ready>
  );
}

function Reasons({ why }: { readonly why: MyBillWhy }) {
  const bars = whyBars(why);
  const { basis, before, currency, unit } = why;
  const change = Number(why.difference);
  const size = why.difference.replace('-', '');
  return (
    <>
      <p className="why-head">
        {change === 0 ? (
          'Both bills come to the same.'
        ) : (
          <>
            <strong>
              {format.money(size, currency)} {change > 0 ? 'more' : 'less'}
            </strong>{' '}
            than{' '}
            <Link to="/bills/$billId" params={{ billId: String(before!.id) }}>
              the bill before
            </Link>{' '}
            ({format.money(before!.total, currency)})
          </>
        )}
      </p>
      <ul className="why">
        {bars.map(({ reason, amount, share, rises }) => (
          <li key={reason}>
            <span className="why-name">{reasonWords[reason].name}</span>
            <span className="why-amount">{format.money(amount, currency, { signed: true })}</span>
            <span className="why-bar" aria-hidden="true">
              <span data-rises={rises} style={{ width: `${Math.max(2, share * 100)}%` }} />
            </span>
            <span className="muted why-note">{reasonNote(reason, why)}</span>
          </li>
        ))}
        <li className="why-sum">
          <span className="why-name">Together</span>
          <span className="why-amount">{format.money(why.difference, currency, { signed: true })}</span>
        </li>
      </ul>
      {basis && (
        <p className="muted">
          {perDay(basis.after, unit)} a day, after {perDay(basis.before, unit)} a day before. Taxes are shared
          out to what they are on.
        </p>
      )}
    </>
  );
}
