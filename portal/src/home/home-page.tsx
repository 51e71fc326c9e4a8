/** How much now, how much will the bill be, is everything well, and what changed. */
import { Panel } from '@openami/console/ui/panel.tsx';
import { ErrorBox, Notice, Ready } from '@openami/console/ui/states.tsx';
import { RangeBar } from '@openami/console/what-if/range-bar.tsx';
import type { BillToDate, MyNow, MyPoint } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import * as format from '../lib/format.ts';
import { hasEnded } from '../lib/usage-view.ts';
import { billsQuery, nowQuery, toDateQuery } from '../queries.ts';
import { usePoint } from '../shell/point.tsx';
import { useTitle } from '../shell/shell.tsx';
import { CreditPanel } from './credit-panel.tsx';
import { Figure } from './figure.tsx';

export function HomePage() {
  useTitle('Home');
  const { my, point } = usePoint();
  return (
    <div className="stack">
      <h1>Hello, {my.name}</h1>
      {my.unseenAlerts > 0 && (
        <Notice tone="warn" title={my.unseenAlerts === 1 ? 'There is an alert' : `${my.unseenAlerts} alerts`}>
          <p>
            <Link to="/alerts">Look at what happened</Link>
          </p>
        </Notice>
      )}
      {point.prepay && <CreditPanel point={point} />}
      <Now point={point} />
      {!hasEnded(point, my.now) && <ToDate point={point} />}
      <LastBill point={point} />
    </div>
  );
}

function Now({ point }: { readonly point: MyPoint }) {
  const query = useQuery(nowQuery(point.id));
  return (
    <Ready query={query} what="your usage">
      {(now) => (
        <>
          <State now={now} />
          {now.today && <Today {...{ now, point }} today={now.today} />}
        </>
      )}
    </Ready>
  );
}

function Today(props: {
  readonly now: MyNow;
  readonly today: NonNullable<MyNow['today']>;
  readonly point: MyPoint;
}) {
  const { now, today, point } = props;
  const counts = now.latest?.intervalS === 0;
  return (
    <Panel title="Today">
      {today.usage === null ? (
        <p>There is no reading of today yet.</p>
      ) : (
        <div className="figures">
          <Figure name="Used so far" value={format.quantity(today.usage, now.unit)} />
          {today.cost !== null && (
            <Figure
              name="Cost so far"
              value={format.money(today.cost, now.currency)}
              note="with the day’s share of standing charges"
            />
          )}
        </div>
      )}
      {now.latest && (
        <p className="muted">
          Latest reading: {latestWords(now, point)}
          {now.latest.estimated ? ' (estimated)' : ''}
        </p>
      )}
      <p>
        <Link to="/usage" search={{ view: counts ? 'month' : 'day' }}>
          {counts ? 'See the month day by day' : 'See the day hour by hour'}
        </Link>
      </p>
    </Panel>
  );
}

function latestWords({ latest }: MyNow, { zone }: MyPoint): string {
  if (latest === null) return '';
  const when = format.dayAndClock(latest.end, zone);
  if (latest.intervalS === 0)
    return `the meter stood at ${format.quantity(latest.usage, latest.unit)} on ${when}`;
  const mean =
    latest.unit === 'kWh' && latest.intervalS < 86_400
      ? `, ${format.quantity((Number(latest.usage) * 3_600) / latest.intervalS, 'kW')} on average`
      : '';
  return `${format.quantity(latest.usage, latest.unit)} until ${when}${mean}`;
}

