/** Severity and state of exceptions, by shape, colour and word. */
import { formatWord } from '../lib/format.ts';
import { Badge, ShapeMark } from '../ui/marks.tsx';
import type { Tone } from '../ui/states.tsx';

const severities = {
  info: { shape: 'disc', colour: '--q-raw', word: 'notice' },
  suspect: { shape: 'diamond', colour: '--q-estimated', word: 'suspect' },
  fail: { shape: 'triangle', colour: '--q-questionable', word: 'failed' },
} as const;

export function SeverityMark(props: { readonly severity: keyof typeof severities; readonly text: string }) {
  const look = severities[props.severity];
  return (
    <span className="mark">
      <ShapeMark shape={look.shape} colour={look.colour} />
      <span className="sr-only">{look.word}: </span>
      {props.text}
    </span>
  );
}

const tones: Readonly<Record<string, Tone>> = {
  open: 'warn',
  pending: 'warn',
  applied: 'good',
  accepted: 'good',
  estimated: 'accent',
  edited: 'accent',
  refused: 'bad',
};

export function StateBadge({ state }: { readonly state: string }) {
  return <Badge tone={tones[state]}>{formatWord(state)}</Badge>;
}
