/** What a household's electricity meter shows on its customer port at a moment. */
import { HOUR_S, SLOT_S } from '../calendar.ts';
import type { Measurements } from '../dlms/measurements.ts';
import type { SimMeter } from '../world-types.ts';

export interface Household {
  readonly serial: string;
  /** Epoch seconds. */
  readonly atS: number;
  readonly importWh: number;
  readonly exportWh: number;
  /** Mean of the quarter hour before; what is fed in is below zero. */
  readonly powerW: number;
}

/** Undefined for a meter that is dead, or not there yet. */
export function householdAt(
  measurements: Measurements,
  { index, serial }: SimMeter,
  atS: number,
): Household | undefined {
  const shown = (instance: string, whenS = atS): number | undefined =>
    floored(measurements.value(index, instance, whenS));
  const importWh = shown('1.0.1.8.0.255');
  if (importWh === undefined || !measurements.isAlive(index, atS)) return undefined;
  const exportWh = shown('1.0.2.8.0.255') ?? 0;
  const beforeS = atS - SLOT_S;
  const taken = importWh - (shown('1.0.1.8.0.255', beforeS) ?? importWh);
  const fedIn = exportWh - (shown('1.0.2.8.0.255', beforeS) ?? exportWh);
  return { serial, atS, importWh, exportWh, powerW: ((taken - fedIn) * HOUR_S) / SLOT_S };
}

/** Between quarter hours a register moves evenly and shows whole watt-hours; none where it measures none. */
function floored(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : Math.floor(value);
}
