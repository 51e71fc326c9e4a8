/** Disputes at work: opened with evidence, moved by people, told again before they are late. */
import { above } from '@openami/billing';
import { type AccessContext, type Clock, DAY_S, parseDecimal, systemAccess } from '@openami/model';
import {
  type AccountEntry,
  type DisputeRecord,
  type DisputeState,
  type ReadingStore,
  type RegistryStore,
  registryErrors,
} from '@openami/store';
import { Value } from 'typebox/value';
import { type DisputeAnswer, type DisputeOpen, DisputeSettings } from '../../../contract/disputes.ts';
import { serverErrors } from '../../../errors.ts';
import type { SseHub } from '../../../http/sse.ts';
import type { NameBook } from '../../../identity/names.ts';
import type { Logger } from '../../../log.ts';
import type { AskedBy, BillingService } from '../billing.ts';
import { gatherEvidence } from './gather.ts';
import { subjectOf } from './subject.ts';

export interface DisputeOptions {
  readonly registry: RegistryStore;
  readonly store: ReadingStore;
  readonly billing: BillingService;
  readonly names: Pick<NameBook, 'names'>;
  readonly clock: Clock;
  readonly hub: Pick<SseHub, 'publish'>;
  readonly log: Pick<Logger, 'warn'>;
}

const setting = 'disputes';
const usualSettings: DisputeSettings = { answerDays: 20, remindDays: 3, creditLimit: '50' };
const remindEveryMs = 60_000;
const mostWords = 4_000;

export class DisputeService {
  readonly #options: DisputeOptions;

  constructor(options: DisputeOptions) {
    this.#options = options;
  }

  /** Looks for cases that are to be answered soon; the returned function stops it. */
  start(): () => void {
    const look = () =>
      void this.remind().catch((error: unknown) =>
        this.#options.log.warn({ err: error }, 'Reminders of disputes could not be looked at'),
      );
    const timer = setInterval(look, remindEveryMs).unref();
    return () => clearInterval(timer);
  }

  async settings(): Promise<DisputeSettings> {
    const kept = await this.#options.registry.settings.get(systemAccess, setting);
    return Value.Check(DisputeSettings, kept) ? kept : usualSettings;
  }

  async setSettings(ctx: AccessContext, settings: DisputeSettings): Promise<DisputeSettings> {
    await this.#options.registry.settings.set(ctx, setting, settings);
    return settings;
  }

  /**
   * Gathers the evidence and opens a case; `via` tells who brought it: an operator, or the customer.
   * Raises NOT_FOUND, BILL_STATE, DISPUTE_OPEN, DISPUTE_AMOUNT, VALIDATION_FAILED, BILL_USAGE.
   */
  async open(
    ctx: AccessContext,
    asked: Pick<AskedBy, 'key'>,
    body: DisputeOpen,
    via: 'operator' | 'customer' = 'operator',
  ): Promise<DisputeRecord> {
    const { registry, store, billing, names, clock } = this.#options;
    const parts = { registry, store, book: billing.book };
    const subject = await subjectOf(parts, ctx, body);
    const most = positive(subject.total);
    const amount = body.amount ?? most;
    if (above(parseDecimal(amount), parseDecimal(most)))
      throw serverErrors.DISPUTE_AMOUNT(`${amount} of a bill of ${subject.total} ${subject.currency}`);
    const nowMs = clock.nowMs();
    const nameOf = await names.names();
    // that the caller may see the subject is settled: what is around it is gathered in whole
    const { evidence, suggests } = await gatherEvidence(parts, systemAccess, subject, {
      ...{ reason: body.reason, nameOf, nowMs },
    });
    const { answerDays, remindDays } = await this.settings();
    const dueMs = nowMs + answerDays * DAY_S * 1_000;
    const { agreement, window, currency } = subject;
    const { dispute } = await registry.disputes.create(ctx, {
      ...{ key: asked.key, accountId: agreement.accountId, agreementId: agreement.id, via, amount, currency },
      ...{ usagePointId: agreement.usagePointId, billId: subject.bill?.id ?? null, suggests },
      ...{ fromAt: new Date(window.fromS * 1_000), toAt: new Date(window.toS * 1_000) },
      ...{ reason: body.reason, words: body.words.trim(), dunningHeld: body.holdDunning ?? true },
      ...{ dueAt: new Date(dueMs), remindAt: new Date(dueMs - remindDays * DAY_S * 1_000) },
      evidence: JSON.stringify(evidence),
    });
    this.#tell(dispute);
    return dispute;
  }

