/** What the registry keeps of questions of "what if": what a tariff would do to the bills of many. */
import type { AccessContext, Commodity } from '@openami/model';
import type { ListQuery, Page } from './types.ts';

type Ctx = AccessContext;

export type TariffImpactState = 'draft' | 'calculating' | 'done' | 'cancelled' | 'failed';

export interface TariffImpactFilter {
  readonly cycle?: string;
  readonly tariff?: string;
  readonly serviceClass?: string;
}

export interface TariffImpactInput {
  readonly key: string;
  readonly tariff: string;
  /** As it was written; null for a stored tariff. */
  readonly document: unknown;
  readonly commodity: Commodity;
  readonly currency: string;
  readonly versions: 'current' | 'history';
  /** Local dates: cycles that end in (from, to]. */
  readonly fromDay: string;
  readonly toDay: string;
  readonly filter: TariffImpactFilter;
  readonly note: string;
}

export interface TariffImpact extends TariffImpactInput {
  readonly id: number;
  readonly state: TariffImpactState;
  readonly revision: number;
  readonly agreements: number;
  readonly done: number;
  readonly position: number;
  readonly error: { readonly code: string; readonly detail: string; readonly hint: string } | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  readonly version: number;
}

export type TariffImpactPatch = Partial<
  Pick<TariffImpact, 'revision' | 'agreements' | 'error' | 'finishedAt'>
>;

/** What an agreement would pay. Money is exact decimal text. */
export interface ImpactRow {
  readonly agreementId: number;
  readonly serviceClass: string;
  readonly tariff: string;
  readonly cycles: number;
  readonly before: string | null;
  readonly after: string | null;
  readonly percent: number | null;
  readonly reason: string;
  readonly message: string;
}

export interface ImpactAgreement extends ImpactRow {
  readonly agreement: string;
  readonly account: string;
  readonly customer: string;
  readonly usagePoint: string;
  readonly difference: string | null;
}

/** Sums of those that are rated. */
export interface ImpactSums {
  readonly rated: number;
  readonly unrated: number;
  readonly winners: number;
  readonly losers: number;
  readonly unchanged: number;
  readonly before: string;
  readonly after: string;
  readonly difference: string;
}

export interface ImpactFigures {
  readonly all: ImpactSums;
  readonly classes: readonly (ImpactSums & { readonly serviceClass: string })[];
  /** Agreements that could not be rated, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** Agreements whose difference lies in [from, to), the first and last bin with all beyond. */
export interface ImpactBin {
  readonly from: number;
  readonly to: number;
  readonly agreements: number;
  readonly difference: string;
}

export interface ImpactHistogram {
  readonly by: 'amount' | 'percent';
  readonly bins: readonly ImpactBin[];
  /** Those whose difference is nothing: in no bin. */
  readonly unchanged: number;
}

/** `losers`: who pays most more; `winners`: who pays most less; `unrated`: who could not be rated. */
export type ImpactOrder = 'losers' | 'winners' | 'unrated';

export interface ImpactQuery extends ListQuery {
  readonly order?: ImpactOrder;
  readonly serviceClass?: string;
}

export interface TariffImpactRepository {
  /** Stored, or the one the same caller stored under the same key; of those that ended the newest are kept. */
  create(ctx: Ctx, input: TariffImpactInput): Promise<{ impact: TariffImpact; created: boolean }>;
  /** Raises NOT_FOUND. */
  get(ctx: Ctx, id: number): Promise<TariffImpact>;
  /** Newest first. */
  list(ctx: Ctx, query?: ListQuery): Promise<Page<TariffImpact>>;
  /** Changes state when it is one of `from`, and audits it; else raises IMPACT_STATE. */
  transition(
    ctx: Ctx,
    id: number,
    from: readonly TariffImpactState[],
    to: TariffImpactState,
    patch?: TariffImpactPatch,
  ): Promise<TariffImpact>;
  /** The oldest that has work to do. */
  next(ctx: Ctx): Promise<TariffImpact | undefined>;
  /** Stores a page and how far the job is, in one transaction. Raises IMPACT_STATE when it was cancelled. */
  put(
    ctx: Ctx,
    id: number,
    rows: readonly ImpactRow[],
    progress: { readonly position: number; readonly done: number },
  ): Promise<void>;
  figures(ctx: Ctx, id: number): Promise<ImpactFigures>;
  histogram(ctx: Ctx, id: number, by: ImpactHistogram['by'], serviceClass?: string): Promise<ImpactHistogram>;
  agreements(ctx: Ctx, id: number, query?: ImpactQuery): Promise<Page<ImpactAgreement & { id: number }>>;
}
