/**
 * What OBIS codes mean, as data (IEC 62056-61, EN 13757-1, DLMS UA Blue Book part 1).
 *
 * Electricity is a product of two tables: value group C says the quantity and phase, D how it is
 * processed. Gas, water and heat are listed code by code.
 */

/** Electricity, value group C of the sum of phases. L1, L2 and L3 add 20, 40 and 60. */
export interface ElectricQuantity {
  readonly c: number;
  /** CIM FlowDirection. */
  readonly flow: number;
  /** Units: of the time integral (D = 8, 29), of the momentary value and of demand. */
  readonly energy: string | null;
  readonly power: string;
  /** CIM MeasurementKind of the momentary value. */
  readonly kind: number;
  /** False for quantities of the whole service only. */
  readonly perPhase: boolean;
}

export const electricQuantities: readonly ElectricQuantity[] = [
  { c: 1, flow: 1, energy: 'kWh', power: 'kW', kind: 37, perPhase: true },
  { c: 2, flow: 19, energy: 'kWh', power: 'kW', kind: 37, perPhase: true },
  { c: 3, flow: 5, energy: 'kvarh', power: 'kvar', kind: 37, perPhase: true },
  { c: 4, flow: 13, energy: 'kvarh', power: 'kvar', kind: 37, perPhase: true },
  { c: 5, flow: 15, energy: 'kvarh', power: 'kvar', kind: 37, perPhase: true },
  { c: 6, flow: 16, energy: 'kvarh', power: 'kvar', kind: 37, perPhase: true },
  { c: 7, flow: 17, energy: 'kvarh', power: 'kvar', kind: 37, perPhase: true },
  { c: 8, flow: 18, energy: 'kvarh', power: 'kvar', kind: 37, perPhase: true },
  { c: 9, flow: 1, energy: 'kVAh', power: 'kVA', kind: 37, perPhase: true },
  { c: 10, flow: 19, energy: 'kVAh', power: 'kVA', kind: 37, perPhase: true },
  { c: 11, flow: 0, energy: null, power: 'A', kind: 4, perPhase: true },
  { c: 12, flow: 0, energy: null, power: 'V', kind: 54, perPhase: true },
  { c: 13, flow: 0, energy: null, power: '1', kind: 38, perPhase: true },
  { c: 14, flow: 0, energy: null, power: 'Hz', kind: 15, perPhase: false },
  { c: 15, flow: 20, energy: 'kWh', power: 'kW', kind: 37, perPhase: true },
  { c: 16, flow: 4, energy: 'kWh', power: 'kW', kind: 37, perPhase: true },
];

/** Added to C for a phase, with its CIM phase code. */
export const electricPhases: readonly { readonly add: number; readonly phase: number }[] = [
  { add: 0, phase: 0 },
  { add: 20, phase: 128 },
  { add: 40, phase: 64 },
  { add: 60, phase: 32 },
];

/** Value group D: how the quantity is processed. */
export type Processing = 'integral' | 'momentary' | 'average' | 'maximum' | 'minimum';

export const electricProcessing: Readonly<Record<number, Processing>> = {
  8: 'integral',
  29: 'integral',
  7: 'momentary',
  5: 'average',
  6: 'maximum',
  3: 'minimum',
};

/** Gas, water and heat: one row a code; `tariffs` when value group E is the rate. */
export interface OtherQuantity {
  readonly a: number;
  readonly c: number;
  readonly d: number;
  readonly commodity: 'gas' | 'water' | 'heat';
  readonly kind: number;
  readonly flow: number;
  readonly unit: string;
  /** Energy and volume accumulate: a register, or deltas when the channel has intervals. */
  readonly accumulates: boolean;
  readonly tariffs?: true;
}

export const otherQuantities: readonly OtherQuantity[] = [
  // Heat cost is group 4, cooling 5, heat 6.
  { a: 6, c: 1, d: 0, commodity: 'heat', kind: 12, flow: 1, unit: 'kWh', accumulates: true, tariffs: true },
  { a: 6, c: 2, d: 0, commodity: 'heat', kind: 58, flow: 1, unit: 'm3', accumulates: true, tariffs: true },
  { a: 6, c: 8, d: 0, commodity: 'heat', kind: 37, flow: 1, unit: 'kW', accumulates: false },
  { a: 6, c: 9, d: 0, commodity: 'heat', kind: 155, flow: 0, unit: 'm3/h', accumulates: false },
  { a: 6, c: 10, d: 0, commodity: 'heat', kind: 46, flow: 1, unit: 'degC', accumulates: false },
  { a: 6, c: 11, d: 0, commodity: 'heat', kind: 46, flow: 19, unit: 'degC', accumulates: false },
  // Gas: D = 0 as measured; D = 2 converted to base conditions is left to its own code.
  { a: 7, c: 3, d: 0, commodity: 'gas', kind: 58, flow: 1, unit: 'm3', accumulates: true, tariffs: true },
  { a: 7, c: 43, d: 0, commodity: 'gas', kind: 155, flow: 0, unit: 'm3/h', accumulates: false },
  { a: 7, c: 41, d: 0, commodity: 'gas', kind: 46, flow: 0, unit: 'degC', accumulates: false },
  { a: 8, c: 1, d: 0, commodity: 'water', kind: 58, flow: 1, unit: 'm3', accumulates: true, tariffs: true },
  { a: 8, c: 2, d: 0, commodity: 'water', kind: 155, flow: 0, unit: 'm3/h', accumulates: false },
  // Hot water; CIM tells it from cold by nothing, so the way back leads to 8.
  { a: 9, c: 1, d: 0, commodity: 'water', kind: 58, flow: 1, unit: 'm3', accumulates: true, tariffs: true },
  { a: 9, c: 2, d: 0, commodity: 'water', kind: 155, flow: 0, unit: 'm3/h', accumulates: false },
];
