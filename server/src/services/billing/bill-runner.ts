/**
 * Bill runs at work: one at a time, page by page. Each page is stored with how far the run is in one
 * transaction, so a process may die anywhere: the next start goes on behind the last page, and bills that are
 * there are not made twice. No more than two pages are ever in memory: one that is stored, one that is made.
 */
import { billTotals, monthOf, type RatedBill } from '@openami/billing';
import { type Clock, formatDay, type Period, parseDay, systemAccess } from '@openami/model';
import type {
  BillBefore,
  BilledQuery,
  BillHoldRecord,
  BillInput,
  BillPage,
  BillRun,
  ReadingStore,
  RegistryStore,
} from '@openami/store';
import type { RunSettings } from '../../contract/bill-runs.ts';
import type { Logger } from '../../log.ts';
import { pagesAhead } from '../pages-ahead.ts';
import { WorkLoop } from '../work-loop.ts';
import { levelRun } from './account-plans.ts';
import { reviewAfterRun } from './affected.ts';
import { type BillTask, type Calculated, calculate, windowOf } from './calculate.ts';
import { carriedState, carryData, contentText } from './content.ts';
import { billHolds, type GateOptions, readinessHolds } from './gates.ts';
import type { InputRegistry } from './inputs.ts';
import { PageHeads } from './packed-lines.ts';
import { quantityText } from './show.ts';
import type { SqlDeterminants } from './sql-determinants.ts';
import type { TariffBook } from './tariff-book.ts';

export interface BillRunnerOptions {
  readonly registry: InputRegistry &
    Pick<RegistryStore, 'billRuns' | 'bills' | 'billingFacts' | 'budgets' | 'veeProgress'>;
  readonly store: Pick<ReadingStore, 'readings'> & {
    readonly writer: Pick<ReadingStore['writer'], 'horizon'>;
  };
  readonly book: TariffBook;
  readonly figures: GateOptions['figures'];
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly sql?: SqlDeterminants;
  readonly onProgress?: (run: BillRun) => void;
  /** Agreements of a page. */
  readonly pageSize?: number;
}

const usualPage = 1_000;
const billsIssuedAtOnce = 1_000;
const working = ['draft', 'calculating', 'issuing'] as const;

export class BillRunner {
  readonly #options: BillRunnerOptions;
  readonly loop: WorkLoop<BillRun>;

  constructor(options: BillRunnerOptions) {
    this.#options = options;
    this.loop = new WorkLoop({
      next: () => options.registry.billRuns.next(systemAccess),
      take: (run) => (run.state === 'issuing' ? this.#issue(run) : this.#calculate(run)),
      fail: ({ id }, error) =>
        options.registry.billRuns.transition(systemAccess, id, working, 'failed', { error }),
      ...{ ended: 'BILL_RUN_STATE', what: 'bill run', log: options.log },
    });
  }

  async #calculate(started: BillRun): Promise<void> {
    const { registry, store, clock, pageSize = usualPage, onProgress } = this.#options;
    const { billRuns, billingFacts, bills } = registry;
    let run = started;
    const left = await billingFacts.ids(systemAccess, await this.#queryOf(run), run.position);
    if (run.state === 'draft') {
      const revision = run.revision > 0 ? run.revision : store.writer.horizon();
      const patch = { revision, agreements: left.length };
      run = await billRuns.transition(systemAccess, run.id, ['draft'], 'calculating', patch);
    }
    const make = (page: readonly number[], before: number) => this.pageOf(run, page, started.done + before);
    for await (const page of pagesAhead(left, pageSize, make)) {
      await bills.put(systemAccess, run, page);
      onProgress?.({ ...run, position: page.position, done: page.done });
      if (this.loop.isStopped) return;
    }
    const patch = { finishedAt: new Date(clock.nowMs()), error: null };
    run = await billRuns.transition(systemAccess, run.id, ['calculating'], 'calculated', patch);
    onProgress?.(run);
  }

  async #queryOf(run: BillRun): Promise<BilledQuery> {
    const { kind, cycle, fromDay, toDay, accounts, replaces, tariff, serviceClass } = run;
    const days = { from: fromDay, to: toDay };
    if (kind === 'rebill') {
      const { agreementId } = await this.#options.registry.bills.get(systemAccess, replaces!);
      return { ...days, agreements: [agreementId] };
    }
    return {
      ...{ ...days, ...(accounts === null ? { cycle } : { accounts }) },
      ...(tariff && { tariff }),
      ...(serviceClass && { serviceClass }),
    };
  }

