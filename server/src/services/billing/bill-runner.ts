/**
 * Bill runs at work: one at a time, page by page. Each page is stored with how far the run is in one
 * transaction, so a process may die anywhere: the next start goes on behind the last page, and bills that are
 * there are not made twice. No more than two pages are ever in memory: one that is stored, one that is made.
 */
import { billView, decimalOf, monthOf, type RatedBill, readState, stateData } from '@openami/billing';
import { type Clock, formatDay, type Period, parseDay, systemAccess } from '@openami/model';
import type {
  BillBefore,
  BilledAgreement,
  BilledQuery,
  BillHoldRecord,
  BillInput,
  BillRun,
  ReadingStore,
  RegistryStore,
} from '@openami/store';
import type { RunSettings } from '../../contract/bill-runs.ts';
import { shownDetail, toOpenAmiError } from '../../http/problem.ts';
import type { Logger } from '../../log.ts';
import { type BillTask, type Calculated, calculate, windowOf } from './calculate.ts';
import { contentText } from './content.ts';
import { billHolds, type GateOptions, readinessHolds } from './gates.ts';
import type { SqlDeterminants } from './sql-determinants.ts';
import type { TariffBook } from './tariff-book.ts';

export interface BillRunnerOptions {
  readonly registry: Pick<RegistryStore, 'billRuns' | 'bills' | 'billingFacts' | 'veeProgress'>;
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

const usualPage = 400;
const billsIssuedAtOnce = 1_000;
const lookEveryMs = 5_000;

/** Agreements of a page with their bills. */
interface BilledPage {
  readonly agreements: readonly BilledAgreement[];
  readonly made: readonly BillInput[];
}

export class BillRunner {
  readonly #options: BillRunnerOptions;
  #work: Promise<void> | undefined;
  #again = false;
  #stopped = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BillRunnerOptions) {
    this.#options = options;
  }

  /** Takes up what was left and looks for more; the returned function stops it after the page at hand. */
  start(): () => Promise<void> {
    this.#stopped = false;
    this.kick();
    this.#timer = setInterval(() => this.kick(), lookEveryMs).unref();
    return async () => {
      this.#stopped = true;
      clearInterval(this.#timer);
      await this.#work;
    };
  }

  /** Something may be to be done. */
  kick(): void {
    if (this.#stopped) return;
    if (this.#work) {
      this.#again = true;
      return;
    }
    this.#work = this.#loop().finally(() => {
      this.#work = undefined;
      if (this.#again) {
        this.#again = false;
        this.kick();
      }
    });
  }

  /** Once nothing is at work. */
  async settled(): Promise<void> {
    while (this.#work) await this.#work;
  }

  async #loop(): Promise<void> {
    const { registry, log } = this.#options;
    try {
      while (!this.#stopped) {
        const run = await registry.billRuns.next(systemAccess);
        if (run === undefined) return;
        await this.#take(run);
      }
    } catch (error) {
      // the registry does not answer: the next look tries again
      log.warn({ err: error }, 'Bill runs could not be looked at');
    }
  }

