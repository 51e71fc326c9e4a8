/**
 * Commissioning in the server: looks again and again at the meters that are on their way, works out where
 * each stands, and keeps what has changed. What a person decides goes in between, under the version of the
 * record.
 */
import {
  beginCommissioning,
  type CommissioningDemands,
  type DemandRule,
  demandsFor,
  findingsOf,
  observeMeter,
  stepCommissioning,
} from '@openami/headend';
import {
  type AccessContext,
  type Clock,
  type CommissioningDecision,
  type CommissioningFinding,
  type CommissioningRecord,
  type Commodity,
  OpenAmiError,
  systemAccess,
} from '@openami/model';
import type { CommissioningChange, CommissioningMeter, ReadingStore, RegistryStore } from '@openami/store';
import type { Logger } from '../../log.ts';
import { InTurn } from '../in-turn.ts';
import type { LiveDirectory } from '../live-directory.ts';
import { DayCounts } from './day-counts.ts';
import {
  type HeardMeters,
  heardMeters,
  protocolOf,
  type SightSources,
  sightOf,
  startIndexOf,
} from './sights.ts';

export interface CommissioningOptions {
  readonly registry: RegistryStore;
  readonly store: Pick<ReadingStore, 'readings'>;
  readonly directory: Pick<LiveDirectory, 'onChange'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sources: SightSources;
  /** Makes channels of what waits under the name of a meter, and moves it there. */
  readonly adopt: (device: string, commodity: Commodity) => Promise<unknown>;
}

const everyMs = 20_000;
/** After a change of the registry. */
const soonMs = 1_500;
/** What a round took is a tenth of the time at most. */
const pauseFactor = 9;
const pageMeters = 500;
/** Meters of which it is asked in one round what waits under their name. */
const askedAtOnce = 100;
const askAgainMs = 30_000;
const mostAsked = 10_000;
const daySeconds = 86_400;
const rulesKey = 'commissioning.demands';

export class CommissioningService {
  readonly #options: CommissioningOptions;
  readonly #days: DayCounts;
  readonly #turns = new InTurn();
  /** When it was asked what waits under the name of a meter, ms of `performance.now()`. */
  readonly #asked = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;
  /** When the next look is due, and until when none is, ms of `performance.now()`. */
  #dueMs = Number.POSITIVE_INFINITY;
  #restUntilMs = 0;
  #wasWoken = false;
  #isStopped = true;
  /** When the last round ended, ms; 0 for never. */
  lookedMs = 0;

  constructor(options: CommissioningOptions) {
    this.#options = options;
    this.#days = new DayCounts(options);
    options.directory.onChange(() => this.wake());
  }

  /** Begins to look; the returned function stops after the round that is under way. */
  start(): () => Promise<void> {
    this.#isStopped = false;
    this.#after(soonMs);
    return async () => {
      this.#isStopped = true;
      clearTimeout(this.#timer);
      this.#dueMs = Number.POSITIVE_INFINITY;
      await this.#turns.run(async () => undefined);
    };
  }

  /** Looks soon: something has changed. */
  wake(): void {
    if (this.#isStopped) return;
    this.#wasWoken = true;
    this.#after(Math.max(soonMs, this.#restUntilMs - performance.now()));
  }

  /** The rules of one's own. */
  async rules(): Promise<readonly DemandRule[]> {
    const { registry } = this.#options;
    return (await registry.settings.get<DemandRule[]>(systemAccess, rulesKey)) ?? [];
  }

  async setRules(ctx: AccessContext, rules: readonly DemandRule[]): Promise<void> {
    const { registry } = this.#options;
    await registry.settings.set(ctx, rulesKey, rules);
    await registry.audit.append(ctx, {
      ...{ action: 'set-demands', objectKind: 'commissioning', objectId: '', data: { rules } },
    });
    this.wake();
  }

  /** Looks once at all that are on their way; how many were kept anew. */
  look(): Promise<number> {
    return this.#turns.run(() => this.#round());
  }

  /** Notes a decision; of how many meters it changed something. Raises VERSION_CONFLICT. */
  async decide(
    ctx: AccessContext,
    meterIds: readonly number[],
    { kind, reason }: { readonly kind: CommissioningDecision; readonly reason: string },
  ): Promise<number> {
    const { registry, clock } = this.#options;
    const atS = Math.floor(clock.nowMs() / 1_000);
    const event = { type: kind, reason, by: ctx.actor.id, atS };
    // between two rounds: one of the two would lose otherwise
    const decided = await this.#turns.run(async () => {
      const meters = await registry.commissioning.ofMeters(ctx, meterIds);
      const changes = meters.flatMap((meter): CommissioningChange[] => {
        const { meterId, record, version, findings } = meter;
        const before = record ?? beginCommissioning(deliveredS(meter, atS));
        const after = stepCommissioning(before, event);
        const left = findingsAfter(findings, after);
        return after === before ? [] : [{ meterId, version, record: after, findings: left }];
      });
      if (changes.length > 0) await registry.commissioning.decide(ctx, changes, { kind, reason });
      return changes.length;
    });
    if (decided > 0) this.wake();
    return decided;
  }

