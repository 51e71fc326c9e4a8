/**
 * Bits of the alarm registers that IDIS meters keep and push, as entries of the event logs: what is pushed
 * and what is read from the log later is then the same event. Bits that are not here are shown by number.
 */
// data table
import type { DlmsEventLog } from './dlms-event-table.ts';

export type AlarmTable = Readonly<Record<number, readonly [log: DlmsEventLog, number: number]>>;

/** 0-0:97.98.0 and its descriptor 0-0:97.98.20. */
const register1: AlarmTable = {
  0: ['standard', 6],
  1: ['standard', 7],
  8: ['standard', 12],
  9: ['standard', 13],
  10: ['standard', 14],
  11: ['standard', 16],
  12: ['standard', 15],
  // an attempt of whatever kind: the log says which
  13: ['fraud', 40],
  16: ['mbus', 100],
  17: ['mbus', 110],
  18: ['mbus', 120],
  19: ['mbus', 130],
  20: ['mbus', 103],
  21: ['mbus', 113],
  22: ['mbus', 123],
  23: ['mbus', 133],
};

/** 0-0:97.98.1 and its descriptor 0-0:97.98.21. */
const register2: AlarmTable = {
  0: ['standard', 1],
  1: ['standard', 2],
  2: ['power-quality', 82],
  3: ['power-quality', 83],
  4: ['power-quality', 84],
  5: ['power-quality', 85],
  6: ['power-quality', 86],
  7: ['power-quality', 87],
  8: ['standard', 89],
  9: ['power-quality', 90],
  10: ['fraud', 91],
  11: ['standard', 88],
  12: ['standard', 52],
  13: ['standard', 48],
  14: ['power-quality', 92],
  15: ['power-quality', 93],
  16: ['power-quality', 94],
  17: ['standard', 20],
  18: ['standard', 97],
  19: ['mbus', 105],
  20: ['mbus', 115],
  21: ['mbus', 125],
  22: ['mbus', 135],
};

/** By value group E of the logical name. */
export const dlmsAlarmRegisters: Readonly<Record<number, AlarmTable>> = {
  0: register1,
  1: register2,
  20: register1,
  21: register2,
};
