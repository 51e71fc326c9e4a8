/** What the registry knows for the document of a bill, as its users see it. */
import type { AccessContext } from '@openami/model';
import type { BilledChannel } from './billing-store.ts';

type Ctx = AccessContext;

/** An earlier bill that one is compared with; epoch seconds. */
export interface BillPast {
  readonly id: number;
  readonly fromS: number;
  readonly toS: number;
  readonly total: string | null;
  readonly currency: string | null;
  readonly usage: string | null;
  readonly unit: string | null;
}

export interface PaperMeter {
  readonly serial: string;
  readonly fromS: number;
  readonly untilS: number | null;
}

/** Who and where a bill is for, and what came before it. */
export interface BillPaper {
  readonly billId: number;
  readonly customer: string;
  /** Of the account; empty for that of the site. */
  readonly language: string;
  readonly zone: string;
  readonly place: {
    readonly addressLines: readonly string[];
    readonly postcode: string;
    readonly locality: string;
    readonly country: string;
  };
  /** Meters that were there in the time of the bill, in order of time; epoch seconds. */
  readonly meters: readonly {
    readonly serial: string;
    readonly fromS: number;
    readonly untilS: number | null;
  }[];
  /** Counters of these meters. */
  readonly registers: readonly BilledChannel[];
  /** The bill of the period before, and of the same one a year ago, as they stood when this was issued. */
  readonly last: BillPast | null;
  readonly yearAgo: BillPast | null;
}

export interface BillDocumentSettingsRecord {
  readonly version: number;
  /** As the server wrote it. */
  readonly settings: unknown;
  readonly changedBy: string;
  readonly since: Date;
}

export interface BillDocumentRepository {
  /** Of the bills with these ids that the caller may see; 1,000 at most. */
  papers(ctx: Ctx, bills: readonly number[]): Promise<BillPaper[]>;
  /**
   * The version in force right before an instant (the first, where that is older than all), or the newest;
   * undefined where there is none.
   */
  settings(ctx: Ctx, at?: Date): Promise<BillDocumentSettingsRecord | undefined>;
  /** A new version. Raises VERSION_CONFLICT where `ifVersion` (0 for none) is not the newest. */
  putSettings(ctx: Ctx, settings: unknown, ifVersion?: number): Promise<BillDocumentSettingsRecord>;
}
