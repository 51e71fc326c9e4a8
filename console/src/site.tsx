/** The site's clock: its zone, and its present moment, which in a demonstration runs faster than ours. */
import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from 'react';
import { liveNow } from './live.ts';
import { overviewQuery } from './queries.ts';

export interface SiteClock {
  readonly zone: string;
  readonly speed: number;
  readonly simulated: boolean;
  /** False until the server said what time it is. */
  readonly known: boolean;
  /** Present moment of the site, epoch ms. */
  nowMs(): number;
}

const unknownClock: SiteClock = {
  zone: 'UTC',
  speed: 1,
  simulated: false,
  known: false,
  nowMs: () => Date.now(),
};

const SiteContext = createContext<SiteClock>(unknownClock);

/** Asks for the clock once for the whole page: a table has hundreds of times on it. */
export function SiteProvider({ children }: { readonly children: ReactNode }) {
  const { data, dataUpdatedAt } = useQuery(overviewQuery);
  const clock = data?.clock;
  const value = useMemo<SiteClock>(() => {
    if (!clock) return unknownClock;
    const { zone, speed, simulated } = clock;
    const nowMs = () => {
      const { latest, latestAtMs } = liveNow();
      const fromStream = latest !== undefined && latestAtMs >= dataUpdatedAt;
      const stampMs = Date.parse(fromStream ? latest.now : clock.now);
      const passedMs = Math.max(0, Date.now() - (fromStream ? latestAtMs : dataUpdatedAt));
      // Between two stamps the clock runs on by itself, but not without end when the stream is silent.
      return stampMs + Math.min(30_000, passedMs) * speed;
    };
    return { zone, speed, simulated, known: true, nowMs };
  }, [clock, dataUpdatedAt]);
  return <SiteContext value={value}>{children}</SiteContext>;
}

/** The clock, without ticking: the component is not rendered again as time passes. */
export function useSiteClock(): SiteClock {
  return useContext(SiteContext);
}

/** One timer a rate, however many components follow it. */
class Ticker {
  private readonly everyMs: number;
  private readonly watchers = new Set<() => void>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private ticks = 0;

  constructor(everyMs: number) {
    this.everyMs = everyMs;
  }

  readonly count = () => this.ticks;

  readonly watch = (watcher: () => void) => {
    this.watchers.add(watcher);
    this.timer ??= setInterval(() => {
      this.ticks++;
      for (const w of this.watchers) w();
    }, this.everyMs);
    return () => {
      this.watchers.delete(watcher);
      if (this.watchers.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  };
}

const tickers = { second: new Ticker(1000), relaxed: new Ticker(10_000) };

/** The site's present moment, epoch ms; renders again each second, or every ten. */
export function useSiteNow(rate: keyof typeof tickers = 'relaxed'): number {
  const clock = useSiteClock();
  useSyncExternalStore(tickers[rate].watch, tickers[rate].count);
  return clock.nowMs();
}