  /** Of two looks that are asked for the sooner stands: changes that go on put none off. */
  #after(ms: number): void {
    const dueMs = performance.now() + ms;
    if (dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#beat(), ms).unref();
  }

  async #beat(): Promise<void> {
    // who wakes it now is heard at its end
    this.#dueMs = Number.NEGATIVE_INFINITY;
    this.#wasWoken = false;
    const sinceMs = performance.now();
    try {
      await this.look();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'Meters on their way could not be looked at');
    }
    const endedMs = performance.now();
    this.#restUntilMs = endedMs + (endedMs - sinceMs) * pauseFactor;
    this.#dueMs = Number.POSITIVE_INFINITY;
    if (!this.#isStopped)
      this.#after(Math.max(this.#wasWoken ? soonMs : everyMs, this.#restUntilMs - endedMs));
  }

  async #round(): Promise<number> {
    const { registry, sources } = this.#options;
    const [rules, heard] = [await this.rules(), heardMeters(sources)];
    const round: Round = { rules, heard, asked: 0 };
    let kept = 0;
    for (let afterId = 0; ; ) {
      const page = await registry.commissioning.open(systemAccess, afterId, pageMeters);
      if (page.length === 0) break;
      kept += await this.#page(page, round);
      afterId = page.at(-1)!.meterId;
    }
    this.lookedMs = this.#options.clock.nowMs();
    return kept;
  }

  async #page(page: readonly CommissioningMeter[], round: Round): Promise<number> {
    const { registry, clock, sources } = this.#options;
    const nowS = Math.floor(clock.nowMs() / 1_000);
    await this.#days.count(
      page.flatMap((meter) => {
        const { meterId, installedS } = meter;
        const toS = sources.lastReadS(meterId);
        if (installedS === null || toS <= installedS) return [];
        const isOld = toS - installedS >= daySeconds;
        return isOld || startIndexOf(meter) !== null ? [{ meterId, fromS: installedS, toS }] : [];
      }),
    );
    const changes: CommissioningChange[] = [];
    for (const meter of page) {
      const demands = demandsFor(round.rules, {
        ...{ commodity: meter.commodity, protocol: protocolOf(meter, round.heard) },
      });
      await this.#makeChannels(meter, demands, round);
      const sight = sightOf(meter, round.heard, this.#days.of(meter.meterId), sources);
      const before = meter.record ?? beginCommissioning(deliveredS(meter, nowS));
      const record = observeMeter(before, sight, demands, nowS);
      const findings = findingsOf(record, sight, demands, nowS);
      const isSame = record === meter.record && JSON.stringify(findings) === JSON.stringify(meter.findings);
      if (!isSame) changes.push({ meterId: meter.meterId, version: meter.version, record, findings });
    }
    return registry.commissioning.save(systemAccess, changes);
  }

  #wasAsked(meterId: number): boolean {
    const now = performance.now();
    if (now - (this.#asked.get(meterId) ?? Number.NEGATIVE_INFINITY) < askAgainMs) return true;
    if (this.#asked.size >= mostAsked) this.#asked.clear();
    this.#asked.set(meterId, now);
    return false;
  }

  /** A meter whose key is here and that nobody made channels for: of what waits under its name. */
  async #makeChannels(meter: CommissioningMeter, demands: CommissioningDemands, round: Round): Promise<void> {
    const { sources, adopt, log } = this.#options;
    const { meterId, commodity, installedS } = meter;
    const heard = round.heard.radio.get(meterId) ?? round.heard.lorawan.get(meterId);
    const isReadable = heard?.verdict === 'read' || heard?.verdict === 'plain';
    if (!demands.makesChannels || installedS === null || !isReadable) return;
    if (sources.lastReadS(meterId) > 0 || round.asked >= askedAtOnce || this.#wasAsked(meterId)) return;
    round.asked++;
    try {
      await adopt(heard.name, commodity);
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      log.warn({ err: error, meter: meterId }, 'Channels of a new meter could not be made');
    }
  }
}

/** It was delivered before its key came and before it was installed. */
function deliveredS({ keyedS, installedS }: CommissioningMeter, nowS: number): number {
  return Math.min(nowS, keyedS ?? nowS, installedS ?? nowS);
}

/** What was found before stays until the meter is looked at again. */
function findingsAfter(
  before: readonly CommissioningFinding[],
  { state, decision }: CommissioningRecord,
): CommissioningFinding[] {
  if (state === 'commissioned' || state === 'decommissioned') return [];
  const code = 'COMMISSION_GIVEN_UP';
  const others = before.filter((one) => one.code !== code);
  if (decision?.kind !== 'give-up') return others;
  return [{ code, detail: decision.reason, isLate: false }, ...others];
}

interface Round {
  readonly rules: readonly DemandRule[];
  readonly heard: HeardMeters;
  asked: number;
}
