/** Meter profiles by name, as endpoints name them: how models depart from the standard, as data. */
import type { MeterProfile } from '@openami/wire/dlms';

const meterProfiles: Readonly<Record<string, Partial<MeterProfile>>> = {
  standard: {},
  /** Rows can be chosen by number only. */
  'entries-only': { selection: 'entry' },
  /** Rows cannot be chosen: all of a profile is read each time. */
  'no-selection': { selection: 'none' },
  /** The sign of the deviation is turned. */
  'negated-deviation': { deviation: 'negated' },
  /** Times are UTC, and their deviation is left out. */
  'no-deviation': { deviation: 'ignored', localOffsetMinutes: 0 },
  /** No request may have a list. */
  'no-lists': { listItems: 1 },
  /** Requests longer than this are not answered, whatever the meter says it takes. */
  'small-requests': { serverMaxPduBytes: 128 },
  /** Equal values are left out of the rows. */
  'unchanged-is-null': { nullValue: 'unchanged' },
  /** The newest row comes first. */
  'newest-first': { sortOrder: 'newest-first' },
};

export const meterProfileNames: readonly string[] = Object.keys(meterProfiles);

/** Several names, apart by blanks, add up. Undefined for one that is not known; empty is the standard. */
export function meterProfileOf(names: string): Partial<MeterProfile> | undefined {
  let all: Partial<MeterProfile> = {};
  for (const name of names.split(/\s+/)) {
    if (name === '') continue;
    if (!Object.hasOwn(meterProfiles, name)) return undefined;
    all = { ...all, ...meterProfiles[name] };
  }
  return all;
}
