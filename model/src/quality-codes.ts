/**
 * Quality in the words of CIM (IEC 61968-9 ReadingQualityType, `system.category.index`) and of ESPI
 * (NAESB REQ.21 QualityOfReading), both ways.
 *
 * A reading carries one CIM code for its state and one for each reason that has one:
 *
 *   estimated + linear + powerFail  ->  3.8.0  3.8.1001  1.2.32
 *
 * Indexes from 1001 in category 8 are ours: the standard leaves estimation methods to the utility.
 */
import {
  hasReason,
  Quality,
  type QualityCode,
  type QualityState,
  qualityName,
  Reason,
  type ReasonName,
  reasonNames,
} from './quality.ts';

/** A state and its reasons, as stored. */
export interface QualityAndReasons {
  readonly quality: QualityCode;
  readonly flags: number;
}

/** CIM code we send for each state. */
export const cimOfState: Readonly<Record<QualityState, string>> = {
  raw: '1.0.0',
  valid: '3.0.1',
  verified: '3.10.1',
  estimated: '3.8.0',
  edited: '3.7.0',
  questionable: '3.10.0',
  derived: '3.11.0',
  projected: '3.12.0',
  missing: '2.5.259',
};

/** CIM code we send for each reason; null where the standard has none. */
export const cimOfReason: Readonly<Record<ReasonName, string | null>> = {
  late: null,
  duplicate: null,
  clockShift: '1.4.9',
  clockForward: '1.4.64',
  clockBack: '1.4.128',
  powerFail: '1.2.32',
  partial: '1.4.2',
  long: '1.4.3',
  short: null,
  skipped: '1.4.4',
  overflow: '1.4.1',
  testMode: '1.4.5',
  dstAmbiguous: '1.4.259',
  futureStamp: null,
  manual: '2.4.131',
  customerRead: '2.4.130',
  linear: '3.8.1001',
  likeDay: '3.8.1002',
  averageLikeDay: '3.8.1003',
  registerScaled: '3.8.1004',
  checkMeter: '3.8.1005',
  outageZero: '3.8.1006',
  classProfile: '3.8.1007',
  flat: '3.8.1008',
  agreed: '3.8.1009',
  outOfRange: '3.5.256',
  spike: '3.6.5',
  zeroUsage: '3.6.1',
  tamper: '1.3.0',
  reset: '1.4.8',
  loadControl: '1.4.10',
  deviceError: '1.1.0',
};

/** How a value was made: only said of states that are not the meter's own value. */
export const methodReasons =
  Reason.linear |
  Reason.likeDay |
  Reason.averageLikeDay |
  Reason.registerScaled |
  Reason.checkMeter |
  Reason.outageZero |
  Reason.classProfile |
  Reason.flat |
  Reason.agreed;

/** States whose value the meter itself sent. */
const measured: ReadonlySet<number> = new Set([Quality.raw, Quality.valid, Quality.verified]);

/** Codes are told apart by category and index; the system says only who noticed. */
const reasonByIndex = new Map<string, number>();
for (const name of reasonNames) {
  const code = cimOfReason[name];
  if (code) reasonByIndex.set(code.slice(2), Reason[name]);
}

/** CIM codes of a reading, the state's first. Raises QUALITY_UNKNOWN. */
export function qualityToCim(quality: number, flags: number): string[] {
  const codes = [cimOfState[qualityName(quality)]];
  const said = measured.has(quality) ? flags & ~methodReasons : flags;
  for (const name of reasonNames) {
    const code = cimOfReason[name];
    if (code && hasReason(said, Reason[name])) codes.push(code);
  }
  return codes;
}

/** Which state wins when a reading carries several: the one that says most against the plain value. */
const precedence: readonly QualityState[] = [
  'missing',
  'edited',
  'projected',
  'derived',
  'questionable',
  'estimated',
  'verified',
  'valid',
  'raw',
];

