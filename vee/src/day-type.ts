/** What sort of day a date is. */
import { weekday } from '@openami/model';
import type { DayType } from './context.ts';

/** Working day 0, Saturday 1, Sunday or holiday 2; holidays are local day numbers. */
export function dayTypeOf(day: number, holidays?: ReadonlySet<number>): DayType {
  const of = weekday(day);
  if (of === 7 || holidays?.has(day)) return 2;
  return of === 6 ? 1 : 0;
}
