/**
 * Quality of a reading: one state and any number of reasons.
 *
 * States and reasons map to CIM ReadingQualityType (IEC 61968-9), ESPI QualityOfReading (NAESB REQ.21)
 * and NEM12 quality flags (AEMO MDFF); see quality-codes.ts and nem12-quality.ts.
 */
import { modelErrors } from './model-errors.ts';

/** State codes as stored; never renumber. */
export const Quality = {
  /** As the meter sent it; not validated yet. */
  raw: 1,
  /** Passed every validation rule. */
  valid: 2,
  /** Failed a rule, checked, found real. */
  verified: 3,
  estimated: 4,
  edited: 5,
  questionable: 6,
  derived: 7,
  projected: 8,
  /** Known to be absent: an explicit null from a file or a meter. Carries value 0. */
  missing: 9,
} as const;

export type QualityState = keyof typeof Quality;
export type QualityCode = (typeof Quality)[QualityState];

/** Reason bits as stored in the `flags` column (UInt32); never renumber. */
export const Reason = {
  /** Came after its deadline. */
  late: 2 ** 0,
  /** Was sent more than once. */
  duplicate: 2 ** 1,
  /** The meter's clock was set or found off. */
  clockShift: 2 ** 2,
  clockForward: 2 ** 3,
  clockBack: 2 ** 4,
  /** The meter was without power in the interval. */
  powerFail: 2 ** 5,
  /** Less than the whole interval was measured. */
  partial: 2 ** 6,
  long: 2 ** 7,
  short: 2 ** 8,
  skipped: 2 ** 9,
  /** Counter or pulse overflow. */
  overflow: 2 ** 10,
  testMode: 2 ** 11,
  /** The local time stamp existed twice (clocks set back) and one of the two was chosen. */
  dstAmbiguous: 2 ** 12,
  /** Stamped later than now. */
  futureStamp: 2 ** 13,
  /** Read or entered by a person. */
  manual: 2 ** 14,
  customerRead: 2 ** 15,
  /** Estimated by linear interpolation. */
  linear: 2 ** 16,
  /** Estimated from one like day. */
  likeDay: 2 ** 17,
  /** Estimated from the mean of like days. */
  averageLikeDay: 2 ** 18,
  /** Estimate scaled so that its sum is the register advance. */
  registerScaled: 2 ** 19,
  /** Taken from a check meter. */
  checkMeter: 2 ** 20,
  /** Zero because a confirmed outage or disconnection covers the interval. */
  outageZero: 2 ** 21,
  /** Estimated from the load profile of the customer class. */
  classProfile: 2 ** 22,
  /** Estimated by spreading the energy evenly. */
  flat: 2 ** 23,
  /** Agreed between the parties. */
  agreed: 2 ** 24,
  /** Outside the range the channel can carry. */
  outOfRange: 2 ** 25,
  spike: 2 ** 26,
  /** Zero use on an active service. */
  zeroUsage: 2 ** 27,
  tamper: 2 ** 28,
  /** The meter or its register was reset. */
  reset: 2 ** 29,
  loadControl: 2 ** 30,
  /** The meter reported a fault of its own. */
  deviceError: 2 ** 31,
} as const;

export type ReasonName = keyof typeof Reason;

/** Reasons that validation gives and the meter does not. */
export const judgementReasons: number = Reason.spike | Reason.zeroUsage | Reason.outOfRange;

const stateNames = new Map<number, QualityState>(
  Object.entries(Quality).map(([name, code]) => [code, name as QualityState]),
);

/** Reason names in bit order. */
export const reasonNames = Object.keys(Reason) as readonly ReasonName[];

/** True for a stored state code. */
export function isQualityCode(code: number): code is QualityCode {
  return stateNames.has(code);
}

/** Name of a state code. Raises QUALITY_UNKNOWN. */
export function qualityName(code: number): QualityState {
  const name = stateNames.get(code);
  if (name) return name;
  throw modelErrors.QUALITY_UNKNOWN(`quality code ${code} is not known`, { code });
}

/** Names of the reasons set in `flags`. */
export function reasonsOf(flags: number): ReasonName[] {
  return reasonNames.filter((name) => hasReason(flags, Reason[name]));
}

/** True when `flags` holds any of the reasons in `mask`. */
export function hasReason(flags: number, mask: number): boolean {
  return (flags & mask) !== 0;
}

/** Flags with the reasons of `mask` set, as an unsigned number. */
export function withReason(flags: number, mask: number): number {
  return (flags | mask) >>> 0;
}

/** How other systems say it; every state name itself is understood too. */
const synonyms: Readonly<Record<string, QualityState>> = {
  ok: 'valid',
  good: 'valid',
  validated: 'valid',
  actual: 'raw',
  measured: 'raw',
  estimate: 'estimated',
  substitute: 'estimated',
  substituted: 'estimated',
  interpolated: 'estimated',
  manual: 'edited',
  corrected: 'edited',
  bad: 'questionable',
  suspect: 'questionable',
  invalid: 'questionable',
  calculated: 'derived',
  forecast: 'projected',
  predicted: 'projected',
  null: 'missing',
  absent: 'missing',
};

/** Reads a quality state by name, any case. Raises QUALITY_UNKNOWN. */
export function parseQuality(text: string): QualityCode {
  const name = text.trim().toLowerCase();
  if (Object.hasOwn(Quality, name)) return Quality[name as QualityState];
  if (Object.hasOwn(synonyms, name)) return Quality[synonyms[name]!];
  throw modelErrors.QUALITY_UNKNOWN(`quality '${text.slice(0, 40)}' is not known`, {
    quality: text.slice(0, 40),
  });
}