/**
 * State and reasons of a reading's CIM codes (any order). A reading that names no state is raw, or
 * questionable when it failed a check (categories 5 and 6); a failed check without a reason bit makes
 * it questionable in any case. `unknown` lists codes without a meaning
 * here, so that nothing is lost silently.
 */
export function qualityFromCim(codes: readonly string[]): QualityAndReasons & { readonly unknown: string[] } {
  const states = new Set<QualityState>();
  const unknown: string[] = [];
  let flags = 0;
  let failed = false;
  for (const code of codes) {
    const parts = /^([0-5])\.(\d{1,2})\.(\d{1,5})$/.exec(code.trim());
    if (!parts) {
      unknown.push(code);
      continue;
    }
    const category = Number(parts[2]);
    const state = stateOfCim(parts[1]!, category, Number(parts[3]));
    const reason = reasonByIndex.get(`${category}.${Number(parts[3])}`);
    if (state) states.add(state);
    if (reason) flags = (flags | reason) >>> 0;
    if (category === 5 || category === 6) {
      failed = true;
      // A check we have no reason bit for must not be lost beside a plain "data valid".
      if (!state && !reason) states.add('questionable');
    } else if (!state && !reason) unknown.push(code);
  }
  const named = precedence.find((state) => states.has(state)) ?? (failed ? 'questionable' : 'raw');
  return { quality: Quality[named], flags, unknown };
}

/** The state a CIM code names by itself, or undefined. */
function stateOfCim(system: string, category: number, index: number): QualityState | undefined {
  switch (category) {
    case 0:
      // "Data valid" is the meter's or collector's word until the MDM (system 3) says it.
      return index === 1 || system === '3' ? 'valid' : 'raw';
    case 5:
      return index === 259 ? 'missing' : undefined;
    case 7:
      return 'edited';
    case 8:
      return 'estimated';
    case 10:
      return index === 1 ? 'verified' : 'questionable';
    case 11:
      return 'derived';
    case 12:
      return 'projected';
    default:
      return undefined;
  }
}

const espiOfState: Readonly<Record<QualityState, number | undefined>> = {
  raw: 14,
  valid: 0,
  verified: 18,
  estimated: 8,
  edited: 7,
  questionable: 10,
  derived: 11,
  projected: 12,
  missing: undefined,
};

/**
 * ESPI QualityOfReading of a reading; undefined for a missing one, which ESPI leaves out.
 * Raises QUALITY_UNKNOWN.
 */
export function qualityToEspi(quality: number, flags: number): number | undefined {
  if (quality === Quality.estimated && hasReason(flags, Reason.linear)) return 9;
  return espiOfState[qualityName(quality)];
}

/** ESPI 4.0 QualityOfReading -> state and reasons. */
const espiCodes: Readonly<Record<number, QualityAndReasons>> = {
  0: { quality: Quality.valid, flags: 0 },
  7: { quality: Quality.edited, flags: Reason.manual },
  8: { quality: Quality.estimated, flags: Reason.likeDay },
  9: { quality: Quality.estimated, flags: Reason.linear },
  10: { quality: Quality.questionable, flags: 0 },
  11: { quality: Quality.derived, flags: 0 },
  12: { quality: Quality.projected, flags: 0 },
  // Mixed and "other" say nothing certain; nobody should be billed on them unseen.
  13: { quality: Quality.questionable, flags: 0 },
  14: { quality: Quality.raw, flags: 0 },
  15: { quality: Quality.derived, flags: 0 },
  16: { quality: Quality.questionable, flags: 0 },
  17: { quality: Quality.valid, flags: 0 },
  18: { quality: Quality.verified, flags: 0 },
  19: { quality: Quality.valid, flags: 0 },
};

/** State and reasons of an ESPI code, or undefined when the code is not in the standard. */
export function qualityFromEspi(code: number): QualityAndReasons | undefined {
  return espiCodes[code];
}
