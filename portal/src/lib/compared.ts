/** The time that a comparison of tariffs is of. Pure. */
import { dayNumber, dayText } from '@openami/console/lib/zone.ts';
import type { TariffComparison } from '@openami/server/contract';
import * as format from './format.ts';

export interface ComparedTime {
  /** `3 months`, `a month`. */
  readonly long: string;
  /** `1 January 2026 to 31 March 2026`: from the first month with readings to the last. */
  readonly span: string;
}

/** Of what could be rated: months without readings are no part of it. Undefined where nothing could. */
export function comparedTime({ tariffs }: Pick<TariffComparison, 'tariffs'>): ComparedTime | undefined {
  const rated = tariffs.filter(({ total }) => total !== null);
  const months = rated.reduce<(typeof rated)[number]['months']>(
    (most, one) => (one.months.length > most.length ? one.months : most),
    [],
  );
  const [first, last] = [months[0], months.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const end = dayText(dayNumber(last.to) - 1);
  return {
    long: months.length === 1 ? 'a month' : `${months.length} months`,
    span: `${format.day(first.from, 'date')} to ${format.day(end, 'date')}`,
  };
}
