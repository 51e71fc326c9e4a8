/** What the pages of billing share: states as badges, links, totals against the time before. */
import type { BillItem, BillRunItem, TariffItem } from '@openami/server/contract';
import { Link } from '@tanstack/react-router';
import { cycleWords, holdWords } from '../lib/bill-words.ts';
import { formatWord, unitText } from '../lib/format.ts';
import { changeShare, formatChangeShare } from '../lib/money.ts';
import { CommodityIcon } from '../ui/icon.tsx';
import { Badge } from '../ui/marks.tsx';
import type { Tone } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';

const tones: Readonly<Record<string, Tone>> = {
  calculating: 'accent',
  issuing: 'accent',
  calculated: 'accent',
  approved: 'good',
  issued: 'good',
  held: 'warn',
  failed: 'bad',
};

/** In the order in which lists and counts name them. */
export const billStates = [
  'held',
  'calculated',
  'approved',
  'issued',
  'replaced',
  'cancelled',
  'dropped',
] as const;

export function BillState({ state }: { readonly state: BillItem['state'] | BillRunItem['state'] }) {
  return <Badge tone={tones[state]}>{formatWord(state)}</Badge>;
}

export function BillLink({ id, children }: { readonly id: number; readonly children?: string }) {
  return (
    <Link to="/bills/$billId" params={{ billId: String(id) }}>
      {children ?? `Bill ${id}`}
    </Link>
  );
}

export function TariffLink({ code }: { readonly code: string }) {
  return (
    <Link to="/tariffs/$code" params={{ code }}>
      {code}
    </Link>
  );
}

/** To what it costs so far, and would cost on other tariffs. */
export function AgreementLink({ code, impact }: { readonly code: string; readonly impact?: number }) {
  return (
    <Link to="/agreements/$code" params={{ code }} search={impact ? { impact: String(impact) } : {}}>
      {code}
    </Link>
  );
}

/** What a tariff is of, and in which money. */
export function TariffOf(props: { readonly tariff: Pick<TariffItem, 'commodity' | 'unit' | 'currency'> }) {
  const { commodity, unit, currency } = props.tariff;
  return (
    <span className="mark">
      <CommodityIcon commodity={commodity} />
      {formatWord(commodity)}, {currency} a {unitText(unit)}
    </span>
  );
}

export function RunLink({ run }: { readonly run: BillRunItem }) {
  return (
    <Link to="/bill-runs/$runId" params={{ runId: String(run.id) }}>
      {runTitle(run)}
    </Link>
  );
}

/** `March 2026`, `Rebill of March 2026`. */
export function runTitle(run: BillRunItem): string {
  const cycle = cycleWords(run.from, run.to);
  return `${run.kind === 'rebill' ? `Rebill of ${cycle}` : cycle}${run.cycle ? `, ${run.cycle}` : ''}`;
}

/** Of readings: the second of the revision that was billed. */
export function AsKnown({ second }: { readonly second: number }) {
  return (
    <>
      as known <Time at={new Date(second * 1_000).toISOString()} seconds />
    </>
  );
}

/** Why a bill is held, and what to do. */
export function Holds({ holds }: { readonly holds: BillItem['holds'] }) {
  return (
    <ul className="plain-list">
      {holds.map(({ code, message }) => (
        <li key={`${code} ${message}`}>
          <Badge tone="warn">{holdWords[code] ?? formatWord(code)}</Badge> {message}
        </li>
      ))}
    </ul>
  );
}

/** `+12.3 %` against the bill before. */
export function Change({ bill }: { readonly bill: Pick<BillItem, 'before' | 'total'> }) {
  return <span className="nowrap">{formatChangeShare(changeShare(bill.before, bill.total))}</span>;
}
