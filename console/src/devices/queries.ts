/** What the pages of devices ask for. */
import type * as Api from '@openami/server/contract';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get, getItems } from '../api.ts';

const v1 = '/api/v1';
const pageSize = 50;

export const mappingsQuery = queryOptions({
  queryKey: ['mappings'],
  queryFn: ({ signal }) => getItems<Api.MappingItem>(`${v1}/mappings`, {}, signal),
});

export const mappingQuery = (id: string) =>
  queryOptions({
    queryKey: ['mappings', id],
    queryFn: ({ signal }) => get<Api.MappingDetail>(`${v1}/mappings/${id}`, {}, signal),
  });

/** Credentials whose user name holds a text. */
export const credentialsQuery = (q: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['credentials', q ?? ''],
    queryFn: ({ pageParam, signal }) =>
      get<Api.Page<Api.CredentialItem>>(
        `${v1}/credentials`,
        { q, limit: pageSize, cursor: pageParam || undefined },
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
  });

/** Certificates, of one device or all, the newest first. */
export const certificatesQuery = (username: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['certificates', 'all', username ?? ''],
    queryFn: ({ pageParam, signal }) =>
      get<Api.Page<Api.CertificateItem>>(
        `${v1}/certificates`,
        { username, limit: pageSize, cursor: pageParam || undefined },
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
  });

/** So many days before its end, a certificate without a successor asks for attention. */
export const soonDays = 45;

export const endingQuery = queryOptions({
  queryKey: ['certificates', 'ending'],
  queryFn: ({ signal }) =>
    get<Api.Page<Api.CertificateItem>>(
      `${v1}/certificates`,
      { endingWithinDays: soonDays, limit: pageSize },
      signal,
    ),
});
