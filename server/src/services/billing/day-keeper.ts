/**
 * Keeps the determinants of closed days, so that bills are made of a row a day. Days that are new are worked
 * out once they are closed, days whose readings have changed once more. It only makes bills quicker: what is
 * not kept yet, or has changed meanwhile, is billed from its intervals.
 */
import { billingMonthOf, formatDay, parseDay, systemAccess } from '@openami/model';
import type { BilledAgreement, ReadingStore, RegistryStore } from '@openami/store';
import type { Logger } from '../../log.ts';
import { type BillTask, readyTasks, windowOf } from './calculate.ts';
import type { ReadingWatch } from './reading-watch.ts';
import { groupsOf } from './sql-determinants.ts';
import type { TariffBook } from './tariff-book.ts';

export interface DayKeeperOptions {
  readonly registry: Pick<RegistryStore, 'billingFacts' | 'veeProgress'>;
  readonly store: Pick<ReadingStore, 'dayDeterminants'> & {
    readonly writer: Pick<ReadingStore['writer'], 'horizon'>;
  };
  readonly book: TariffBook;
  /** Follows the same changes to bills that are made. */
  readonly watch: Pick<ReadingWatch, 'look'>;
  readonly log: Pick<Logger, 'warn'>;
  /** Another process may still be storing what it received so long ago. */
  readonly marginS?: number;
}

const lookEveryMs = 60_000;
/** Longer than any writer goes on trying. */
const usualMarginS = 120;
const agreementsAtOnce = 500;

export class DayKeeper {
  readonly #options: DayKeeperOptions;
  /** What was closed when all was last worked out, and whether something has changed since. */
  #closed = '';
  #stale = true;
  #stopped = true;
  #work: Promise<void> | undefined;

  constructor(options: DayKeeperOptions) {
    this.#options = options;
  }

  /** Looks now and then; the returned function stops it after the page at hand. */
  start(): () => Promise<void> {
    this.#stopped = false;
    const timer = setInterval(() => this.#wake(), lookEveryMs).unref();
    this.#wake();
    return async () => {
      this.#stopped = true;
      clearInterval(timer);
      await this.#work;
    };
  }

  #wake(): void {
    this.#work ??= this.look(() => this.#stopped)
      .catch((error: unknown) => {
        this.#options.log.warn({ err: error }, 'Determinants of days could not be kept');
      })
      .finally(() => {
        this.#work = undefined;
      });
  }

  /** Finds what has changed and works out what lacks; `stopped` is asked before each page. */
  async look(stopped: () => boolean = () => false): Promise<void> {
    const { registry, store, watch, marginS = usualMarginS } = this.#options;
    const untilS = store.writer.horizon() - marginS;
    await watch.look(untilS, stopped);
    const changed = await store.dayDeterminants.follow(systemAccess, untilS);
    this.#stale ||= changed > 0;
    const closed = await registry.veeProgress.closed(systemAccess);
    const days = JSON.stringify([...closed]);
    if (closed.size === 0 || (!this.#stale && days === this.#closed)) return;
    await this.#fill(closed, stopped);
    if (stopped()) return;
    this.#closed = days;
    this.#stale = false;
  }

  /** The month of the newest closed day and the one before: what is billed next, and what was just billed. */
  async #fill(closed: ReadonlyMap<string, string>, stopped: () => boolean): Promise<void> {
    const { registry } = this.#options;
    const newest = Math.max(...[...closed.values()].map(parseDay));
    const { from } = billingMonthOf(billingMonthOf(newest, 1).from - 1, 1);
    const span = { from: formatDay(from), to: formatDay(newest + 1) };
    const ids = await registry.billingFacts.ids(systemAccess, span);
    for (let at = 0; at < ids.length && !stopped(); at += agreementsAtOnce) {
      const page = await registry.billingFacts.of(systemAccess, ids.slice(at, at + agreementsAtOnce));
      for (let day = from; day <= newest; day = billingMonthOf(day, 1).to)
        await this.#fillPage(page, day, closed);
    }
  }

  async #fillPage(
    page: readonly BilledAgreement[],
    day: number,
    closed: ReadonlyMap<string, string>,
  ): Promise<void> {
    const { store, book } = this.#options;
    const cycle = billingMonthOf(day, 1);
    const tasks = page.flatMap((agreement): BillTask[] => {
      const through = closed.get(agreement.zone);
      if (through === undefined) return [];
      const days = { from: cycle.from, to: Math.min(cycle.to, parseDay(through) + 1) };
      const window = days.to > days.from ? windowOf(agreement, days) : undefined;
      return window === undefined ? [] : [{ agreement, cycle, window }];
    });
    const tariffs = await book.many(page.flatMap((one) => one.tariffs.map(({ tariff }) => tariff)));
    for (const { spec, days, channels } of groupsOf(readyTasks(tasks, tariffs), 0)) {
      const lacking = await store.dayDeterminants.lacking(systemAccess, channels, spec, days);
      await store.dayDeterminants.make(systemAccess, lacking.channels, spec, lacking.days);
    }
  }
}
