/** Some figures side by side, each below its name. */
import type { CSSProperties } from 'react';
import { formatCount } from '../lib/format.ts';

export function Counts(props: {
  /** Numbers are counts; a text is shown as it is. */
  readonly counts: readonly (readonly [name: string, count: number | string, meaning?: string])[];
  readonly style?: CSSProperties;
}) {
  return (
    <dl className="counts" style={props.style}>
      {props.counts.map(([name, count, meaning]) => (
        <div key={name} title={meaning}>
          <dt>{name}</dt>
          <dd className={/\s/.test(String(count)) ? undefined : 'nowrap'}>
            {typeof count === 'number' ? formatCount(count) : count}
          </dd>
        </div>
      ))}
    </dl>
  );
}
