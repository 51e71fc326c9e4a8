/**
 * Takes queued commands to their meters: within a number at once, one per meter, each step stored before
 * the next. One process at a time runs it (the holder of the lease).
 */
import { type AccessContext, systemAccess } from '@openami/model';
import {
  type BusyMeters,
  type CommandDriver,
  type CommandDrivers,
  type CommandMeter,
  type DriverCommand,
  heardOrLost,
  type ReadBack,
} from './driver.ts';
import { type CommandKindName, differencesFrom, isCommandKind, kindOf } from './kinds.ts';
import {
  apply,
  type CommandEvent,
  type CommandPhase,
  type CommandState,
  type DriverOutcome,
  decide,
} from './life-cycle.ts';
import { policyOf } from './orders.ts';
import { maySend } from './safety.ts';
import type { CommandChange, CommandProgress, CommandStore, StoredCommand } from './store-types.ts';

export interface CommandExecutorOptions {
  readonly store: CommandStore;
  readonly drivers: CommandDrivers;
  readonly busy: BusyMeters;
  readonly nowS: () => number;
  /** Commands at work at once. */
  readonly atOnce: number;
  /** Longest exchange with a meter. */
  readonly exchangeMs: number;
  /** Throws when this process may not act any more: asked right before something is sent. */
  readonly fence: () => void;
  readonly log: { info(data: object, message: string): void; warn(data: object, message: string): void };
  readonly onChange?: (command: StoredCommand) => void;
}

/** Steps of one run of a command at most. */
const maxSteps = 16;

export class CommandExecutor {
  readonly #o: CommandExecutorOptions;
  readonly #stop = new AbortController();
  readonly #working = new Map<number, Promise<void>>();

  constructor(options: CommandExecutorOptions) {
    this.#o = options;
  }

  /**
   * One round: expires what is late, goes on with what runs, starts what is due. Resolves when all it
   * started has come to a stop.
   */
  async round(ctx: AccessContext = systemAccess): Promise<void> {
    await this.startRound(ctx);
    await this.settled();
  }

