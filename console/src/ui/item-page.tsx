/** What the pages of one thing share: the way back, and what is shown until the thing is there. */
import { Children, Fragment, type ReactNode } from 'react';
import type { IconName } from './icon.tsx';
import { Empty, type Query, Ready } from './states.tsx';

/** Links from the top down, then the name of what is open. */
export function Breadcrumb(props: { readonly here: ReactNode; readonly children: ReactNode }) {
  return (
    <nav className="breadcrumb" aria-label="Breadcrumb">
      {Children.toArray(props.children).map((link, place) => (
        <Fragment key={place}>
          {link} <span aria-hidden="true">/</span>{' '}
        </Fragment>
      ))}
      <span>{props.here}</span>
    </nav>
  );
}

/** A word where the address names none, an error, a wait, or the thing. */
export function ItemPage<T>(props: {
  /** The address can be one of these. */
  readonly good: boolean;
  readonly icon: IconName;
  /** With its article: `an order`. */
  readonly thing: string;
  /** Where there is one, and how to get it there. */
  readonly list: ReactNode;
  readonly how?: string;
  readonly query: Query<T>;
  readonly children: (thing: T) => ReactNode;
}) {
  const { thing, how = 'Choose one' } = props;
  if (!props.good) {
    return (
      <Empty icon={props.icon} title={`This is not the address of ${thing}`}>
        {how} from {props.list}.
      </Empty>
    );
  }
  return (
    <Ready query={props.query} what={thing.replace(/^an? /, 'the ')}>
      {props.children}
    </Ready>
  );
}
