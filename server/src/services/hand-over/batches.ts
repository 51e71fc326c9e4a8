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
import { Rounds } from '../rounds.ts';
import { handOverErrors } from './errors.ts';
import { freeze } from './frozen.ts';

export interface BatchServiceOptions {
  readonly registry: Pick<
    RegistryStore,
    'handOver' | 'bills' | 'accountEntries' | 'frozen' | 'settings' | 'audit'
  >;
  readonly book: TariffBook;
  readonly log: Pick<Logger, 'warn'>;
  /** Something was handed over: webhooks may have to be told. */
  readonly onHandOver?: () => void;
  readonly billsABatch?: number;
}

const usualBills = 20_000;
const pageBills = 200;
const settingKey = 'hand-over';

export class BatchService {
  readonly #options: BatchServiceOptions;
  /** Makes what was left unfinished, and batches of issued runs where that is switched on. */
  readonly rounds: Rounds;

  constructor(options: BatchServiceOptions) {
    this.#options = options;
    const rounds = { what: 'Bills to be handed over', log: options.log };
    this.rounds = new Rounds(rounds, () => this.#round());
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
    this.rounds.kick();
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
    this.rounds.kick();
    if (made.length === 0) throw handOverErrors.HAND_OVER_NOTHING(`bill run ${runId}`);
    return made;
  }

  /** A batch of refused bills. Raises HAND_OVER_STATE. */
  async cutAgain(ctx: AccessContext, bills: readonly number[], reason: string): Promise<HandOverBatch> {
    const batch = await this.#options.registry.handOver.cutAgain(ctx, bills, reason);
    this.rounds.kick();
    return batch;
  }

  async #round(): Promise<void> {
    const { registry, billsABatch = usualBills } = this.#options;
    if ((await this.settings(systemAccess)).automatic) {
      for (const run of await registry.handOver.runsToHandOver(systemAccess, 100))
        while (!this.rounds.isStopped && (await registry.handOver.cut(systemAccess, run, billsABatch)));
    }
    while (!this.rounds.isStopped) {
      const batch = await registry.handOver.building(systemAccess);
      if (batch === undefined) return;
      const content = await freeze(registry, 'batch', batch.id, this.#contentOf(batch));
      if (this.rounds.isStopped) return;
      await registry.handOver.finish(systemAccess, batch.id, content);
      this.#options.onHandOver?.();
    }
  }

  /** Lines of JSON, one a bill, in order of ids. */
  async *#contentOf({ id }: HandOverBatch): AsyncGenerator<string, void, undefined> {
    for (let after = 0; !this.rounds.isStopped; ) {
      const page = await this.#options.registry.bills.scan(systemAccess, { batch: id }, after, pageBills);
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.id;
      yield await jsonLines(page, this.#options, systemAccess);
    }
  }
}
