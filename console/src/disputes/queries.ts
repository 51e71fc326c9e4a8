/** What the pages of disputes ask the server for. */
import type * as Api from '@openami/server/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { get, type Params } from '../api.ts';
import { pagedQuery } from '../queries.ts';

const v1 = '/api/v1';
const refreshMs = 30_000;

export const disputeKeys = ['disputes'];

export const disputesQuery = (filter: Params) =>
  infiniteQueryOptions({
    ...pagedQuery<Api.Page<Api.DisputeItem>>(['disputes'], `${v1}/disputes`, { ...filter, limit: 50 }),
    refetchInterval: refreshMs,
  });

export const disputeSummaryQuery = queryOptions({
  queryKey: ['disputes', 'summary'],
  queryFn: ({ signal }) => get<Api.DisputeSummary>(`${v1}/disputes/summary`, {}, signal),
  refetchInterval: refreshMs,
});

export const disputeQuery = (id: number) =>
  queryOptions({
    queryKey: ['disputes', id],
    queryFn: ({ signal }) => get<Api.DisputeDetail>(`${v1}/disputes/${id}`, {}, signal),
    refetchInterval: refreshMs,
  });
