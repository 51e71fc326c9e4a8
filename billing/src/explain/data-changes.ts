/** What changed in the readings between two ratings of the same time, as far as determinants tell. */
import { formatInstant } from '@openami/model';
import type { Determinants } from '../determinants/determinants.ts';
import { decimalOf } from '../exact.ts';
import type { RatedBill, RatedPart } from '../rating/cycle.ts';

export interface DataChange {
  readonly what: 'energy' | 'demand' | 'missing' | 'estimated';
  /** Schedule and period; empty where it is about all. */
  readonly schedule: string;
  readonly period: string;
  /** Decimal text: energy in the unit of the tariff, kW, or intervals. */
  readonly before: string;
  readonly after: string;
  readonly words: string;
}

/** Changes of all parts, in order. Parts that do not match one another are passed over. */
export function dataChanges(before: RatedBill, after: RatedBill): DataChange[] {
  return after.parts.flatMap((part, i) => {
    const old = before.parts[i];
    if (old === undefined || old.version !== part.version) return [];
    return [...countChanges(old, part), ...energyChanges(old, part), ...demandChanges(old, part)];
  });
}

function countChanges({ determinants: old }: RatedPart, { determinants: now }: RatedPart): DataChange[] {
  const missing = (one: Determinants) => one.expected - one.present;
  return [
    ...count('missing', missing(old), missing(now)),
    ...count('estimated', old.estimated, now.estimated),
  ];
}

function count(what: 'missing' | 'estimated', before: number, after: number): DataChange[] {
  if (before === after) return [];
  const words = `${before} intervals were ${what}, ${after} are now.`;
  return [{ what, schedule: '', period: '', before: String(before), after: String(after), words }];
}

const DIGITS = 3;

function energyChanges(
  { determinants: old, version }: RatedPart,
  { determinants: now }: RatedPart,
): DataChange[] {
  const changes: DataChange[] = [];
  const text = (energy: number) => decimalOf({ n: BigInt(energy), d: BigInt(now.perUnit) }, DIGITS);
  for (const [s, schedule] of version.needs.schedules.entries()) {
    for (const [flow, word] of [
      ['import', 'Energy drawn'],
      ['export', 'Energy fed in'],
    ] as const) {
      for (const [p, period] of schedule.periods.entries()) {
        const [was, is] = [old.energy[s]![flow][p]!, now.energy[s]![flow][p]!];
        if (was === is) continue;
        const where = schedule.id === '' ? '' : ` in ${period}`;
        const words = `${word}${where} went from ${text(was)} to ${text(is)} ${version.unit}.`;
        const name = schedule.id === '' ? '' : period;
        changes.push({
          what: 'energy',
          schedule: schedule.id,
          period: name,
          before: text(was),
          after: text(is),
          words,
        });
      }
    }
  }
  return changes;
}

function demandChanges(
  { determinants: old, version }: RatedPart,
  { determinants: now }: RatedPart,
): DataChange[] {
  const changes: DataChange[] = [];
  for (const [d, need] of version.needs.demands.entries()) {
    const schedule = version.needs.schedules[need.schedule]!;
    for (const [p, period] of schedule.periods.entries()) {
      const [was, is] = [old.demand[d]!, now.demand[d]!];
      if (was.energy[p] === is.energy[p]) continue;
      const text = ({ energy, windowS }: typeof is) =>
        decimalOf({ n: BigInt(energy[p]!) * 3_600n, d: BigInt(windowS) * BigInt(now.perUnit) }, DIGITS);
      const at = is.atS[p] ? ` at ${formatInstant(is.atS[p]!)}` : '';
      const name = schedule.id === '' ? '' : period;
      const words = `The peak${name === '' ? '' : ` in ${name}`} went from ${text(was)} to ${text(is)} ${need.unit}${at}.`;
      changes.push({
        what: 'demand',
        schedule: schedule.id,
        period: name,
        before: text(was),
        after: text(is),
        words,
      });
    }
  }
  return changes;
}
