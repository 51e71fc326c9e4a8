/**
 * Units of the SenML registry (RFC 8428 clause 12.1, RFC 8798) as units of readings. A unit that readings
 * are not kept in (candela, degrees of latitude ...) is not listed: such values are no readings.
 */
import { findUnit, multiplyRational, rational, rationalToNumber } from '@openami/model';
import { type Decimal, decimalNumber, rationalOfDecimal } from '../decimal.ts';

export interface UnitMapping {
  /** Symbol of the unit of the model. */
  readonly unit: string;
  /** Unit values for one of SenML; 1 when absent. */
  readonly n?: bigint;
  readonly d?: bigint;
}

/** Names are case-sensitive; those with an asterisk in the registry are there, too. */
const mappings: Readonly<Record<string, UnitMapping>> = {
  // registry of RFC 8428 and of RFC 8798 clause 2
  s: { unit: 's' },
  A: { unit: 'A' },
  K: { unit: 'K' },
  Hz: { unit: 'Hz' },
  Pa: { unit: 'Pa' },
  J: { unit: 'J' },
  W: { unit: 'W' },
  V: { unit: 'V' },
  Cel: { unit: 'degC' },
  m3: { unit: 'm3' },
  l: { unit: 'L' },
  'm3/s': { unit: 'm3/s' },
  'l/s': { unit: 'L/s' },
  count: { unit: 'count' },
  '/': { unit: '1' },
  '%': { unit: '%' },
  '%RH': { unit: '%' },
  '%EL': { unit: '%' },
  EL: { unit: 's' },
  VA: { unit: 'VA' },
  VAs: { unit: 'VAh', d: 3_600n },
  var: { unit: 'var' },
  vars: { unit: 'varh', d: 3_600n },
  // secondary units, RFC 8798 clause 3 and what was registered after it
  ms: { unit: 's', d: 1_000n },
  min: { unit: 'min' },
  h: { unit: 'h' },
  MHz: { unit: 'Hz', n: 1_000_000n },
  kW: { unit: 'kW' },
  kVA: { unit: 'kVA' },
  kvar: { unit: 'kvar' },
  Wh: { unit: 'Wh' },
  kWh: { unit: 'kWh' },
  varh: { unit: 'varh' },
  kvarh: { unit: 'kvarh' },
  VAh: { unit: 'VAh' },
  kVAh: { unit: 'kVAh' },
  mV: { unit: 'mV' },
  mA: { unit: 'mA' },
  hPa: { unit: 'hPa' },
  '/100': { unit: '%' },
  '/1000': { unit: '1', d: 1_000n },
};

/** What a SenML unit is in readings; units of ours under their own names are let through. */
export function unitOfSenml(unit: string): UnitMapping | undefined {
  if (Object.hasOwn(mappings, unit)) return mappings[unit];
  const own = findUnit(unit);
  return own === undefined ? undefined : { unit: own.symbol };
}

/** Units whose integral over time is a quantity of its own, and what the integral is in. */
const integrals: Readonly<Record<string, UnitMapping>> = {
  W: { unit: 'J' },
  kW: { unit: 'kJ' },
  VA: { unit: 'VAh', d: 3_600n },
  kVA: { unit: 'kVAh', d: 3_600n },
  var: { unit: 'varh', d: 3_600n },
  kvar: { unit: 'kvarh', d: 3_600n },
  'm3/s': { unit: 'm3' },
  'L/s': { unit: 'L' },
  'L/min': { unit: 'L', d: 60n },
  'L/h': { unit: 'L', d: 3_600n },
  'm3/h': { unit: 'm3', d: 3_600n },
};

/** Unit of the sum of values in `unit` (RFC 8428 clause 4.2: the unit times seconds). */
export function unitOfSum(unit: string): UnitMapping | undefined {
  const mapping = unitOfSenml(unit);
  if (mapping === undefined || mapping.n !== undefined || mapping.d !== undefined) return undefined;
  return Object.hasOwn(integrals, mapping.unit) ? integrals[mapping.unit] : undefined;
}

/** The value in the unit of the mapping, rounded once. */
export function inUnit(value: Decimal, { n = 1n, d = 1n }: UnitMapping): number {
  // beyond the range of doubles it is nothing or endless in any unit
  if ((n === 1n && d === 1n) || Math.abs(value.power) > 400) return decimalNumber(value);
  return rationalToNumber(multiplyRational(rationalOfDecimal(value), rational(n, d)));
}
