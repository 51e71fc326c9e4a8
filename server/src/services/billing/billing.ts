/** Billing put together: the book of tariffs, runs at work, and what people ask of them. */
import {
  type AccessContext,
  billingMonthOf,
  type Clock,
  DAY_S,
  formatDay,
  type Period,
} from '@openami/model';
import type { BillRecord, BillRun, ReadingStore, RegistryStore } from '@openami/store';
import type { Static } from 'typebox';
import type { BillReleaseBody, BillRunCreate, RunSettings } from '../../contract/bill-runs.ts';
import { holdsWithoutTotal } from '../../contract/billing-common.ts';
import { serverErrors } from '../../errors.ts';
import { dayAsked } from '../../http/days.ts';
import type { SseHub } from '../../http/sse.ts';
import type { Logger } from '../../log.ts';
import type { FigureService } from '../vee/figures.ts';
import { requireFirst, reviewBills } from './affected.ts';
import { BillRunner } from './bill-runner.ts';
import { DayKeeper } from './day-keeper.ts';
import { BillDocuments } from './document/documents.ts';
import { usualSettings } from './gates.ts';
import { ReadingWatch } from './reading-watch.ts';
import { sqlDeterminants } from './sql-determinants.ts';
import { TariffBook } from './tariff-book.ts';
import { ImpactRunner } from './what-if/impact-runner.ts';

export interface BillingOptions {
  readonly registry: RegistryStore;
  readonly store: ReadingStore;
  readonly figures: FigureService;
  readonly clock: Clock;
  readonly hub: Pick<SseHub, 'publish'>;
  readonly log: Logger;
}

/** Who asks for work, and under which key it is kept. */
export interface AskedBy {
  readonly key: string;
  readonly person: string;
}

/** A day begins so long before it does in UTC where it begins first. */
const earliestS = 14 * 3_600;

export class BillingService {
  readonly book: TariffBook;
  readonly runner: BillRunner;
  readonly days: DayKeeper;
  readonly documents: BillDocuments;
  readonly impacts: ImpactRunner;
  readonly #registry: RegistryStore;
  readonly #clock: Clock;

  constructor({ registry, store, figures, clock, hub, log }: BillingOptions) {
    this.#registry = registry;
    this.#clock = clock;
    this.book = new TariffBook(registry);
    const watch = new ReadingWatch({ registry, store, book: this.book });
    this.days = new DayKeeper({ registry, store, book: this.book, watch, log });
    this.documents = new BillDocuments({ registry, store, book: this.book });
    const sql = sqlDeterminants(store);
    this.impacts = new ImpactRunner({
      ...{ registry, store, book: this.book, clock, log, sql },
      onProgress: ({ id, state, done, agreements }) =>
        hub.publish('tariff-impact', { id, state, done, agreements }),
    });
    this.runner = new BillRunner({
      ...{ registry, store, book: this.book, figures, clock, log, sql },
      onProgress: ({ id, state, done, agreements }) =>
        hub.publish('bill-run', { id, state, done, agreements }),
    });
  }

