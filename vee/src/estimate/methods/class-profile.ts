/**
 * The course of the customer class, at the level of what the channel itself measured in the window. With no
 * measured slot the profile's own level is left, which only a register can put right.
 */
import { Reason } from '@openami/model';
import type { ClassProfile, EstimateMethod } from '../contract.ts';
import { DayKind } from '../day-table.ts';
import type { GapSource } from '../gap-view.ts';

export const classProfile: EstimateMethod = {
  id: 'class-profile',
  title: 'Load profile of the customer class',
  source: 'California, Ontario (fallback); AEMO methods 57 and 63',
  reasons: Reason.classProfile,
  cim: '3.8.1007',
  espi: 8,
  aemo: 57,
  aemoAhead: 57,
  fill(view, out, at) {
    const { source } = view;
    const profile = source.context.classProfile;
    const level = profile ? levelOf(source, profile) : Number.NaN;
    for (let k = 0; k < view.slots; k++) {
      out[at + k] = profile ? level * profileAt(source, profile, view.from + k) : Number.NaN;
    }
  },
};

function profileAt({ table, context: { clock: grid } }: GapSource, profile: ClassProfile, i: number): number {
  const kind = table.kind[grid.day[i]! - table.firstDay];
  const course =
    kind === DayKind.workday
      ? profile.workday
      : kind === DayKind.saturday
        ? profile.saturday
        : profile.sunday;
  return course[grid.clock[i]!] ?? Number.NaN;
}

function levelOf(source: GapSource, profile: ClassProfile): number {
  const { cell, slot } = source.table;
  let measured = 0;
  let expected = 0;
  for (let at = 0; at < cell.length; at++) {
    const value = cell[at]!;
    if (Number.isNaN(value)) continue;
    measured += value;
    expected += profileAt(source, profile, slot[at]!);
  }
  return expected > 0 ? measured / expected : 1;
}
