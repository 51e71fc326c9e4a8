/** What pages ask for: nothing but what is the customer's own. */
import { get } from '@openami/console/api.ts';
import type {
  BillDetail,
  BillLineExplanation,
  BillList,
  BillToDate,
  Me,
  My,
  MyAlerts,
  MyBillWhy,
  MyNow,
  MyPrepay,
  MyUsage,
  TariffComparison,
} from '@openami/server/contract';
import { queryOptions } from '@tanstack/react-query';
import type { Range } from './lib/usage-view.ts';

const minuteMs = 60_000;

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => get<Me>('/api/v1/me', {}, signal),
  staleTime: 5 * minuteMs,
  retry: false,
});

export const myQuery = queryOptions({
  queryKey: ['my'],
  queryFn: ({ signal }) => get<My>('/api/v1/my', {}, signal),
  refetchInterval: 5 * minuteMs,
});

export const nowQuery = (point: number) =>
  queryOptions({
    queryKey: ['my', 'now', point],
    queryFn: ({ signal }) => get<MyNow>(`/api/v1/my/points/${point}/now`, {}, signal),
    refetchInterval: minuteMs,
  });

export const prepayQuery = (point: number) =>
  queryOptions({
    queryKey: ['my', 'prepay', point],
    queryFn: ({ signal }) => get<MyPrepay>(`/api/v1/my/points/${point}/prepay`, {}, signal),
    refetchInterval: minuteMs / 4,
  });

export const toDateQuery = (point: number) =>
  queryOptions({
    queryKey: ['my', 'to-date', point],
    queryFn: ({ signal }) => get<BillToDate>(`/api/v1/my/points/${point}/bill-to-date`, {}, signal),
    staleTime: minuteMs,
    retry: false,
  });

export const usageQuery = (point: number, { by, from, to }: Range) =>
  queryOptions({
    queryKey: ['my', 'usage', point, by, from, to],
    queryFn: ({ signal }) => get<MyUsage>(`/api/v1/my/points/${point}/usage`, { by, from, to }, signal),
    staleTime: minuteMs,
  });

export const tariffsQuery = (point: number) =>
  queryOptions({
    queryKey: ['my', 'tariffs', point],
    queryFn: ({ signal }) => get<TariffComparison>(`/api/v1/my/points/${point}/tariffs`, {}, signal),
    staleTime: 10 * minuteMs,
  });

export const billsQuery = (point: number) =>
  queryOptions({
    queryKey: ['my', 'bills', point],
    queryFn: ({ signal }) => get<BillList>('/api/v1/my/bills', { point, limit: 36 }, signal),
  });

export const billQuery = (id: number) =>
  queryOptions({
    queryKey: ['my', 'bill', id],
    queryFn: ({ signal }) => get<BillDetail>(`/api/v1/my/bills/${id}`, {}, signal),
  });

export const whyQuery = (id: number) =>
  queryOptions({
    queryKey: ['my', 'why', id],
    queryFn: ({ signal }) => get<MyBillWhy>(`/api/v1/my/bills/${id}/why`, {}, signal),
  });

export const lineQuery = (bill: number, line: number) =>
  queryOptions({
    queryKey: ['my', 'line', bill, line],
    queryFn: ({ signal }) =>
      get<BillLineExplanation>(`/api/v1/my/bills/${bill}/lines/${line}/explain`, { limit: 1 }, signal),
  });

export const alertsQuery = queryOptions({
  queryKey: ['my', 'alerts'],
  queryFn: ({ signal }) => get<MyAlerts>('/api/v1/my/alerts', {}, signal),
});
