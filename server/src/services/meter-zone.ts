/** In which zone the days of a meter are counted. */
import { isZone } from '@openami/model';
import type { Meter, UsagePoint } from '@openami/store';

/** True for the zone of a place; an offset from UTC is none. */
export function isMeterZone(zone: unknown): zone is string {
  return typeof zone === 'string' && /^[A-Za-z]{2}/.test(zone) && isZone(zone);
}

/** The zone of the usage point; of a meter without one, that of the import that made it; else of the site. */
export function meterZone(
  { usagePoint, meter }: { readonly usagePoint: UsagePoint | null; readonly meter: Meter },
  siteZone: string,
): string {
  const { zone } = meter.attributes;
  return usagePoint?.zone ?? (isMeterZone(zone) ? zone : siteZone);
}
