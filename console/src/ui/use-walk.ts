/**
 * A chart that one walks on with arrow keys or the pointer: to assistive technology a slider whose value is a
 * sentence. The same sentence stands below the chart.
 */
import { type HTMLAttributes, type KeyboardEvent, useState } from 'react';

export function useWalk(given: {
  readonly title: string;
  readonly kind: string;
  /** How many places there are to stand on. */
  readonly count: number;
  readonly sentence: (place: number) => string;
  /** Said while one stands nowhere. */
  readonly rest: string;
  readonly onEnter?: (place: number) => void;
}): {
  /** -1 for nowhere. */
  readonly active: number;
  readonly setActive: (place: number) => void;
  readonly words: string;
  readonly slider: HTMLAttributes<HTMLDivElement>;
} {
  const { count } = given;
  const [walked, setActive] = useState(-1);
  const active = walked < count ? walked : -1;
  const last = count - 1;
  const words = active < 0 ? given.rest : given.sentence(active);
  const onKeyDown = (e: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowLeft: Math.max(0, active - 1),
      ArrowRight: Math.min(last, active + 1),
      Home: 0,
      End: last,
    };
    const next = moves[e.key];
    if (next !== undefined) {
      e.preventDefault();
      setActive(next);
    } else if (e.key === 'Enter' && active >= 0) given.onEnter?.(active);
  };
  const slider: HTMLAttributes<HTMLDivElement> = {
    role: 'slider',
    tabIndex: 0,
    'aria-label': given.title,
    'aria-roledescription': given.kind,
    'aria-valuemin': 0,
    'aria-valuemax': Math.max(0, last),
    'aria-valuenow': Math.max(0, active),
    'aria-valuetext': words,
    onKeyDown,
    onFocus: () => active < 0 && setActive(last),
    onBlur: () => setActive(-1),
    onPointerLeave: () => setActive(-1),
  };
  return { active, setActive, words, slider };
}
