/** What the pages ask the server for, each with its cache key and how long the answer stays fresh. */
import type * as Api from '@openami/server/contract';
import {
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  queryOptions,
} from '@tanstack/react-query';
import { get, getItems, type Params } from './api.ts';
import type { Profile } from './lib/decimate.ts';

const v1 = '/api/v1';
const refreshMs = 15_000;

/** What is under these keys is asked for anew. */
export async function refresh(client: QueryClient, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => client.invalidateQueries({ queryKey: [key] })));
}

/** A list that comes in pages, the next by the cursor that the one before ends with. */
export const pagedQuery = <T extends { readonly next: string | null }>(
  key: readonly string[],
  path: string,
  params: Params,
) =>
  infiniteQueryOptions({
    queryKey: [...key, path, params],
    queryFn: ({ pageParam, signal }) => get<T>(path, { ...params, cursor: pageParam || undefined }, signal),
    initialPageParam: '',
    getNextPageParam: ({ next }: T) => next,
    placeholderData: keepPreviousData,
  });

/** Everything that tells how commands stand. */
export const commandKeys = ['orders', 'order', 'commands'];

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => get<Api.Me>(`${v1}/me`, {}, signal),
  staleTime: 60_000,
  retry: false,
});

export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => get<Api.Overview>(`${v1}/overview`, {}, signal),
  refetchInterval: refreshMs,
});

export const readSuccessQuery = (days: number) =>
  queryOptions({
    queryKey: ['read-success', days],
    queryFn: ({ signal }) => get<Api.ReadSuccess>(`${v1}/read-success`, { days }, signal),
    refetchInterval: 60_000,
  });

export const mapQuery = queryOptions({
  queryKey: ['map'],
  queryFn: ({ signal }) => get<Api.MapData>(`${v1}/map`, {}, signal),
  staleTime: 60_000,
});

export const eventsQuery = (params: Params) =>
  queryOptions({
    queryKey: ['events', params],
    queryFn: ({ signal }) => getItems<Api.MeterEventItem>(`${v1}/events`, params, signal),
  });

export const metersQuery = (filter: Params, limit = 1000) =>
  infiniteQueryOptions({
    ...pagedQuery<Api.MeterList>(['meters'], `${v1}/meters`, { ...filter, limit }),
    placeholderData: undefined,
    staleTime: 30_000,
  });

export const meterQuery = (id: number) =>
  queryOptions({
    queryKey: ['meter', id],
    queryFn: ({ signal }) => get<Api.MeterDetail>(`${v1}/meters/${id}`, {}, signal),
    refetchInterval: 60_000,
  });

/**
 * Readings of one channel, ends in (fromS, toS]. They are kept as typed arrays, which the cache takes as they
 * are; lists of numbers it would compare one by one at every change.
 */
export const profileQuery = (channelId: number, fromS: number, toS: number) =>
  queryOptions({
    queryKey: ['profile', channelId, fromS, toS],
    queryFn: async ({ signal }): Promise<Profile> => {
      const span = { from: new Date(fromS * 1000).toISOString(), to: new Date(toS * 1000).toISOString() };
      const columns = await get<Api.Profile>(`${v1}/channels/${channelId}/profile`, span, signal);
      return {
        end: Float64Array.from(columns.end),
        value: Float64Array.from(columns.value),
        quality: Uint8Array.from(columns.quality),
        intervalS: columns.channel.intervalS,
      };
    },
    structuralSharing: false,
    staleTime: 60_000,
  });

/** Totals of each local day from `from`, or from the first with a reading, to `to`. */
export const dailyQuery = (channelId: number, to: string, from?: string) =>
  queryOptions({
    queryKey: ['daily', channelId, to, from],
    queryFn: ({ signal }) => get<Api.Daily>(`${v1}/channels/${channelId}/daily`, { from, to }, signal),
    staleTime: 60_000,
  });

export const revisionsQuery = (channelId: number, end: number) =>
  queryOptions({
    queryKey: ['revisions', channelId, end],
    queryFn: ({ signal }) =>
      getItems<Api.RevisionItem>(`${v1}/channels/${channelId}/revisions`, { end }, signal),
  });

