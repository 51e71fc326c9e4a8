/** What the pages of billing share: states as badges, links, totals against the time before. */
import type { BillItem, BillRunItem } from '@openami/server/contract';
import { Link } from '@tanstack/react-router';
import { cycleWords, holdWords } from '../lib/bill-words.ts';
import { formatWord } from '../lib/format.ts';
import { changeShare, formatChangeShare } from '../lib/money.ts';
import { Badge } from '../ui/marks.tsx';
import type { Tone } from '../ui/states.tsx';

const tones: Readonly<Record<string, Tone>> = {
  calculating: 'accent',
  issuing: 'accent',
  calculated: 'accent',
  approved: 'good',
  issued: 'good',
  held: 'warn',
  failed: 'bad',
};

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

export function RunLink({
  run,
}: {
  readonly run: Pick<BillRunItem, 'id' | 'kind' | 'cycle' | 'from' | 'to'>;
}) {
  return (
    <Link to="/bill-runs/$runId" params={{ runId: String(run.id) }}>
      {runTitle(run)}
    </Link>
  );
}

/** `March 2026`, `Rebill of March 2026`. */
export function runTitle(run: Pick<BillRunItem, 'kind' | 'cycle' | 'from' | 'to'>): string {
  const cycle = cycleWords(run.from, run.to);
  return `${run.kind === 'rebill' ? `Rebill of ${cycle}` : cycle}${run.cycle ? `, ${run.cycle}` : ''}`;
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
