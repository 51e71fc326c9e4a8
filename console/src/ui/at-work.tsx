/** Work that the server does for long: how far it is, and why it stopped. */
import { formatShare } from '../lib/format.ts';
import { Panel } from './panel.tsx';
import { Notice } from './states.tsx';

export function AtWork(props: {
  readonly words: string;
  /** Name of the bar. */
  readonly label: string;
  /** 0 to 1. */
  readonly progress: number;
}) {
  return (
    <Panel title="At work" note={props.words}>
      <progress className="run-progress" aria-label={props.label} max={1} value={props.progress} />
      <p className="sr-only" role="status">
        {formatShare(props.progress, 0)} done
      </p>
    </Panel>
  );
}

export function Stopped(props: {
  readonly title: string;
  readonly error: { readonly detail: string; readonly hint: string; readonly code: string };
  /** What becomes of what was done. */
  readonly kept: string;
}) {
  const { detail, hint, code } = props.error;
  return (
    <Notice tone="bad" title={props.title}>
      <p>{detail}</p>
      <p className="muted">
        {hint} {props.kept}
      </p>
      <code className="muted">{code}</code>
    </Notice>
  );
}
