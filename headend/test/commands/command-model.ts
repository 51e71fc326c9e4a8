/** A store and meters in memory, and a process that can die anywhere: what the executor is proven against. */
import {
  type CommandChange,
  type CommandOrderInput,
  type CommandStore,
  type MeterEndpoint,
  type StoredCommand,
  systemAccess,
} from '@openami/model';
import type { Observation } from '../../src/commands/kind-shape.ts';
import { kindOf } from '../../src/commands/kinds.ts';
import {
  BusyMeters,
  type CommandDriver,
  CommandExecutor,
  CommandOrders,
  type DriverCommand,
} from '../../src/index.ts';

export const endpoint: MeterEndpoint = {
  ...{ protocol: 'sim', transport: 'tcp', mode: 'outbound', host: 'h', port: 1, segment: '' },
  ...{
    concentrator: '',
    clientSap: 1,
    serverSap: 1,
    physical: null,
    addressBytes: null,
    modeE: null,
    gatewayNetwork: 0,
    gatewayDevice: '',
    auth: '',
    security: '',
    suite: 0,
    systemTitle: '',
  },
  profile: '',
};

export interface Place {
  protection: '' | 'critical' | 'medical';
  feederId: number | null;
  /** Another usage point than when commands were ordered. */
  isMoved?: boolean;
}

type Row = {
  -readonly [K in keyof StoredCommand]: StoredCommand[K];
} & { usagePointId: number; notBefore: number; expiresAt: number; sentAt: number; feederId: number | null };

/** What happens to one exchange with a meter. */
export type Fault =
  | 'ok'
  | 'not-sent'
  | 'lose-request'
  | 'lose-answer'
  | 'refuse'
  | 'ignore'
  | 'die-before'
  | 'die-after';

export interface Execution {
  readonly commandId: number;
  readonly meterId: number;
  readonly atS: number;
  /** It reached the meter and had its effect. */
  readonly done: boolean;
  /** Our side could have sent it. */
  readonly left: boolean;
}

export class World {
  nowS = 1_000_000;
  /** Ends every store call of processes before this one. */
  process = 0;
  readonly rows: Row[] = [];
  readonly orders: (CommandOrderInput & { id: number; requestedBy: string })[] = [];
  readonly places = new Map<number, Place>();
  readonly relay = new Map<number, boolean>();
  readonly resets = new Map<number, number>();
  readonly executions: Execution[] = [];
  faults: Fault[] = [];
  policy: object = {};
  killSwitch = false;
  readonly atWork = new BusyMeters();
  /** Meters with an exchange under way. */
  readonly busy = new Set<number>();
  /** Runs in the middle of the next execution. */
  meanwhile: (() => Promise<void>) | undefined;

  executor(atOnce = 8): CommandExecutor {
    const process = ++this.process;
    return new CommandExecutor({
      store: this.store(process),
      drivers: new Map([['sim', this.driver(process)]]),
      busy: this.atWork,
      nowS: () => this.nowS,
      ...{ atOnce, exchangeMs: 60_000 },
      fence: () => this.#alive(process),
      log: { info: () => undefined, warn: () => undefined },
    });
  }

  people(store = this.store(0)): CommandOrders {
    const drivers = new Map([['sim', this.driver(0)]]);
    return new CommandOrders({ store, drivers, busy: this.atWork, nowS: () => this.nowS });
  }