  /** Bills of a page of agreements, as the run would store them. `before`: agreements that are done. */
  async pageOf(run: BillRun, agreements: readonly number[], before: number): Promise<BillPage> {
    const { registry, store, book, figures, sql } = this.#options;
    const cycle: Period = { from: parseDay(run.fromDay), to: parseDay(run.toDay) };
    const [page, last] = await Promise.all([
      registry.billingFacts.of(systemAccess, agreements),
      registry.bills.before(systemAccess, agreements, run.fromDay),
    ]);
    const past = new Map(last.map((one) => [one.agreementId, one]));
    const tasks = page.flatMap((agreement): BillTask[] => {
      const before = past.get(agreement.id);
      const window = windowOf(agreement, cycle, before);
      if (window === undefined) return [];
      return [{ agreement, cycle, window, carryIn: carriedState(before?.carry ?? null) }];
    });
    const codes = page.flatMap(({ tariffs }) => tariffs.map(({ tariff }) => tariff));
    const tariffs = await book.many(codes);
    const options = { registry, store, tariffs, revision: run.revision, sql };
    const calculated = await calculate(systemAccess, tasks, options);
    const ready = await readinessHolds({ figures, registry }, calculated, cycle);
    const heads = new PageHeads();
    const bills = calculated.map((one) => {
      const { id } = one.task.agreement;
      return billInput(run, one, past.get(id), ready.get(id) ?? [], heads);
    });
    const done = before + agreements.length;
    return { bills, heads: heads.text(), position: agreements.at(-1) ?? run.position, done };
  }

  async #issue(run: BillRun): Promise<void> {
    const { registry, clock, book, onProgress } = this.#options;
    while (!this.loop.isStopped) {
      const issued = await registry.bills.issue(systemAccess, run.id, billsIssuedAtOnce);
      if (issued > 0) continue;
      await levelRun(registry, run.id);
      await reviewAfterRun({ registry, book }, run.id);
      const patch = { issuedAt: new Date(clock.nowMs()) };
      // whether or not anybody is told
      const ended = await registry.billRuns.transition(systemAccess, run.id, ['issuing'], 'issued', patch);
      onProgress?.(ended);
      return;
    }
  }
}

/** Energy that is drawn, as decimal text in the unit of the tariff. */
export function usageText({ parts }: RatedBill): string {
  const { perUnit } = parts[0]!.determinants;
  const sum = parts.reduce((total, { determinants }) => total + (determinants.energy[0]?.import[0] ?? 0), 0);
  return quantityText(sum, perUnit);
}

function billInput(
  run: BillRun,
  { task: { agreement, window, cycle }, bill, tariff, channels, holds }: Calculated,
  before: BillBefore | undefined,
  ready: readonly BillHoldRecord[],
  heads: PageHeads,
): BillInput {
  const { accountId, id: agreementId, usagePointId } = agreement;
  const [fromDay, toDay] = [formatDay(cycle.from), formatDay(cycle.to)];
  const common = {
    ...{ kind: run.kind === 'rebill' ? ('rebill' as const) : ('bill' as const), accountId, agreementId },
    ...{ usagePointId, tariff, ...window, cycleFrom: fromDay, cycleTo: toDay },
    ...{ replaces: run.replaces, reason: run.kind === 'rebill' ? run.reason : '' },
    before: before?.total ?? null,
  };
  if (bill === undefined)
    return {
      ...common,
      ...{ state: 'held', holds: [...holds, ...ready], total: null, currency: null, usage: null, unit: null },
      ...{ estimatedShare: 0, content: null, carry: null },
    };
  const totals = billTotals(bill);
  const { expected, estimated } = totals.readings;
  const all = [...ready, ...billHolds(totals, before, run.settings as RunSettings)];
  const carry = carryData(bill.state);
  return {
    ...common,
    ...{
      state: all.length > 0 ? 'held' : 'calculated',
      holds: all,
      total: totals.total,
      currency: totals.currency,
    },
    ...{ usage: usageText(bill), unit: bill.parts[0]!.version.unit },
    estimatedShare: expected === 0 ? 0 : estimated / expected,
    content: contentText(bill, heads, { month: monthOf(cycle.from), zone: agreement.zone, channels }),
    carry: carry === null ? null : JSON.stringify(carry),
  };
}
