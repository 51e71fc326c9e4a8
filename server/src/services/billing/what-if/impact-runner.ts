/**
 * Tariff impacts at work: one at a time, page by page; each page is stored with how far the job is, so that a
 * process may die anywhere and the next start goes on behind the last page.
 */
import { type Clock, formatDay, parseDay, systemAccess } from '@openami/model';
import type { ReadingStore, RegistryStore, TariffImpact } from '@openami/store';
import type { Logger } from '../../../log.ts';
import { pagesAhead } from '../../pages-ahead.ts';
import { WorkLoop } from '../../work-loop.ts';
import type { InputRegistry } from '../inputs.ts';
import type { SqlDeterminants } from '../sql-determinants.ts';
import type { BookedTariff, TariffBook } from '../tariff-book.ts';
import { unstored } from '../test-bill.ts';
import { impactRows } from './impact-rating.ts';

export interface ImpactRunnerOptions {
  readonly registry: InputRegistry & Pick<RegistryStore, 'tariffImpacts' | 'billingFacts'>;
  readonly store: Pick<ReadingStore, 'readings' | 'classSums'> & {
    readonly writer: Pick<ReadingStore['writer'], 'horizon'>;
  };
  readonly book: TariffBook;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly sql?: SqlDeterminants;
  readonly onProgress?: (impact: TariffImpact) => void;
  /** Agreements of a page. */
  readonly pageSize?: number;
}

const usualPage = 400;
const working = ['draft', 'calculating'] as const;

export class ImpactRunner {
  readonly #options: ImpactRunnerOptions;
  readonly loop: WorkLoop<TariffImpact>;

  constructor(options: ImpactRunnerOptions) {
    this.#options = options;
    this.loop = new WorkLoop({
      next: () => options.registry.tariffImpacts.next(systemAccess),
      take: (impact) => this.#calculate(impact),
      fail: ({ id }, error) =>
        options.registry.tariffImpacts.transition(systemAccess, id, working, 'failed', { error }),
      ...{ ended: 'IMPACT_STATE', what: 'tariff impact', log: options.log },
    });
  }

  async #calculate(asked: TariffImpact): Promise<void> {
    const { registry, store, clock, pageSize = usualPage, onProgress } = this.#options;
    const { tariffImpacts, billingFacts } = registry;
    const query = queryOf(asked);
    let impact = asked;
    const left = await billingFacts.ids(systemAccess, query, impact.position);
    if (impact.state === 'draft') {
      const revision = store.writer.horizon();
      const patch = { revision, agreements: left.length };
      impact = await tariffImpacts.transition(systemAccess, impact.id, ['draft'], 'calculating', patch);
      onProgress?.(impact);
    }
    const tariff = await this.#tariffOf(impact);
    const make = async (page: readonly number[], before: number) => {
      const agreements = await billingFacts.of(systemAccess, page);
      const rows = await this.#rowsOf(impact, tariff, agreements);
      return { rows, reached: { position: page.at(-1)!, done: asked.done + before + page.length } };
    };
    // while the engine adds up one page, the page before it is rated and stored
    for await (const { rows, reached } of pagesAhead(left, pageSize, make, 2)) {
      await tariffImpacts.put(systemAccess, impact.id, rows, reached);
      onProgress?.({ ...impact, ...reached });
      if (this.loop.isStopped) return;
    }
    const patch = { finishedAt: new Date(clock.nowMs()), error: null };
    impact = await tariffImpacts.transition(systemAccess, impact.id, ['calculating'], 'done', patch);
    onProgress?.(impact);
  }

  async #tariffOf({ tariff, document }: TariffImpact): Promise<BookedTariff> {
    return document === null ? this.#options.book.of(tariff) : unstored(document);
  }

  async #rowsOf(
    { versions, fromDay, toDay, revision }: TariffImpact,
    tariff: BookedTariff,
    agreements: Parameters<typeof impactRows>[1],
  ) {
    const { registry, book, store, sql } = this.#options;
    const booked = await book.many(agreements.flatMap((one) => one.tariffs.map((given) => given.tariff)));
    const question = { tariff, versions, fromDay: parseDay(fromDay), toDay: parseDay(toDay) };
    return impactRows(systemAccess, agreements, question, booked, { registry, store, revision, sql });
  }
}

/** Agreements that hold on the last day of the time. */
function queryOf({ toDay, commodity, filter }: TariffImpact) {
  const last = parseDay(toDay) - 1;
  return {
    ...{ from: formatDay(last), to: toDay, commodity },
    ...(filter.cycle !== undefined && { cycle: filter.cycle }),
    ...(filter.tariff !== undefined && { tariff: filter.tariff }),
    ...(filter.serviceClass !== undefined && { serviceClass: filter.serviceClass }),
  };
}