  #alive(process: number): void {
    if (process !== 0 && process !== this.process) throw new Error('this process has ended');
  }

  #observe({ kind, params }: DriverCommand, meterId: number): Observation {
    const outputOn = this.relay.get(meterId) ?? true;
    if (kind === 'billing-reset') return { resets: this.resets.get(meterId) ?? 0 };
    if (kind === 'read') return { values: (params as { items: unknown[] }).items.map(() => '1') };
    return { outputOn, control: outputOn ? 'connected' : 'disconnected', mode: 4 };
  }

  #effect({ kind }: DriverCommand, meterId: number): void {
    if (kind === 'billing-reset') this.resets.set(meterId, (this.resets.get(meterId) ?? 0) + 1);
    else this.relay.set(meterId, kind === 'connect');
  }

  driver(process: number): CommandDriver {
    const exchange = async <T>(meterId: number, act: (fault: Fault) => Promise<T>): Promise<T> => {
      this.#alive(process);
      if (this.busy.has(meterId)) throw new Error('two sessions with one meter');
      this.busy.add(meterId);
      await Promise.resolve();
      const fault = this.faults.shift() ?? 'ok';
      this.busy.delete(meterId);
      if (fault === 'die-before') this.process++;
      const result = await act(fault);
      if (fault === 'die-after') this.process++;
      if (fault === 'die-before' || fault === 'die-after') throw new Error('died');
      return result;
    };
    return {
      execute: (command, { meterId }) =>
        exchange(meterId, async (fault) => {
          const done = fault === 'ok' || fault === 'lose-answer' || fault === 'die-after';
          const left = fault !== 'not-sent' && fault !== 'die-before';
          this.executions.push({ commandId: command.id, meterId, atS: this.nowS, done, left });
          if (done) this.#effect(command, meterId);
          await this.meanwhile?.();
          if (fault === 'not-sent') return 'not-sent';
          if (fault === 'refuse') return 'refused';
          return fault === 'lose-request' || fault === 'lose-answer' ? 'lost' : 'ok';
        }),
      readBack: (command, { meterId }) =>
        exchange(meterId, async (fault) => {
          if (fault === 'not-sent' || fault === 'lose-request' || fault === 'lose-answer')
            return { outcome: 'lost' };
          return { outcome: 'ok', observation: this.#observe(command, meterId) };
        }),
    };
  }

  #change(row: Row, { state, phase, progress }: CommandChange): StoredCommand {
    Object.assign(row, { state, phase, progress: structuredClone(progress), version: row.version + 1 });
    row.sentAt = progress.sentAtS;
    if (progress.notBeforeS > 0) row.notBefore = progress.notBeforeS;
    return { ...row };
  }

  #open(id: number, version: number): Row | undefined {
    return this.rows.find((row) => row.id === id && row.version === version);
  }

  store(process: number): CommandStore {
    const waits = ['draft', 'awaiting_approval', 'queued'];
    const call = async <T>(work: () => T): Promise<T> => {
      await Promise.resolve();
      this.#alive(process);
      return work();
    };
    const placeOf = (meterId: number): Place =>
      this.places.get(meterId) ?? { protection: '', feederId: null };
    const taken = (row: Row, state: string) =>
      state === 'running' &&
      this.rows.some((each) => each !== row && each.meterId === row.meterId && each.state === 'running');
    return {
      facts: (_ctx, ids) =>
        call(() =>
          ids.map((id) => ({
            ...{ meterId: id, serial: `S${id}`, usagePointId: id, endpoint },
            ...placeOf(id),
          })),
        ),
      create: (ctx, order) =>
        call(() => {
          const known = this.orders.find(
            (each) => each.key === order.key && each.requestedBy === ctx.actor.id,
          );
          if (known) return { order: known, created: false };
          const made = { ...order, id: this.orders.length + 1, requestedBy: ctx.actor.id };
          this.orders.push(made);
          for (const { meterId } of order.meters) {
            this.rows.push({
              ...{ id: this.rows.length + 1, orderId: made.id, meterId, usagePointId: meterId },
              ...{ kind: order.kind, params: order.params, state: order.state, phase: null, version: 1 },
              ...{ progress: structuredClone(order.progress), sentAt: 0, feederId: null },
              ...{ notBefore: +order.notBefore / 1000, expiresAt: +order.expiresAt / 1000 },
            });
          }
          return { order: made, created: true };
        }),
      orderOf: (ctx, key) =>
        call(() => this.orders.find((each) => each.key === key && each.requestedBy === ctx.actor.id)),
      order: (_ctx, id) => call(() => this.orders.find((order) => order.id === id)!),
      metersOf: (_ctx, id) =>
        call(() => this.rows.filter((row) => row.orderId === id).map((row) => row.meterId)),
      decide: (_ctx, id, decision) =>
        call(() => {
          for (const row of this.rows) {
            if (row.orderId !== id || row.state !== 'awaiting_approval') continue;
            row.state = decision === 'approved' ? 'queued' : 'cancelled';
            row.version++;
          }
        }),
      moveMany: (_ctx, scope, from, to) =>
        call(() =>
          this.rows
            .filter((row) => {
              if (!from.includes(row.state)) return false;
              if (row.phase === 'sending' || row.phase === 'read-back') return false;
              if ('orderId' in scope) return row.orderId === scope.orderId;
              if ('commandId' in scope) return row.id === scope.commandId;
              return row.usagePointId === scope.usagePointId && scope.kinds.includes(row.kind);
            })
            .map((row) => {
              Object.assign(row, { state: to, phase: null, version: row.version + 1 });
              return row.id;
            }),
        ),
      due: (_ctx, limit, busy) =>
        call(() => {
          const chosen = new Map<number, Row>();
          for (const row of this.rows) {
            const due = row.state === 'queued' && row.notBefore <= this.nowS && !busy.includes(row.meterId);
            if (due && !chosen.has(row.meterId) && !taken(row, 'running')) chosen.set(row.meterId, row);
          }
          return [...chosen.values()].slice(0, limit).map((row) => ({ ...row }));
        }),
      running: () =>
        call(() => this.rows.filter((row) => row.state === 'running').map((row) => ({ ...row }))),
      expired: (_ctx, limit) =>
        call(() =>
          this.rows
            .filter((row) => waits.includes(row.state) && row.expiresAt <= this.nowS)
            .slice(0, limit)
            .map((row) => ({ ...row })),
        ),
      advance: (_ctx, id, version, change) =>
        call(() => {
          const row = this.#open(id, version);
          if (row === undefined || taken(row, change.state)) return undefined;
          return this.#change(row, change);
        }),
      send: (_ctx, id, version, decide) =>
        call(() => {
          const row = this.#open(id, version);
          if (row === undefined) return undefined;
          const place = placeOf(row.meterId);
          const sent = this.rows.filter(
            (each) => each !== row && each.sentAt > 0 && kindOf(each.kind as 'read').interrupts,
          );
          const lately = sent.filter((each) => each.sentAt > this.nowS - 3600);
          const of = sent.filter((each) => each.usagePointId === row.usagePointId);
          const change = decide({
            ...{ place: { isMoved: false, ...place }, policy: this.policy },
            pace: {
              killSwitch: this.killSwitch,
              inLastHour: lately.length,
              ofFeederInLastHour: lately.filter((each) => each.feederId === place.feederId).length,
              lastAtS: of.length === 0 ? null : Math.max(...of.map((each) => each.sentAt)),
            },
          });
          row.feederId = place.feederId;
          return this.#change(row, change);
        }),
      gate: () => call(() => ({ policy: this.policy, killSwitch: this.killSwitch })),
    };
  }
}

export const asUser = (id: string) =>
  ({ ...systemAccess, purpose: 'operate', actor: { kind: 'user', id, name: id } }) as const;
