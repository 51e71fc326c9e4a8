/**
 * The work list: open exceptions grouped by likely cause, what moves bills most first; and many decided at
 * once.
 */
import { type AccessContext, formatDay, parseDay, systemAccess } from '@openami/model';
import type { RegistryStore, VeeException } from '@openami/store';
import {
  type ExceptionGroup,
  type ExceptionItem,
  groupExceptions,
  groupWeight,
  kindActions,
  type MeterPlaces,
  rankGroups,
  ruleById,
  ruleByNumber,
  Severity,
  severityNames,
} from '@openami/vee';
import type { BulkAnswer, ExceptionGroupItem, ExceptionGroups } from '../../contract/vee.ts';
import { serverErrors } from '../../errors.ts';
import { type ChannelBook, isClosed } from './channel-book.ts';
import { stateOf } from './edit-rows.ts';
import type { EditService } from './edits.ts';

export interface WorkListOptions {
  readonly registry: Pick<RegistryStore, 'exceptions'>;
  readonly book: ChannelBook;
  readonly edits: EditService;
}

/** Open exceptions that are grouped: those with the largest effect. */
const mostOpen = 50_000;
const mostInGroup = 1_000;
/** Severities by their codes: info 1, suspect 2, fail 3. */
const severityCode = (name: string) => Severity[name as keyof typeof Severity];

export class WorkListService {
  readonly #options: WorkListOptions;

  constructor(options: WorkListOptions) {
    this.#options = options;
  }

  async groups(): Promise<ExceptionGroups> {
    const { registry, book } = this.#options;
    const [open, counts] = await Promise.all([
      registry.exceptions.open(systemAccess, mostOpen),
      registry.exceptions.counts(systemAccess),
    ]);
    await book.load(open.map(({ channelId }) => channelId));
    const groups = rankGroups(groupExceptions(open.flatMap(itemOf), await this.#population()));
    const byId = new Map(open.map((one) => [one.id, one]));
    return {
      groups: groups.map((group) => this.#show(group, byId)),
      open: counts.open,
      counts: { ...counts },
    };
  }

  /** Each exception becomes an edit of its own; one that cannot does not hold up the others. */
  async decide(
    ctx: AccessContext,
    person: string,
    given: {
      readonly key: string;
      readonly exceptionIds: readonly number[];
      readonly action: 'accept' | 'estimate' | 'reject';
      readonly method?: string;
      readonly reason: string;
    },
  ): Promise<BulkAnswer> {
    const { registry, edits } = this.#options;
    const answer = {
      applied: 0,
      pending: 0,
      decided: [] as number[],
      failed: [] as BulkAnswer['failed'],
      edits: [] as number[],
    };
    for (const id of given.exceptionIds) {
      try {
        const found = await registry.exceptions.get(ctx, id);
        if (found.state !== 'open') {
          // A repeat of the same decision changes nothing; another one comes too late.
          if (found.note === given.reason && found.state === stateOf(given.action)) continue;
          throw serverErrors.VEE_EXCEPTION_DECIDED(`${found.state} by ${found.changedBy}`);
        }
        const outcome = await this.#decideOne(ctx, person, found, given, edits);
        if (outcome.state === 'decided') answer.decided.push(id);
        else answer[outcome.state]++;
        if (outcome.editId !== undefined) answer.edits.push(outcome.editId);
      } catch (error) {
        const { code = 'INTERNAL', message } = error as { code?: string; message: string };
        answer.failed.push({ exceptionId: id, code, detail: message });
      }
    }
    return answer;
  }

  async #decideOne(
    ctx: AccessContext,
    person: string,
    found: VeeException,
    given: Parameters<WorkListService['decide']>[2],
    edits: EditService,
  ): Promise<{ state: 'applied' | 'pending' | 'decided'; editId?: number }> {
    const { action, method, reason, key } = given;
    const request = {
      ...{ channelId: found.channelId, action, firstEnd: found.firstEnd, lastEnd: found.lastEnd },
      ...(method ? { method } : {}),
    };
    const edit = await edits
      .request(ctx, person, request, { key: `${key}/${found.id}`, reason, exceptionIds: [found.id] })
      .catch((error: { code?: string; data?: { nothing?: boolean } }) => {
        if (error.data?.nothing === true) return undefined;
        throw error;
      });
    if (edit !== undefined) {
      return { state: edit.state === 'pending' ? 'pending' : 'applied', editId: edit.id };
    }
    // There is nothing to change in the readings: the decision is about the exception alone.
    const decided = await this.#options.registry.exceptions.decide(ctx, [found.id], stateOf(action), reason);
    if (decided.length === 0) throw serverErrors.VEE_EXCEPTION_DECIDED(`exception ${found.id}`);
    return { state: 'decided' };
  }

  /** All meters in service: a cause is judged by whom it spares. */
  async #population(): Promise<Map<number, MeterPlaces>> {
    const population = new Map<number, MeterPlaces>();
    for await (const page of this.#options.book.pages(1_000)) {
      for (const { around, facts } of page.filter(isClosed)) {
        if (!population.has(facts.meter)) population.set(facts.meter, placesOf(around));
      }
    }
    return population;
  }

  #show(group: ExceptionGroup, byId: ReadonlyMap<number, VeeException>): ExceptionGroupItem {
    const { kind, day, lastDay, cause, meters, population, items } = group;
    const worst = Math.max(...items.map(({ severity }) => severity));
    const channel = this.#options.book.get(items[0]!.channel);
    const effect = items.reduce((sum, { id }) => sum + (byId.get(id)?.effect ?? 0), 0);
    const name = cause === 'meter' ? (channel?.around.serial ?? group.name) : group.name;
    const rules = [...new Set(items.map(({ rule }) => ruleByNumber(rule)?.id ?? ''))];
    return {
      ...{ kind, action: kindActions[kind], cause, name, meters, population },
      ...{ day: formatDay(day), lastDay: formatDay(lastDay) },
      ...{ weight: groupWeight(group), severity: severityNames[worst - 1]!, rules },
      ...{ effect: effect / 1_000, baseUnit: channel?.facts.baseUnit ?? '' },
      exceptions: items.slice(0, mostInGroup).map(({ id }) => id),
      total: items.length,
    };
  }
}

function itemOf(exception: VeeException): ExceptionItem[] {
  const rule = ruleById(exception.rule);
  if (rule === undefined) return [];
  const severity = severityCode(exception.severity);
  return [
    {
      ...{ id: exception.id, channel: exception.channelId, meter: exception.meterId, rule: rule.number },
      ...{ severity, day: parseDay(exception.day), atStake: exception.effect },
      blocking: severity === Severity.fail,
    },
  ];
}

function placesOf(around: {
  readonly concentrator: string;
  readonly segment: string;
  readonly firmware: string;
  readonly model: string;
}): MeterPlaces {
  const { concentrator, segment, firmware, model } = around;
  return {
    ...(concentrator === '' ? {} : { concentrator }),
    ...(segment === '' ? {} : { route: segment }),
    ...(firmware === '' ? {} : { firmware }),
    ...(model === '' ? {} : { meterType: model }),
  };
}
