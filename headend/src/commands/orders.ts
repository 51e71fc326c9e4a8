/** Orders of people: asking for commands, deciding on them, taking them back. */
import {
  type AccessContext,
  type CommandStore,
  type MeterFacts,
  OpenAmiError,
  type StoredOrder,
} from '@openami/model';
import type { BusyMeters, CommandDrivers } from './driver.ts';
import { commandErrors } from './errors.ts';
import type { Difference, Observation } from './kind-shape.ts';
import {
  type CommandKindName,
  changesFrom,
  commandKindNames,
  interruptingKinds,
  isCommandKind,
  kindOf,
  paramProblems,
  readProblems,
} from './kinds.ts';
import { apply, beginCommand, ways } from './life-cycle.ts';
import { needsApproval, policyOf, requireSecondPerson, type SafetyPolicy } from './safety.ts';

export interface OrderRequest {
  readonly kind: string;
  readonly params: unknown;
  readonly meterIds: readonly number[];
  /** The same key of the same requester gives the same order again. */
  readonly key: string;
  readonly reason: string;
  /** Seconds since 1970; default now. */
  readonly notBeforeS?: number;
  /** Default: a day after `notBeforeS`. */
  readonly expiresAtS?: number;
  /** Kept as a draft until it is submitted. */
  readonly draft?: boolean;
  /** The person behind the requester: the requester, or who made the token. */
  readonly person: string;
}

/** A command under a standing approval. */
export interface StandingRequest {
  readonly kind: 'connect' | 'disconnect';
  readonly meterId: number;
  readonly key: string;
  readonly reason: string;
  readonly expiresAtS: number;
}

/** Who asked for the policy that approves it, who approved that, and its name for the record. */
export interface StandingApproval {
  readonly requestedBy: string;
  readonly approvedBy: string;
  readonly note: string;
}

export interface CommandOrdersOptions {
  readonly store: CommandStore;
  readonly drivers: CommandDrivers;
  /** Meters at work, shared with who else talks to meters. */
  readonly busy: BusyMeters;
  readonly nowS: () => number;
  /** Told of commands that changed, and that there may be work. */
  readonly onChange?: (change: {
    readonly orderId: number | null;
    readonly commandIds: readonly number[];
  }) => void;
}

const lifeS = 86_400;
const maxLifeS = 90 * 86_400;
/** Longest that an order waits for its time: who agreed to it should still know why. */
const maxAheadS = 366 * 86_400;

export class CommandOrders {
  readonly #o: CommandOrdersOptions;

  constructor(options: CommandOrdersOptions) {
    this.#o = options;
  }

