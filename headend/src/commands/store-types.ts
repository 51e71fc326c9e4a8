/** What commands ask of the store; the registry store fits. */
import type {
  AccessContext,
  CommandPace,
  CommandPhase,
  CommandScope,
  CommandStep,
  MeterFacts,
  SendPlace,
} from '@openami/model';
import type { CommandKindName } from './kinds.ts';
import type { CommandState } from './life-cycle.ts';

type Ctx = AccessContext;

/** Everything of a command's state that is not its step and phase. */
export type CommandProgress = Omit<CommandState, 'step' | 'phase'>;

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
  readonly progress: unknown;
  readonly version: number;
}

export interface OrderInput {
  readonly key: string;
  readonly kind: CommandKindName;
  readonly params: unknown;
  readonly reason: string;
  readonly needsApproval: boolean;
  readonly requestedPerson: string;
  readonly notBefore: Date;
  readonly expiresAt: Date;
  readonly state: 'draft' | 'awaiting_approval' | 'queued';
  readonly interrupts: boolean;
  readonly meters: readonly Pick<MeterFacts, 'meterId' | 'usagePointId'>[];
  readonly progress: CommandProgress;
}

export interface StoredOrder {
  readonly id: number;
  readonly key: string;
  readonly kind: string;
  readonly params: unknown;
  readonly needsApproval: boolean;
  readonly requestedBy: string;
  readonly requestedPerson: string;
}

export interface CommandChange {
  readonly state: CommandStep;
  readonly phase: CommandPhase | null;
  readonly progress: CommandProgress;
  /** What the relay was found to do, which is how the usage point is supplied. */
  readonly supply?: 'connected' | 'disconnected';
}

export interface CommandStore {
  facts(ctx: Ctx, meterIds: readonly number[]): Promise<MeterFacts[]>;
  /** The order of this requester and key if there is one already, with `created` false. */
  create(ctx: Ctx, order: OrderInput): Promise<{ readonly order: StoredOrder; readonly created: boolean }>;
  order(ctx: Ctx, id: number): Promise<StoredOrder>;
  /** The caller's order with this key. */
  orderOf(ctx: Ctx, key: string): Promise<StoredOrder | undefined>;
  /** Meters of an order. */
  metersOf(ctx: Ctx, orderId: number): Promise<number[]>;
  /** Notes who decided what; raises COMMAND_DECIDED, also when it is by who had a part in asking. */
  decide(ctx: Ctx, orderId: number, decision: 'approved' | 'rejected', note: string): Promise<void>;
  /** Commands from one of `from` to `to`; those that run only before anything left. Ids that changed. */
  moveMany(
    ctx: Ctx,
    scope: CommandScope,
    from: readonly CommandStep[],
    to: CommandStep,
    note: string,
  ): Promise<number[]>;
  /** Queued commands that are due, of meters that are not at work: the oldest of each order in turn. */
  due(ctx: Ctx, limit: number, busy: readonly number[]): Promise<StoredCommand[]>;
  running(ctx: Ctx): Promise<StoredCommand[]>;
  /** Waiting commands that have expired. */
  expired(ctx: Ctx, limit: number): Promise<StoredCommand[]>;
  /** The next step; undefined when somebody else changed the command in between. */
  advance(ctx: Ctx, id: number, ifVersion: number, change: CommandChange): Promise<StoredCommand | undefined>;
  /**
   * As `advance`, with `decide` asked in a transaction that no other send runs beside. It is given what is
   * true there, and what it returns is stored.
   */
  send(
    ctx: Ctx,
    id: number,
    ifVersion: number,
    decide: (facts: { place: SendPlace; pace: CommandPace; policy: unknown }) => CommandChange,
  ): Promise<StoredCommand | undefined>;
  gate(ctx: Ctx): Promise<{ readonly policy: unknown; readonly killSwitch: boolean }>;
}
