/** What the pages of billing ask the server for. Issuing a run may change any of it. */
import type * as Api from '@openami/server/contract';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get, type Params, send } from '../api.ts';
import { isMoving } from '../lib/bill-words.ts';
import { isData } from '../lib/data.ts';
import { pagedQuery } from '../queries.ts';

const v1 = '/api/v1';
const refreshMs = 30_000;
/** While a run moves, for when the live stream is silent. */
const movingMs = 3_000;

export const billingKeys = ['billing', 'bill-runs'];
/** What the live stream tells of. */
export const runKeys = ['bill-runs'];

export const tariffsQuery = queryOptions({
  queryKey: ['billing', 'tariffs'],
  queryFn: ({ signal }) => get<Api.TariffItem[]>(`${v1}/tariffs`, {}, signal),
});

export const tariffQuery = (code: string) =>
  queryOptions({
    queryKey: ['billing', 'tariff', code],
    queryFn: ({ signal }) => get<Api.TariffDetail>(`${v1}/tariffs/${encodeURIComponent(code)}`, {}, signal),
  });

export const tariffVersionQuery = (code: string, number: number) =>
  queryOptions({
    queryKey: ['billing', 'tariff-version', code, number],
    queryFn: ({ signal }) =>
      get<Api.TariffVersionDetail>(
        `${v1}/tariffs/${encodeURIComponent(code)}/versions/${number}`,
        {},
        signal,
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What is wrong with a document that is being written, and its calendar. */
export const tariffCheckQuery = (document: unknown) =>
  queryOptions({
    queryKey: ['billing', 'tariff-check', document],
    queryFn: ({ signal }) =>
      send<Api.TariffCheck>('POST', `${v1}/tariffs/check`, { body: { document }, signal }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });

/** The tariff of a record of the rate database; `text` is what it was read from. */
export const tariffImportQuery = (text: string, record: unknown, index: number) =>
  queryOptions({
    queryKey: ['billing', 'tariff-import', text, index],
    queryFn: ({ signal }) =>
      send<Api.TariffImport>('POST', `${v1}/tariffs/import`, {
        body: record,
        signal,
        ...(isData(record) && Array.isArray(record.items) && { params: { index } }),
      }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });

export const testBillQuery = (body: Api.TestBillBody) =>
  queryOptions({
    queryKey: ['billing', 'test-bill', body],
    queryFn: ({ signal }) => send<Api.TestBill>('POST', `${v1}/test-bills`, { body, signal }),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    retry: false,
  });

export const agreementTariffsQuery = (filter: Params) =>
  pagedQuery<Api.Page<Api.AgreementTariffItem>>(['billing', 'agreement-tariffs'], `${v1}/agreement-tariffs`, {
    ...{ ...filter, limit: 50 },
  });

export const cyclesQuery = queryOptions({
  queryKey: ['billing', 'cycles'],
  queryFn: ({ signal }) => get<Api.BillCycleItem[]>(`${v1}/bill-cycles`, {}, signal),
});

export const runsQuery = infiniteQueryOptions({
  ...pagedQuery<Api.Page<Api.BillRunItem>>(['bill-runs'], `${v1}/bill-runs`, { limit: 50 }),
  refetchInterval: ({ state }) =>
    state.data?.pages.some(({ items }) => items.some(isMoving)) ? movingMs : refreshMs,
});

export const runQuery = (id: number) =>
  queryOptions({
    queryKey: ['bill-runs', id],
    queryFn: ({ signal }) => get<Api.BillRunItem>(`${v1}/bill-runs/${id}`, {}, signal),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? movingMs : refreshMs),
  });

/** Bills of a filter, the newest first; asked for again when `stamp` says that they changed. */
export const billsQuery = (filter: Params, limit = 100, stamp = '') =>
  pagedQuery<Api.Page<Api.BillItem>>(['billing', 'bills', stamp], `${v1}/bills`, { ...filter, limit });

/** How many issued bills have other readings now: `total`. */
export const changedBillsQuery = queryOptions({
  queryKey: ['billing', 'changed-bills'],
  queryFn: ({ signal }) => get<Api.Page<Api.BillItem>>(`${v1}/bills`, { changed: true, limit: 1 }, signal),
  refetchInterval: refreshMs,
});

export const billQuery = (id: number) =>
  queryOptions({
    queryKey: ['billing', 'bill', id],
    queryFn: ({ signal }) => get<Api.BillDetail>(`${v1}/bills/${id}`, {}, signal),
  });

/** A month of quarter hours fits into one page. */
const intervalsAtOnce = 3_000;

export const explainQuery = (bill: number, line: number) =>
  infiniteQueryOptions({
    queryKey: ['billing', 'explain', bill, line],
    queryFn: ({ pageParam, signal }) =>
      get<Api.BillLineExplanation>(
        `${v1}/bills/${bill}/lines/${line}/explain`,
        { limit: intervalsAtOnce, after: pageParam || undefined },
        signal,
      ),
    initialPageParam: 0,
    getNextPageParam: ({ next }) => next,
    staleTime: 60_000,
  });

/** The messages of a meter that were received in a second: the revision of what was read from them. */
export const framesInQuery = (meterId: number, second: number) =>
  queryOptions({
    queryKey: ['frames-in', meterId, second],
    queryFn: async ({ signal }) => {
      const before = new Date((second + 1) * 1_000).toISOString();
      const path = `${v1}/meters/${meterId}/frames`;
      const frames = await get<Api.FrameItem[]>(path, { before, limit: 50 }, signal);
      return frames.filter(({ receivedAt }) => Math.floor(Date.parse(receivedAt) / 1_000) === second);
    },
    staleTime: 60_000,
  });

export const seriesListQuery = queryOptions({
  queryKey: ['billing', 'series'],
  queryFn: ({ signal }) => get<Api.BillingSeriesItem[]>(`${v1}/billing-series`, {}, signal),
});

export const seriesQuery = (code: string) =>
  queryOptions({
    queryKey: ['billing', 'series', code],
    queryFn: ({ signal }) => get<Api.BillingSeriesDetail>(`${v1}/billing-series/${code}`, {}, signal),
  });

/** Values that overlap [fromS, toS), UTC seconds. */
export const seriesValuesQuery = (code: string, fromS: number, toS: number) =>
  queryOptions({
    queryKey: ['billing', 'series', code, 'values', fromS, toS],
    queryFn: ({ signal }) => {
      const [from, to] = [fromS, toS].map((atS) => new Date(atS * 1_000).toISOString());
      return get<Api.SeriesValueItem[]>(`${v1}/billing-series/${code}/values`, { from, to }, signal);
    },
  });

export const tariffEventsQuery = (tariff: string) =>
  queryOptions({
    queryKey: ['billing', 'events', tariff],
    queryFn: ({ signal }) =>
      get<Api.TariffEvents>(`${v1}/tariffs/${encodeURIComponent(tariff)}/events`, {}, signal),
    refetchInterval: refreshMs,
  });

export const attributesQuery = (usagePoint: string) =>
  queryOptions({
    queryKey: ['billing', 'attributes', usagePoint],
    queryFn: ({ signal }) =>
      get<Api.BillingAttributeItem[]>(
        `${v1}/usage-points/${encodeURIComponent(usagePoint)}/attributes`,
        {},
        signal,
      ),
    retry: false,
  });