  /** The policy in force. */
  async policy(ctx: AccessContext): Promise<SafetyPolicy> {
    return policyOf((await this.#o.store.gate(ctx)).policy);
  }

  /**
   * Orders a command for meters, all or none. Raises COMMAND_INVALID, COMMAND_NO_DRIVER, COMMAND_PROTECTED,
   * COMMAND_KILLED, COMMAND_KEY_REUSED.
   */
  async request(ctx: AccessContext, request: OrderRequest): Promise<{ orderId: number; created: boolean }> {
    return this.#ask(ctx, request, false);
  }

  /**
   * Orders the supply of one meter off or on under a standing approval: a policy that one person asked for
   * and another approved. All limits hold as for any order, and its decision names the policy. Raises as
   * `request`, and COMMAND_FOUR_EYES where both are one person.
   */
  async requestStanding(
    ctx: AccessContext,
    request: StandingRequest,
    approval: StandingApproval,
  ): Promise<{ orderId: number; created: boolean }> {
    const { meterId, kind, key, reason, expiresAtS } = request;
    const { approvedBy, note } = approval;
    requireSecondPerson({ kind: 'user', id: approvedBy }, [approval.requestedBy], 'you proposed it');
    const order = {
      kind,
      params: {},
      meterIds: [meterId],
      key,
      reason,
      expiresAtS,
      person: approval.requestedBy,
    };
    const asked = await this.#ask(ctx, order, true);
    const actor = { kind: 'user', id: approvedBy, name: approvedBy } as const;
    try {
      await this.#o.store.decide({ ...ctx, actor }, asked.orderId, 'approved', note);
    } catch (error) {
      // a repeat finds it decided
      if (asked.created || !(error instanceof OpenAmiError) || error.code !== 'COMMAND_DECIDED') throw error;
    }
    this.#changed(asked.orderId, []);
    return asked;
  }

  async #ask(
    ctx: AccessContext,
    request: OrderRequest,
    standing: boolean,
  ): Promise<{ orderId: number; created: boolean }> {
    const { store, nowS } = this.#o;
    const { kind, params, key, reason, draft = false, person } = request;
    const name = checked(kind, paramProblems, params);
    const ids = [...new Set(request.meterIds)];
    // Before anything that may have changed since: a repeat gets what it got.
    const known = await store.orderOf(ctx, key);
    if (known) return this.#same(ctx, known, name, params, ids);
    const notBeforeS = Math.max(request.notBeforeS ?? 0, Math.floor(nowS()));
    if (notBeforeS > nowS() + maxAheadS)
      throw commandErrors.COMMAND_INVALID('it must begin within a year (366 days) from now');
    const expiresAtS = request.expiresAtS ?? notBeforeS + lifeS;
    if (expiresAtS <= notBeforeS || expiresAtS > notBeforeS + maxLifeS)
      throw commandErrors.COMMAND_INVALID('it must expire after it may begin, and within 90 days of that');
    const gate = await store.gate(ctx);
    const policy = policyOf(gate.policy);
    if (ids.length === 0 || ids.length > policy.maxMetersPerOrder)
      throw commandErrors.COMMAND_INVALID(`an order is for 1 to ${policy.maxMetersPerOrder} meters`);
    const meters = await this.#meters(ctx, name, ids);
    if (gate.killSwitch && kindOf(name).acts) throw commandErrors.COMMAND_KILLED();
    const second = standing || needsApproval(name, policy, ids.length);
    const begun = beginCommand({ notBeforeS, expiresAtS });
    const submitted = { type: 'submitted', needsApproval: second } as const;
    const {
      step,
      phase: _phase,
      ...progress
    } = draft ? begun : apply(begun, submitted, kindOf(name), nowS());
    const { order, created } = await store.create(ctx, {
      ...{ key, kind: name, params, reason, meters, progress, needsApproval: second },
      ...{ requestedPerson: person, interrupts: kindOf(name).interrupts },
      notBefore: new Date(notBeforeS * 1000),
      expiresAt: new Date(expiresAtS * 1000),
      state: step as 'draft' | 'awaiting_approval' | 'queued',
    });
    if (!created) return this.#same(ctx, order, name, params, ids);
    this.#changed(order.id, []);
    return { orderId: order.id, created };
  }

  /** Each meter with its facts. Raises unless all are there, reachable and may have the command. */
  async #meters(ctx: AccessContext, kind: CommandKindName, ids: readonly number[]): Promise<MeterFacts[]> {
    const facts = await this.#o.store.facts(ctx, ids);
    const known = new Set(facts.map(({ meterId }) => meterId));
    const strangers = ids.filter((id) => !known.has(id));
    if (strangers.length > 0) throw commandErrors.COMMAND_INVALID(`no meter ${some(strangers)}`);
    const out = facts.filter(({ endpoint }) => !this.#o.drivers.has(endpoint?.protocol ?? ''));
    if (out.length > 0) {
      const why = out[0]!.endpoint === null ? 'has no endpoint' : `speaks ${out[0]!.endpoint.protocol}`;
      throw commandErrors.COMMAND_NO_DRIVER(`${some(out.map(({ serial }) => serial))}: the first ${why}`, {
        meterIds: out.map(({ meterId }) => meterId),
      });
    }
    const { protocol } = kindOf(kind);
    const other = facts.filter(({ endpoint }) => protocol !== undefined && endpoint?.protocol !== protocol);
    if (other.length > 0)
      throw commandErrors.COMMAND_INVALID(
        `${kind} is for ${protocol}, and not for ${some(other.map(({ serial }) => serial))}`,
      );
    const safe = facts.filter(({ protection }) => protection !== '');
    if (kindOf(kind).interrupts && safe.length > 0) {
      throw commandErrors.COMMAND_PROTECTED(some(safe.map(({ serial }) => serial)), {
        meterIds: safe.map(({ meterId }) => meterId),
      });
    }
    return facts;
  }

  /** The order that is there, when it is the same one. */
  async #same(ctx: AccessContext, order: StoredOrder, kind: string, params: unknown, ids: readonly number[]) {
    const text = (value: unknown) => JSON.stringify(sorted(value));
    const meters = await this.#o.store.metersOf(ctx, order.id);
    const sameMeters = meters.length === ids.length && ids.every((id) => meters.includes(id));
    if (order.kind !== kind || text(order.params) !== text(params) || !sameMeters)
      throw commandErrors.COMMAND_KEY_REUSED(`order ${order.id}`);
    return { orderId: order.id, created: false };
  }

