/** Which reading of a channel is shown with all its revisions: the address names it, and links lead to it. */
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { idOf } from '../lib/search-params.ts';
import { IconButton } from '../ui/button.tsx';
import type { VirtualColumn } from '../ui/virtual-table.tsx';

const route = getRouteApi('/meters/$meterId');

export interface ChosenReading {
  /** End of the reading, epoch seconds; 0 for none. */
  readonly end: number;
  readonly choose: (end: number | undefined) => void;
}

/** The reading of a channel that the address names. */
export function useChosenReading(channelId: number): ChosenReading {
  const { channel, reading } = route.useSearch();
  const navigate = route.useNavigate();
  return {
    end: channel === String(channelId) ? idOf(reading ?? '') : 0,
    choose: (end) =>
      void navigate({
        search: (old) => ({ ...old, channel: String(channelId), reading: end ? String(end) : undefined }),
        ...{ replace: true, resetScroll: false },
      }),
  };
}

/** Column of a table of readings with a button a row that shows the revisions. `endOf` and `nameOf` a row. */
export function revisionsColumn(
  { end, choose }: ChosenReading,
  endOf: (row: number) => number,
  nameOf: (row: number) => string,
): VirtualColumn {
  return {
    ...{ header: 'Revisions', width: 90 },
    cell: (row) => {
      const chosen = endOf(row) === end;
      return (
        <IconButton
          icon={chosen ? 'down' : 'right'}
          label={`Revisions of ${nameOf(row)}`}
          aria-expanded={chosen}
          onClick={() => choose(chosen ? undefined : endOf(row))}
        />
      );
    },
  };
}

/**
 * Brings what is shown of a reading into sight, once more when it has `grown`. Chosen in a table, it has the
 * focus, too, and gives it back when it is closed.
 */
export function useInSight(end: number, grown: boolean): React.RefObject<HTMLElement | null> {
  const shown = useRef<HTMLElement>(null);
  const opener = useRef<HTMLElement>(null);
  useEffect(() => {
    // nothing is handed back: some browsers make it a promise
    void shown.current?.scrollIntoView({ block: 'nearest' });
  }, [end, grown]);
  useEffect(() => {
    const from = document.activeElement;
    if (!(from instanceof HTMLElement) || from.getAttribute('aria-expanded') !== 'true') return;
    opener.current = from;
    shown.current?.focus({ preventScroll: true });
  }, [end]);
  useEffect(() => () => opener.current?.focus(), []);
  return shown;
}
