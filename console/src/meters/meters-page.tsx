/** All meters: filtered and sorted by the server, loaded page by page as the table is scrolled. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { formatCount } from '../lib/format.ts';
import { type MeterSearch, meterFilter, nextSort } from '../lib/search-params.ts';
import { metersQuery } from '../queries.ts';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Empty, ErrorBox, Loading } from '../ui/states.tsx';
import { shownColumns } from './columns.tsx';
import { MeterFilters } from './meter-filters.tsx';
import { MeterTable } from './meter-table.tsx';
import { SavedViews } from './saved-views.tsx';

const route = getRouteApi('/meters');

export function MetersPage() {
  useTitle('Meters');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = meterFilter(search);
  const query = useInfiniteQuery({ ...metersQuery(filter), placeholderData: keepPreviousData });
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap((p) => p.items) ?? [], [data]);
  const total = data?.pages[0]?.total ?? 0;
  const shown = useMemo(() => shownColumns(search.columns), [search.columns]);
  const change = useCallback(
    (next: Partial<MeterSearch>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true }),
    [navigate],
  );
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const compact = search.density === 'compact';
  return (
    <>
      <PageHead
        title="Meters"
        note={
          data &&
          `${formatCount(total)} ${Object.keys(filter).some((k) => k !== 'sort') ? 'match' : 'in all'}`
        }
        actions={
          <>
            <SavedViews search={search} onOpen={(next) => void navigate({ search: next })} />
            <a className="button" href="/api/v1/registry/meters.csv" download="meters.csv">
              <Icon name="download" />
              All as CSV
            </a>
          </>
        }
      />
      <div className="panel fill">
        <MeterFilters search={search} shown={shown} onChange={change} />
        {query.error && (
          <ErrorBox error={query.error} what="load meters" onRetry={() => void query.refetch()} />
        )}
        {!data && !query.error && <Loading what="meters" />}
        {data && rows.length === 0 && (
          <NoMeters
            filtered={Object.keys(filter).length > 0}
            onClear={() => void navigate({ search: { columns: search.columns, density: search.density } })}
          />
        )}
        {rows.length > 0 && (
          <MeterTable
            // A new list begins at its top.
            key={JSON.stringify(filter)}
            rows={rows}
            total={total}
            shown={shown}
            sort={search.sort}
            compact={compact}
            busy={query.isPlaceholderData}
            onSort={(id) => change({ sort: nextSort(search.sort, id) })}
            onMore={more}
          />
        )}
        {data && (
          <div className="grid-foot">
            <span role="status">
              {formatCount(rows.length)} of {formatCount(total)} loaded{isFetchingNextPage && ' …'}
            </span>
            <span>
              <kbd>↑</kbd> <kbd>↓</kbd> <kbd>End</kbd> move, <kbd>Enter</kbd> opens, <kbd>/</kbd> searches
            </span>
          </div>
        )}
      </div>
    </>
  );
}

function NoMeters(props: { readonly filtered: boolean; readonly onClear: () => void }) {
  return props.filtered ? (
    <Empty
      icon="search"
      title="No meter matches these filters"
      actions={<Button onClick={props.onClear}>Clear filters</Button>}
    >
      Loosen one of them, or search for a part of the serial or the address.
    </Empty>
  ) : (
    <Empty icon="meters" title="No meters are registered">
      Import readings with “register unknown meters” switched on, upload a registry CSV, or adopt devices that
      were seen.
    </Empty>
  );
}