  /** Open → looking: who takes it answers for it. */
  take(ctx: AccessContext, id: number, ifVersion?: number): Promise<DisputeRecord> {
    const patch = { assignedTo: ctx.actor.id, words: 'Taken to look at' };
    return this.#move(ctx, id, ['open'], 'looking', patch, ifVersion);
  }

  /** Raises DISPUTE_STATE, DISPUTE_REBILL where it is said to be corrected and no rebill is issued. */
  async answer(
    ctx: AccessContext,
    id: number,
    body: DisputeAnswer,
    ifVersion?: number,
  ): Promise<DisputeRecord> {
    if (body.outcome === 'corrected') await this.#requireRebill(ctx, id);
    const patch = { ...body, words: `Answered, ${body.outcome}: ${body.answer}` };
    return this.#move(ctx, id, ['open', 'looking'], 'answered', patch, ifVersion);
  }

  async #requireRebill(ctx: AccessContext, id: number): Promise<void> {
    const { registry } = this.#options;
    const { rebillRunId } = await registry.disputes.get(ctx, id);
    const run = rebillRunId === null ? undefined : await registry.billRuns.get(ctx, rebillRunId);
    if (run?.state !== 'issued') throw serverErrors.DISPUTE_REBILL(`run ${rebillRunId ?? 'none'}`);
  }

  reopen(ctx: AccessContext, id: number, words: string, ifVersion?: number): Promise<DisputeRecord> {
    const patch = { words: `Opened again: ${words}`, outcome: null, dunningHeld: true };
    return this.#move(ctx, id, ['answered'], 'looking', patch, ifVersion);
  }

  /** An answered case ends; one that nobody answered is withdrawn. The amount is asked for again. */
  async close(ctx: AccessContext, id: number, words: string, ifVersion?: number): Promise<DisputeRecord> {
    const { state } = await this.#options.registry.disputes.get(ctx, id);
    const patch = { words: `Closed: ${words}`, dunningHeld: false };
    if (state === 'answered') return this.#move(ctx, id, ['answered'], 'closed', patch, ifVersion);
    const withdrawn = { ...patch, outcome: 'withdrawn' as const };
    return this.#move(ctx, id, ['open', 'looking'], 'closed', withdrawn, ifVersion);
  }

  note(ctx: AccessContext, id: number, words: string): Promise<DisputeRecord> {
    return this.#options.registry.disputes.note(ctx, id, words.trim());
  }

  /** Starts a run that makes the bill anew, and links it. Raises BILL_STATE, DISPUTE_STATE. */
  async rebill(ctx: AccessContext, asked: AskedBy, id: number, reason: string): Promise<DisputeRecord> {
    const { registry, billing } = this.#options;
    const { billId, state } = await registry.disputes.get(ctx, id);
    // before a run is started that nothing could link
    if (state === 'closed') throw registryErrors.DISPUTE_STATE(`dispute ${id} is closed`);
    if (billId === null) throw serverErrors.DISPUTE_REBILL(`dispute ${id} is of usage that is not billed`);
    const run = await billing.rebill(ctx, asked, billId, reason);
    return registry.disputes.link(ctx, id, run.id);
  }

  /** A credit on the next bill: at once up to the limit, above it once another person agreed. */
  async credit(
    ctx: AccessContext,
    person: string,
    id: number,
    body: { readonly amount: string; readonly words: string },
  ): Promise<AccountEntry> {
    const { creditLimit } = await this.settings();
    const { accountEntries } = this.#options.registry;
    return accountEntries.credit(ctx, { dispute: id, ...body, person, limit: creditLimit });
  }

  /** Tells of cases that are to be answered soon, each once. */
  async remind(): Promise<readonly number[]> {
    const { registry, clock, hub } = this.#options;
    const due = await registry.disputes.remind(systemAccess, new Date(clock.nowMs()));
    for (const id of due) hub.publish('dispute', { id, state: 'open', reminder: true });
    return due;
  }

  async #move(
    ctx: AccessContext,
    id: number,
    from: readonly DisputeState[],
    to: DisputeState,
    patch: Parameters<RegistryStore['disputes']['move']>[4],
    ifVersion?: number,
  ): Promise<DisputeRecord> {
    const { registry } = this.#options;
    // what is kept of a move has the room of what was said, and not of the word before it
    const words = patch.words.slice(0, mostWords);
    const versioned = { ...patch, words, ...(ifVersion !== undefined && { ifVersion }) };
    const dispute = await registry.disputes.move(ctx, id, from, to, versioned);
    this.#tell(dispute);
    return dispute;
  }

  #tell({ id, state }: DisputeRecord): void {
    this.#options.hub.publish('dispute', { id, state, reminder: false });
  }
}

const positive = (amount: string) => amount.replace(/^-/, '');
