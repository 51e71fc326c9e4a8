/**
 * The order of the work list: what moves bills most and soonest comes first.
 *
 *   weight = Σ over members of  energy at stake · urgency · (blocking ? 4 : 1)
 *   urgency = 1 for a bill that is due, half a week before, a third two weeks before, …
 */
import { Severity } from '../finding.ts';
import type { ExceptionGroup } from './group.ts';
import type { ExceptionItem } from './kinds.ts';

const BLOCKING_WEIGHT = 4;
const WEEK_DAYS = 7;
/** What an exception weighs that no bill waits for. */
const IDLE_URGENCY = 0.1;

function urgency({ billInDays }: ExceptionItem): number {
  if (billInDays === undefined) return IDLE_URGENCY;
  return 1 / (1 + Math.max(0, billInDays) / WEEK_DAYS);
}

/** Weight of one exception, thousandths of base units. */
export function exceptionWeight(item: ExceptionItem): number {
  return item.atStake * urgency(item) * (item.blocking ? BLOCKING_WEIGHT : 1);
}

/** Weight of a group: what clearing it is worth. */
export function groupWeight(group: ExceptionGroup): number {
  let weight = 0;
  for (const item of group.items) weight += exceptionWeight(item);
  return weight;
}

/** Groups that need a person, the weightiest first; of equals the older, then the larger one. */
export function rankGroups(groups: readonly ExceptionGroup[]): ExceptionGroup[] {
  return groups
    .filter((group) => group.items.some((item) => item.severity >= Severity.suspect))
    .map((group) => ({ group, weight: groupWeight(group) }))
    .sort((a, b) => b.weight - a.weight || a.group.day - b.group.day || b.group.meters - a.group.meters)
    .map(({ group }) => group);
}
