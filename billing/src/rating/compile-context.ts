/** What the charges of a version share while they are compiled. */
import { parseDecimal } from '@openami/model';
import type { CompiledSchedule, Report } from '../calendar/schedule.ts';
import type { DemandNeed, DynamicNeed, EventNeed } from '../determinants/determinants.ts';
import { powerOfTen } from '../exact.ts';
import type { Charge, TariffVersion } from '../tariff/schema.ts';

export interface CompileContext {
  readonly version: TariffVersion;
  readonly unit: string;
  /** Charges in the order of a bill: indexes of others are into it. */
  readonly charges: readonly Charge[];
  readonly schedules: readonly CompiledSchedule[];
  readonly demands: DemandNeed[];
  readonly running: number[];
  readonly dynamic: DynamicNeed[];
  readonly events: EventNeed[];
  readonly priceDigits: number;
  /** Place of a charge in the file. */
  readonly pathOf: (charge: Charge) => string;
  readonly report: Report;
}

/** A price as a whole number of 10^-digits. */
export function priceOf(value: string | number, digits: number): bigint {
  const { n, d } = parseDecimal(value);
  return (n * powerOfTen(digits)) / d;
}
