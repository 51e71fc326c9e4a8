/** What the page of commissioning asks for. */
import type * as Api from '@openami/server/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { get } from '../api.ts';
import { pagedQuery } from '../queries.ts';

const url = '/api/v1/commissioning';
const refreshMs = 10_000;

export interface CommissioningSearch {
  readonly q?: string | undefined;
  readonly state?: string | undefined;
  readonly late?: string | undefined;
  readonly finding?: string | undefined;
}

/** Everything that tells where meters stand. */
export const commissioningKeys = ['commissioning', 'commissioning-summary'];

export const summaryQuery = queryOptions({
  queryKey: ['commissioning-summary'],
  queryFn: ({ signal }) => get<Api.CommissioningSummary>(`${url}/summary`, {}, signal),
  refetchInterval: refreshMs,
});

export const metersQuery = ({ q, state, late, finding }: CommissioningSearch) =>
  infiniteQueryOptions({
    ...pagedQuery<Api.CommissioningList>(['commissioning'], url, { q, state, late, finding, limit: 100 }),
    refetchInterval: refreshMs,
  });

export const jobsQuery = queryOptions({
  queryKey: ['bulk-jobs'],
  queryFn: ({ signal }) => get<Api.BulkJobList>(`${url}/jobs`, { limit: 20 }, signal),
});

/** Who is heard by radio, needs no key and is nobody’s yet. */
export const openRadioQuery = queryOptions({
  queryKey: ['heard', '', 'plain', 'false'],
  queryFn: ({ signal }) =>
    get<Api.HeardList>('/api/v1/radio/heard', { state: 'plain', registered: false, limit: 500 }, signal),
});

export const openDevicesQuery = queryOptions({
  queryKey: ['lorawan', 'devices', 'open'],
  queryFn: ({ signal }) =>
    get<Api.LorawanDeviceList>('/api/v1/lorawan/devices', { registered: false, limit: 500 }, signal),
});
