/** The life of one command, step by step, with what the meter was found to have. */
import type { CommandItem, CommandOrderItem } from '@openami/server/contract';
import { type TimelineStep, timelineOf } from '../lib/command-timeline.ts';
import { findingsOf } from '../lib/command-words.ts';
import { Time } from '../ui/time.tsx';
import { useKinds, usePeople } from './words.tsx';

const markWords: Readonly<Record<TimelineStep['mark'], string>> = {
  done: 'done',
  now: 'now',
  ahead: 'still to come',
  good: 'done',
  bad: 'ended here',
};

export function CommandTimeline(props: { readonly command: CommandItem; readonly order: CommandOrderItem }) {
  const kind = useKinds().get(props.command.kind);
  if (!kind) return null;
  return (
    <ol className="timeline steps" aria-label={`Life of the command to ${props.command.serial}`}>
      {timelineOf(props.command, props.order, kind).map((step) => (
        <Step key={`${step.title} ${step.at ?? ''}`} step={step} />
      ))}
    </ol>
  );
}

function Step({ step }: { readonly step: TimelineStep }) {
  const nameOf = usePeople();
  return (
    <li data-mark={step.mark} aria-current={step.mark === 'now' ? 'step' : undefined}>
      <strong>{step.title}</strong> <span className="sr-only">({markWords[step.mark]})</span>{' '}
      {step.by && <span>by {nameOf(step.by.id, step.by.name)}</span>}
      {step.at && (
        <span className="muted small">
          {' '}
          <Time at={step.at} seconds />
        </span>
      )}
      {step.detail && <div>{step.detail}</div>}
      {step.code && <code className="muted">{step.code}</code>}
      {step.found && <Findings found={step.found} />}
    </li>
  );
}

/** What a meter was found to have. */
function Findings({ found }: { readonly found: Readonly<Record<string, unknown>> }) {
  return (
    <dl className="facts evidence">
      {findingsOf(found).map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
