/**
 * Quality in NEM12 and NEM13 (AEMO Meter Data File Format): a flag, a two-digit method with E, F and
 * S, and a reason code. Methods are those of the AEMO Metrology Procedure Part B.
 */
import { hasReason, Quality, type QualityCode, qualityName, Reason } from './quality.ts';
import type { QualityAndReasons } from './quality-codes.ts';

interface Method {
  readonly title: string;
  readonly quality: QualityCode;
  readonly flags: number;
}

const estimated = (title: string, flags = 0): Method => ({ title, quality: Quality.estimated, flags });
const edited = (title: string, flags = 0): Method => ({ title, quality: Quality.edited, flags });
const derived = (title: string, flags = 0): Method => ({ title, quality: Quality.derived, flags });

/** Every method flag: meter types 1-4 are 11-25, type 5 is 51-59, type 6 is 61-69, type 7 is 71-75. */
export const nem12Methods: Readonly<Record<number, Method>> = {
  11: derived('check', Reason.checkMeter),
  12: derived('calculated'),
  13: derived('SCADA'),
  14: estimated('retrospective like day', Reason.likeDay),
  15: estimated('retrospective average like day', Reason.averageLikeDay),
  16: estimated('agreed', Reason.agreed),
  17: estimated('linear interpolation', Reason.linear),
  18: edited('alternate'),
  19: estimated('zero', Reason.outageZero),
  20: estimated('prospective like day', Reason.likeDay),
  21: estimated('five-minute no historical data'),
  22: estimated('prospective average like day', Reason.averageLikeDay),
  23: estimated('previous year', Reason.likeDay),
  24: estimated('data scaling', Reason.registerScaled),
  25: estimated('average daily load', Reason.flat),
  51: estimated('previous year', Reason.likeDay),
  52: estimated('previous read'),
  53: edited('revision'),
  54: estimated('linear interpolation', Reason.linear),
  55: estimated('agreed', Reason.agreed),
  56: estimated('prior to first read, agreed', Reason.agreed),
  57: estimated('customer class', Reason.classProfile),
  58: estimated('zero', Reason.outageZero),
  59: estimated('five-minute no historical data'),
  61: estimated('previous year', Reason.likeDay),
  62: estimated('previous read'),
  63: estimated('customer class', Reason.classProfile),
  64: estimated('agreed', Reason.agreed),
  65: estimated('average daily load', Reason.flat),
  66: edited('revision'),
  67: edited('customer read', Reason.customerRead),
  68: estimated('zero', Reason.outageZero),
  69: estimated('linear extrapolation', Reason.linear),
  71: derived('recalculation'),
  72: derived('revised table'),
  73: derived('revised algorithm'),
  74: estimated('agreed', Reason.agreed),
  75: derived('existing table'),
};

/** Method written for an estimate, by its reason; the first that applies. */
const methodOfReason: readonly (readonly [number, number])[] = [
  [Reason.linear, 17],
  [Reason.averageLikeDay, 15],
  [Reason.likeDay, 14],
  [Reason.outageZero, 19],
  [Reason.registerScaled, 24],
  [Reason.classProfile, 57],
  [Reason.flat, 25],
  [Reason.agreed, 16],
  [Reason.checkMeter, 11],
];

/** Reason codes (MDFF appendix) that say what a reason bit says; the first of a bit is written. */
const reasonCodes: readonly (readonly [number, number])[] = [
  [43, Reason.powerFail],
  [79, Reason.powerFail],
  [80, Reason.long],
  [81, Reason.short],
  [92, Reason.partial],
  [86, Reason.clockShift],
  [89, Reason.clockShift],
  [95, Reason.overflow],
  [90, Reason.testMode],
  [75, Reason.customerRead],
  [96, Reason.outOfRange],
  [68, Reason.zeroUsage],
  [63, Reason.tamper],
  [60, Reason.tamper],
  [87, Reason.reset],
  [91, Reason.loadControl],
  [82, Reason.deviceError],
  [98, Reason.deviceError],
];

/** Quality of a NEM12 record. */
export interface Nem12Quality {
  /** Flag with its method where it needs one: `A`, `S14`, `N`. */
  readonly qualityMethod: string;
  /** 0-99, or undefined when none is to be written. */
  readonly reasonCode: number | undefined;
}

/**
 * NEM12 words of a state and its reasons; `final` writes F for S. What the format cannot say: raw,
 * verified and questionable become A; an estimate without a method becomes 18 (alternate), which
 * reads back as edited; a check-meter value reads back as derived. Raises QUALITY_UNKNOWN.
 */
export function qualityToNem12(quality: number, flags: number, final = false): Nem12Quality {
  const substitute = final ? 'F' : 'S';
  const found = reasonCodes.find(([, reason]) => hasReason(flags, reason))?.[0];
  switch (qualityName(quality)) {
    case 'estimated':
      return withMethod(substitute, methodFor(flags, 18), found);
    case 'edited':
      return withMethod(substitute, hasReason(flags, Reason.customerRead) ? 67 : 18, found);
    case 'derived':
      return withMethod(substitute, hasReason(flags, Reason.checkMeter) ? 11 : 12, found);
    case 'projected':
      return withMethod('E', methodFor(flags, 20), found);
    case 'missing':
      return { qualityMethod: 'N', reasonCode: undefined };
    default:
      return { qualityMethod: 'A', reasonCode: found };
  }
}

function methodFor(flags: number, otherwise: number): number {
  return methodOfReason.find(([reason]) => hasReason(flags, reason))?.[1] ?? otherwise;
}

function withMethod(flag: 'S' | 'F' | 'E', method: number, reason: number | undefined): Nem12Quality {
  // S and F need a reason; 0 is free text.
  return { qualityMethod: `${flag}${method}`, reasonCode: reason ?? (flag === 'E' ? undefined : 0) };
}

/**
 * State and reasons of a NEM12 flag with method (`A`, `S14`, `E52`, `N`) and reason code; undefined
 * when the flag or method is not in the format. `V` (see the 400 records) has no state of its own.
 */
export function qualityFromNem12(
  qualityMethod: string,
  reasonCode?: number,
): (QualityAndReasons & { readonly final: boolean }) | undefined {
  const match = /^([AEFNS])(\d{2})?$/.exec(qualityMethod.trim().toUpperCase());
  if (!match) return undefined;
  const flag = match[1]!;
  const needsMethod = flag === 'E' || flag === 'F' || flag === 'S';
  const method = match[2] ? nem12Methods[Number(match[2])] : undefined;
  if (needsMethod !== (match[2] !== undefined) || (needsMethod && !method)) return undefined;
  const reason = reasonCodes.find(([code]) => code === reasonCode)?.[1] ?? 0;
  const flags = ((method?.flags ?? 0) | reason) >>> 0;
  const final = flag === 'F';
  if (flag === 'A') return { quality: Quality.valid, flags, final };
  if (flag === 'N') return { quality: Quality.missing, flags, final };
  return { quality: flag === 'E' ? Quality.projected : method!.quality, flags, final };
}
