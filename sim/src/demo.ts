/**
 * The demo: registers the world, stores its history, lets its devices live. It can be broken off at any
 * moment: the state says which days are stored and what time it was, and a repeat changes nothing.
 *
 * The stores are handed in through small interfaces; nothing here knows what they are.
 */
import type { Clock, CommitSink } from '@openami/model';
import { type DayBooks, openDayBooks } from './day-books.ts';
import { simErrors } from './errors.ts';
import { type Fleet, runFleet } from './fleet.ts';
import { type FleetShape, type FleetUser, planFleet } from './fleet-plan.ts';
import { type ChannelIds, history } from './history.ts';
import { type WorldRows, worldRows } from './rows.ts';
import { type Truth, truthOf } from './truth.ts';
import { buildWorld } from './world.ts';
import type { World, WorldOptions } from './world-types.ts';

/** Where a little text is kept between two starts (a file in the data directory). */
export interface DemoMemory {
  /** Undefined when nothing was saved yet. */
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
}

export interface DemoStores {
  /** Registers every row by natural key; rows that are there already stay as they are. */
  registerWorld(rows: WorldRows): Promise<void>;
  /** Registry ids of the world's meters and channels, after they were registered. */
  ids(): Promise<ChannelIds>;
  readonly sink: CommitSink;
  readonly memory: DemoMemory;
}

export interface DemoProgress {
  readonly stage: 'registry' | 'history' | 'done';
  /** Of `total` (rows, or days). */
  readonly done: number;
  readonly total: number;
  /** Readings stored so far. */
  readonly readings: number;
}

export interface PrepareOptions {
  readonly world?: WorldOptions;
  readonly stores: DemoStores;
  readonly progress?: (progress: DemoProgress) => void;
}

export interface Demo {
  readonly world: World;
  readonly truth: Truth;
  /** True when the history was stored by an earlier start. */
  readonly resumed: boolean;
  /** Simulated time at which the devices go on, ms: start the clock here. */
  readonly startMs: number;
  /** Readings stored by this call. */
  readonly readings: number;
}

interface DemoState {
  readonly version: 1;
  readonly world: WorldOptions;
  readonly registered: boolean;
  /** Local days before this one are stored. */
  readonly storedDay: number;
  /** Simulated time when it was last looked at, ms. */
  readonly simulatedMs: number;
}

export const defaultDemoWorld: Required<
  Pick<WorldOptions, 'seed' | 'start' | 'historyDays' | 'usagePoints' | 'zone' | 'protocols'>
> = {
  seed: 20_260_329,
  usagePoints: 1000,
  zone: 'Europe/Berlin',
  start: '2026-01-20',
  historyDays: 90,
  protocols: 'own',
};

/** Commits under way: enough to keep the store busy while the next day is generated. */
const COMMITS_UNDER_WAY = 12;
const DAYS_A_SAVE = 15;
/** The last commit of history is received half an hour into the day after it. */
const LIVE_AFTER_S = 1860;
/** The devices repeat this much when they start: more than lies between the last save and a kill. */
const REPEAT_S = 3600;

/**
 * Simulated time at which a demo begins or goes on, ms: needed before the stores open, because their
 * clock is the simulated one.
 */
export async function demoStartMs(
  memory: DemoMemory,
  options: WorldOptions = defaultDemoWorld,
): Promise<number> {
  const world = buildWorld(options);
  return (await loadState(memory, options, world)).simulatedMs;
}

/** Registers the world and stores its history, once. @throws SIM_STATE, SIM_CHANNEL_MISSING */
export async function prepareDemo(options: PrepareOptions): Promise<Demo> {
  const { stores, progress = () => {} } = options;
  const worldOptions = options.world ?? defaultDemoWorld;
  const world = buildWorld(worldOptions);
  let state = await loadState(stores.memory, worldOptions, world);
  const resumed = state.storedDay >= world.endDay;
  if (!state.registered) {
    const rows = worldRows(world);
    const total = Object.values(rows).reduce((sum, kind) => sum + kind.length, 0);
    progress({ stage: 'registry', done: 0, total, readings: 0 });
    await stores.registerWorld(rows);
    progress({ stage: 'registry', done: total, total, readings: 0 });
    state = { ...state, registered: true };
    await save(stores.memory, state);
  }
  const readings = resumed ? 0 : await backfill(world, stores, state, progress);
  const days = world.endDay - world.firstDay;
  progress({ stage: 'done', done: days, total: days, readings });
  return { world, truth: truthOf(world), resumed, startMs: state.simulatedMs, readings };
}

