/** A box that scrolls: named, and reachable by keyboard, so that what is cut off needs no mouse. */
import type { CSSProperties, ReactNode } from 'react';

export function ScrollBox(props: {
  readonly label: string;
  readonly className?: string;
  readonly style?: CSSProperties;
  readonly children: ReactNode;
}) {
  return (
    <section
      className={`table-scroll ${props.className ?? ''}`}
      style={props.style}
      aria-label={`${props.label}, table`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
      tabIndex={0}
    >
      {props.children}
    </section>
  );
}
