/** Schedules of a tariff as a year at a glance: month and sort of day against the half hours of the day. */
import { type CompiledTariff, periodMap, periodsOfSlots } from '@openami/billing';
import { DAY_S, dayNumber, weekday, zoneTable } from '@openami/model';
import type { ScheduleView } from '../../contract/tariffs.ts';

const SLOT_S = 1_800;
const sorts = ['weekday', 'saturday', 'sunday', 'holiday'] as const;
/** A common year of no zone with a change of the clock: only wall-clock times matter here. */
const YEAR = 2026;

/** Of every version of a tariff; schedules that charges have no use for are there, too. */
export function scheduleViews({ versions }: CompiledTariff): ScheduleView[] {
  return versions.flatMap((version, at) =>
    version.needs.schedules
      .filter(({ id }) => id !== '')
      .map((schedule) => ({
        ...{ version: at + 1, schedule: schedule.id, periods: [...schedule.periods] },
        rows: Array.from({ length: 12 }, (_, i) => i + 1).flatMap((month) =>
          sorts.map((days) => {
            const day = dayLike(month, days);
            const fromS = day * DAY_S;
            const holidays = new Set(days === 'holiday' ? [day] : []);
            const map = periodMap(schedule, zoneTable('UTC'), { fromS, toS: fromS + DAY_S }, holidays);
            return { month, days, halfHours: [...periodsOfSlots(map, fromS, SLOT_S, DAY_S / SLOT_S)] };
          }),
        ),
      })),
  );
}

/** A day in the middle of a month that is of the sort; holidays stand on a weekday. */
function dayLike(month: number, days: (typeof sorts)[number]): number {
  const wanted = days === 'saturday' ? 6 : days === 'sunday' ? 7 : 3;
  const first = dayNumber(YEAR, month, 11);
  for (let day = first; ; day++) if (weekday(day) === wanted) return day;
}