  /** As `round`, without waiting for the meters. */
  async startRound(ctx: AccessContext = systemAccess): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { store, atOnce, busy } = this.#o;
    for (const command of await store.expired(ctx, 500))
      await this.#step(ctx, command, stateOf(command), { type: 'expired' });
    await this.#goOn(ctx);
    const room = atOnce - this.#working.size;
    if (room <= 0) return;
    for (const command of await store.due(ctx, room, busy.list())) this.#start(ctx, command);
  }

  /** When nothing is at work. */
  async settled(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working.values());
  }

  /** Stops taking commands and ends exchanges under way; what these did is read back by the next process. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.settled();
  }

  /**
   * What runs and is not at work here waits for its read-back, or was left by a process that ended: that is
   * not repeated, but read back.
   */
  async #goOn(ctx: AccessContext): Promise<void> {
    const { store, atOnce, nowS } = this.#o;
    for (const command of await store.running(ctx)) {
      if (this.#working.size >= atOnce) return;
      if (this.#working.has(command.id)) continue;
      const state = stateOf(command);
      if (state.phase !== 'read-back') {
        const found = await this.#step(ctx, command, state, { type: 'recovered' });
        if (found?.state === 'running') this.#start(ctx, found);
      } else if (state.notBeforeS <= nowS()) this.#start(ctx, command);
    }
  }

  #start(ctx: AccessContext, command: StoredCommand): void {
    const { busy, log } = this.#o;
    if (this.#working.has(command.id) || !busy.take(command.meterId)) return;
    const run = this.#run(ctx, command)
      // The store is out of reach: what was stored last is what the next round finds.
      .catch((error: unknown) => log.warn({ err: error, command: command.id }, 'A command stopped half-way'))
      .finally(() => {
        busy.release(command.meterId);
        this.#working.delete(command.id);
      });
    this.#working.set(command.id, run);
  }

  async #run(ctx: AccessContext, first: StoredCommand): Promise<void> {
    const { store, drivers, nowS } = this.#o;
    if (!isCommandKind(first.kind)) return;
    const [facts] = await store.facts(ctx, [first.meterId]);
    const endpoint = facts?.endpoint ?? null;
    const driver = endpoint === null ? undefined : drivers.get(endpoint.protocol);
    const meter = facts && endpoint ? { meterId: first.meterId, serial: facts.serial, endpoint } : undefined;
    let command = first;
    for (let step = 0; step < maxSteps; step++) {
      const state = stateOf(command);
      const action = decide(state, kindOf(first.kind), nowS());
      if (action.do === 'wait' || action.do === 'end') return;
      // Between sending and reading back it does not stop: there is nothing better to do than to find out.
      if (this.#stop.signal.aborted && state.phase !== 'sending') return;
      const next =
        action.do === 'mark'
          ? await this.#mark(ctx, command, state)
          : await this.#step(
              ctx,
              command,
              state,
              await this.#perform(action.do, command, state, driver, meter),
            );
      if (next === undefined) return;
      command = next;
    }
  }

  async #perform(
    what: 'start' | 'expire' | 'observe-before' | 'execute' | 'observe-after',
    command: StoredCommand,
    state: CommandState,
    driver: CommandDriver | undefined,
    meter: CommandMeter | undefined,
  ): Promise<CommandEvent> {
    const kind = command.kind as CommandKindName;
    if (what === 'start') return { type: 'started' };
    if (what === 'expire') return { type: 'expired' };
    const order: DriverCommand = { id: command.id, kind, params: command.params };
    if (what === 'execute') return { type: 'executed', outcome: await this.#execute(order, driver, meter) };
    const read = await this.#readBack(order, driver, meter);
    const after = what === 'observe-after';
    if (read.outcome !== 'ok')
      return { type: after ? 'missed-after' : 'missed-before', outcome: read.outcome };
    const { observation } = read;
    const before = after ? state.before : null;
    const done = differencesFrom(kind, command.params, before, observation).length === 0;
    return { type: after ? 'observed-after' : 'observed-before', observation, done };
  }

  async #execute(
    order: DriverCommand,
    driver: CommandDriver | undefined,
    meter: CommandMeter | undefined,
  ): Promise<DriverOutcome> {
    if (driver === undefined || meter === undefined) return 'not-sent';
    try {
      this.#o.fence();
    } catch {
      return 'not-sent';
    }
    const signal = this.#signal();
    return heardOrLost(driver.execute(order, meter, signal), signal, 'lost' as const);
  }

  async #readBack(
    order: DriverCommand,
    driver: CommandDriver | undefined,
    meter: CommandMeter | undefined,
  ): Promise<ReadBack> {
    if (driver === undefined || meter === undefined) return { outcome: 'not-sent' };
    const signal = this.#signal();
    return heardOrLost(driver.readBack(order, meter, signal), signal, { outcome: 'lost' } as const);
  }

  #signal(): AbortSignal {
    return AbortSignal.any([AbortSignal.timeout(this.#o.exchangeMs), this.#stop.signal]);
  }

  /** Asks the safety policy and notes the command as sent, in one transaction. */
  async #mark(
    ctx: AccessContext,
    command: StoredCommand,
    state: CommandState,
  ): Promise<StoredCommand | undefined> {
    const { store, nowS } = this.#o;
    const kind = command.kind as CommandKindName;
    const next = await store.send(ctx, command.id, command.version, ({ place, pace, policy }) => {
      const verdict = maySend(kind, policyOf(policy), place, pace, nowS());
      const event: CommandEvent = verdict.allowed ? { type: 'marked' } : { ...verdict, type: 'denied' };
      return changeOf(apply(state, event, kindOf(kind), nowS()));
    });
    return this.#told(next);
  }

  async #step(
    ctx: AccessContext,
    command: StoredCommand,
    state: CommandState,
    event: CommandEvent,
  ): Promise<StoredCommand | undefined> {
    const { store, nowS } = this.#o;
    const next = apply(state, event, kindOf(command.kind as CommandKindName), nowS());
    if (next === state) return undefined;
    return this.#told(await store.advance(ctx, command.id, command.version, changeOf(next)));
  }

  #told(command: StoredCommand | undefined): StoredCommand | undefined {
    if (command === undefined) return undefined;
    const { state, phase, meterId, kind } = command;
    this.#o.log.info({ command: command.id, meterId, kind, state, phase }, 'command');
    this.#o.onChange?.(command);
    return command;
  }
}

function stateOf(command: StoredCommand): CommandState {
  const { state, phase, progress } = command;
  return { ...(progress as CommandProgress), step: state, phase: phase as CommandPhase | null };
}

function changeOf({ step, phase, ...progress }: CommandState): CommandChange {
  return { state: step, phase, progress };
}
