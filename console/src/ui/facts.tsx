/** What is known of a thing, name by name. */
import type { ReactNode } from 'react';

export type Fact = readonly [name: string, value: ReactNode];

/** Names without a value are left out. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== null && value !== undefined && value !== false && value !== '')
        .map(([name, value], place) => (
          <div key={place} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
