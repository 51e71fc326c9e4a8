/** The foot of a list that comes in pages: how much is shown, and a button for more. */
import { formatCount } from '../lib/format.ts';
import { Button } from './button.tsx';

export function MoreRows(props: {
  readonly query: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => Promise<unknown>;
  };
  readonly shown: number;
  readonly total: number;
}) {
  const { query, shown, total } = props;
  return (
    <div className="grid-foot">
      <span role="status">
        {formatCount(shown)} of {formatCount(total)}
      </span>
      {query.hasNextPage && (
        <Button busy={query.isFetchingNextPage && 'Loading …'} onClick={() => void query.fetchNextPage()}>
          Show more
        </Button>
      )}
    </div>
  );
}
