/** A record of the rate database as a tariff of ours, with what it does not say. Stores nothing. */
import {
  checkTariff,
  readTariff,
  type TariffFault,
  type UrdbOptions,
  urdbNotes,
  urdbTariff,
} from '@openami/billing';
import { OpenAmiError } from '@openami/model';
import type { TariffImport } from '../../contract/tariffs.ts';
import { scheduleViews } from './schedule-view.ts';

/** Raises URDB_RECORDS where it is not clear which record is meant; every other fault is in the answer. */
export function importTariff(data: unknown, options: UrdbOptions): TariffImport {
  let document: ReturnType<typeof urdbTariff>;
  try {
    document = urdbTariff(data, options);
  } catch (error) {
    const faults = error instanceof OpenAmiError && (error.data.faults as TariffFault[] | undefined);
    if (!faults) throw error;
    return { ok: false, document: null, notes: [], faults, schedules: [] };
  }
  const faults = checkTariff(document).map((fault) => ({ ...fault }));
  const ok = faults.length === 0;
  return {
    ...{ ok, document: { ...document }, faults },
    notes: urdbNotes(data, options).map((note) => ({ ...note })),
    schedules: ok ? scheduleViews(readTariff(document)) : [],
  };
}
