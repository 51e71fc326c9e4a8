/** What the pages of disputes share: states and outcomes as badges, links. */
import type { DisputeItem } from '@openami/server/contract';
import { Link } from '@tanstack/react-router';
import { dueWords, outcomeWords } from '../lib/dispute-words.ts';
import { formatWord } from '../lib/format.ts';
import { useSiteNow } from '../site.tsx';
import { Badge } from '../ui/marks.tsx';
import type { Tone } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';

const tones: Readonly<Record<DisputeItem['state'], Tone>> = {
  open: 'warn',
  looking: 'accent',
  answered: 'good',
  closed: 'neutral',
};

export function DisputeState({ dispute }: { readonly dispute: Pick<DisputeItem, 'state' | 'outcome'> }) {
  const { state, outcome } = dispute;
  return (
    <>
      <Badge tone={tones[state]}>{formatWord(state)}</Badge>{' '}
      {outcome && <Badge>{outcomeWords[outcome]}</Badge>}
    </>
  );
}

export function DisputeLink({ id, children }: { readonly id: number; readonly children?: string }) {
  return (
    <Link to="/disputes/$disputeId" params={{ disputeId: String(id) }}>
      {children ?? `Dispute ${id}`}
    </Link>
  );
}

/** By when it is to be answered, and how long that is. */
export function Due({ dispute }: { readonly dispute: DisputeItem }) {
  const words = dueWords(dispute, useSiteNow());
  return (
    <>
      <Time at={dispute.dueAt} show="date" />{' '}
      {words &&
        (dispute.late ? <Badge tone="bad">{words}</Badge> : <span className="muted small">{words}</span>)}
    </>
  );
}
