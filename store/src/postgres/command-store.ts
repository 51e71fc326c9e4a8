/** What the registry keeps of commands, endpoints and campaigns, as its users see it. */
import type {
  AccessContext,
  CampaignState,
  CommandStep,
  CommandStore,
  FirmwareSigner,
  MeterEndpoint,
  StoredCommand,
  StoredOrder,
  SupplyProtection,
  TransferStep,
  WaveCount,
} from '@openami/model';
import type { ListQuery, Page } from './types.ts';

type Ctx = AccessContext;

/** The endpoint of a meter. */
export interface StoredEndpoint extends MeterEndpoint {
  readonly meterId: number;
  readonly version: number;
}

/** A meter with its system title: that of its endpoint, else that of its key file. */
export interface TitledMeter {
  readonly meterId: number;
  readonly serial: string;
  readonly title: string;
}

export interface EndpointRepository {
  /** Undefined when the meter has none. */
  get(ctx: Ctx, meterId: number): Promise<StoredEndpoint | undefined>;
  /**
   * Created or replaced. Raises ALREADY_EXISTS when another meter has the system title. `opens`: what the
   * change makes less safe, in words, for the audit trail.
   */
  put(ctx: Ctx, meterId: number, endpoint: MeterEndpoint, opens?: readonly string[]): Promise<StoredEndpoint>;
  /** As `put`, all or none, with one audit record. */
  putMany(ctx: Ctx, endpoints: readonly (MeterEndpoint & { readonly meterId: number })[]): Promise<void>;
  remove(ctx: Ctx, meterId: number): Promise<void>;
  /** Of these meters, or all, in order of meters. */
  list(
    ctx: Ctx,
    query?: {
      readonly meterIds?: readonly number[];
      readonly afterMeterId?: number;
      readonly limit?: number;
    },
  ): Promise<StoredEndpoint[]>;
  /** Whether a meter is read through a concentrator of this name. */
  hasConcentrator(ctx: Ctx, name: string): Promise<boolean>;
  /** The meter that identifies itself by this system title (16 hexadecimal digits), reached or not. */
  findByTitle(ctx: Ctx, systemTitle: string): Promise<TitledMeter | undefined>;
  /** The titles of these meters, and the meters of these titles. */
  titles(
    ctx: Ctx,
    query: { readonly meterIds: readonly number[]; readonly titles: readonly string[] },
  ): Promise<TitledMeter[]>;
  /** Keeps titles of meters that have none; a title that another meter has is passed over. */
  noteTitles(ctx: Ctx, titles: readonly Pick<TitledMeter, 'meterId' | 'title'>[]): Promise<void>;
}

export interface CommandDecision {
  readonly decidedBy: string;
  readonly decision: 'approved' | 'rejected';
  readonly note: string;
  readonly decidedAt: Date;
}

export interface CommandOrder extends StoredOrder {
  readonly reason: string;
  readonly requestedAt: Date;
  readonly notBefore: Date;
  readonly expiresAt: Date;
  readonly meters: number;
  /** Commands by state. */
  readonly counts: Readonly<Partial<Record<CommandStep, number>>>;
  readonly decisions: readonly CommandDecision[];
}

export interface Command extends StoredCommand {
  readonly serial: string;
  readonly note: string;
  readonly notBefore: Date;
  readonly expiresAt: Date;
  readonly sentAt: Date | null;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
}

export interface CommandGate {
  readonly policy: unknown;
  readonly signers: readonly FirmwareSigner[];
  readonly requireSignature: boolean;
  readonly killSwitch: boolean;
  /** A looser policy that waits for a second person; null for none. */
  readonly proposal: unknown;
  readonly version: number;
}

export interface ProtectedPoint {
  readonly usagePointId: number;
  readonly code: string;
  readonly protection: SupplyProtection;
}

export interface CommandRepository extends CommandStore<Command, CommandOrder> {
  /**
   * Marks a usage point, or takes the mark off (empty). Not a column of the usage point's own record: a file
   * that does not know of it would take it off.
   */
  protect(ctx: Ctx, usagePointId: number, protection: SupplyProtection): Promise<void>;
  /** Marked usage points, by code; at most 10,000. */
  protectedPoints(ctx: Ctx): Promise<ProtectedPoint[]>;
  /** The newest first; the cursor is of this list. */
  orders(ctx: Ctx, query?: ListQuery & { state?: CommandStep }): Promise<Page<CommandOrder>>;
  get(ctx: Ctx, id: number): Promise<Command>;
  /** The newest first. */
  list(
    ctx: Ctx,
    query?: ListQuery & { orderId?: number; meterId?: number; state?: CommandStep },
  ): Promise<Page<Command>>;
  gate(ctx: Ctx): Promise<CommandGate>;
  /** `why` goes into the audit record. */
  setGate(
    ctx: Ctx,
    patch: Partial<Omit<CommandGate, 'version'>>,
    ifVersion?: number,
    why?: { readonly action: string; readonly reason: string },
  ): Promise<CommandGate>;
}

