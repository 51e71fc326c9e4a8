/** What the pages of "what if" ask the server for. */
import type * as Api from '@openami/server/contract';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { get, type Params, send } from '../api.ts';
import { pagedQuery } from '../queries.ts';

const v1 = '/api/v1';
/** While one is at work, for when the live stream is silent. */
const movingMs = 2_000;

export const impactKeys = ['tariff-impacts'];

/** It waits for its turn, or is worked out. */
export const isMoving = ({ state }: Pick<Api.TariffImpactItem, 'state'>) =>
  state === 'draft' || state === 'calculating';

export const impactsQuery = infiniteQueryOptions({
  ...pagedQuery<Api.Page<Api.TariffImpactItem>>(impactKeys, `${v1}/tariff-impacts`, { limit: 50 }),
  refetchInterval: ({ state }) =>
    state.data?.pages.some(({ items }) => items.some(isMoving)) ? movingMs : false,
});

export const impactQuery = (id: number) =>
  queryOptions({
    queryKey: ['tariff-impacts', id],
    queryFn: ({ signal }) => get<Api.TariffImpactDetail>(`${v1}/tariff-impacts/${id}`, {}, signal),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? movingMs : false),
  });

/** Asked for again when `stamp` says that more is known. */
export const histogramQuery = (id: number, filter: Params, stamp: string) =>
  queryOptions({
    queryKey: ['tariff-impacts', id, 'histogram', filter, stamp],
    queryFn: ({ signal }) =>
      get<Api.ImpactHistogramItem>(`${v1}/tariff-impacts/${id}/histogram`, filter, signal),
  });

export const impactAgreementsQuery = (id: number, filter: Params, stamp: string) =>
  pagedQuery<Api.Page<Api.ImpactAgreementItem>>(
    ['tariff-impacts', String(id), 'agreements', stamp],
    `${v1}/tariff-impacts/${id}/agreements`,
    { ...filter, limit: 50 },
  );

/** Results are asked for again when this changes: ten times while it is at work, then once. */
export function stampOf({ state, progress, done }: Api.TariffImpactItem): string {
  return state === 'calculating' ? `${Math.floor(progress * 10)}` : `${state} ${done}`;
}

export const billToDateQuery = (agreement: string) =>
  queryOptions({
    queryKey: ['billing', 'bill-to-date', agreement],
    queryFn: ({ signal }) =>
      get<Api.BillToDate>(`${v1}/agreements/${encodeURIComponent(agreement)}/bill-to-date`, {}, signal),
    staleTime: 60_000,
  });

export const comparisonQuery = (agreement: string, body: Api.TariffComparisonBody) =>
  queryOptions({
    queryKey: ['billing', 'comparison', agreement, body],
    queryFn: ({ signal }) => {
      const path = `${v1}/agreements/${encodeURIComponent(agreement)}/tariff-comparison`;
      return send<Api.TariffComparison>('POST', path, { body, signal });
    },
    staleTime: 60_000,
    retry: false,
  });
