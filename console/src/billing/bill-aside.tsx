/** What a bill is of and how it was made: place, tariff, readings, determinants. */
import type { BillDetail, BillDeterminants } from '@openami/server/contract';
import { Link } from '@tanstack/react-router';
import { formatCount, formatDateTimeZone, formatShare } from '../lib/format.ts';
import { formatDecimal } from '../lib/money.ts';
import { useSiteClock } from '../site.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Time } from '../ui/time.tsx';
import { TariffLink } from './tariffs-page.tsx';

export function BillAside({ bill }: { readonly bill: BillDetail }) {
  const { zone } = useSiteClock();
  return (
    <aside className="meter-aside" aria-label="About this bill">
      <Panel title="About it">
        <dl className="facts">
          <dt>Customer</dt>
          <dd>{bill.customer}</dd>
          <dt>Account</dt>
          <dd>{bill.account}</dd>
          <dt>Agreement</dt>
          <dd>{bill.agreement}</dd>
          <dt>Usage point</dt>
          <dd>
            <Link to="/meters" search={{ q: bill.usagePoint }}>
              {bill.usagePoint}
            </Link>
          </dd>
          <dt>Tariff</dt>
          <dd>{bill.tariff ? <TariffLink code={bill.tariff} /> : 'none'}</dd>
          <dt>Period</dt>
          <dd>
            {formatDateTimeZone(Date.parse(bill.from), zone)} to
            <br />
            {formatDateTimeZone(Date.parse(bill.to), zone)}
          </dd>
          {bill.readingRevision > 0 && (
            <>
              <dt>Readings</dt>
              <dd>
                as known <Time at={new Date(bill.readingRevision * 1_000).toISOString()} seconds />
              </dd>
            </>
          )}
          <dt>Run</dt>
          <dd>
            <Link to="/bill-runs/$runId" params={{ runId: String(bill.runId) }}>
              {bill.runId}
            </Link>
          </dd>
          {bill.issuedAt && (
            <>
              <dt>Issued</dt>
              <dd>
                <Time at={bill.issuedAt} />
              </dd>
            </>
          )}
        </dl>
      </Panel>
      {bill.determinants.map((each) => (
        <DeterminantsPanel key={`${each.tariff} ${each.tariffVersion} ${each.from}`} determinants={each} />
      ))}
    </aside>
  );
}

/** Each name once: a schedule that is the whole day has no period of its own. */
function nameOf({ schedule, period }: { readonly schedule: string; readonly period: string }): string {
  if (!schedule && !period) return 'All hours';
  return [schedule, period].filter(Boolean).join(', ');
}

function DeterminantsPanel({ determinants: of }: { readonly determinants: BillDeterminants }) {
  return (
    <Panel title="Determinants" note={of.tariffVersion ? `version ${of.tariffVersion}` : undefined}>
      <dl className="facts">
        <dt>Days</dt>
        <dd>{formatCount(of.days)}</dd>
        <dt>{of.source === 'intervals' ? 'Intervals' : 'Registers'}</dt>
        <dd>
          {formatCount(of.present)} of {formatCount(of.expected)}
          {of.estimated > 0 && `, ${formatCount(of.estimated)} estimated`}
          {of.present < of.expected && (
            <> ({formatShare((of.expected - of.present) / of.expected)} missing)</>
          )}
        </dd>
        {of.energy.map((each) => (
          <div key={nameOf(each)} style={{ display: 'contents' }}>
            <dt>{nameOf(each)}</dt>
            <dd>
              {formatDecimal(each.import, of.unit)}
              {Number(each.export) !== 0 && `, fed in ${formatDecimal(each.export, of.unit)}`}
            </dd>
          </div>
        ))}
        {of.demand.map((each) => (
          <div key={`${nameOf(each)} ${each.windowMinutes}`} style={{ display: 'contents' }}>
            <dt>Peak, {nameOf(each).toLowerCase()}</dt>
            <dd>
              {formatDecimal(each.value, each.unit)} in {each.windowMinutes} min
              {each.at && (
                <>
                  , <Time at={each.at} />
                </>
              )}{' '}
              {each.estimated && <Badge tone="warn">estimated</Badge>}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
