/** Meter profiles by name, as endpoints name them: how models depart from the standard, as data. */
import type { MeterProfile } from '@openami/wire/dlms';

const meterProfiles: Readonly<Record<string, Partial<MeterProfile>>> = {
  standard: {},
  /** Rows can be chosen by number only. */
  'entries-only': { selection: 'entry' },
  /** The sign of the deviation is turned. */
  'negated-deviation': { deviation: 'negated' },
  /** No request may have a list. */
  'no-lists': { listItems: 1 },
  /** Equal values are left out of the rows. */
  'unchanged-is-null': { nullValue: 'unchanged' },
  /** The newest row comes first. */
  'newest-first': { sortOrder: 'newest-first' },
};

/** Undefined for a name that is not known; empty is the standard. */
export function meterProfileOf(name: string): Partial<MeterProfile> | undefined {
  if (name === '') return {};
  return Object.hasOwn(meterProfiles, name) ? meterProfiles[name] : undefined;
}