export const framesQuery = (meterId: number) =>
  infiniteQueryOptions({
    queryKey: ['frames', meterId],
    queryFn: ({ pageParam, signal }) =>
      getItems<Api.FrameItem>(
        `${v1}/meters/${meterId}/frames`,
        { limit: 50, before: pageParam || undefined },
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: (page) => (page.length < 50 ? null : page[page.length - 1]!.receivedAt),
  });

export const auditQuery = (objectKind: string) =>
  infiniteQueryOptions({
    queryKey: ['audit', objectKind],
    queryFn: ({ pageParam, signal }) =>
      getItems<Api.AuditItem>(
        `${v1}/audit`,
        { limit: 100, before: pageParam || undefined, objectKind: objectKind || undefined },
        signal,
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.length < 100 ? null : page[page.length - 1]!.seq),
  });

export const meterEventsQuery = (meterId: number) =>
  queryOptions({
    queryKey: ['meter-events', meterId],
    queryFn: ({ signal }) =>
      getItems<Api.MeterEventItem>(`${v1}/meters/${meterId}/events`, { limit: 200 }, signal),
  });

export const searchQuery = (q: string) =>
  queryOptions({
    queryKey: ['search', q],
    queryFn: ({ signal }) => getItems<Api.SearchHit>(`${v1}/search`, { q, limit: 12 }, signal),
    staleTime: 30_000,
    enabled: q.length >= 2,
  });

export const importsQuery = queryOptions({
  queryKey: ['imports'],
  queryFn: ({ signal }) => getItems<Api.ImportJob>(`${v1}/imports`, { limit: 100 }, signal),
  refetchInterval: refreshMs,
});

export const importQuery = (id: number) =>
  queryOptions({
    queryKey: ['import', id],
    queryFn: ({ signal }) => get<Api.ImportJob>(`${v1}/imports/${id}`, {}, signal),
    refetchInterval: (query) => {
      const state = query.state.data?.state;
      return state === 'done' || state === 'failed' || state === 'cancelled' ? false : 1000;
    },
  });

/** Devices whose name has `q` in it, last heard first, in pages. */
export const unregisteredQuery = (q: string) =>
  infiniteQueryOptions({
    ...pagedQuery<Api.UnregisteredList>(['unregistered'], `${v1}/unregistered`, { limit: 500, q }),
    // A refresh asks for every page that is open.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > 1 ? false : 30_000),
  });

export const rejectionSummaryQuery = queryOptions({
  queryKey: ['rejection-summary'],
  queryFn: ({ signal }) => getItems<Api.RejectionSummaryItem>(`${v1}/rejections/summary`, {}, signal),
  refetchInterval: 30_000,
});

export const rejectionsQuery = (params: Params) =>
  infiniteQueryOptions({
    queryKey: ['rejections', params],
    queryFn: ({ pageParam, signal }) =>
      getItems<Api.RejectionItem>(
        `${v1}/rejections`,
        { ...params, limit: 100, before: pageParam || undefined },
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: (page) => (page.length < 100 ? null : page[page.length - 1]!.receivedAt),
  });

export const viewsQuery = queryOptions({
  queryKey: ['views'],
  queryFn: ({ signal }) => getItems<Api.SavedView>(`${v1}/views`, {}, signal),
  staleTime: 60_000,
});

/** What the seller says on bills. */
export const billWordsQuery = queryOptions({
  queryKey: ['bill-words'],
  queryFn: ({ signal }) => get<Api.BillDocumentSettingsItem>(`${v1}/bill-document-settings`, {}, signal),
});

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: ({ signal }) => getItems<Api.TokenItem>(`${v1}/tokens`, {}, signal),
});

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) => getItems<Api.UserItem>(`${v1}/users`, {}, signal),
});

/** Orders, the newest first. The live stream says when one changed; the pause is for when it is silent. */
export const ordersQuery = (state: string | undefined, limit = 50) =>
  infiniteQueryOptions({
    ...pagedQuery<Api.Page<Api.CommandOrderItem>>(['orders'], `${v1}/commands/orders`, { state, limit }),
    refetchInterval: 30_000,
  });

/** How many orders wait for a second person. */
export const awaitingQuery = queryOptions({
  queryKey: ['orders', 'awaiting-count'],
  queryFn: async ({ signal }) => {
    const params = { state: 'awaiting_approval', limit: 1 };
    return (await get<Api.Page<unknown>>(`${v1}/commands/orders`, params, signal)).total;
  },
  refetchInterval: 60_000,
});

export const orderQuery = (id: number) =>
  queryOptions({
    queryKey: ['order', id],
    queryFn: ({ signal }) => get<Api.CommandOrderItem>(`${v1}/commands/orders/${id}`, {}, signal),
    refetchInterval: 30_000,
  });

export const commandsQuery = (filter: { order?: number; meter?: number; state?: string }, limit = 50) =>
  infiniteQueryOptions({
    ...pagedQuery<Api.Page<Api.CommandItem>>(['commands'], `${v1}/commands`, { ...filter, limit }),
    refetchInterval: 30_000,
  });

