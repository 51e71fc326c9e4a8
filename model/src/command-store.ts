/** What is asked of the store of commands. Scoped callers are refused everywhere. */
import type { AccessContext } from './access.ts';
import type {
  CommandPace,
  CommandPhase,
  CommandScope,
  CommandStep,
  MeterFacts,
  SendPlace,
} from './meter-command.ts';

type Ctx = AccessContext;

/** A command, one meter's part of an order, as the state machine that drives it sees it. */
export interface StoredCommand {
  readonly id: number;
  readonly orderId: number;
  readonly meterId: number;
  /** Where the meter was when it was ordered; null for nowhere. */
  readonly usagePointId: number | null;
  readonly kind: string;
  readonly params: unknown;
  readonly state: CommandStep;
  readonly phase: CommandPhase | null;
  /** The state machine's own. */
  readonly progress: unknown;
  /** Counts changes. */
  readonly version: number;
}

export interface StoredOrder {
  readonly id: number;
  readonly key: string;
  readonly kind: string;
  readonly params: unknown;
  readonly needsApproval: boolean;
  readonly requestedBy: string;
  /** The person behind the requester. */
  readonly requestedPerson: string;
}

export interface CommandOrderInput extends Omit<StoredOrder, 'id' | 'requestedBy'> {
  readonly reason: string;
  readonly notBefore: Date;
  readonly expiresAt: Date;
  readonly state: 'draft' | 'awaiting_approval' | 'queued';
  readonly interrupts: boolean;
  readonly meters: readonly Pick<MeterFacts, 'meterId' | 'usagePointId'>[];
  /** What the progress of each command begins with. */
  readonly progress: object;
}

export interface CommandChange {
  readonly state: CommandStep;
  readonly phase: CommandPhase | null;
  readonly progress: {
    readonly notBeforeS: number;
    readonly sentAtS: number;
    readonly error: string | null;
  };
  /** What the meter's relay was found to do: becomes the state of the usage point that it is at. */
  readonly supply?: 'connected' | 'disconnected';
}

export interface CommandStore<C extends StoredCommand = StoredCommand, O extends StoredOrder = StoredOrder> {
  facts(ctx: Ctx, meterIds: readonly number[]): Promise<MeterFacts[]>;
  /** The order of this requester and key if there is one already, with `created` false. */
  create(ctx: Ctx, order: CommandOrderInput): Promise<{ readonly order: O; readonly created: boolean }>;
  order(ctx: Ctx, id: number): Promise<O>;
  /** The caller's order with this key. */
  orderOf(ctx: Ctx, key: string): Promise<O | undefined>;
  /** Meters of an order. */
  metersOf(ctx: Ctx, orderId: number): Promise<number[]>;
  /**
   * Notes a decision and moves what awaits it. Raises COMMAND_DECIDED when nothing awaits one, or when it is
   * by who had a part in asking.
   */
  decide(ctx: Ctx, orderId: number, decision: 'approved' | 'rejected', note: string): Promise<void>;
  /** Commands from one of `from` to `to`; those that run only before anything left. Ids that changed. */
  moveMany(
    ctx: Ctx,
    scope: CommandScope,
    from: readonly CommandStep[],
    to: CommandStep,
    note: string,
  ): Promise<number[]>;
  /** Queued and due, of meters that are not at work: the oldest of each order in turn. */
  due(ctx: Ctx, limit: number, busy: readonly number[]): Promise<C[]>;
  running(ctx: Ctx): Promise<C[]>;
  /** Waiting commands that have expired. */
  expired(ctx: Ctx, limit: number): Promise<C[]>;
  /** The next step; undefined when somebody else changed the command in between. */
  advance(ctx: Ctx, id: number, ifVersion: number, change: CommandChange): Promise<C | undefined>;
  /**
   * As `advance`, with `decide` asked in a transaction that no other send runs beside. It is given what is
   * true there, and what it returns is stored.
   */
  send(
    ctx: Ctx,
    id: number,
    ifVersion: number,
    decide: (facts: { place: SendPlace; pace: CommandPace; policy: unknown }) => CommandChange,
  ): Promise<C | undefined>;
  gate(ctx: Ctx): Promise<{ readonly policy: unknown; readonly killSwitch: boolean }>;
}