  async #take(run: BillRun): Promise<void> {
    const { registry, log } = this.#options;
    try {
      if (run.state === 'issuing') await this.#issue(run);
      else await this.#calculate(run);
    } catch (cause) {
      const error = toOpenAmiError(cause);
      if (error.code === 'BILL_RUN_STATE') return; // cancelled meanwhile
      log.error({ err: cause, run: run.id }, 'A bill run failed');
      const { code, hint } = error;
      const patch = { error: { code, detail: shownDetail(error), hint } };
      await registry.billRuns.transition(
        systemAccess,
        run.id,
        ['draft', 'calculating', 'issuing'],
        'failed',
        patch,
      );
    }
  }

  async #calculate(started: BillRun): Promise<void> {
    const { registry, store, clock, pageSize = usualPage, onProgress } = this.#options;
    const { billRuns, billingFacts, bills } = registry;
    let run = started;
    const query = await this.#queryOf(run);
    if (run.state === 'draft') {
      const revision = run.revision > 0 ? run.revision : store.writer.horizon();
      const agreements = await billingFacts.count(systemAccess, query);
      run = await billRuns.transition(systemAccess, run.id, ['draft'], 'calculating', {
        revision,
        agreements,
      });
    }
    let { position, done } = run;
    // while a page is being stored the next is worked out
    let next = this.#pageBehind(run, query, position, pageSize);
    while (!this.#stopped) {
      const { agreements, made } = await next;
      if (agreements.length === 0) {
        const patch = { finishedAt: new Date(clock.nowMs()), error: null };
        run = await billRuns.transition(systemAccess, run.id, ['calculating'], 'calculated', patch);
        onProgress?.(run);
        return;
      }
      position = agreements.at(-1)!.id;
      done += agreements.length;
      next = this.#pageBehind(run, query, position, pageSize);
      // its failure is told when its turn comes
      next.catch(() => undefined);
      await bills.put(systemAccess, run, made, { position, done });
      onProgress?.({ ...run, position, done });
    }
    await next.catch(() => undefined);
  }

  async #pageBehind(run: BillRun, query: BilledQuery, after: number, limit: number): Promise<BilledPage> {
    const { billingFacts } = this.#options.registry;
    const agreements = await billingFacts.page(systemAccess, query, after, limit);
    return { agreements, made: agreements.length === 0 ? [] : await this.billsOf(run, agreements) };
  }

  async #queryOf({ kind, cycle, fromDay, toDay, accounts, replaces }: BillRun): Promise<BilledQuery> {
    const days = { from: fromDay, to: toDay };
    if (kind === 'rebill') {
      const { agreementId } = await this.#options.registry.bills.get(systemAccess, replaces!);
      return { ...days, agreements: [agreementId] };
    }
    return accounts === null ? { ...days, cycle } : { ...days, accounts };
  }

  /** Bills of a page of agreements, as the run would store them. */
  async billsOf(run: BillRun, page: readonly BilledAgreement[]): Promise<BillInput[]> {
    const { registry, store, book, figures, sql } = this.#options;
    const cycle: Period = { from: parseDay(run.fromDay), to: parseDay(run.toDay) };
    const ids = page.map(({ id }) => id);
    const before = new Map(
      (await registry.bills.before(systemAccess, ids, run.fromDay)).map((one) => [one.agreementId, one]),
    );
    const tasks = page.flatMap((agreement): BillTask[] => {
      const window = windowOf(agreement, cycle);
      if (window === undefined) return [];
      const last = before.get(agreement.id);
      return [{ agreement, cycle, window, ...(last && { carryIn: readState(last.carry) }) }];
    });
    const codes = page.flatMap(({ tariffs }) => tariffs.map(({ tariff }) => tariff));
    const tariffs = await book.many(codes);
    const options = { store, tariffs, revision: run.revision, ...(sql && { sql }) };
    const calculated = await calculate(systemAccess, tasks, options);
    const ready = await readinessHolds({ figures, registry }, calculated, cycle);
    return calculated.map((one) => {
      const { id } = one.task.agreement;
      return billInput(run, one, before.get(id), ready.get(id) ?? []);
    });
  }

  async #issue(run: BillRun): Promise<void> {
    const { registry, clock, onProgress } = this.#options;
    while (!this.#stopped) {
      const issued = await registry.bills.issue(systemAccess, run.id, billsIssuedAtOnce);
      if (issued > 0) continue;
      const patch = { issuedAt: new Date(clock.nowMs()) };
      onProgress?.(await registry.billRuns.transition(systemAccess, run.id, ['issuing'], 'issued', patch));
      return;
    }
  }
}

/** Digits that hold a thousandth of the base unit in any unit of a tariff. */
const USAGE_DIGITS = 9;

/** Energy that is drawn, as decimal text in the unit of the tariff. */
export function usageText({ parts }: RatedBill): string {
  const { perUnit } = parts[0]!.determinants;
  const sum = parts.reduce((total, { determinants }) => total + (determinants.energy[0]?.import[0] ?? 0), 0);
  return decimalOf({ n: BigInt(sum), d: BigInt(perUnit) }, USAGE_DIGITS);
}

function billInput(
  run: BillRun,
  { task: { agreement, window, cycle }, bill, tariff, channels, holds }: Calculated,
  before: BillBefore | undefined,
  ready: readonly BillHoldRecord[],
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
  const view = billView(bill);
  const { expected, estimated } = view.readings;
  const all = [...ready, ...billHolds(view, before, run.settings as RunSettings)];
  return {
    ...common,
    ...{
      state: all.length > 0 ? 'held' : 'calculated',
      holds: all,
      total: view.total,
      currency: view.currency,
    },
    ...{ usage: usageText(bill), unit: bill.parts[0]!.version.unit },
    estimatedShare: expected === 0 ? 0 : estimated / expected,
    content: contentText(bill, view, { month: monthOf(cycle.from), zone: agreement.zone, channels }),
    carry: JSON.stringify(stateData(bill.state)),
  };
}
