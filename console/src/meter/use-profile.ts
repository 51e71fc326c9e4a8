/** Readings of a window, fetched in fixed blocks so that panning reuses what is there. */
import type { StreamReading } from '@openami/server/contract';
import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { joinProfiles, type Profile } from '../lib/decimate.ts';
import { blocks, type Window } from '../lib/window.ts';
import { useLiveHandlers } from '../live.ts';
import { profileQuery } from '../queries.ts';

export interface ProfileState {
  readonly profile: Profile;
  readonly loading: boolean;
  readonly error: unknown;
  readonly retry: () => void;
}

/** Readings of one channel that cover `window`; undefined fetches nothing. */
export function useProfile(channelId: number, intervalS: number, window: Window | undefined): ProfileState {
  const wanted = window ? blocks(window) : [];
  const answers = useQueries({
    queries: wanted.map((b) => profileQuery(channelId, b.from, b.to)),
    combine: useCallback(
      (results: { data: Profile | undefined; error: unknown; refetch: () => unknown }[]) => ({
        data: results.map((r) => r.data),
        loading: results.some((r) => r.data === undefined && !r.error),
        error: results.find((r) => r.error)?.error,
        retry: () => {
          for (const r of results) if (r.error) void r.refetch();
        },
      }),
      [],
    ),
  });
  const { data } = answers;
  const profile = useMemo(
    () =>
      joinProfiles(
        data.filter((d) => d !== undefined),
        intervalS,
      ),
    [data, intervalS],
  );
  return { profile, loading: answers.loading, error: answers.error, retry: answers.retry };
}

const refreshPauseMs = 2000;

/** Fetches the newest block again when the live stream brings a reading of the channel. */
export function useLiveProfile(channelId: number): void {
  const client = useQueryClient();
  useLiveHandlers(
    useMemo(() => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      return {
        reading: (reading: StreamReading) => {
          if (reading.channel !== channelId || timer) return;
          timer = setTimeout(() => {
            timer = undefined;
            const [block] = blocks({ from: reading.end - 1, to: reading.end });
            if (block) {
              void client.invalidateQueries({ queryKey: ['profile', channelId, block.from, block.to] });
            }
          }, refreshPauseMs);
        },
      };
    }, [client, channelId]),
  );
}
