/** How many meters stand where: a bar of shares, and under it the states as buttons that filter the list. */
import type { CommissioningSummary } from '@openami/server/contract';
import { formatCounted } from '../lib/format.ts';
import { Panel } from '../ui/panel.tsx';
import { StateFilter, StateFilters, type StateLook } from '../ui/state-filters.tsx';
import { Ago } from '../ui/time.tsx';
import { type State, stateLooks } from './states.ts';

const lateLook: Omit<StateLook, 'tone'> = {
  ...{ word: 'Waits too long', meaning: 'Longer than the demands allow' },
  ...{ shape: 'triangle', colour: '--q-estimated' },
};

export function StateBar(props: {
  readonly summary: CommissioningSummary;
  readonly state: string | undefined;
  readonly isLate: boolean;
  readonly onState: (state: State | undefined) => void;
  readonly onLate: (isLate: boolean) => void;
}) {
  const { summary, state, isLate } = props;
  const countOf = new Map(summary.states.map((one) => [one.state, one]));
  const total = summary.states.reduce((sum, { count }) => sum + count, 0);
  const late = summary.states.reduce((sum, one) => sum + one.late, 0);
  return (
    <Panel
      title="Where they stand"
      note={
        <>
          {formatCounted(total, 'meter')}
          {summary.lookedAt && (
            <>
              , looked at <Ago at={summary.lookedAt} />
            </>
          )}
        </>
      }
    >
      <StateFilters
        looks={stateLooks}
        countOf={(name) => countOf.get(name)?.count ?? 0}
        state={state}
        onState={props.onState}
      >
        <StateFilter look={lateLook} count={late} pressed={isLate} onClick={() => props.onLate(!isLate)} />
      </StateFilters>
    </Panel>
  );
}
