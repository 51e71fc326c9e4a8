/**
 * Looks, once a local day is closed, at what customers want to be told: high use of a day, a month that
 * comes to more than a budget, water or gas that flows without a pause. What is found is kept and shown;
 * every choice remembers the day it was looked at, so a process may die anywhere.
 */
import { scaledText } from '@openami/billing';
import { billingMonthOf, formatDay, parseDay, Quality, systemAccess, zoneTable } from '@openami/model';
import type { BilledAgreement, RegistryStore, UsageAlertChoice, UsageAlertInput } from '@openami/store';
import { billedChannels } from '../billing/billed-channels.ts';
import { type FlowStep, longestFlowS } from './flow.ts';
import { monthStart, type RatingParts, rateStretches } from './rated-days.ts';
import { frameOf, quantityOf, runningOf } from './running.ts';

export interface AlertParts extends RatingParts {
  readonly registry: RatingParts['registry'] &
    Pick<RegistryStore, 'usageAlerts' | 'billingFacts' | 'veeProgress'>;
}

/** Choices that are looked at in one go. */
const choicesAtOnce = 500;
/** Days of high use that are made up for after a time without closing. */
const mostDaysBack = 7;
/** Reads of a register that are further apart say nothing about pauses. */
const longestStepS = 3_600;

const everybody = { ctx: systemAccess, agreements: [] };

/** Looks at all choices of days that were closed since the last time; returns how many alerts are new. */
export async function lookAtUsage(parts: AlertParts): Promise<number> {
  const { registry } = parts;
  let told = 0;
  for (const [zone, day] of await registry.veeProgress.closed(systemAccess)) {
    for (;;) {
      const choices = await registry.usageAlerts.open(systemAccess, zone, day, choicesAtOnce);
      if (choices.length === 0) break;
      const found: UsageAlertInput[] = [];
      const agreements = await factsOf(registry, choices, day);
      for (const choice of choices) {
        const agreement = agreements.get(choice.agreementId);
        if (agreement !== undefined) found.push(...(await look(parts, agreement, choice, parseDay(day))));
      }
      told += await registry.usageAlerts.note(systemAccess, choices, day, found);
      if (choices.length < choicesAtOnce) break;
    }
  }
  return told;
}

/** Agreements of choices that hold on the day or in the week before. */
async function factsOf(
  { billingFacts }: AlertParts['registry'],
  choices: readonly UsageAlertChoice[],
  day: string,
): Promise<ReadonlyMap<number, BilledAgreement>> {
  const agreements = [...new Set(choices.map(({ agreementId }) => agreementId))];
  const to = parseDay(day) + 1;
  const query = { from: formatDay(to - mostDaysBack), to: formatDay(to), agreements };
  const ids = await billingFacts.ids(systemAccess, query);
  const facts = await billingFacts.of(systemAccess, ids);
  return new Map(facts.map((one) => [one.id, one]));
}

async function look(
  parts: AlertParts,
  agreement: BilledAgreement,
  choice: UsageAlertChoice,
  day: number,
): Promise<UsageAlertInput[]> {
  if (choice.kind === 'high-use') return highUse(parts, agreement, choice, day);
  if (choice.kind === 'budget') return budget(parts, agreement, choice, day);
  return leak(parts, agreement, choice, day);
}

function alertOf(choice: UsageAlertChoice, day: number, value: string, unit: string): UsageAlertInput {
  const { userId, agreementId, kind, threshold } = choice;
  return { userId, agreementId, kind, day: formatDay(day), value, threshold, unit };
}

async function highUse(
  parts: AlertParts,
  agreement: BilledAgreement,
  choice: UsageAlertChoice,
  day: number,
): Promise<UsageAlertInput[]> {
  const seen = choice.lookedDay === null ? day - 1 : parseDay(choice.lookedDay);
  const first = Math.max(seen + 1, day - mostDaysBack + 1);
  const days = Array.from({ length: day - first + 1 }, (_, i) => first + i);
  const stretches = days.map((from) => ({ from, to: from + 1 }));
  const endS = endOf(agreement, day);
  const { rated, versions } = await rateStretches(parts, everybody, agreement, stretches, endS);
  const frame = frameOf(versions);
  if (frame === undefined) return [];
  return days.flatMap((of, i) => {
    const used = runningOf(rated[i], frame)?.used ?? 0;
    const value = quantityOf(used, frame);
    return Number(value) > Number(choice.threshold) ? [alertOf(choice, of, value, frame.unit)] : [];
  });
}

/** Told when the month goes over the budget, not each day afterwards. */
async function budget(
  parts: AlertParts,
  agreement: BilledAgreement,
  choice: UsageAlertChoice,
  day: number,
): Promise<UsageAlertInput[]> {
  const first = monthStart(agreement, day);
  const seen = choice.lookedDay === null ? -1 : parseDay(choice.lookedDay);
  const stretches = [
    { from: first, to: day + 1 },
    { from: first, to: seen + 1 },
  ];
  const endS = endOf(agreement, day);
  const { rated, versions, note } = await rateStretches(parts, everybody, agreement, stretches, endS);
  const frame = note === '' ? frameOf(versions) : undefined;
  if (frame === undefined) return [];
  const money = (i: number) => scaledText(runningOf(rated[i], frame)?.cost ?? 0n, frame.digits);
  const [now, then] = [money(0), money(1)];
  const known = seen >= billingMonthOf(day, 1).from && Number(then) > Number(choice.threshold);
  return Number(now) > Number(choice.threshold) && !known ? [alertOf(choice, day, now, frame.currency)] : [];
}

async function leak(
  { store }: AlertParts,
  agreement: BilledAgreement,
  choice: UsageAlertChoice,
  day: number,
): Promise<UsageAlertInput[]> {
  if (agreement.commodity !== 'water' && agreement.commodity !== 'gas') return [];
  const toS = endOf(agreement, day);
  const neededS = Math.round(Number(choice.threshold) * 3_600);
  const fromS = zoneTable(agreement.zone).dayStart(day) - neededS;
  const last = billedChannels(agreement, Math.max(fromS, agreement.fromS), toS).import.at(-1);
  if (last === undefined) return [];
  const { channel } = last;
  const rows = await store.readings.profile(systemAccess, channel.channelId, {
    fromS: last.fromS,
    toS: last.toS,
  });
  const steps: FlowStep[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (rows.quality[i] === Quality.missing) continue;
    const endS = rows.end[i]!;
    if (channel.intervalS > 0) steps.push({ endS, lengthS: channel.intervalS, amount: rows.value[i]! });
    else if (i > 0) {
      const lengthS = endS - rows.end[i - 1]!;
      if (lengthS <= longestStepS) steps.push({ endS, lengthS, amount: rows.value[i]! - rows.value[i - 1]! });
    }
  }
  const flowS = longestFlowS(steps);
  return flowS >= neededS ? [alertOf(choice, day, String(Math.round(flowS / 360) / 10), 'h')] : [];
}

const endOf = ({ zone }: BilledAgreement, day: number): number => zoneTable(zone).dayStart(day + 1);
