/**
 * Quality of a reading: one state and any number of reasons.
 *
 * States and reasons map to CIM ReadingQualityType (IEC 61968-9), ESPI QualityOfReading (NAESB REQ.21)
 * and NEM12 quality flags (AEMO MDFF) without loss of the state.
 */

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
