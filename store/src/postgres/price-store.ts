/** What bills need besides readings, as its users see it. Times are epoch seconds, values decimal text. */
import type { AccessContext, AttributeName, SeriesQuantity } from '@openami/model';
import type { ListQuery, Page } from './types.ts';

type Ctx = AccessContext;

/** Values over time. */
export interface BillingSeries {
  readonly id: number;
  readonly code: string;
  readonly name: string;
  readonly quantity: SeriesQuantity;
  /** EUR/kWh, MJ/m3, mm. */
  readonly unit: string;
  /** The number of its last upload; 0 for none. */
  readonly revision: number;
  readonly createdBy: string;
  readonly createdAt: Date;
}

export interface BillingSeriesSummary extends BillingSeries {
  /** What holds: how many spans, from when to when; null for none. */
  readonly spans: number;
  readonly fromS: number | null;
  readonly toS: number | null;
}

export interface SeriesSpan {
  readonly fromS: number;
  readonly toS: number;
  readonly value: string;
}

export interface StoredSpan extends SeriesSpan {
  readonly upload: number;
}

export interface SeriesUpload {
  readonly number: number;
  readonly knownS: number;
  readonly fromS: number;
  readonly toS: number;
  readonly given: number;
  readonly changed: number;
  readonly note: string;
  readonly createdBy: string;
}

export interface BillingSeriesRepository {
  /** A thousand at most, by code. */
  list(ctx: Ctx): Promise<BillingSeriesSummary[]>;
  /** Raises NOT_FOUND. */
  get(ctx: Ctx, code: string): Promise<BillingSeriesSummary>;
  /** Of these codes those that there are. */
  find(ctx: Ctx, codes: readonly string[]): Promise<BillingSeries[]>;
  /** Raises ALREADY_EXISTS, SERIES_FULL. */
  create(ctx: Ctx, input: Pick<BillingSeries, 'code' | 'name' | 'quantity' | 'unit'>): Promise<BillingSeries>;
  /**
   * Adds spans, which are in order and none over another. What they cover whole is replaced and kept; a span
   * that they cover in part only is refused. A repeat with the same key changes nothing. Raises NOT_FOUND,
   * SERIES_OVERLAP.
   */
  upload(
    ctx: Ctx,
    code: string,
    input: { readonly key: string; readonly note: string; readonly spans: readonly SeriesSpan[] },
  ): Promise<{ readonly upload: SeriesUpload; readonly created: boolean }>;
  /** The newest first. Raises NOT_FOUND. */
  uploads(ctx: Ctx, code: string, limit: number): Promise<SeriesUpload[]>;
  /**
   * Spans that overlap [fromS, toS), in order, `limit` at most: as they hold now, as known at a second, or as
   * they were after an upload. Raises NOT_FOUND.
   */
  spans(
    ctx: Ctx,
    code: string,
    window: { readonly fromS: number; readonly toS: number },
    options: { readonly limit: number; readonly knownS?: number; readonly revision?: number },
  ): Promise<StoredSpan[]>;
}

/** An event of a tariff in a window. */
export interface TariffEvent {
  readonly id: number;
  readonly tariff: string;
  readonly event: string;
  readonly fromS: number;
  readonly toS: number;
  readonly reason: string;
  readonly declaredBy: string;
  readonly declaredS: number;
  readonly withdrawnBy: string;
  readonly withdrawnS: number | null;
  readonly withdrawnReason: string;
}

export interface TariffEventInput {
  readonly tariff: string;
  readonly event: string;
  readonly fromS: number;
  readonly toS: number;
  readonly reason: string;
  readonly key: string;
}

export interface TariffEventRepository {
  list(ctx: Ctx, query?: ListQuery & { tariff?: string; event?: string }): Promise<Page<TariffEvent>>;
  /** Raises NOT_FOUND. */
  get(ctx: Ctx, id: number): Promise<TariffEvent>;
  /**
   * `check` is asked within the transaction, with the events of the same name that hold, and throws where one
   * more must not be. A repeat with the same key changes nothing. Raises NOT_FOUND and what `check` throws.
   */
  declare(
    ctx: Ctx,
    input: TariffEventInput,
    check: (held: readonly TariffEvent[]) => void,
  ): Promise<{ readonly event: TariffEvent; readonly created: boolean }>;
  /** Before it begins. Raises NOT_FOUND, EVENT_BEGAN. */
  withdraw(ctx: Ctx, id: number, reason: string): Promise<TariffEvent>;
  /** Events of tariffs that overlap [fromS, toS), as known at a second, in order of time. */
  known(
    ctx: Ctx,
    tariffs: readonly string[],
    window: { readonly fromS: number; readonly toS: number },
    knownS: number,
  ): Promise<TariffEvent[]>;
}

/** What was stated of a usage point from a local date on. */
export interface BillingAttribute {
  readonly id: number;
  readonly usagePoint: string;
  readonly name: AttributeName;
  readonly validFrom: string;
  /** Null: nothing holds from here on. */
  readonly value: string | null;
  readonly note: string;
  readonly knownS: number;
  readonly createdBy: string;
}

export interface BillingAttributeInput {
  readonly usagePoint: string;
  readonly name: AttributeName;
  readonly validFrom: string;
  readonly value: string | null;
  readonly note: string;
}

export interface BillingAttributeRepository {
  /** All that was ever stated of a usage point, by name and date. Raises NOT_FOUND. */
  list(ctx: Ctx, usagePoint: string): Promise<BillingAttribute[]>;
  /** Many at once, all or none. Raises NOT_FOUND. */
  state(ctx: Ctx, inputs: readonly BillingAttributeInput[]): Promise<BillingAttribute[]>;
  /** What holds of many usage points, as known at a second: one row for each date at which it changes. */
  known(ctx: Ctx, usagePoints: readonly number[], knownS: number): Promise<KnownAttribute[]>;
}

export interface KnownAttribute {
  readonly usagePointId: number;
  readonly name: AttributeName;
  readonly validFrom: string;
  readonly value: string | null;
}
