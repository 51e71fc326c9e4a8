/** What the page of LoRaWAN devices asks for. */
import type * as Api from '@openami/server/contract';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get } from '../api.ts';

export interface LorawanSearch {
  readonly q?: string | undefined;
  readonly state?: string | undefined;
}

/** Devices that are heard, who was heard last first. */
export const lorawanQuery = ({ q, state }: LorawanSearch) =>
  queryOptions({
    queryKey: ['lorawan', 'devices', q ?? '', state ?? ''],
    queryFn: ({ signal }) =>
      get<Api.LorawanDeviceList>('/api/v1/lorawan/devices', { q, state, limit: 500 }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });

export const codecsQuery = queryOptions({
  queryKey: ['lorawan', 'codecs'],
  queryFn: ({ signal }) => get<Api.CodecList>('/api/v1/lorawan/codecs', {}, signal),
});
