/** What a bill is of and how it was made: place, tariff, readings, determinants. */
import type { BillDetail, BillDeterminants } from '@openami/server/contract';
import { Link } from '@tanstack/react-router';
import { formatCount, formatDateTimeZone, formatShare } from '../lib/format.ts';
import { formatDecimal } from '../lib/money.ts';
import { useSiteClock } from '../site.tsx';
import { type Fact, Facts } from '../ui/facts.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Time } from '../ui/time.tsx';
import { AccountPanel } from './account-panel.tsx';
import { AsKnown, TariffLink } from './words.tsx';

export function BillAside({ bill }: { readonly bill: BillDetail }) {
  const { zone } = useSiteClock();
  return (
    <aside className="meter-aside" aria-label="About this bill">
      <Panel title="About it">
        <Facts facts={factsOf(bill, zone)} />
      </Panel>
      <AccountPanel bill={bill} />
      {bill.determinants.map((each) => (
        <DeterminantsPanel key={`${each.tariff} ${each.tariffVersion} ${each.from}`} determinants={each} />
      ))}
    </aside>
  );
}

function factsOf(bill: BillDetail, zone: string): readonly Fact[] {
  return [
    ['Customer', bill.customer],
    ['Account', bill.account],
    ['Agreement', bill.agreement],
    [
      'Usage point',
      <Link key="point" to="/meters" search={{ q: bill.usagePoint }}>
        {bill.usagePoint}
      </Link>,
    ],
    ['Tariff', bill.tariff ? <TariffLink code={bill.tariff} /> : 'none'],
    [
      'Period',
      <>
        {formatDateTimeZone(Date.parse(bill.from), zone)} to
        <br />
        {formatDateTimeZone(Date.parse(bill.to), zone)}
      </>,
    ],
    ['Readings', bill.readingRevision > 0 && <AsKnown second={bill.readingRevision} />],
    [
      'Run',
      <Link key="run" to="/bill-runs/$runId" params={{ runId: String(bill.runId) }}>
        {bill.runId}
      </Link>,
    ],
    ['Issued', bill.issuedAt && <Time at={bill.issuedAt} />],
  ];
}

/** Each name once: a schedule that is the whole day has no period of its own. */
function nameOf({ schedule, period }: { readonly schedule: string; readonly period: string }): string {
  if (!schedule && !period) return 'All hours';
  return [schedule, period].filter(Boolean).join(', ');
}

function DeterminantsPanel({ determinants: of }: { readonly determinants: BillDeterminants }) {
  const missing = of.expected - of.present;
  const facts: readonly Fact[] = [
    ['Days', formatCount(of.days)],
    [
      of.source === 'intervals' ? 'Intervals' : 'Registers',
      [
        `${formatCount(of.present)} of ${formatCount(of.expected)}`,
        of.estimated > 0 && `, ${formatCount(of.estimated)} estimated`,
        missing > 0 && ` (${formatShare(missing / of.expected)} missing)`,
      ],
    ],
    ...of.energy.map((each): Fact => {
      const fedIn = Number(each.export) !== 0 && `, fed in ${formatDecimal(each.export, of.unit)}`;
      return [nameOf(each), [formatDecimal(each.import, of.unit), fedIn]];
    }),
    ...of.demand.map(
      (each): Fact => [`Peak, ${nameOf(each).toLowerCase()}`, <Demand key="peak" of={each} />],
    ),
    ...inputFacts(of),
  ];
  return (
    <Panel title="Determinants" note={of.tariffVersion ? `version ${of.tariffVersion}` : undefined}>
      <Facts facts={facts} />
    </Panel>
  );
}

/** What it was made of besides readings. */
function inputFacts({ unit, prices, events, gas, budget }: BillDeterminants): Fact[] {
  const facts: Fact[] = prices.map(({ series, revision, average }) => [
    `Prices ${series}`,
    `upload ${revision}${average === null ? '' : `, ${formatDecimal(average)} on average`}`,
  ]);
  for (const { event, from, energy, baseline } of events) {
    const used = energy !== null && baseline !== null;
    facts.push([
      `Event ${event}`,
      <>
        <Time at={from} />
        {used && `: ${formatDecimal(energy, unit)} where ${formatDecimal(baseline, unit)} are usual`}
      </>,
    ]);
  }
  if (gas !== null)
    facts.push(
      ['Volume', formatDecimal(gas.volume, 'm³')],
      ['Correction factor', gas.correction],
      ['Calorific value', formatDecimal(gas.calorific, 'MJ/m³')],
    );
  if (budget !== null)
    facts.push(
      ['Budget indoors', formatDecimal(budget.indoor, 'm³')],
      ['Budget in all', formatDecimal(budget.total, 'm³')],
    );
  return facts;
}

function Demand({ of }: { readonly of: BillDeterminants['demand'][number] }) {
  return (
    <>
      {formatDecimal(of.value, of.unit)} in {of.windowMinutes} min
      {of.at && (
        <>
          , <Time at={of.at} />
        </>
      )}{' '}
      {of.estimated && <Badge tone="warn">estimated</Badge>}
    </>
  );
}
