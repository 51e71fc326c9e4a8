/** What the pages of radio ask for. */
import type * as Api from '@openami/server/contract';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get } from '../api.ts';

export interface HeardSearch {
  readonly q?: string | undefined;
  readonly state?: string | undefined;
  readonly registered?: string | undefined;
}

/** Meters that are heard, who was heard last first. */
export const heardQuery = ({ q, state, registered }: HeardSearch) =>
  queryOptions({
    queryKey: ['heard', q ?? '', state ?? '', registered ?? ''],
    queryFn: ({ signal }) =>
      get<Api.HeardList>('/api/v1/radio/heard', { q, state, registered, limit: 500 }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });
