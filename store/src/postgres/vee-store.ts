/** What the registry keeps for validation and estimation, as its users see it. */
import type { AccessContext, Commodity } from '@openami/model';
import type { ListQuery, Page } from './types.ts';

type Ctx = AccessContext;

export interface RuleSetRecord {
  readonly code: string;
  readonly version: number;
  /** `2026-11-01`: the first local date judged by it. */
  readonly effectiveFrom: string;
  /** As it was given; whoever uses it checks it. */
  readonly rules: unknown;
  readonly note: string;
  readonly createdBy: string;
  readonly createdAt: Date;
}

export interface RuleSetRepository {
  /** Every version, by code and version. */
  list(ctx: Ctx): Promise<RuleSetRecord[]>;
  /**
   * The next version of `code`. Raises VERSION_CONFLICT when `ifVersion` (0: none yet) is not the present
   * one.
   */
  add(
    ctx: Ctx,
    code: string,
    set: { readonly effectiveFrom: string; readonly rules: unknown; readonly note: string },
    ifVersion?: number,
  ): Promise<RuleSetRecord>;
}

export type ExceptionState = 'open' | 'accepted' | 'estimated' | 'edited' | 'rejected' | 'resolved';

/** What a rule found on a day of a channel; ends are epoch seconds. */
export interface ExceptionFinding {
  readonly rule: string;
  readonly severity: 'info' | 'suspect' | 'fail';
  readonly firstEnd: number;
  readonly lastEnd: number;
  readonly measure: number;
  readonly limitValue: number;
  /** Amount at stake on bills, thousandths of the base unit. */
  readonly effect: number;
}

/** Everything that was found on a day of a channel, which may be nothing. */
export interface JudgedDay {
  readonly channelId: number;
  readonly meterId: number;
  readonly usagePointId: number | null;
  /** `2026-11-24`. */
  readonly day: string;
  readonly findings: readonly ExceptionFinding[];
}

export interface VeeException extends ExceptionFinding {
  readonly id: number;
  readonly channelId: number;
  readonly meterId: number;
  readonly usagePointId: number | null;
  readonly day: string;
  readonly state: ExceptionState;
  readonly note: string;
  readonly editId: number | null;
  readonly openedAt: Date;
  readonly changedAt: Date;
  readonly changedBy: string;
  readonly version: number;
}

export interface ExceptionQuery extends ListQuery {
  readonly state?: ExceptionState;
  readonly rule?: string;
  readonly meterId?: number;
  readonly channelId?: number;
  readonly usagePointId?: number;
  readonly fromDay?: string;
  /** Before this date. */
  readonly toDay?: string;
  /** Only these. */
  readonly ids?: readonly number[];
}

export interface ExceptionRepository {
  /**
   * What was found on days that were judged (anew): new findings open exceptions, findings that are gone
   * resolve theirs, decisions of people stand while the same intervals are found. Returns how many opened
   * and resolved.
   */
  judge(ctx: Ctx, days: readonly JudgedDay[]): Promise<{ opened: number; resolved: number }>;
  get(ctx: Ctx, id: number): Promise<VeeException>;
  /** Newest first. */
  list(ctx: Ctx, query?: ExceptionQuery): Promise<Page<VeeException>>;
  /** Open ones for grouping: at most `limit`, those with the largest effect first. */
  open(ctx: Ctx, limit: number): Promise<VeeException[]>;
  counts(ctx: Ctx): Promise<Record<ExceptionState, number>>;
  /** Open ones of channels on local dates [fromDay, toDay): failing ones, and the others. */
  openOf(
    ctx: Ctx,
    channelIds: readonly number[],
    fromDay: string,
    toDay: string,
  ): Promise<{ readonly channelId: number; readonly blocking: number; readonly others: number }[]>;
  /** How many of any state each channel has on each of the local dates [fromDay, toDay). */
  daysOf(
    ctx: Ctx,
    fromDay: string,
    toDay: string,
  ): Promise<{ readonly channelId: number; readonly day: number; readonly exceptions: number }[]>;
  /** Decides open exceptions; returns those that were open. `editId`: the edit that did it. */
  decide(
    ctx: Ctx,
    ids: readonly number[],
    state: Exclude<ExceptionState, 'open'>,
    note: string,
    editId?: number,
  ): Promise<VeeException[]>;
  /** Opens again what an edit had decided, when it is undone. */
  reopen(ctx: Ctx, editId: number, note: string): Promise<number>;
  /** Opens again what a person decided without an edit; returns those that were. */
  reopenAlone(ctx: Ctx, ids: readonly number[], note: string): Promise<number[]>;
}

export type EditAction = 'accept' | 'estimate' | 'edit' | 'reject' | 'undo';
export type EditState = 'pending' | 'applying' | 'applied' | 'refused';

/** A version of a reading; `value` null where there was none. */
export interface EditRow {
  readonly end: number;
  readonly value: number | null;
  readonly resolution: number;
  readonly quality: number;
  readonly flags: number;
  /** Revision of what is stored when the edit is made; 0 for nothing. */
  readonly revision: number;
}

export interface EditInput {
  readonly key: string;
  readonly channelId: number;
  readonly action: EditAction;
  readonly method: string;
  readonly reason: string;
  readonly before: readonly EditRow[];
  readonly after: readonly EditRow[];
  /** What the sum changes by, thousandths of the base unit. */
  readonly change: number;
  readonly undoes?: number;
  readonly requestedPerson: string;
  /** `pending` waits for a second person. */
  readonly state: 'pending' | 'applying';
}

export interface VeeEdit extends Omit<EditInput, 'state' | 'undoes'> {
  readonly id: number;
  readonly firstEnd: number;
  readonly lastEnd: number;
  readonly undoes: number | null;
  /** The edit that undid it. */
  readonly undoneBy: number | null;
  readonly state: EditState;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly decidedBy: string;
  readonly decidedAt: Date | null;
  readonly decisionNote: string;
  readonly version: number;
}

export interface EditRepository {
  /** Stored, or the one that the same person stored under the same key. */
  create(ctx: Ctx, input: EditInput): Promise<{ edit: VeeEdit; created: boolean }>;
  get(ctx: Ctx, id: number): Promise<VeeEdit>;
  /** What the actor stored under a key. */
  ofKey(ctx: Ctx, key: string): Promise<VeeEdit | undefined>;
  list(ctx: Ctx, query?: ListQuery & { channelId?: number; state?: EditState }): Promise<Page<VeeEdit>>;
  /** Another person lets a pending edit go on or refuses it. Raises EDIT_DECIDED. */
  decide(ctx: Ctx, id: number, decision: 'approved' | 'refused', note: string): Promise<VeeEdit>;
  /** Edits that a person asked for since then and that were let through, oldest first; at most 1,000. */
  ofPerson(ctx: Ctx, person: string, channelId: number, since: Date): Promise<VeeEdit[]>;
  /** The readings hold it now. */
  applied(ctx: Ctx, id: number): Promise<VeeEdit>;
  /** Those on their way into the readings. */
  applying(ctx: Ctx): Promise<VeeEdit[]>;
}

export type SuspensionKind = 'everything' | 'node' | 'concentrator';

export interface Suspension {
  readonly id: number;
  readonly kind: SuspensionKind;
  /** Code of the network node, name of the concentrator, or empty. */
  readonly target: string;
  readonly fromAt: Date;
  readonly untilAt: Date | null;
  readonly source: string;
  readonly reason: string;
  readonly startedBy: string;
  readonly endedBy: string;
}

export interface SuspensionRepository {
  /** Newest first; `live` only those without an end. */
  list(ctx: Ctx, query?: { readonly live?: boolean; readonly limit?: number }): Promise<Suspension[]>;
  /** Raises ALREADY_EXISTS when there is a live one of the same target. */
  start(
    ctx: Ctx,
    input: Pick<Suspension, 'kind' | 'target' | 'fromAt' | 'source' | 'reason'>,
  ): Promise<Suspension>;
  end(ctx: Ctx, id: number): Promise<Suspension>;
}

export interface ChannelGroup {
  readonly code: string;
  readonly name: string;
  readonly version: number;
  readonly members: readonly GroupMember[];
}

export interface GroupMember {
  readonly channelId: number;
  readonly validFrom: Date;
  readonly validUntil: Date | null;
}

export interface VirtualChannel {
  readonly channelId: number;
  readonly formula: string;
  readonly version: number;
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

export interface VirtualChannelRepository {
  groups(ctx: Ctx): Promise<ChannelGroup[]>;
  /** Made or replaced with all its members. Raises VERSION_CONFLICT. */
  putGroup(
    ctx: Ctx,
    group: { readonly code: string; readonly name: string; readonly members: readonly GroupMember[] },
    ifVersion?: number,
  ): Promise<ChannelGroup>;
  removeGroup(ctx: Ctx, code: string): Promise<void>;
  list(ctx: Ctx): Promise<VirtualChannel[]>;
  /** Made or replaced. Raises VERSION_CONFLICT. */
  put(ctx: Ctx, channelId: number, formula: string, ifVersion?: number): Promise<VirtualChannel>;
  remove(ctx: Ctx, channelId: number): Promise<void>;
}

/** A channel, and another one that measures the same. */
export interface ChannelCheck {
  readonly channelId: number;
  readonly checkId: number;
  readonly version: number;
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

export interface ChannelCheckRepository {
  list(ctx: Ctx): Promise<ChannelCheck[]>;
  /** Made or replaced. Raises VERSION_CONFLICT. */
  put(ctx: Ctx, channelId: number, checkId: number, ifVersion?: number): Promise<ChannelCheck>;
  /** Raises NOT_FOUND. */
  remove(ctx: Ctx, channelId: number): Promise<void>;
}

export interface VeeProgressRepository {
  /** Last local date that was closed, by zone: `2026-11-24`. */
  closed(ctx: Ctx): Promise<ReadonlyMap<string, string>>;
  note(ctx: Ctx, zone: string, day: string): Promise<void>;
}

/** A time at a usage point; epoch seconds. */
export interface InstalledAt {
  readonly usagePointId: number;
  readonly usagePoint: string;
  /** IANA zone. */
  readonly zone: string;
  readonly state: string;
  readonly serviceClass: string;
  readonly nodeId: number | null;
  readonly role: string;
  readonly fromS: number;
  readonly untilS: number | null;
}

/** A channel with what is around it in the registry. */
export interface ChannelAround {
  readonly channelId: number;
  readonly alias: string;
  readonly readingType: string;
  readonly obis: string;
  readonly intervalS: number;
  readonly resolution: number;
  readonly unit: string;
  readonly digits: number | null;
  /** Exact decimal. */
  readonly multiplier: string;
  readonly meterId: number;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
  readonly commodity: Commodity;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly concentrator: string;
  readonly segment: string;
  /** Oldest first. */
  readonly installations: readonly InstalledAt[];
  /** It is worked out of other channels. */
  readonly virtual: boolean;
}

export interface BilledPoint {
  readonly account: string;
  readonly usagePoint: string;
  readonly meters: readonly number[];
}

export interface ChannelFactsRepository {
  /** In order of channels. */
  page(ctx: Ctx, afterChannelId: number, limit: number): Promise<ChannelAround[]>;
  of(ctx: Ctx, channelIds: readonly number[]): Promise<ChannelAround[]>;
  /** Channels alike of meters that are at a network node now. */
  atNode(
    ctx: Ctx,
    nodeId: number,
    like: {
      readonly intervalS: number;
      readonly readingType: string;
      readonly not: number;
      readonly limit: number;
    },
  ): Promise<number[]>;
  /**
   * Usage points with an agreement in the local dates [from, to), in order, with the meters that were
   * there.
   */
  billed(
    ctx: Ctx,
    query: { readonly from: string; readonly to: string; readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly items: BilledPoint[]; readonly next: string | null }>;
  /** Every channel of these meters. */
  ofMeters(ctx: Ctx, meterIds: readonly number[]): Promise<ChannelAround[]>;
}
