/** Marks whose shape says the same as their colour: states of meters, severities, quality of readings. */

import type { ReactNode } from 'react';
import { formatWord } from '../lib/format.ts';
import { qualityLook } from '../lib/quality.ts';
import type { Tone } from './states.tsx';

type Shape = 'disc' | 'ring' | 'square' | 'diamond' | 'triangle' | 'cross' | 'dash';

const shapes: Record<Shape, string> = {
  disc: 'M6 1.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9z',
  ring: 'M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1zm0 2a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  square: 'M2 2h8v8H2z',
  diamond: 'M6 .8L11.2 6 6 11.2.8 6z',
  triangle: 'M6 1.2l5.2 9.3H.8z',
  cross: 'M2.4 1.2L6 4.8l3.6-3.6 1.2 1.2L7.2 6l3.6 3.6-1.2 1.2L6 7.2l-3.6 3.6-1.2-1.2L4.8 6 1.2 2.4z',
  dash: 'M1.5 4.8h9v2.4h-9z',
};

/** SVG path of a shape on a 12 x 12 grid; the map draws the same. */
export function shapePath(shape: Shape): string {
  return shapes[shape];
}

export function ShapeMark(props: { readonly shape: Shape; readonly colour: string; readonly size?: number }) {
  const size = props.size ?? 11;
  return (
    <svg width={size} height={size} viewBox="0 0 12 12" aria-hidden="true" focusable="false">
      <path d={shapes[props.shape]} fill={`var(${props.colour})`} fillRule="evenodd" />
    </svg>
  );
}

interface Look {
  readonly shape: Shape;
  readonly colour: string;
  readonly label?: string;
}

const stateLooks: Record<string, Look> = {
  active: { shape: 'disc', colour: '--q-valid' },
  installed: { shape: 'ring', colour: '--q-raw' },
  in_stock: { shape: 'square', colour: '--q-projected' },
  disconnected: { shape: 'diamond', colour: '--q-estimated' },
  removed: { shape: 'dash', colour: '--q-missing' },
  retired: { shape: 'cross', colour: '--q-missing' },
};

const statusLooks: Record<string, Look> = {
  current: { shape: 'disc', colour: '--q-valid', label: 'Heard today' },
  late: { shape: 'diamond', colour: '--q-estimated', label: 'Late, within 2 days' },
  silent: { shape: 'triangle', colour: '--q-questionable', label: 'Silent, over 2 days' },
  never: { shape: 'ring', colour: '--q-projected', label: 'Never heard' },
};

const severityLooks: Record<string, Look> = {
  info: { shape: 'disc', colour: '--q-raw' },
  warning: { shape: 'diamond', colour: '--q-estimated' },
  critical: { shape: 'triangle', colour: '--q-questionable' },
};

const fallback: Look = { shape: 'square', colour: '--q-projected' };

/** How a meter's state is drawn; the map uses the same. */
export function stateLook(state: string): Look {
  return stateLooks[state] ?? fallback;
}

function Mark({ look, text }: { readonly look: Look; readonly text: string }) {
  return (
    <span className="mark">
      <ShapeMark shape={look.shape} colour={look.colour} />
      {text}
    </span>
  );
}

export function StateMark({ state }: { readonly state: string }) {
  return <Mark look={stateLook(state)} text={formatWord(state)} />;
}

export function readStatusLabel(status: string): string {
  return statusLooks[status]?.label ?? formatWord(status);
}

/** Only the shape, with its word for screen readers. */
export function SeverityDot({ severity }: { readonly severity: string }) {
  const look = severityLooks[severity] ?? fallback;
  return (
    <>
      <ShapeMark shape={look.shape} colour={look.colour} />
      <span className="sr-only">{formatWord(severity)}: </span>
    </>
  );
}

const qualityShapes: Record<string, Shape> = {
  raw: 'disc',
  valid: 'disc',
  verified: 'ring',
  derived: 'square',
  projected: 'dash',
  estimated: 'diamond',
  edited: 'square',
  questionable: 'triangle',
  missing: 'cross',
};

export function QualityMark({ code }: { readonly code: number }) {
  const look = qualityLook(code);
  return <Mark look={{ shape: qualityShapes[look.state]!, colour: look.colour }} text={look.label} />;
}

export function Badge(props: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <span className="badge" data-tone={props.tone}>
      {props.children}
    </span>
  );
}
