/**
 * The live stream, one connection for the whole page: the browser allows only six connections a host.
 * It reconnects with growing pauses, and says so. A page that shows one meter asks for that meter's
 * readings on the same connection.
 */
import type {
  StreamBillRun,
  StreamBulk,
  StreamCampaign,
  StreamCommand,
  StreamCommandOrder,
  StreamDispute,
  StreamImport,
  StreamMeterEvent,
  StreamOverview,
  StreamPrepay,
  StreamReading,
  StreamTariffImpact,
} from '@openami/server/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { refresh } from './queries.ts';

type LiveStatus = 'connecting' | 'live' | 'waiting';

export interface LiveState {
  readonly status: LiveStatus;
  readonly latest: StreamOverview | undefined;
  /** Browser time at which `latest` came, ms. */
  readonly latestAtMs: number;
  /** Readings per second of the last two minutes, oldest first. */
  readonly rates: readonly number[];
  readonly events: readonly StreamMeterEvent[];
}

export interface LiveHandlers {
  readonly import?: (data: StreamImport) => void;
  readonly reading?: (data: StreamReading) => void;
  readonly 'meter-event'?: (data: StreamMeterEvent) => void;
  readonly command?: (data: StreamCommand) => void;
  readonly 'command-order'?: (data: StreamCommandOrder) => void;
  readonly campaign?: (data: StreamCampaign) => void;
  readonly 'bill-run'?: (data: StreamBillRun) => void;
  readonly dispute?: (data: StreamDispute) => void;
  readonly 'tariff-impact'?: (data: StreamTariffImpact) => void;
  readonly bulk?: (data: StreamBulk) => void;
  readonly prepay?: (data: StreamPrepay) => void;
}

const rateLimit = 120;
const eventLimit = 100;
const firstPauseMs = 1000;
const lastPauseMs = 10_000;
/** The server speaks each second; silence this long means a dead connection. */
const silenceMs = 15_000;

let state: LiveState = { status: 'connecting', latest: undefined, latestAtMs: 0, rates: [], events: [] };
const watchers = new Set<() => void>();
const handlers = new Set<LiveHandlers>();
let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let pauseMs = firstPauseMs;
let meter: number | undefined;

function change(next: Partial<LiveState>): void {
  state = { ...state, ...next };
  for (const watcher of watchers) watcher();
}

/** Opens the stream if it is not open. Call it once somebody is signed in. */
export function startLive(): void {
  if (!source && !timer) connect();
}

/** Tries again at once instead of at the end of the pause. */
export function retryLive(): void {
  if (state.status === 'live') return;
  pauseMs = firstPauseMs;
  connect();
}

/** Closes the stream and forgets what it showed. */
export function stopLive(): void {
  close();
  change({ status: 'connecting', latest: undefined, rates: [], events: [] });
}

function close(): void {
  source?.close();
  source = undefined;
  clearTimeout(timer);
  timer = undefined;
}

function connect(): void {
  close();
  source = new EventSource(meter === undefined ? '/api/v1/stream' : `/api/v1/stream?meter=${meter}`);
  const on = <T>(name: string, take: (data: T) => void) =>
    source?.addEventListener(name, (message) => {
      alive();
      take(JSON.parse((message as MessageEvent<string>).data) as T);
    });
  on<StreamOverview>('overview', (latest) => {
    const rates = [...state.rates, latest.readingsPerSecond].slice(-rateLimit);
    change({ status: 'live', latest, latestAtMs: Date.now(), rates });
  });
  on<StreamMeterEvent>('meter-event', (event) => {
    change({ events: [event, ...state.events].slice(0, eventLimit) });
    for (const handler of handlers) handler['meter-event']?.(event);
  });
  const tell = <N extends keyof LiveHandlers>(name: N) =>
    on<Parameters<NonNullable<LiveHandlers[N]>>[0]>(name, (data) => {
      for (const handler of handlers) (handler[name] as ((told: typeof data) => void) | undefined)?.(data);
    });
  tell('import');
  tell('reading');
  tell('command');
  tell('command-order');
  tell('campaign');
  tell('bill-run');
  tell('dispute');
  tell('tariff-impact');
  tell('bulk');
  tell('prepay');
  source.onopen = alive;
  source.onerror = retry;
}

function alive(): void {
  pauseMs = firstPauseMs;
  clearTimeout(timer);
  timer = setTimeout(retry, silenceMs);
  if (state.status !== 'live') change({ status: 'live' });
}

function retry(): void {
  close();
  change({ status: 'waiting' });
  // A little chance keeps a hundred screens from knocking at the same instant.
  timer = setTimeout(connect, pauseMs * (0.75 + Math.random() / 2));
  pauseMs = Math.min(lastPauseMs, pauseMs * 2);
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** The live state at this moment, for code that does not render. */
export function liveNow(): LiveState {
  return state;
}

/** One part of the live state; the component renders again when that part changes. */
export function useLive<T>(select: (state: LiveState) => T): T {
  return useSyncExternalStore(subscribe, () => select(state));
}

/** Hears messages of the stream while the component is there. */
export function useLiveHandlers(wanted: LiveHandlers): void {
  useEffect(() => {
    handlers.add(wanted);
    return () => {
      handlers.delete(wanted);
    };
  }, [wanted]);
}

const refreshPauseMs = 400;

/** Asks again for what is under `keys` when messages of these names come; a burst of them counts as one. */
export function useLiveRefresh(names: readonly (keyof LiveHandlers)[], keys: readonly string[]): void {
  const client = useQueryClient();
  const wanted = `${names.join()} ${keys.join()}`;
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const hear = () => {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        void refresh(client, keys);
      }, refreshPauseMs);
    };
    const own: LiveHandlers = Object.fromEntries(names.map((name) => [name, hear]));
    handlers.add(own);
    return () => {
      clearTimeout(waiting);
      handlers.delete(own);
    };
  }, [client, wanted]);
}

/** Asks the stream for the readings of one meter while the component is there. */
export function useLiveMeter(id: number): void {
  useEffect(() => {
    meter = id;
    if (source || timer) connect();
    return () => {
      meter = undefined;
      if (source || timer) connect();
    };
  }, [id]);
}
