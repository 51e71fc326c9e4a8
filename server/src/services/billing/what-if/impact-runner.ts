/**
 * Tariff impacts at work: one at a time, page by page; each page is stored with how far the job is, so that a
 * process may die anywhere and the next start goes on behind the last page.
 */
import { type Clock, formatDay, parseDay, systemAccess } from '@openami/model';
import type { ReadingStore, RegistryStore, TariffImpact } from '@openami/store';
import { shownDetail, toOpenAmiError } from '../../../http/problem.ts';
import type { Logger } from '../../../log.ts';
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
    const left = await billingFacts.ids(systemAccess, query, impact.position);
    if (impact.state === 'draft') {
      const revision = store.writer.horizon();
      const patch = { revision, agreements: left.length };
      impact = await tariffImpacts.transition(systemAccess, impact.id, ['draft'], 'calculating', patch);
      onProgress?.(impact);
    }
    const tariff = await this.#tariffOf(impact);
    // while the engine adds up one page, the page before it is rated and stored: two are in memory
    const pageAt = async (at: number) => {
      const agreements = await billingFacts.of(systemAccess, left.slice(at, at + pageSize));
      return this.#rowsOf(impact, tariff, agreements);
    };
    let next = pageAt(0);
    for (let at = 0; !this.loop.isStopped; at += pageSize) {
      if (at >= left.length) {
        const patch = { finishedAt: new Date(clock.nowMs()), error: null };
        const ended = await tariffImpacts.transition(systemAccess, impact.id, ['calculating'], 'done', patch);
        onProgress?.(ended);
        return;
      }
      const rows = next;
      next = pageAt(at + pageSize);
      // its failure is told when its turn comes
      next.catch(() => undefined);
      const page = left.slice(at, at + pageSize);
      const [position, done] = [page.at(-1)!, asked.done + at + page.length];
      await tariffImpacts.put(systemAccess, impact.id, await rows, { position, done });
      onProgress?.({ ...impact, position, done });
    }
    await next.catch(() => undefined);
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
