/**
 * Forgets readings that are older than the configuration keeps them, once a local day of the site: what
 * belongs to a day before the last so many is dropped. Only the process that may write readings does it.
 */
import { formatDay, systemAccess, zoneTable } from '@openami/model';
import type { AppContext } from '../context.ts';

type Parts = Pick<AppContext, 'registry' | 'store' | 'clock' | 'log' | 'requireWriter'>;

const doneSetting = 'retention.readings';

/** Drops what is due; nothing when that was done today, or when readings are kept for ever. */
export async function dropOldReadings(
  { registry, store, clock, log, requireWriter }: Parts,
  { readingRetentionDays: days, zone }: { readingRetentionDays: number; zone: string },
): Promise<void> {
  if (days === 0) return;
  const table = zoneTable(zone);
  const firstDay = table.localDayOf(Math.floor(clock.nowMs() / 1000)) - days;
  const first = formatDay(firstDay);
  if ((await registry.settings.get(systemAccess, doneSetting)) === first) return;
  requireWriter();
  // the reading that ends at midnight belongs to the day before
  const rows = await store.upkeep.dropBefore(systemAccess, table.dayStart(firstDay));
  if (rows > 0) {
    log.info({ rows, first, days }, 'Readings older than their retention were dropped');
    await registry.audit.append(systemAccess, {
      action: 'retention.drop',
      objectKind: 'reading',
      objectId: `before ${first}`,
      data: { rows, days },
    });
  }
  await registry.settings.set(systemAccess, doneSetting, first);
}
