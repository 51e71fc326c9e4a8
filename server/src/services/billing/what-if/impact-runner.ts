/**
 * Tariff impacts at work: one at a time, page by page; each page is stored with how far the job is, so that a
 * process may die anywhere and the next start goes on behind the last page.
 */
import { type Clock, formatDay, parseDay, systemAccess } from '@openami/model';
import type { ReadingStore, RegistryStore, TariffImpact } from '@openami/store';
import { shownDetail, toOpenAmiError } from '../../../http/problem.ts';
import type { Logger } from '../../../log.ts';
import { WorkLoop } from '../../work-loop.ts';
import type { SqlDeterminants } from '../sql-determinants.ts';
import type { BookedTariff, TariffBook } from '../tariff-book.ts';
import { unstored } from '../test-bill.ts';
import { impactRows } from './impact-rating.ts';

export interface ImpactRunnerOptions {
  readonly registry: Pick<RegistryStore, 'tariffImpacts' | 'billingFacts'>;
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

export class ImpactRunner {
  readonly #options: ImpactRunnerOptions;
  readonly loop: WorkLoop<TariffImpact>;

  constructor(options: ImpactRunnerOptions) {
    this.#options = options;
    this.loop = new WorkLoop({
      next: () => options.registry.tariffImpacts.next(systemAccess),
      take: (impact) => this.#take(impact),
      ...{ what: 'Tariff impacts', log: options.log },
    });
  }

  async #take(impact: TariffImpact): Promise<void> {
    const { registry, log } = this.#options;
    try {
      await this.#calculate(impact);
    } catch (cause) {
      const error = toOpenAmiError(cause);
      if (error.code === 'IMPACT_STATE') return; // cancelled meanwhile
      log.error({ err: cause, impact: impact.id }, 'A tariff impact failed');
      const patch = { error: { code: error.code, detail: shownDetail(error), hint: error.hint } };
      const open = ['draft', 'calculating'] as const;
      await registry.tariffImpacts.transition(systemAccess, impact.id, open, 'failed', patch);
    }
  }

  async #calculate(asked: TariffImpact): Promise<void> {
    const { registry, store, clock, pageSize = usualPage, onProgress } = this.#options;
    const { tariffImpacts, billingFacts } = registry;
    const query = queryOf(asked);
    let impact = asked;
    if (impact.state === 'draft') {
      const revision = store.writer.horizon();
      const agreements = await billingFacts.count(systemAccess, query);
      const patch = { revision, agreements };
      impact = await tariffImpacts.transition(systemAccess, impact.id, ['draft'], 'calculating', patch);
      onProgress?.(impact);
    }
    const tariff = await this.#tariffOf(impact);
    let { position, done } = impact;
    // while the engine adds up one page, the page before it is rated and stored: two are in memory
    const pageBehind = async (after: number) => {
      const agreements = await billingFacts.page(systemAccess, query, after, pageSize);
      const rows = this.#rowsOf(impact, tariff, agreements);
      // its failure is told when its turn comes
      rows.catch(() => undefined);
      return { agreements, rows };
    };
    let next = pageBehind(position);
    while (!this.loop.isStopped) {
      const { agreements, rows } = await next;
      if (agreements.length === 0) {
        const patch = { finishedAt: new Date(clock.nowMs()), error: null };
        const ended = await tariffImpacts.transition(systemAccess, impact.id, ['calculating'], 'done', patch);
        onProgress?.(ended);
        return;
      }
      position = agreements.at(-1)!.id;
      done += agreements.length;
      next = pageBehind(position);
      next.catch(() => undefined);
      await tariffImpacts.put(systemAccess, impact.id, await rows, { position, done });
      onProgress?.({ ...impact, position, done });
    }
    await next.then(({ rows }) => rows).catch(() => undefined);
  }

  async #tariffOf({ tariff, document }: TariffImpact): Promise<BookedTariff> {
    return document === null ? this.#options.book.of(tariff) : unstored(document);
  }

  async #rowsOf(
    { versions, fromDay, toDay, revision }: TariffImpact,
    tariff: BookedTariff,
    agreements: Parameters<typeof impactRows>[1],
  ) {
    if (agreements.length === 0) return [];
    const { book, store, sql } = this.#options;
    const booked = await book.many(agreements.flatMap((one) => one.tariffs.map((given) => given.tariff)));
    const question = { tariff, versions, fromDay: parseDay(fromDay), toDay: parseDay(toDay) };
    return impactRows(systemAccess, agreements, question, booked, { store, revision, ...(sql && { sql }) });
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