  /** A run of a cycle. Raises BILL_CYCLE, BILL_CYCLE_TIME, NOT_FOUND. */
  async createRun(ctx: AccessContext, asked: AskedBy, body: BillRunCreate): Promise<BillRun> {
    const { cycle = '', from, accounts, tariff, serviceClass, settings = {} } = body;
    const fromDay = dayAsked('from', from);
    if (tariff !== undefined) await this.book.of(tariff);
    const { from: first, to } = billingMonthOf(fromDay, await this.#anchorOf(ctx, cycle));
    if (first !== fromDay)
      throw serverErrors.BILL_CYCLE(`a cycle begins on ${formatDay(first)}, the next on ${formatDay(to)}`);
    this.#requireTime({ from: fromDay, to }, accounts !== undefined);
    const { run } = await this.#registry.billRuns.create(ctx, {
      ...{ key: asked.key, kind: 'cycle', cycle, fromDay: from, toDay: formatDay(to) },
      settings: { ...usualSettings, ...settings } satisfies RunSettings,
      ...{ tariff: tariff ?? null, serviceClass: serviceClass ?? null },
      ...{ accounts: accounts ?? null, replaces: null, reason: '', requestedPerson: asked.person },
    });
    this.runner.loop.kick();
    return run;
  }

  /** A running cycle is billed for named accounts alone: somebody moved out. Raises BILL_CYCLE_TIME. */
  #requireTime({ from, to }: Period, isNamed: boolean): void {
    const nowS = this.#clock.nowMs() / 1_000;
    const since = isNamed ? from : to;
    if (nowS >= since * DAY_S - earliestS) return;
    const [first, next] = [formatDay(from), formatDay(to)];
    throw serverErrors.BILL_CYCLE_TIME(`the cycle from ${first} ends on ${next}`);
  }

  async #anchorOf(ctx: AccessContext, name: string): Promise<number> {
    if (name === '') return 1;
    const cycle = (await this.#registry.billCycles.list(ctx)).find((one) => one.name === name);
    if (cycle === undefined) throw serverErrors.BILL_CYCLE(`there is no cycle "${name}"`);
    return cycle.dayOfMonth;
  }

  /** A run that makes an issued bill anew, approved and issued like others. Raises BILL_STATE, BILL_ORDER. */
  async rebill(ctx: AccessContext, asked: AskedBy, id: number, reason: string): Promise<BillRun> {
    const bill = await this.#registry.bills.requireIssued(ctx, id);
    await requireFirst({ registry: this.#registry }, ctx, bill);
    const { run } = await this.#registry.billRuns.create(ctx, {
      ...{ key: asked.key, kind: 'rebill', cycle: '', fromDay: bill.cycleFrom, toDay: bill.cycleTo },
      // what differs from the last month differs in a rebill, too: a person asked for it
      settings: { ...usualSettings, outlierPercent: 100_000 } satisfies RunSettings,
      ...{ accounts: null, replaces: id, reason, requestedPerson: asked.person },
    });
    this.runner.loop.kick();
    return run;
  }

  /** Takes an issued bill back; those behind it may have started from it. Raises BILL_STATE. */
  async cancelBill(ctx: AccessContext, id: number, reason: string): Promise<BillRecord> {
    const bill = await this.#registry.bills.cancel(ctx, id, reason);
    await reviewBills({ registry: this.#registry, book: this.book }, bill.agreementId, bill.cycleFrom);
    return bill;
  }

  /** Cancels a run; what was billed behind a rebill that is not to be is held to the bill that stands. */
  async cancelRun(ctx: AccessContext, id: number, reason: string): Promise<BillRun> {
    const run = await this.#registry.billRuns.cancel(ctx, id, reason);
    if (run.kind !== 'rebill' || run.replaces === null) return run;
    const { agreementId, cycleTo } = await this.#registry.bills.get(ctx, run.replaces);
    await reviewBills({ registry: this.#registry, book: this.book }, agreementId, cycleTo);
    return run;
  }

  /** Lets many held bills of a run through. Raises BILL_HOLD, BILL_RUN_STATE. */
  async release(ctx: AccessContext, id: number, body: Static<typeof BillReleaseBody>) {
    const { holds, limit = 1_000, reason } = body;
    const never = holds.filter((code) => holdsWithoutTotal.has(code));
    if (never.length > 0) throw serverErrors.BILL_HOLD(never.join(', '));
    return this.#registry.billRuns.release(ctx, id, { holds, limit }, reason);
  }

  /** Approved → issuing. Raises BILL_RUN_STATE. */
  async issue(ctx: AccessContext, id: number): Promise<BillRun> {
    const run = await this.#registry.billRuns.transition(ctx, id, ['approved'], 'issuing');
    this.runner.loop.kick();
    return run;
  }

  /** A run that failed goes on where it stopped. Raises BILL_RUN_STATE. */
  async resume(ctx: AccessContext, id: number): Promise<BillRun> {
    const { approvedAt, revision } = await this.#registry.billRuns.get(ctx, id);
    const to = approvedAt !== null ? 'issuing' : revision === 0 ? 'draft' : 'calculating';
    const run = await this.#registry.billRuns.transition(ctx, id, ['failed'], to, { error: null });
    this.runner.loop.kick();
    return run;
  }
}