  /**
   * A draft goes its way. To submit is to ask, so that only the person behind the draft does it: of anyone
   * else, who then decides, it would be the only will. Raises COMMAND_NOT_YOURS.
   */
  async submit(ctx: AccessContext, orderId: number, person: string): Promise<void> {
    const { store } = this.#o;
    const { needsApproval: before, kind, requestedPerson } = await store.order(ctx, orderId);
    if (person !== requestedPerson) throw commandErrors.COMMAND_NOT_YOURS(`order ${orderId}`);
    const meters = await store.metersOf(ctx, orderId);
    // The policy may be tighter than when it was drafted.
    const second =
      before || (isCommandKind(kind) && needsApproval(kind, await this.policy(ctx), meters.length));
    await this.#move(ctx, { orderId }, ['draft'], second ? 'awaiting_approval' : 'queued', 'submitted');
  }

  /** Raises COMMAND_FOUR_EYES for a token, or a person who had a part in asking. */
  async approve(ctx: AccessContext, orderId: number, note = ''): Promise<void> {
    await this.#mayDecide(ctx, orderId);
    await this.#o.store.decide(ctx, orderId, 'approved', note);
    this.#changed(orderId, []);
  }

  async reject(ctx: AccessContext, orderId: number, note = ''): Promise<void> {
    await this.#mayDecide(ctx, orderId);
    await this.#o.store.decide(ctx, orderId, 'rejected', note);
    this.#changed(orderId, []);
  }

