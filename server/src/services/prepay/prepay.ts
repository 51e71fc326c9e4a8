/**
 * Prepay at work: agreements are looked at when readings of theirs came, when somebody paid, when an order to
 * their meter moved on, and every hour. Payments wake it at once, so that who paid is on again in seconds.
 */
import {
  type AccessContext,
  billingMonthOf,
  type Clock,
  DAY_S,
  formatDay,
  parseDay,
  systemAccess,
  zoneTable,
} from '@openami/model';
import type { PrepayAgreement, PrepayCycle, ReadingStore, RegistryStore } from '@openami/store';
import type { StreamPrepay } from '../../contract/prepay.ts';
import { dayAsked, dayToCome } from '../../http/days.ts';
import type { SseHub } from '../../http/sse.ts';
import type { Logger } from '../../log.ts';
import { sqlDeterminants } from '../billing/sql-determinants.ts';
import type { TariffBook } from '../billing/tariff-book.ts';
import type { CommandService } from '../commands.ts';
import { Rounds } from '../rounds.ts';
import { type Charged, type ChargingParts, chargePage } from './charging.ts';
import { prepayErrors } from './errors.ts';
import { PrepayMarks } from './marks.ts';
import {
  isRestoring,
  type PolicyInForce,
  policiesInForce,
  policyOf,
  recordOf,
  type StandingParts,
  standAnew,
} from './standing.ts';

export interface PrepayOptions {
  readonly registry: RegistryStore;
  readonly store: ReadingStore;
  readonly book: TariffBook;
  readonly commands: CommandService;
  readonly clock: Clock;
  readonly hub: Pick<SseHub, 'publish'>;
  readonly log: Pick<Logger, 'warn'>;
  readonly requireWriter: () => void;
}

export interface EnrolRequest {
  readonly agreement: string;
  readonly policy: string;
  readonly validFrom: string;
}

type Policies = ReadonlyMap<string, PolicyInForce>;

const roundMs = 1_000;
const pageSize = 200;
/** Channels of agreements change when meters are exchanged. */
const learnEveryMs = 30_000;
const chargeEveryS = 3_600;
/** How far back prepay may begin: what was billed already stays billed. */
const mostDaysBack = 62;

export class PrepayService {
  readonly #o: PrepayOptions;
  readonly #marks = new PrepayMarks();
  readonly #charging: ChargingParts;
  readonly #standing: StandingParts;
  /** Agreements with orders under way. */
  readonly #open = new Set<number>();
  /** When the usage of each was last charged. */
  readonly #chargedS = new Map<number, number>();
  #learntMs = Number.NEGATIVE_INFINITY;
  readonly rounds: Rounds;

