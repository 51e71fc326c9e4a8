/** What the pages of devices ask for. */
import type * as Api from '@openami/server/contract';
import { queryOptions } from '@tanstack/react-query';
import { get, getItems } from '../api.ts';
import { pagedQuery } from '../queries.ts';

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
  pagedQuery<Api.Page<Api.CredentialItem>>(['credentials'], `${v1}/credentials`, { q, limit: pageSize });

/** Certificates, of one device or all, the newest first. */
export const certificatesQuery = (username: string | undefined) =>
  pagedQuery<Api.Page<Api.CertificateItem>>(['certificates', 'all'], `${v1}/certificates`, {
    ...{ username, limit: pageSize },
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
