/**
 * Settlements at work: what is asked for is stored first, worked out in the background and frozen, so that a
 * later run is compared with what was handed out and not with what would come out today.
 */
import { type AccessContext, DAY_S, systemAccess } from '@openami/model';
import type { ReadingStore, RegistryStore, SettlementRun } from '@openami/store';
import type { SettlementCreate } from '../../contract/settlement.ts';
import { toOpenAmiError } from '../../http/problem.ts';
import type { Logger } from '../../log.ts';
import { handOverErrors } from '../hand-over/errors.ts';
import { freeze, thawedLines } from '../hand-over/frozen.ts';
import { Rounds } from '../rounds.ts';
import { changes } from './compare.ts';
import { Membership } from './members.ts';
import { SettlementRows } from './rows.ts';

export interface SettlementOptions {
  readonly registry: Pick<RegistryStore, 'settlement' | 'frozen'>;
  readonly store: Pick<ReadingStore, 'settlement'> & {
    readonly writer: Pick<ReadingStore['writer'], 'horizon'>;
  };
  readonly log: Pick<Logger, 'warn'>;
}

const mostDays = 400;
const mostCells = 20_000_000;
const pointsAtOnce = 500;

export class SettlementService {
  readonly #options: SettlementOptions;
  /** Works out what waits; what is under way when it stops is begun anew. */
  readonly rounds: Rounds;

  constructor(options: SettlementOptions) {
    this.#options = options;
    this.rounds = new Rounds({ what: 'Settlements', log: options.log }, () => this.#round());
  }

  /** Raises SETTLEMENT_WINDOW, SETTLEMENT_TOO_MANY. */
  async create(ctx: AccessContext, key: string, body: SettlementCreate): Promise<SettlementRun> {
    const { label, grouping, commodity, from, to, intervalMinutes, asOf, lossFactors = {} } = body;
    const { registry, store } = this.#options;
    const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
    const intervalS = Number(intervalMinutes) * 60;
    const lengthS = (toMs - fromMs) / 1_000;
    // days of settlement are of the clock: an interval of a day would have 23 hours now and then
    const isWhole =
      lengthS > 0 && lengthS % intervalS === 0 && (fromMs / 1_000) % Math.min(intervalS, 900) === 0;
    if (!isWhole || lengthS > mostDays * DAY_S)
      throw handOverErrors.SETTLEMENT_WINDOW(`${from} to ${to} in steps of ${intervalMinutes} minutes`);
    const now = store.writer.horizon();
    const revision = Math.min(asOf ?? now, now);
    const run = await registry.settlement.create(ctx, {
      ...{ key, label, grouping, commodity, fromAt: new Date(fromMs), toAt: new Date(toMs), intervalS },
      ...{ revision, lossFactors },
    });
    this.rounds.kick();
    return run;
  }

  /** What differs from an earlier run. Raises SETTLEMENT_OTHER, SETTLEMENT_BUILDING, NOT_FOUND. */
  async changes(ctx: AccessContext, id: number, against: number) {
    const [after, before] = [await this.requireDone(ctx, id), await this.requireDone(ctx, against)];
    const same = (run: SettlementRun) =>
      [run.grouping, run.commodity, run.fromAt.getTime(), run.toAt.getTime(), run.intervalS].join();
    if (same(after) !== same(before)) throw handOverErrors.SETTLEMENT_OTHER(`${id} and ${against}`);
    const { registry } = this.#options;
    const lines = (run: SettlementRun) => thawedLines(registry, ctx, 'settlement', run.id);
    return changes(lines(before), lines(after));
  }

  /** Raises SETTLEMENT_BUILDING, NOT_FOUND. */
  async requireDone(ctx: AccessContext, id: number): Promise<SettlementRun> {
    const run = await this.#options.registry.settlement.get(ctx, id);
    if (run.state !== 'done')
      throw handOverErrors.SETTLEMENT_BUILDING(`settlement ${id} is ${run.state} ${run.error}`);
    return run;
  }

  async #round(): Promise<void> {
    const { registry } = this.#options;
    while (!this.rounds.isStopped) {
      const run = await registry.settlement.building(systemAccess);
      if (run === undefined) return;
      try {
        await this.#make(run);
      } catch (cause) {
        const { fault, code, message } = toOpenAmiError(cause);
        // an engine that does not answer is asked again; what cannot be done is told
        if (fault !== 'caller' && fault !== 'ours') throw cause;
        await registry.settlement.fail(systemAccess, run.id, `${code}: ${message}`);
      }
    }
  }

  async #make(run: SettlementRun): Promise<void> {
    const { registry, store } = this.#options;
    const { fromAt, toAt, intervalS: stepS, revision: asOf, lossFactors } = run;
    const [startS, endS] = [fromAt.getTime() / 1_000, toAt.getTime() / 1_000];
    const membership = await this.#membership(run, startS, endS);
    const known = new Set(membership.groups.map(({ name }) => name));
    const strange = Object.keys(lossFactors).filter((name) => !known.has(name));
    if (strange.length > 0) throw handOverErrors.SETTLEMENT_GROUP(strange.join(', '));
    const slots = (endS - startS) / stepS;
    if (slots * membership.groups.length > mostCells)
      throw handOverErrors.SETTLEMENT_TOO_MANY(`${membership.groups.length} groups of ${slots} intervals`);
    const rows = new SettlementRows({ store, membership, startS, stepS, slots, asOf, lossFactors });
    const content = await freeze(registry, 'settlement', run.id, this.#untilStopped(rows));
    if (this.rounds.isStopped) return;
    await registry.settlement.finish(systemAccess, run.id, { ...content, groups: rows.groups() });
  }

  async *#untilStopped(rows: SettlementRows): AsyncGenerator<string, void, undefined> {
    for await (const part of rows.lines(systemAccess)) {
      if (this.rounds.isStopped) return;
      yield part;
    }
  }

  async #membership({ grouping, commodity, intervalS }: SettlementRun, from: number, to: number) {
    const membership = new Membership(grouping, commodity, { from, to }, intervalS);
    for (let after = 0; ; ) {
      const { settlement } = this.#options.registry;
      const page = await settlement.points(systemAccess, commodity, after, pointsAtOnce);
      const last = page.at(-1);
      if (last === undefined) return membership;
      after = last.id;
      for (const point of page) membership.add(point);
    }
  }
}
