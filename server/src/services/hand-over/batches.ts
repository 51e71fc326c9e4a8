/**
 * Batches of issued bills for another system. A batch is cut in one transaction (number, bills, totals), then
 * its content is made page by page and frozen; only then others see it. A process may die in between: the
 * next start makes the content anew.
 */
import { type AccessContext, systemAccess } from '@openami/model';
import type { HandOverBatch, RegistryStore } from '@openami/store';
import type { HandOverSettings } from '../../contract/hand-over.ts';
import type { Logger } from '../../log.ts';
import { jsonLines } from '../billing/export.ts';
import type { TariffBook } from '../billing/tariff-book.ts';
import { handOverErrors } from './errors.ts';
import { freeze } from './frozen.ts';

export interface BatchServiceOptions {
  readonly registry: Pick<RegistryStore, 'handOver' | 'bills' | 'frozen' | 'settings' | 'audit'>;
  readonly book: TariffBook;
  readonly log: Pick<Logger, 'warn'>;
  /** Something was handed over: webhooks may have to be told. */
  readonly onHandOver?: () => void;
  readonly billsABatch?: number;
}

const usualBills = 20_000;
const pageBills = 200;
const lookEveryMs = 5_000;
const settingKey = 'hand-over';

export class BatchService {
  readonly #options: BatchServiceOptions;
  #work: Promise<void> | undefined;
  #again = false;
  #stopped = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BatchServiceOptions) {
    this.#options = options;
  }

  /** Makes what was left unfinished, and batches of issued runs where that is switched on. */
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
    this.#work = this.#loop()
      .catch((err: unknown) => this.#options.log.warn({ err }, 'Bills could not be handed over'))
      .finally(() => {
        this.#work = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.kick();
      });
  }

  /** Once nothing is at work. */
  async settled(): Promise<void> {
    while (this.#work) await this.#work;
  }

  async settings(ctx: AccessContext): Promise<HandOverSettings> {
    const kept = await this.#options.registry.settings.get<HandOverSettings>(ctx, settingKey);
    return { automatic: kept?.automatic === true };
  }

  async setSettings(ctx: AccessContext, settings: HandOverSettings): Promise<HandOverSettings> {
    const { registry } = this.#options;
    await registry.settings.set(ctx, settingKey, settings);
    const noted = { action: 'settings', objectKind: 'hand_over_batch', objectId: '', data: { ...settings } };
    await registry.audit.append(ctx, noted as Parameters<typeof registry.audit.append>[1]);
    this.kick();
    return settings;
  }

  /** Batches of all of an issued run that was not handed over. Raises HAND_OVER_NOTHING, BILL_RUN_STATE. */
  async cut(ctx: AccessContext, runId: number): Promise<HandOverBatch[]> {
    const { registry, billsABatch = usualBills } = this.#options;
    const made: HandOverBatch[] = [];
    for (;;) {
      const batch = await registry.handOver.cut(ctx, runId, billsABatch);
      if (batch === undefined) break;
      made.push(batch);
    }
    this.kick();
    if (made.length === 0) throw handOverErrors.HAND_OVER_NOTHING(`bill run ${runId}`);
    return made;
  }

  /** A batch of refused bills. Raises HAND_OVER_STATE. */
  async cutAgain(ctx: AccessContext, bills: readonly number[], reason: string): Promise<HandOverBatch> {
    const batch = await this.#options.registry.handOver.cutAgain(ctx, bills, reason);
    this.kick();
    return batch;
  }

  async #loop(): Promise<void> {
    const { registry, billsABatch = usualBills } = this.#options;
    if ((await this.settings(systemAccess)).automatic) {
      for (const run of await registry.handOver.runsToHandOver(systemAccess, 100))
        while (!this.#stopped && (await registry.handOver.cut(systemAccess, run, billsABatch)));
    }
    while (!this.#stopped) {
      const batch = await registry.handOver.building(systemAccess);
      if (batch === undefined) return;
      const content = await freeze(registry, 'batch', batch.id, this.#contentOf(batch));
      if (this.#stopped) return;
      await registry.handOver.finish(systemAccess, batch.id, content);
      this.#options.onHandOver?.();
    }
  }

  /** Lines of JSON, one a bill, in order of ids. */
  async *#contentOf({ id }: HandOverBatch): AsyncGenerator<string, void, undefined> {
    const { registry, book } = this.#options;
    for (let after = 0; !this.#stopped; ) {
      const page = await registry.bills.scan(systemAccess, { batch: id }, after, pageBills);
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.id;
      yield await jsonLines(page, book);
    }
  }
}
