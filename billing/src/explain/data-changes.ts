/** What changed in the readings between two ratings of the same time, as far as determinants tell. */
import { zoneTable } from '@openami/model';
import type { Determinants } from '../determinants/determinants.ts';
import { kilowatts } from '../determinants/units.ts';
import { decimalOf } from '../exact.ts';
import type { CompiledDemand } from '../rating/compiled.ts';
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

/** Changes of all parts, in order; times by the clock of `zone`. */
export function dataChanges(before: RatedBill, after: RatedBill, zone: string): DataChange[] {
  return after.parts.flatMap((part, i) => {
    const old = before.parts[i];
    if (old === undefined) return [];
    return [...countChanges(old, part), ...energyChanges(old, part), ...demandChanges(old, part, zone)];
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
  const were = before === 1 ? 'interval was' : 'intervals were';
  const words = `${before} ${were} ${what}, ${after} ${after === 1 ? 'is' : 'are'} now.`;
  return [{ what, schedule: '', period: '', before: String(before), after: String(after), words }];
}

const DIGITS = 3;

function energyChanges(before: RatedPart, { determinants: now, version }: RatedPart): DataChange[] {
  const changes: DataChange[] = [];
  const text = (energy: number) => decimalOf({ n: BigInt(energy), d: BigInt(now.perUnit) }, DIGITS);
  for (const [s, schedule] of version.needs.schedules.entries()) {
    const old = before.version.needs.schedules.findIndex(({ id }) => id === schedule.id);
    if (old < 0) continue;
    for (const [flow, word] of [
      ['import', 'Energy drawn'],
      ['export', 'Energy fed in'],
    ] as const) {
      for (const [p, period] of schedule.periods.entries()) {
        const at = before.version.needs.schedules[old]!.periods.indexOf(period);
        const [was, is] = [before.determinants.energy[old]![flow][at] ?? 0, now.energy[s]![flow][p]!];
        if (was === is) continue;
        const where = schedule.id === '' ? '' : ` in ${period}`;
        const words = `${word}${where} went from ${text(was)} to ${text(is)} ${version.unit}.`;
        const name = schedule.id === '' ? '' : period;
        const change = { what: 'energy', schedule: schedule.id, period: name } as const;
        changes.push({ ...change, before: text(was), after: text(is), words });
      }
    }
  }
  return changes;
}

function demandChanges(
  before: RatedPart,
  { determinants: now, version }: RatedPart,
  zone: string,
): DataChange[] {
  const changes: DataChange[] = [];
  for (const charge of version.charges) {
    if (charge.kind !== 'demand' || charge.billedAs >= 0) continue;
    const old = before.version.charges.find(({ id, kind }) => id === charge.id && kind === 'demand') as
      | CompiledDemand
      | undefined;
    if (old === undefined) continue;
    const schedule = version.needs.schedules[charge.schedule]!;
    const is = now.demand[charge.need]!;
    const was = before.determinants.demand[old.need]!;
    for (const [p, period] of schedule.periods.entries()) {
      const at = before.version.needs.schedules[old.schedule]!.periods.indexOf(period);
      const text = (energy: number, windowS: number) =>
        decimalOf(kilowatts(energy, windowS, now.perUnit), DIGITS);
      const [low, high] = [text(was.energy[at] ?? 0, was.windowS), text(is.energy[p]!, is.windowS)];
      if (low === high) continue;
      const when = is.atS[p] ? ` at ${zoneTable(zone).format(is.atS[p]!)}` : '';
      const name = schedule.id === '' ? '' : period;
      const where = name === '' ? '' : ` in ${name}`;
      const words = `The peak${where} went from ${low} to ${high} ${charge.unit}${when}.`;
      changes.push({ what: 'demand', schedule: schedule.id, period: name, before: low, after: high, words });
    }
  }
  return changes;
}