export interface FirmwareImage {
  readonly id: number;
  readonly name: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
  readonly identifier: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Name of the trusted signer; empty when it is not signed. */
  readonly signedBy: string;
  readonly createdBy: string;
  readonly createdAt: Date;
}
export interface FirmwareImageInput extends Omit<FirmwareImage, 'id' | 'bytes' | 'createdBy' | 'createdAt'> {
  readonly signature: Uint8Array | null;
  readonly content: Uint8Array;
}

export interface Campaign {
  readonly id: number;
  readonly name: string;
  readonly imageId: number;
  readonly plan: unknown;
  readonly state: CampaignState;
  readonly wave: number;
  readonly error: string | null;
  readonly createdBy: string;
  readonly createdPerson: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly version: number;
  readonly meters: number;
  readonly counts: Readonly<Partial<Record<TransferStep, number>>>;
  /** The same by wave; a wave without meters is not there. */
  readonly waveCounts: Readonly<Record<string, Readonly<Partial<Record<TransferStep, number>>>>>;
}

export type ActiveCampaign = Pick<Campaign, 'id' | 'imageId' | 'plan' | 'state' | 'wave' | 'version'>;

export interface CampaignMeter {
  readonly id: number;
  readonly campaignId: number;
  readonly meterId: number;
  readonly serial: string;
  readonly wave: number;
  readonly state: TransferStep;
  readonly progress: unknown;
  readonly version: number;
  readonly updatedAt: Date;
}
export interface CampaignMeterDue extends CampaignMeter {
  readonly endpoint: MeterEndpoint | null;
}

export interface CampaignRepository {
  addImage(ctx: Ctx, image: FirmwareImageInput): Promise<FirmwareImage>;
  images(ctx: Ctx): Promise<FirmwareImage[]>;
  imageInfo(ctx: Ctx, id: number): Promise<FirmwareImage>;
  /** With its bytes. Raises FIRMWARE_DAMAGED when these do not have its hash any more. */
  image(
    ctx: Ctx,
    id: number,
  ): Promise<{ readonly identifier: string; readonly version: string; readonly content: Uint8Array }>;
  create(
    ctx: Ctx,
    input: {
      readonly name: string;
      readonly imageId: number;
      readonly plan: unknown;
      readonly createdPerson: string;
      readonly meters: readonly { readonly meterId: number; readonly wave: number }[];
      readonly progress: object;
    },
  ): Promise<Campaign>;
  one(ctx: Ctx, id: number): Promise<Campaign>;
  list(ctx: Ctx, query?: ListQuery & { state?: CampaignState }): Promise<Page<Campaign>>;
  meters(ctx: Ctx, id: number, query?: ListQuery & { state?: TransferStep }): Promise<Page<CampaignMeter>>;
  /** Those that run, and those with meters that were told to activate; without their counts. */
  active(ctx: Ctx): Promise<ActiveCampaign[]>;
  /** The campaign runs, and the kill switch is off. */
  mayTransfer(ctx: Ctx, id: number): Promise<boolean>;
  counts(ctx: Ctx, id: number): Promise<WaveCount[]>;
  due(
    ctx: Ctx,
    id: number,
    wave: number,
    states: readonly TransferStep[],
    limit: number,
    busy: readonly number[],
  ): Promise<CampaignMeterDue[]>;
  /** Undefined when it changed in between. A state of `aborted` takes its meters along. */
  advance(
    ctx: Ctx,
    id: number,
    ifVersion: number,
    change: {
      readonly state: CampaignState;
      readonly wave: number;
      readonly error: string | null;
      readonly plan?: unknown;
    },
  ): Promise<Campaign | undefined>;
  /** Undefined when it changed in between, or would be told to activate while the kill switch is on. */
  advanceMeter(
    ctx: Ctx,
    id: number,
    ifVersion: number,
    change: {
      readonly state: TransferStep;
      readonly progress: { readonly notBeforeS: number; readonly activations?: number };
    },
  ): Promise<CampaignMeterDue | undefined>;
  killSwitch(ctx: Ctx): Promise<boolean>;
}
