/** Faults of the limits of tiers. */
import { parseDecimal } from '@openami/model';
import type { Report } from '../calendar/schedule.ts';
import { above, ZERO } from '../exact.ts';
import type { TariffTier } from '../tariff/schema.ts';

/** Limits of one unit must rise, and be above zero. */
export function checkLimits(
  tiers: readonly Pick<TariffTier, 'upTo' | 'unit'>[],
  path: string,
  report: Report,
): void {
  const last = new Map<string, { readonly at: number; readonly upTo: string | number }>();
  for (const [i, { upTo, unit = 'unit' }] of tiers.entries()) {
    if (upTo === undefined) continue;
    const place = `${path}[${i}].upTo`;
    const before = last.get(unit);
    const limit = parseDecimal(upTo);
    last.set(unit, { at: i, upTo });
    if (!above(limit, ZERO)) report(place, `${upTo} ends the tier before it begins: give a limit above 0`);
    else if (before !== undefined && !above(limit, parseDecimal(before.upTo))) {
      const same = !above(parseDecimal(before.upTo), limit);
      const what = same ? 'the tier has no width' : 'limits must rise';
      report(
        place,
        `${upTo} after ${before.upTo} in [${before.at}]: ${what}; take the tier out or raise its limit`,
      );
    }
  }
}
