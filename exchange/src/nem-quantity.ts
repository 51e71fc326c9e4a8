/** NMI suffixes (AEMO MDFF): what a data stream measures. */
import {
  Accumulation,
  Flow,
  findUnit,
  formatReadingType,
  Kind,
  quantityKey,
  readingTypeFor,
} from '@openami/model';

/**
 * Flow by the first letter of the suffix. NEM words are from the market's side: *export* (E, Q) goes
 * to the customer, *import* (B, K) comes back.
 */
const flows: Readonly<Record<string, number>> = {
  E: Flow.delivered,
  Q: Flow.delivered,
  B: Flow.received,
  K: Flow.received,
};

/** NMI suffix we write for a quantity, by its key; a quantity that is a suffix already stays. */
const suffixes: Readonly<Record<string, string>> = {
  '1-0:1.8.0*255': 'E1',
  '1-0:2.8.0*255': 'B1',
  '1-0:3.8.0*255': 'Q1',
  '1-0:4.8.0*255': 'K1',
  '1-0:9.8.0*255': 'T1',
};

/** The NMI suffix of a quantity in any spelling, or undefined. */
export function nmiSuffix(quantity: string): string | undefined {
  return /^[A-Z][1-9A-HJ-NP-Z]$/.test(quantity) ? quantity : suffixes[quantityKey(quantity)];
}

/** CIM reading type of a data stream, when suffix and unit say enough. `intervalS` 0 is a register. */
export function nemReadingType(suffix: string, unitText: string, intervalS: number): string | undefined {
  const flow = flows[suffix[0] ?? ''];
  const unit = findUnit(unitText);
  if (flow === undefined || !unit || (unit.dimension !== 'energy' && unit.dimension !== 'reactiveEnergy'))
    return undefined;
  const type = readingTypeFor({
    commodity: 'electricity',
    kind: Kind.energy,
    unit,
    flow,
    measuringPeriodS: intervalS,
    accumulation: intervalS === 0 ? Accumulation.bulkQuantity : Accumulation.deltaData,
  });
  return formatReadingType(type);
}