  constructor(options: PrepayOptions) {
    const { registry, store, book, commands, hub, clock } = options;
    this.#o = options;
    this.rounds = new Rounds({ what: 'Prepay', log: options.log, everyMs: roundMs }, () => this.#round());
    this.#charging = { registry, store, book, sql: sqlDeterminants(store) };
    this.#standing = {
      ...{ registry, orders: commands.orders, hasDriver: (protocol) => commands.hasDriver(protocol) },
      nowS: () => Math.floor(clock.nowMs() / 1_000),
      onNotice: ({ agreement, state }, notice) =>
        hub.publish('prepay', { agreement, state, notice: notice ?? null } satisfies StreamPrepay),
    };
    store.writer.onStored((readings, revision) => this.#marks.stored(readings, revision));
    commands.onCommand(() => {
      if (this.#open.size > 0) this.rounds.kick();
    });
  }

  /** Once nothing is at work. */
  async settled(): Promise<void> {
    this.rounds.kick();
    await this.rounds.settled();
  }

  async #round(): Promise<void> {
    const { registry, store, clock, requireWriter } = this.#o;
    requireWriter();
    if (performance.now() - this.#learntMs > learnEveryMs) await this.#learn();
    const marked = this.#marks.take(store.writer.horizon(), pageSize);
    const named = [...new Set([...marked, ...[...this.#open].slice(0, pageSize)])];
    const now = new Date(clock.nowMs());
    // those named always come: whoever waits long does not push out whose readings or orders moved on
    const page = await registry.prepayAgreements.due(systemAccess, now, named, pageSize + named.length);
    if (page.length === 0) return;
    const policies = await policiesInForce(registry);
    const toCharge = new Set(marked);
    const nowS = Math.floor(now.getTime() / 1_000);
    for (const { agreementId } of page)
      if ((this.#chargedS.get(agreementId) ?? 0) + chargeEveryS <= nowS) toCharge.add(agreementId);
    // those who paid first: they wait for their supply
    const [later, first] = [
      page.filter(({ agreementId }) => toCharge.has(agreementId)),
      page.filter(({ agreementId }) => !toCharge.has(agreementId)),
    ];
    for (const agreement of first) await this.#stand(agreement, policies);
    for (const { agreement, trouble } of await this.#charge(later, nowS))
      await this.#stand(agreement, policies, trouble);
    if (page.length - named.length >= pageSize || marked.length >= pageSize) this.rounds.kick();
  }

  /** What one of them fails by is no other's trouble: it is looked at again with the next round. */
  async #stand(agreement: PrepayAgreement, policies: Policies, trouble?: string): Promise<void> {
    try {
      this.#note(await standAnew(this.#standing, agreement, policies, trouble));
    } catch (error) {
      this.#o.log.warn({ err: error, agreement: agreement.agreement }, 'A prepay customer was not looked at');
    }
  }

  async #learn(): Promise<void> {
    const { registry } = this.#o;
    this.#marks.learn(await registry.prepayAgreements.channels(systemAccess));
    this.#learntMs = performance.now();
  }

  /** An agreement with an order under way is looked at until that has ended. */
  #note(agreement: PrepayAgreement): void {
    const { agreementId } = agreement;
    const isOpen = isRestoring(agreement, this.#standing.nowS()) || recordOf(agreement).wait === 'order';
    // behind the others that are open: each has its turn
    this.#open.delete(agreementId);
    if (isOpen) this.#open.add(agreementId);
  }

  async #charge(
    page: readonly PrepayAgreement[],
    nowS: number,
  ): Promise<{ readonly agreement: PrepayAgreement; readonly trouble: string }[]> {
    if (page.length === 0) return [];
    const charged = await chargePage(this.#charging, page, nowS);
    const ids = page.map(({ agreementId }) => agreementId);
    const anew = await this.#o.registry.prepayAgreements.byIds(systemAccess, ids);
    return anew.map((agreement) => {
      this.#chargedS.set(agreement.agreementId, nowS);
      const found = charged.get(agreement.agreementId);
      const trouble = found?.trouble ?? 'The agreement does not hold now.';
      return { agreement: found ? { ...agreement, ...usualOf(found) } : agreement, trouble };
    });
  }

  /** Puts an agreement on prepay. Raises NOT_FOUND, PREPAY_NO_POLICY, PREPAY_START, ALREADY_EXISTS. */
  async enrol(ctx: AccessContext, { agreement, policy, validFrom }: EnrolRequest): Promise<PrepayAgreement> {
    const { registry, book, clock } = this.#o;
    const rules = await policyOf(registry, policy);
    if (rules === undefined) throw prepayErrors.PREPAY_NO_POLICY(`"${policy}"`);
    const day = dayToCome('validFrom', validFrom, clock.nowMs());
    const today = Math.floor(clock.nowMs() / 1_000 / DAY_S);
    if (day < today - mostDaysBack)
      throw prepayErrors.PREPAY_START(`${validFrom} is more than ${mostDaysBack} days ago`);
    const enrolled = await registry.prepayAgreements.enrolment(ctx, agreement);
    const cycle = billingMonthOf(day, enrolled.dayOfMonth);
    if (cycle.from !== day)
      throw prepayErrors.PREPAY_START(
        `a cycle of ${agreement} begins on ${formatDay(cycle.from)}, the next on ${formatDay(cycle.to)}`,
      );
    if (enrolled.billedUntil !== null && enrolled.billedUntil > validFrom)
      throw prepayErrors.PREPAY_START(`${agreement} is billed until ${enrolled.billedUntil}`);
    const tariff = enrolled.tariff === null ? undefined : await book.of(enrolled.tariff);
    if (tariff !== undefined && tariff.record.currency !== rules.currency)
      throw prepayErrors.PREPAY_CURRENCY(
        `its tariff is in ${tariff.record.currency}, the policy in ${rules.currency}`,
      );
    const made = await registry.prepayAgreements.enrol(ctx, {
      ...{ agreement, policy, validFrom, currency: rules.currency },
    });
    this.#learntMs = Number.NEGATIVE_INFINITY;
    this.rounds.kick();
    return made;
  }

  /**
   * Ends prepay with a cycle that did not begin: what prepay charged is not billed once more. On the first
   * day of prepay, which is to come, it is taken back. Raises NOT_FOUND, PREPAY_START.
   */
  async leave(
    ctx: AccessContext,
    agreement: string,
    validUntil: string,
    reason: string,
  ): Promise<PrepayAgreement> {
    const { registry, clock } = this.#o;
    const day = dayAsked('validUntil', validUntil);
    const { zone, dayOfMonth, validFrom } = await registry.prepayAgreements.get(ctx, agreement);
    const cycle = billingMonthOf(day, dayOfMonth);
    if (cycle.from !== day)
      throw prepayErrors.PREPAY_START(`cycles end on ${formatDay(cycle.from)} and ${formatDay(cycle.to)}`);
    const now = billingMonthOf(zoneTable(zone).localDayOf(clock.nowMs() / 1_000), dayOfMonth);
    if (day < now.to)
      throw prepayErrors.PREPAY_START(
        `the cycle of ${validUntil} began, and is charged: the next begins on ${formatDay(now.to)}`,
      );
    // on its first day, what has not begun is taken back
    if (validUntil < validFrom) throw prepayErrors.PREPAY_START(`prepay begins on ${validFrom}`);
    const why = { action: validUntil === validFrom ? 'take_back' : 'leave', reason };
    return registry.prepayAgreements.change(ctx, agreement, { validUntil }, why);
  }
}

/** What a day usually costs, and what money buys: of this cycle so far and the one before. */
function usualOf({
  cycles,
  unit,
}: Charged): Pick<PrepayAgreement, 'dailyUse' | 'unitsPerMinor' | 'unit' | 'chargedThrough'> {
  const last = cycles.filter(({ revision, billId }) => revision > 0 || billId !== null).slice(-2);
  const sum = (of: (cycle: PrepayCycle) => number) => last.reduce((all, cycle) => all + of(cycle), 0);
  const days = sum(daysOf);
  const cost = sum(({ charged }) => Number(charged));
  const usage = sum((cycle) => Number(cycle.usage));
  const through = last.at(-1)?.through;
  return {
    ...{ dailyUse: days >= 1 && cost > 0 ? cost / days : 0, unit },
    unitsPerMinor: cost > 0 && usage > 0 ? usage / cost : 0,
    chargedThrough: through === undefined || through.getTime() === 0 ? null : through,
  };
}

function daysOf({ cycleFrom, cycleTo, through, billId }: PrepayCycle): number {
  const [from, to] = [parseDay(cycleFrom), parseDay(cycleTo)];
  if (billId !== null) return to - from;
  return Math.max(0, Math.min(to - from, through.getTime() / 1_000 / DAY_S - from));
}