async function backfill(
  world: World,
  stores: DemoStores,
  state: DemoState,
  progress: (progress: DemoProgress) => void,
): Promise<number> {
  const ids = await stores.ids();
  const total = world.endDay - world.firstDay;
  const underWay: Promise<unknown>[] = [];
  let readings = 0;
  for (const step of history(world, ids, state.storedDay)) {
    const { commit } = step;
    const empty =
      commit.readings?.length === 0 && commit.events?.length === 0 && commit.rejections?.length === 0;
    if (!empty) {
      const commitment = stores.sink.commit(commit);
      // Awaited below; until then a failure must not count as unhandled.
      commitment.catch(() => {});
      underWay.push(commitment);
      readings += commit.readings?.length ?? 0;
    }
    if (underWay.length >= COMMITS_UNDER_WAY) await underWay.shift();
    if (!step.lastOfDay) continue;
    const done = step.day + 1 - world.firstDay;
    if (done % DAYS_A_SAVE === 0 || step.day + 1 === world.endDay) {
      await Promise.all(underWay.splice(0));
      await save(stores.memory, { ...state, storedDay: step.day + 1 });
    }
    progress({ stage: 'history', done, total, readings });
    await new Promise((resolve) => setImmediate(resolve));
  }
  return readings;
}

export interface DemoFleetOptions extends FleetShape {
  readonly demo: Demo;
  /** The simulated clock, running from `demo.startMs`. */
  readonly clock: Clock;
  /** Broker the devices connect to, `mqtt://host:port`. */
  readonly url: string;
  /** Issues (anew) a secret for every user; the secrets live in memory only. */
  readonly issueCredentials: (users: readonly FleetUser[]) => Promise<ReadonlyMap<string, string>>;
  readonly memory: DemoMemory;
  /** What the meters measured, where other devices share it. */
  readonly books?: DayBooks;
  /** Real time between two saves of the simulated time; default 5000. */
  readonly saveEveryMs?: number;
}

export interface DemoFleet {
  readonly fleet: Fleet;
  stop(): Promise<void>;
}

/** Devices tell what they measured since then when they start, epoch seconds. */
export function repeatFromS({ startMs }: Demo): number {
  return startMs / 1000 - REPEAT_S;
}

/** What the meters of a prepared demo measured lately, for all devices to share. */
export function demoBooks(demo: Demo): Promise<DayBooks> {
  return openDayBooks(demo.world, repeatFromS(demo));
}

/** Starts the devices of a prepared demo and remembers the simulated time while they run. */
export async function runDemoFleet(options: DemoFleetOptions): Promise<DemoFleet> {
  const { demo, clock, memory } = options;
  const secrets = await options.issueCredentials(planFleet(demo.world, options).users);
  const fleet = await runFleet({
    world: demo.world,
    clock,
    url: options.url,
    ownConnections: options.ownConnections,
    concentrators: options.concentrators,
    without: options.without,
    password: (username) => secrets.get(username),
    sinceS: repeatFromS(demo),
    ...(options.books ? { books: options.books } : {}),
  });
  let saving: Promise<void> = Promise.resolve();
  const remember = async (): Promise<void> => {
    const text = await memory.load();
    if (text === undefined) return;
    await save(memory, { ...(JSON.parse(text) as DemoState), simulatedMs: clock.nowMs() });
  };
  const timer = setInterval(() => {
    // A full disk must not end the demo; the next save may succeed.
    saving = saving.then(remember).catch(() => {});
  }, options.saveEveryMs ?? 5000);
  return {
    fleet,
    async stop() {
      clearInterval(timer);
      await fleet.stop();
      await saving.then(remember).catch(() => {});
    },
  };
}

async function loadState(memory: DemoMemory, options: WorldOptions, world: World): Promise<DemoState> {
  const text = await memory.load();
  const fresh: DemoState = {
    version: 1,
    world: options,
    registered: false,
    storedDay: world.firstDay,
    simulatedMs: (world.days.start(world.endDay) + LIVE_AFTER_S) * 1000,
  };
  if (text === undefined) return fresh;
  let state: DemoState;
  try {
    state = JSON.parse(text) as DemoState;
  } catch (error) {
    throw simErrors.SIM_STATE('the saved state of the demo is not JSON', {}, error);
  }
  const mine = buildKey(options);
  if (state.version !== 1 || buildKey(state.world) !== mine) throw simErrors.SIM_STATE();
  return state;
}

/** What makes two worlds the same. */
function buildKey(options: WorldOptions): string {
  const { protocols = 'push' } = options;
  const { seed, usagePoints, zone, start, historyDays } = { ...defaultDemoWorld, ...options };
  return JSON.stringify([seed, usagePoints, zone, start, historyDays, protocols]);
}

function save(memory: DemoMemory, state: DemoState): Promise<void> {
  return memory.save(`${JSON.stringify(state)}\n`);
}
