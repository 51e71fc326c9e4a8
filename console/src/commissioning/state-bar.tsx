/** How many meters stand where: a bar of shares, and under it the states as buttons that filter the list. */
import type { CommissioningSummary } from '@openami/server/contract';
import { formatCount, formatCounted } from '../lib/format.ts';
import { ShapeMark } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ago } from '../ui/time.tsx';
import { type State, stateLooks, stateNames } from './states.ts';

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
      <div className="share-bar" aria-hidden="true">
        {stateNames.map((name) => {
          const count = countOf.get(name)?.count ?? 0;
          const { colour } = stateLooks[name];
          return (
            count > 0 && (
              <span key={name} style={{ flex: count, minWidth: 3, background: `var(${colour})` }} />
            )
          );
        })}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out inline everywhere */}
      <div className="state-filters" role="group" aria-label="Filter by state">
        {stateNames.map((name) => {
          const { word, colour, shape, meaning } = stateLooks[name];
          return (
            <button
              key={name}
              type="button"
              className="state-filter"
              title={meaning}
              aria-pressed={state === name}
              onClick={() => props.onState(state === name ? undefined : name)}
            >
              <ShapeMark shape={shape} colour={colour} />
              <span>{word}</span>
              <strong>{formatCount(countOf.get(name)?.count ?? 0)}</strong>
            </button>
          );
        })}
        <button
          type="button"
          className="state-filter"
          title="Longer than the demands allow"
          aria-pressed={isLate}
          onClick={() => props.onLate(!isLate)}
        >
          <ShapeMark shape="triangle" colour="--q-estimated" />
          <span>Waits too long</span>
          <strong>{formatCount(late)}</strong>
        </button>
      </div>
    </Panel>
  );
}