function State({ now }: { readonly now: MyNow }) {
  const { my, point } = usePoint();
  if (point.until !== null && hasEnded(point, my.now))
    return (
      <Notice title="This agreement has ended">
        It still shows what it was until {format.day(point.until, 'full')}.
      </Notice>
    );
  if (now.ageS === null)
    return (
      <Notice tone="warn" title="No readings yet">
        <p>Your meter has not reported yet. Your utility looks after it; there is nothing you need to do.</p>
      </Notice>
    );
  if (!now.ok)
    return (
      <Notice tone="warn" title={`No reading for ${format.age(now.ageS)}`}>
        <p>Your meter is late. Your utility asks it again; until then your use may be estimated.</p>
      </Notice>
    );
  return (
    <Notice tone="good" title={point.prepay ? 'Your meter is fine' : 'Everything is fine'}>
      <p>Your meter last reported {format.age(now.ageS)} ago.</p>
    </Notice>
  );
}

function ToDate({ point }: { readonly point: MyPoint }) {
  const query = useQuery(toDateQuery(point.id));
  if (query.error) return <ErrorBox error={query.error} what="work out your bill so far" />;
  return (
    <Ready query={query} what="your bill so far">
      {(bill) => (
        <Panel
          title={point.prepay ? 'This cycle, taken from your credit' : 'Your next bill'}
          note={format.span(bill.cycleFrom, bill.cycleTo)}
        >
          {bill.toDate === null ? (
            <p className="muted">
              {bill.holds.some(({ code }) => code !== 'NOT_READY')
                ? 'It cannot be worked out yet: your utility has to complete your tariff or your meter.'
                : 'There are no readings of this month yet.'}
            </p>
          ) : (
            <Projection bill={bill} />
          )}
        </Panel>
      )}
    </Ready>
  );
}

function Projection({ bill }: { readonly bill: BillToDate }) {
  const { toDate, projection, before, currency, unit } = bill;
  return (
    <>
      <div className="figures">
        <Figure
          name="So far"
          value={format.money(toDate?.total, currency)}
          note={format.quantity(toDate?.usage, unit ?? '')}
        />
        {projection && (
          <Figure
            name="Likely at the end"
            value={format.money(projection.total, currency)}
            note={rangeWords(projection, currency)}
          />
        )}
      </div>
      <RangeBar {...{ toDate, projection }} />
      {before && projection && before.currency === currency && (
        <p className="muted">
          The last bill was {format.money(before.total, currency)}: this one looks to be{' '}
          {format.comparison(Number(before.total), Number(projection.total)) ?? 'the first to compare with'}.
        </p>
      )}
      {toDate && toDate.estimatedShare > 0 && (
        <p className="muted">Some of the readings so far are estimated and may still be corrected.</p>
      )}
    </>
  );
}

function rangeWords(
  { low, high, coverage }: NonNullable<BillToDate['projection']>,
  currency: string | null,
): string {
  const cases = Math.round(coverage * 10);
  return `${format.money(low, currency)} to ${format.money(high, currency)} in ${cases} of 10 cases`;
}

function LastBill({ point }: { readonly point: MyPoint }) {
  const query = useQuery(billsQuery(point.id));
  return (
    <Ready query={query} what="your bills">
      {({ items: [last] }) =>
        last === undefined ? (
          <Panel title="Your last bill">
            <p className="muted">There is no bill yet.</p>
          </Panel>
        ) : (
          <Panel title="Your last bill" note={format.span(last.cycleFrom, last.cycleTo)}>
            <div className="figures">
              <Figure
                name="Total"
                value={format.money(last.total, last.currency)}
                note={changeWords(last.before, last.total)}
              />
            </div>
            <p>
              <Link className="button" to="/bills/$billId" params={{ billId: String(last.id) }}>
                {questionOf(last.before, last.total)}
              </Link>
            </p>
          </Panel>
        )
      }
    </Ready>
  );
}

function changeWords(before: string | null, total: string | null): string | undefined {
  if (before === null || total === null) return undefined;
  return format.compared(Number(before), Number(total), 'the one before');
}

function questionOf(before: string | null, total: string | null): string {
  const change = before === null || total === null ? 0 : Number(total) - Number(before);
  return change > 0 ? 'Why is it higher?' : change < 0 ? 'Why is it lower?' : 'Look at it line by line';
}