export const commandKindsQuery = queryOptions({
  queryKey: ['command-kinds'],
  queryFn: ({ signal }) => get<Api.CommandKindItem[]>(`${v1}/commands/kinds`, {}, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const safetyQuery = queryOptions({
  queryKey: ['command-safety'],
  queryFn: ({ signal }) => get<Api.SafetyItem>(`${v1}/commands/safety`, {}, signal),
  refetchInterval: 30_000,
});

export const campaignsQuery = infiniteQueryOptions({
  ...pagedQuery<Api.Page<Api.CampaignItem>>(['campaigns'], `${v1}/campaigns`, { limit: 50 }),
  refetchInterval: 30_000,
});

export const campaignQuery = (id: number) =>
  queryOptions({
    queryKey: ['campaign', id],
    queryFn: ({ signal }) => get<Api.CampaignItem>(`${v1}/campaigns/${id}`, {}, signal),
    refetchInterval: 30_000,
  });

export const campaignMetersQuery = (id: number, state: string | undefined) =>
  pagedQuery<Api.Page<Api.CampaignMeterItem>>(['campaign-meters'], `${v1}/campaigns/${id}/meters`, {
    ...{ state, limit: 50 },
  });

export const imagesQuery = queryOptions({
  queryKey: ['images'],
  queryFn: ({ signal }) => get<Api.FirmwareItem[]>(`${v1}/campaigns/images`, {}, signal),
});

export const collectionQuery = queryOptions({
  queryKey: ['collection'],
  queryFn: ({ signal }) => get<Api.CollectionState>(`${v1}/collection`, {}, signal),
  refetchInterval: 3_000,
});

export const serviceLevelQuery = (days: number) =>
  queryOptions({
    queryKey: ['service-level', days],
    queryFn: ({ signal }) => get<Api.ServiceLevelItem[]>(`${v1}/collection/service-level`, { days }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });

export const plansQuery = queryOptions({
  queryKey: ['reading-plans'],
  queryFn: ({ signal }) => get<Api.PlanItem[]>(`${v1}/reading-plans`, {}, signal),
});

export const gapsQuery = (meterId: number) =>
  queryOptions({
    queryKey: ['gaps', meterId],
    queryFn: ({ signal }) => get<Api.GapList>(`${v1}/meters/${meterId}/gaps`, {}, signal),
    refetchInterval: 30_000,
  });

export const sessionsQuery = (meterId: number) =>
  queryOptions({
    queryKey: ['sessions', meterId],
    queryFn: ({ signal }) => get<Api.SessionItem[]>(`${v1}/meters/${meterId}/sessions`, {}, signal),
    refetchInterval: 5_000,
  });

export const sessionQuery = (meterId: number, id: number) =>
  queryOptions({
    queryKey: ['session', meterId, id],
    queryFn: ({ signal }) => get<Api.SessionDetail>(`${v1}/meters/${meterId}/sessions/${id}`, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const keySummaryQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: ({ signal }) => get<Api.KeySummaryItem[]>(`${v1}/keys`, {}, signal),
});

export const overdueKeysQuery = queryOptions({
  queryKey: ['keys', 'overdue'],
  queryFn: ({ signal }) => get<Api.KeyAgeList>(`${v1}/keys/overdue`, {}, signal),
});

export const keyImportsQuery = queryOptions({
  queryKey: ['keys', 'imports'],
  queryFn: ({ signal }) => get<Api.KeyImportItem[]>(`${v1}/keys/imports`, {}, signal),
});

export const rotationProgressQuery = queryOptions({
  queryKey: ['rotations', 'progress'],
  queryFn: ({ signal }) => get<Api.RotationProgress>(`${v1}/keys/rotations/progress`, {}, signal),
  refetchInterval: 5_000,
});

export const fleetRotationsQuery = (state: Api.RotationItem['state'] | '') =>
  queryOptions({
    queryKey: ['rotations', 'fleet', state],
    queryFn: ({ signal }) =>
      get<Api.RotationItem[]>(`${v1}/keys/rotations`, state === '' ? {} : { state }, signal),
    refetchInterval: 5_000,
  });

export const meterKeysQuery = (meterId: number) =>
  queryOptions({
    queryKey: ['meter-keys', meterId],
    queryFn: ({ signal }) => get<Api.MeterKeyItem[]>(`${v1}/meters/${meterId}/keys`, {}, signal),
  });

export const rotationsQuery = (meterId: number) =>
  queryOptions({
    queryKey: ['rotations', meterId],
    queryFn: ({ signal }) => get<Api.RotationItem[]>(`${v1}/meters/${meterId}/rotations`, {}, signal),
    refetchInterval: 5_000,
  });
