/** What the pages of commands share: states as badges, names of kinds, names of people. */
import type { CommandKindItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { presentStates } from '../lib/command-words.ts';
import { formatCount, formatWord } from '../lib/format.ts';
import { commandKindsQuery } from '../queries.ts';
import { useSession } from '../shell/session.tsx';
import { Badge } from '../ui/marks.tsx';
import type { Tone } from '../ui/states.tsx';

const tones: Readonly<Record<string, Tone>> = {
  awaiting_approval: 'warn',
  running: 'accent',
  confirmed: 'good',
  failed: 'bad',
  expired: 'warn',
};

const phases: Readonly<Record<string, string>> = {
  baseline: 'reading before',
  ready: 'about to leave',
  sending: 'sending',
  'read-back': 'reading back',
};

export function CommandState(props: { readonly state: string; readonly phase?: string | null }) {
  const phase = props.phase ? `: ${phases[props.phase] ?? props.phase}` : '';
  return (
    <Badge tone={tones[props.state]}>
      {formatWord(props.state)}
      {phase}
    </Badge>
  );
}

/** How the commands of an order stand. */
export function OrderState(props: {
  readonly meters: number;
  readonly counts: Readonly<Record<string, number>>;
}) {
  const present = presentStates(props.counts);
  return (
    <span className="row" style={{ gap: '0.25rem' }}>
      {present.map(([state, count]) => (
        <Badge key={state} tone={tones[state]}>
          {formatWord(state)}
          {props.meters > 1 && ` ${formatCount(count)}`}
        </Badge>
      ))}
    </span>
  );
}

/** The kinds there are, by name; empty until they came. */
export function useKinds(): ReadonlyMap<string, CommandKindItem> {
  const { data = [] } = useQuery(commandKindsQuery);
  return new Map(data.map((kind) => [kind.name, kind]));
}

/** Gives what to call somebody by id and name. */
export function usePeople(): (id: string, name: string) => string {
  const { user } = useSession();
  return (id, name) => (id === user?.id ? 'you' : name || 'somebody who is gone');
}
