/** Lists that come in pages: what is here of them, how much that is, and a button for more. */
import type { ReactNode } from 'react';
import { formatCount } from '../lib/format.ts';
import { Button } from './button.tsx';
import { Ready } from './states.tsx';

interface Growing {
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => Promise<unknown>;
}

interface Pages<T> extends Growing {
  readonly data:
    | { readonly pages: readonly { readonly items: readonly T[]; readonly total: number }[] }
    | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

export function Paged<T>(props: {
  readonly query: Pages<T>;
  readonly what: string;
  readonly children: (rows: readonly T[]) => ReactNode;
}) {
  const { query } = props;
  return (
    <Ready query={query} what={props.what}>
      {({ pages }) => {
        const rows = pages.flatMap(({ items }) => items);
        return (
          <>
            {props.children(rows)}
            {rows.length > 0 && (
              <div className="grid-foot">
                <span role="status">
                  {formatCount(rows.length)} of {formatCount(pages[0]!.total)}
                </span>
                {query.hasNextPage && <MoreButton query={query}>Show more</MoreButton>}
              </div>
            )}
          </>
        );
      }}
    </Ready>
  );
}

/** The foot of a list whose length is not known: nothing where all is here. */
export function MoreFoot(props: { readonly query: Growing; readonly children: string }) {
  return (
    props.query.hasNextPage && (
      <div className="grid-foot">
        <MoreButton {...props} />
      </div>
    )
  );
}

function MoreButton({ query, children }: { readonly query: Growing; readonly children: string }) {
  return (
    <Button busy={query.isFetchingNextPage && 'Loading …'} onClick={() => void query.fetchNextPage()}>
      {children}
    </Button>
  );
}