  async #mayDecide(ctx: AccessContext, orderId: number): Promise<void> {
    const { requestedBy, requestedPerson } = await this.#o.store.order(ctx, orderId);
    requireSecondPerson(ctx.actor, [requestedBy, requestedPerson], 'you asked for it');
  }

  /** What is not running yet of an order; raises COMMAND_STATE when that is nothing. */
  cancelOrder(ctx: AccessContext, orderId: number): Promise<number[]> {
    return this.#move(ctx, { orderId }, ways.cancelled, 'cancelled', 'cancelled');
  }

  cancelCommand(ctx: AccessContext, commandId: number): Promise<number[]> {
    return this.#move(ctx, { commandId }, ways.cancelled, 'cancelled', 'cancelled');
  }

  async #move(ctx: AccessContext, scope: { orderId: number } | { commandId: number }, ...how: Move) {
    const ids = await this.#o.store.moveMany(ctx, scope, ...how);
    if (ids.length === 0) throw commandErrors.COMMAND_STATE();
    this.#changed('orderId' in scope ? scope.orderId : null, ids);
    return ids;
  }

  /**
   * A payment landed, or the reason is gone otherwise: interruptions of the usage point that have not left
   * are voided. Those in `tooLate` may have left, and are to be answered by a connect.
   */
  async voidDisconnects(
    ctx: AccessContext,
    usagePointId: number,
    reason: string,
  ): Promise<{ voided: number[]; tooLate: number[] }> {
    const { store } = this.#o;
    const kinds: readonly string[] = interruptingKinds;
    const atWork = async () =>
      (await store.running(ctx))
        .filter((each) => each.usagePointId === usagePointId && kinds.includes(each.kind))
        .map(({ id }) => id);
    // One that is confirmed while the others are voided is at work no more, and cut the supply all the same.
    const before = await atWork();
    const voided = await store.moveMany(ctx, { usagePointId, kinds }, ways.voided, 'voided', reason);
    if (voided.length > 0) this.#changed(null, voided);
    const left = new Set([...before, ...(await atWork())]);
    return { voided, tooLate: [...left].filter((id) => !voided.includes(id)) };
  }

  /** What a command would change in a meter; nothing is changed. */
  async preview(
    ctx: AccessContext,
    meterId: number,
    kind: string,
    params: unknown,
    signal: AbortSignal,
  ): Promise<Difference[]> {
    const name = checked(kind, paramProblems, params);
    if (kindOf(name).relative) throw commandErrors.COMMAND_INVALID(`${name} has nothing to compare with`);
    return changesFrom(name, params, await this.#read(ctx, meterId, name, params, signal));
  }

  /** What a meter has now of what a kind changes; nothing is changed. */
  async look(
    ctx: AccessContext,
    meterId: number,
    kind: string,
    params: unknown,
    signal: AbortSignal,
  ): Promise<Observation> {
    return this.#read(ctx, meterId, checked(kind, readProblems, params), params, signal);
  }

  async #read(
    ctx: AccessContext,
    meterId: number,
    kind: CommandKindName,
    params: unknown,
    signal: AbortSignal,
  ): Promise<Observation> {
    const facts = await this.#o.store.facts(ctx, [meterId]);
    const { endpoint, serial } = facts[0] ?? { endpoint: null, serial: String(meterId) };
    const driver = endpoint === null ? undefined : this.#o.drivers.get(endpoint.protocol);
    if (endpoint === null || driver === undefined) throw commandErrors.COMMAND_NO_DRIVER(serial);
    const { busy } = this.#o;
    if (!(await busy.takeInTurn(meterId, signal))) throw commandErrors.COMMAND_METER_BUSY(serial);
    const read = await driver
      .readBack({ id: 0, kind, params, send: 0, expiresAtS: 0 }, { meterId, serial, endpoint }, signal)
      .catch(() => ({ outcome: 'lost' as const }))
      .finally(() => busy.release(meterId));
    if (read.outcome === 'ok') return read.observation;
    const reached = read.outcome === 'refused' || read.outcome === 'unsupported';
    throw commandErrors[reached ? 'COMMAND_NOT_READABLE' : 'COMMAND_LINK'](serial);
  }

  #changed(orderId: number | null, commandIds: readonly number[]): void {
    this.#o.onChange?.({ orderId, commandIds });
  }
}

type Move = Parameters<CommandStore['moveMany']> extends [unknown, unknown, ...infer Rest] ? Rest : never;

/** The name of a kind whose parameters are right. Raises COMMAND_INVALID. */
function checked(
  kind: string,
  problemsOf: (name: CommandKindName, params: unknown) => string[],
  params: unknown,
): CommandKindName {
  if (!isCommandKind(kind)) {
    throw commandErrors.COMMAND_INVALID(`there is no kind "${kind}": ${commandKindNames.join(', ')}`);
  }
  const problems = problemsOf(kind, params);
  if (problems.length > 0)
    throw commandErrors.COMMAND_INVALID(problems.slice(0, 10).join('; '), { problems });
  return kind;
}

function some(items: readonly (string | number)[]): string {
  const shown = items.slice(0, 10).join(', ');
  return items.length > 10 ? `${shown} and ${items.length - 10} more` : shown;
}

/** Members in one order: databases keep their own. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
