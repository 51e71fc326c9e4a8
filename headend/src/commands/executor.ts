/**
 * Takes queued commands to their meters: within a number at once, one per meter, each step stored before
 * the next. One process at a time runs it (the holder of the lease).
 */
import {
  type AccessContext,
  type CommandChange,
  type CommandStore,
  type StoredCommand,
  systemAccess,
} from '@openami/model';
import type { CommandDriver, CommandDrivers, CommandMeter, DriverCommand } from './driver.ts';
import { type CommandKindName, differencesFrom, isCommandKind, kindOf } from './kinds.ts';
import { apply, type CommandEvent, type CommandState, decide } from './life-cycle.ts';
import { MeterWork, type MeterWorkOptions } from './meter-work.ts';
import { maySend, policyOf } from './safety.ts';
import { supplyOf } from './supply.ts';

export interface CommandExecutorOptions extends MeterWorkOptions {
  readonly store: CommandStore;
  readonly drivers: CommandDrivers;
  readonly onChange?: (command: StoredCommand) => void;
}

/** Steps of one run of a command at most. */
const maxSteps = 16;

export class CommandExecutor {
  readonly #o: CommandExecutorOptions;
  readonly #work: MeterWork;

  constructor(options: CommandExecutorOptions) {
    this.#o = options;
    this.#work = new MeterWork(options);
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
    if (this.#work.isStopped) return;
    const { store, busy } = this.#o;
    for (const command of await store.expired(ctx, 500))
      await this.#step(ctx, command, stateOf(command), { type: 'expired' });
    await this.#goOn(ctx);
    const { room } = this.#work;
    if (room <= 0) return;
    for (const command of await store.due(ctx, room, busy.list())) this.#start(ctx, command);
  }

  /** When nothing is at work. */
  settled(): Promise<void> {
    return this.#work.settled();
  }

  /** Stops taking commands and ends exchanges under way; what these did is read back by the next process. */
  stop(): Promise<void> {
    return this.#work.stop();
  }

  /**
   * What runs and is not at work here waits for its read-back, or was left by a process that ended: that is
   * not repeated, but read back.
   */
  async #goOn(ctx: AccessContext): Promise<void> {
    const { store, nowS } = this.#o;
    for (const command of await store.running(ctx)) {
      if (this.#work.room <= 0) return;
      if (this.#work.has(command.id)) continue;
      const state = stateOf(command);
      if (state.phase !== 'read-back') {
        const found = await this.#step(ctx, command, state, { type: 'recovered' });
        if (found?.state === 'running') this.#start(ctx, found);
      } else if (state.notBeforeS <= nowS()) this.#start(ctx, command);
    }
  }

  #start(ctx: AccessContext, command: StoredCommand): void {
    this.#work.start(command.id, command.meterId, () => this.#run(ctx, command));
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
      if (this.#work.isStopped && state.phase !== 'sending') return;
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
    const { sends: send, expiresAtS } = state;
    const order: DriverCommand = { id: command.id, kind, params: command.params, send, expiresAtS };
    const away = driver === undefined || meter === undefined;
    if (what === 'execute') {
      if (away) return { type: 'executed', outcome: 'not-sent' };
      const fates = { lost: 'lost', unsent: 'not-sent' } as const;
      const outcome = await this.#work.tell((signal) => driver.execute(order, meter, signal), fates);
      return { type: 'executed', outcome };
    }
    const read = away
      ? ({ outcome: 'not-sent' } as const)
      : await this.#work.ask((signal) => driver.readBack(order, meter, signal), { outcome: 'lost' } as const);
    const after = what === 'observe-after';
    if (read.outcome !== 'ok') {
      const { outcome } = read;
      if (after) return { type: 'missed-after', outcome };
      return { type: 'missed-before', outcome: outcome === 'pending' ? 'lost' : outcome };
    }
    const { observation } = read;
    const before = after ? state.before : null;
    const done = differencesFrom(kind, command.params, before, observation).length === 0;
    return { type: after ? 'observed-after' : 'observed-before', observation, done };
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
    const supply = supplyOf(command.kind as CommandKindName, command.params, event);
    const change = { ...changeOf(next), ...(supply === undefined ? {} : { supply }) };
    return this.#told(await store.advance(ctx, command.id, command.version, change));
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
  return { ...(progress as Omit<CommandState, 'step' | 'phase'>), step: state, phase };
}

function changeOf({ step, phase, ...progress }: CommandState): CommandChange {
  return { state: step, phase, progress };
}
