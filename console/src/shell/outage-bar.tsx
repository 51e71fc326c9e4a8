/** Says that the server does not answer, since when what is shown is old, and that it is tried again. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { formatClock } from '../lib/format.ts';
import { liveNow, retryLive, useLive } from '../live.ts';
import { useSiteClock } from '../site.tsx';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';

/** A stream that is cut and comes back within this time needs no words. */
const patienceMs = 2500;

export function OutageBar() {
  const waiting = useLive((s) => s.status) === 'waiting';
  const lost = useLasting(waiting, patienceMs);
  const { zone } = useSiteClock();
  const client = useQueryClient();
  const before = useRef(false);
  // After an outage everything on the page is asked for anew.
  useEffect(() => {
    if (before.current && !waiting && liveNow().status === 'live') void client.invalidateQueries();
    if (waiting || liveNow().status === 'live') before.current = waiting;
  }, [waiting, client]);
  const { latest } = liveNow();
  return (
    <div role="status">
      {lost && (
        <div className="outage">
          <Icon name="warning" />
          <span className="grow">
            <strong>The server does not answer.</strong>{' '}
            {latest && `What you see is of ${formatClock(Date.parse(latest.now), zone)}. `}
            It is tried again by itself.
          </span>
          <Button onClick={retryLive}>Try now</Button>
        </div>
      )}
    </div>
  );
}

/** True once `now` has been true for `ms`. */
function useLasting(now: boolean, ms: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!now) return setLasting(false);
    const timer = setTimeout(() => setLasting(true), ms);
    return () => clearTimeout(timer);
  }, [now, ms]);
  return lasting;
}
