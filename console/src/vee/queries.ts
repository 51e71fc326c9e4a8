/**
 * What the pages of validation ask the server for. All keys begin with `vee`: a decision may change any of
 * them.
 */
import type * as Api from '@openami/server/contract';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get, type Params } from '../api.ts';
import { chunks } from '../lib/work-list.ts';
import { pagedQuery } from '../queries.ts';

const v1 = '/api/v1/vee';
const refreshMs = 30_000;
/** Ids that fit into one address. */
const idsAtOnce = 500;

export const workQuery = queryOptions({
  queryKey: ['vee', 'work'],
  queryFn: ({ signal }) => get<Api.ExceptionGroups>(`${v1}/work`, {}, signal),
  refetchInterval: refreshMs,
});

/** Exceptions by their ids, whatever became of them. */
export const exceptionsOfQuery = (key: string, ids: readonly number[]) =>
  queryOptions({
    queryKey: ['vee', 'exceptions-of', key, ids],
    queryFn: async ({ signal }) => {
      const pages = await Promise.all(
        chunks(ids, idsAtOnce).map((some) =>
          get<Api.Page<Api.ExceptionItem>>(
            `${v1}/exceptions`,
            { ids: some.join(','), limit: idsAtOnce },
            signal,
          ),
        ),
      );
      return pages.flatMap(({ items }) => items);
    },
  });

export const exceptionsQuery = (filter: Params) =>
  pagedQuery<Api.Page<Api.ExceptionItem>>(['vee', 'exceptions'], `${v1}/exceptions`, {
    ...{ ...filter, limit: 100 },
  });

export const dayQuery = (channelId: number, day: string) =>
  queryOptions({
    queryKey: ['vee', 'day', channelId, day],
    queryFn: ({ signal }) => get<Api.VeeDay>(`${v1}/days/${channelId}/${day}`, {}, signal),
    staleTime: 30_000,
  });

export const editsQuery = (filter: Params, limit = 50) =>
  pagedQuery<Api.Page<Api.EditItem>>(['vee', 'edits'], `${v1}/edits`, { ...filter, limit });

/** Open exceptions, for the badge in the navigation. */
export const openCountQuery = queryOptions({
  queryKey: ['vee', 'open-count'],
  queryFn: async ({ signal }) =>
    (await get<Api.Page<unknown>>(`${v1}/exceptions`, { state: 'open', limit: 1 }, signal)).total,
  refetchInterval: 60_000,
});

export const kpisQuery = (params: Params) =>
  queryOptions({
    queryKey: ['vee', 'kpis', params],
    queryFn: ({ signal }) => get<Api.KpiAnswer>(`${v1}/kpis`, params, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });

export const stateQuery = queryOptions({
  queryKey: ['vee', 'state'],
  queryFn: ({ signal }) => get<Api.VeeStateItem>(`${v1}/state`, {}, signal),
  refetchInterval: 5_000,
});

export const suspensionsQuery = queryOptions({
  queryKey: ['vee', 'suspensions'],
  queryFn: ({ signal }) => get<Api.SuspensionItem[]>(`${v1}/suspensions`, {}, signal),
  refetchInterval: 15_000,
});

export const readinessQuery = (from: string, to: string) =>
  pagedQuery<Api.ReadinessAnswer>(['vee', 'readiness'], `${v1}/readiness`, { from, to, limit: 200 });

export const rulesQuery = queryOptions({
  queryKey: ['vee', 'rules'],
  queryFn: ({ signal }) => get<Api.RuleItem[]>(`${v1}/rules`, {}, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const ruleSetsQuery = queryOptions({
  queryKey: ['vee', 'rule-sets'],
  queryFn: ({ signal }) => get<Api.RuleSetList>(`${v1}/rule-sets`, {}, signal),
});

export const virtualChannelsQuery = queryOptions({
  queryKey: ['vee', 'virtual-channels'],
  queryFn: ({ signal }) => get<Api.VirtualChannelItem[]>(`${v1}/virtual-channels`, {}, signal),
});

export const channelChecksQuery = queryOptions({
  queryKey: ['vee', 'checks'],
  queryFn: ({ signal }) => get<Api.ChannelCheckItem[]>(`${v1}/checks`, {}, signal),
});

export const channelGroupsQuery = queryOptions({
  queryKey: ['vee', 'groups'],
  queryFn: ({ signal }) => get<Api.ChannelGroupItem[]>(`${v1}/groups`, {}, signal),
});
