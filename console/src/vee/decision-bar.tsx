/**
 * What can be decided now, how far a decision is, and what could not be decided. Stays in sight while one
 * scrolls.
 */
import { formatCount } from '../lib/format.ts';
import { exceptionCount } from '../lib/work-list.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/states.tsx';
import { type BulkAction, forgetFailures, useDecisions } from './decisions.ts';

export function DecisionBar(props: {
  /** `3 days, 5 exceptions`. */
  readonly words: string;
  /** Exceptions the buttons are for. */
  readonly count: number;
  readonly onDecide: (action: BulkAction) => void;
  readonly onUndo: () => void;
  readonly onHelp: () => void;
  readonly mayWrite: boolean;
}) {
  const { batches } = useDecisions();
  const idle = props.count === 0;
  return (
    <div className="decision-bar">
      <Progress />
      <div className="row">
        <span className="grow">{props.words}</span>
        {props.mayWrite && (
          <>
            <KeyButton hint="a" disabled={idle} onClick={() => props.onDecide('accept')}>
              Accept …
            </KeyButton>
            <KeyButton hint="e" disabled={idle} onClick={() => props.onDecide('estimate')}>
              Estimate …
            </KeyButton>
            <KeyButton hint="r" disabled={idle} onClick={() => props.onDecide('reject')}>
              Reject …
            </KeyButton>
            <KeyButton hint="u" disabled={batches.length === 0} onClick={props.onUndo}>
              Undo …
            </KeyButton>
          </>
        )}
        <KeyButton hint="?" onClick={props.onHelp}>
          Keys
        </KeyButton>
      </div>
      <Failures />
    </div>
  );
}

function KeyButton(props: {
  readonly hint: string;
  readonly disabled?: boolean;
  readonly onClick: () => void;
  readonly children: string;
}) {
  return (
    <Button disabled={props.disabled} onClick={props.onClick} aria-keyshortcuts={props.hint}>
      {props.children}
      <span className="kbd" aria-hidden="true">
        {props.hint}
      </span>
    </Button>
  );
}

function Progress() {
  const { running } = useDecisions();
  if (!running) return null;
  return (
    <div className="progress" role="status">
      <progress aria-label={running.words} value={running.done} max={running.of} />
      <span>
        {running.words}: {formatCount(running.done)} of {formatCount(running.of)}
      </span>
    </div>
  );
}

function Failures() {
  const { failed } = useDecisions();
  if (failed.length === 0) return null;
  const reasons = new Map<string, number>();
  for (const { detail } of failed) reasons.set(detail, (reasons.get(detail) ?? 0) + 1);
  return (
    <Notice tone="warn" role="alert" title={`${exceptionCount(failed.length)} could not be decided`}>
      <ul className="plain-list">
        {[...reasons].slice(0, 8).map(([detail, count]) => (
          <li key={detail}>
            {detail}
            {count > 1 && ` (${formatCount(count)} times)`}
          </li>
        ))}
      </ul>
      <div>
        <Button onClick={forgetFailures}>Noted</Button>
      </div>
    </Notice>
  );
}
