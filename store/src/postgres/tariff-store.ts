/** Tariffs with their versions, and which agreement has which, as users of the registry see them. */
import type { AccessContext, Commodity } from '@openami/model';
import type { ListQuery, Page } from './types.ts';

type Ctx = AccessContext;

export interface TariffRecord {
  readonly id: number;
  readonly code: string;
  readonly name: string;
  readonly commodity: Commodity;
  readonly unit: string;
  readonly currency: string;
  /** IANA zone; null for that of each usage point. */
  readonly zone: string | null;
  readonly version: number;
  readonly createdBy: string;
  readonly createdAt: Date;
}

export interface TariffVersionRecord {
  readonly number: number;
  readonly label: string;
  /** Local dates [from, to); null for no start, no end. */
  readonly effectiveFrom: string | null;
  readonly effectiveTo: string | null;
  /** As it was written; whoever uses it checks it. */
  readonly document: unknown;
  readonly note: string;
  readonly createdBy: string;
  readonly createdAt: Date;
}

export type TariffHead = Pick<TariffRecord, 'code' | 'name' | 'commodity' | 'unit' | 'currency' | 'zone'>;
export type TariffVersionInput = Omit<TariffVersionRecord, 'number' | 'createdBy' | 'createdAt'>;

export interface TariffSummary extends TariffRecord {
  readonly versions: number;
  readonly effectiveFrom: string | null;
  /** Agreements that have it on the date asked about. */
  readonly agreements: number;
}

export interface TariffRepository {
  /** A thousand at most, by code, or the one with `code`. `day` is today's local date. */
  list(ctx: Ctx, day: string, code?: string): Promise<TariffSummary[]>;
  /** With its versions in order of time. Raises NOT_FOUND. */
  get(
    ctx: Ctx,
    code: string,
  ): Promise<{ readonly tariff: TariffRecord; readonly versions: TariffVersionRecord[] }>;
  /** Raises ALREADY_EXISTS, TARIFF_OVERLAP. */
  create(ctx: Ctx, head: TariffHead, versions: readonly TariffVersionInput[]): Promise<TariffRecord>;
  /**
   * Another version; the one before it that has no end ends where this one begins. Raises TARIFF_OVERLAP,
   * VERSION_CONFLICT.
   */
  addVersion(
    ctx: Ctx,
    code: string,
    version: TariffVersionInput,
    ifVersion?: number,
  ): Promise<TariffVersionRecord>;
  /**
   * Takes back the last version, which begins after `today` and which no bill used; the one before it has no
   * end again. Raises NOT_FOUND, TAKE_BACK.
   */
  removeVersion(ctx: Ctx, code: string, number: number, today: string): Promise<TariffVersionRecord>;
}

export interface AgreementTariff {
  readonly id: number;
  readonly agreement: string;
  readonly account: string;
  readonly usagePoint: string;
  readonly tariff: string;
  readonly validFrom: string;
  readonly validUntil: string | null;
  readonly persons: number;
}

export interface AgreementTariffInput {
  readonly agreement: string;
  readonly tariff: string;
  readonly validFrom: string;
  readonly persons?: number;
}

export interface AgreementTariffRepository {
  list(
    ctx: Ctx,
    query?: ListQuery & { agreement?: string; account?: string; tariff?: string },
  ): Promise<Page<AgreementTariff>>;
  /**
   * Gives a tariff from a local date on and ends the one the agreement had. Raises NOT_FOUND,
   * COMMODITY_MISMATCH, TARIFF_OVERLAP where it has another that begins later.
   */
  assign(ctx: Ctx, input: AgreementTariffInput): Promise<AgreementTariff>;
  /**
   * Takes back what has not begun where the agreement is, and which no bill used; the tariff before it goes
   * on. Raises NOT_FOUND, TAKE_BACK.
   */
  unassign(ctx: Ctx, id: number, nowMs: number): Promise<AgreementTariff>;
  /** Many at once, all or none; for those that have no tariff yet. Returns how many. */
  assignMissing(ctx: Ctx, inputs: readonly AgreementTariffInput[]): Promise<number>;
}
