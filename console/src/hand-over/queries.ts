/** What the pages of hand-over ask the server for. */
import type * as Api from '@openami/server/contract';
import { queryOptions } from '@tanstack/react-query';
import { get, getItems } from '../api.ts';
import { pagedQuery } from '../queries.ts';

const v1 = '/api/v1';
export const refreshMs = 10_000;

export const handOverKeys = ['hand-over'];

export const webhooksQuery = queryOptions({
  queryKey: ['hand-over', 'webhooks'],
  queryFn: ({ signal }) => getItems<Api.WebhookItem>(`${v1}/webhooks`, {}, signal),
  refetchInterval: refreshMs,
});

export const deliveriesQuery = (state: string) =>
  pagedQuery<Api.DeliveryList>(['hand-over', 'deliveries'], `${v1}/webhook-deliveries`, {
    ...{ state, limit: 20 },
  });

export const batchesQuery = pagedQuery<Api.BatchList>(['hand-over', 'batches'], `${v1}/hand-over/batches`, {
  limit: 20,
});

export const refusedQuery = pagedQuery<Api.HandedBillList>(
  ['hand-over', 'refused'],
  `${v1}/hand-over/bills`,
  { state: 'refused', limit: 50 },
);

export const handOverSettingsQuery = queryOptions({
  queryKey: ['hand-over', 'settings'],
  queryFn: ({ signal }) => get<Api.HandOverSettings>(`${v1}/hand-over/settings`, {}, signal),
});
