/** What the pages of prepay ask the server for. */
import type * as Api from '@openami/server/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { get, type Params } from '../api.ts';
import { pagedQuery } from '../queries.ts';

export const prepayUrl = '/api/v1/prepay';
/** For when the live stream is silent. */
const refreshMs = 15_000;

/** Everything of prepay. */
export const prepayKeys = ['prepay'];

export const summaryQuery = queryOptions({
  queryKey: ['prepay', 'summary'],
  queryFn: ({ signal }) => get<Api.PrepaySummary>(`${prepayUrl}/summary`, {}, signal),
  refetchInterval: refreshMs,
});

const paged = <T extends { readonly next: string | null }>(path: string, filter: Params) =>
  infiniteQueryOptions({
    ...pagedQuery<T>(['prepay'], `${prepayUrl}${path}`, { ...filter, limit: 100 }),
    refetchInterval: refreshMs,
  });

export const customersQuery = (filter: Params) => paged<Api.PrepayCustomerList>('/agreements', filter);
export const paymentsQuery = (filter: Params) => paged<Api.PrepayPaymentList>('/payments', filter);
export const noticesQuery = (filter: Params) => paged<Api.PrepayNoticeList>('/notices', filter);
export const reversalsQuery = paged<Api.PrepayReversalList>('/reversals', {});

const pathOf = (agreement: string) => `/agreements/${encodeURIComponent(agreement)}`;
export const customerUrl = (agreement: string) => `${prepayUrl}${pathOf(agreement)}`;

export const customerQuery = (agreement: string) =>
  queryOptions({
    queryKey: ['prepay', 'customer', agreement],
    queryFn: ({ signal }) => get<Api.PrepayCustomer>(customerUrl(agreement), {}, signal),
    refetchInterval: refreshMs,
  });

export const ledgerQuery = (agreement: string) =>
  paged<Api.PrepayTransactionList>(`${pathOf(agreement)}/ledger`, {});

export const statementsQuery = (agreement: string) =>
  queryOptions({
    queryKey: ['prepay', 'statements', agreement],
    queryFn: ({ signal }) => get<Api.PrepayStatementList>(`${customerUrl(agreement)}/statements`, {}, signal),
  });

export const policiesQuery = queryOptions({
  queryKey: ['prepay', 'policies'],
  queryFn: ({ signal }) => get<Api.PrepayPolicyList>(`${prepayUrl}/policies`, {}, signal),
});
