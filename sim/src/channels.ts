/**
 * What each kind of meter measures. The interval and the register channel of one quantity share its OBIS
 * code (or have one each, as electricity does); their interval lengths tell them apart.
 */
import type { Commodity } from '@openami/model';

/** How the values of a channel come about. */
export type ChannelSource = 'import' | 'export' | 'voltage' | 'volume';

export interface ChannelKind {
  readonly alias: string;
  readonly source: ChannelSource;
  readonly obis: string;
  /** CIM reading type, 18 fields. */
  readonly readingType: string;
  /** 0: a register. */
  readonly intervalS: number;
  /** Seconds between two reads of a register; 0 for an interval channel. `86400`: local midnight. */
  readonly registerEveryS: number;
  /** Thousandths of the base unit (Wh, L, V) in one count. */
  readonly resolution: number;
  readonly unit: string;
  /** Counts of this channel in one unit: value sent = count / countsPerUnit. */
  readonly countsPerUnit: number;
  readonly description: string;
}

const interval = { registerEveryS: 0 };
const daily = { intervalS: 0, registerEveryS: 86_400 };
const hourly = { intervalS: 0, registerEveryS: 3600 };
const wattHours = { resolution: 1000, unit: 'kWh', countsPerUnit: 1000 };

export const ChannelKinds = {
  import: {
    alias: 'import',
    source: 'import',
    obis: '1-0:1.29.0*255',
    readingType: '0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0',
    intervalS: 900,
    ...interval,
    ...wattHours,
    description: '15-minute energy delivered',
  },
  export: {
    alias: 'export',
    source: 'export',
    obis: '1-0:2.29.0*255',
    readingType: '0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.3.72.0',
    intervalS: 900,
    ...interval,
    ...wattHours,
    description: '15-minute energy received',
  },
  voltage: {
    alias: 'voltage',
    source: 'voltage',
    obis: '1-0:32.5.0*255',
    readingType: '0.2.2.6.0.1.54.0.0.0.0.0.0.0.128.0.29.0',
    intervalS: 900,
    ...interval,
    resolution: 100,
    unit: 'V',
    countsPerUnit: 10,
    description: '15-minute mean voltage, phase A',
  },
  importRegister: {
    alias: 'import-register',
    source: 'import',
    obis: '1-0:1.8.0*255',
    readingType: '11.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0',
    ...daily,
    ...wattHours,
    description: 'midnight register, energy delivered',
  },
  exportRegister: {
    alias: 'export-register',
    source: 'export',
    obis: '1-0:2.8.0*255',
    readingType: '11.0.0.1.19.1.12.0.0.0.0.0.0.0.0.3.72.0',
    ...daily,
    ...wattHours,
    description: 'midnight register, energy received',
  },
  gas: {
    alias: 'volume',
    source: 'volume',
    obis: '7-0:3.0.0*255',
    readingType: '0.0.7.4.1.7.58.0.0.0.0.0.0.0.0.0.42.0',
    intervalS: 3600,
    ...interval,
    resolution: 10_000,
    unit: 'm3',
    countsPerUnit: 100,
    description: 'hourly gas volume',
  },
  gasRegister: {
    alias: 'volume-register',
    source: 'volume',
    obis: '7-0:3.0.0*255',
    readingType: '11.0.0.1.1.7.58.0.0.0.0.0.0.0.0.0.42.0',
    ...daily,
    resolution: 10_000,
    unit: 'm3',
    countsPerUnit: 100,
    description: 'midnight register, gas volume',
  },
  water: {
    alias: 'volume',
    source: 'volume',
    obis: '8-0:1.0.0*255',
    readingType: '0.0.7.4.1.9.58.0.0.0.0.0.0.0.0.0.134.0',
    intervalS: 3600,
    ...interval,
    resolution: 1000,
    unit: 'L',
    countsPerUnit: 1,
    description: 'hourly water volume',
  },
  waterRegister: {
    alias: 'volume-register',
    source: 'volume',
    obis: '8-0:1.0.0*255',
    readingType: '0.0.0.1.1.9.58.0.0.0.0.0.0.0.0.0.134.0',
    ...hourly,
    resolution: 1000,
    unit: 'L',
    countsPerUnit: 1,
    description: 'hourly register, water volume',
  },
  /** Of a meter that says what its register shows, and no intervals. */
  gasHourlyRegister: {
    alias: 'volume-register',
    source: 'volume',
    obis: '7-0:3.0.0*255',
    readingType: '11.0.0.1.1.7.58.0.0.0.0.0.0.0.0.0.42.0',
    ...hourly,
    resolution: 10_000,
    unit: 'm3',
    countsPerUnit: 100,
    description: 'hourly register, gas volume',
  },
  heat: {
    alias: 'energy',
    source: 'volume',
    obis: '6-0:1.0.0*255',
    readingType: '0.0.7.4.1.12.12.0.0.0.0.0.0.0.0.3.72.0',
    intervalS: 3600,
    ...interval,
    resolution: 100_000,
    unit: 'kWh',
    countsPerUnit: 10,
    description: 'hourly heat energy',
  },
  heatRegister: {
    alias: 'energy-register',
    source: 'volume',
    obis: '6-0:1.0.0*255',
    readingType: '11.0.0.1.1.12.12.0.0.0.0.0.0.0.0.3.72.0',
    ...daily,
    resolution: 100_000,
    unit: 'kWh',
    countsPerUnit: 10,
    description: 'midnight register, heat energy',
  },
  heatHourlyRegister: {
    alias: 'energy-register',
    source: 'volume',
    obis: '6-0:1.0.0*255',
    readingType: '11.0.0.1.1.12.12.0.0.0.0.0.0.0.0.3.72.0',
    ...hourly,
    resolution: 100_000,
    unit: 'kWh',
    countsPerUnit: 10,
    description: 'hourly register, heat energy',
  },
} as const satisfies Record<string, ChannelKind>;

/** Channels of a meter, by what it is for. */
export function channelKindsOf(
  commodity: Commodity,
  features: { readonly pv: boolean; readonly voltage: boolean; readonly registerOnly: boolean },
): readonly ChannelKind[] {
  const k = ChannelKinds;
  if (features.registerOnly) {
    if (commodity === 'gas') return [k.gasHourlyRegister];
    if (commodity === 'water') return [k.waterRegister];
    if (commodity === 'heat') return [k.heatHourlyRegister];
  }
  if (commodity === 'gas') return [k.gas, k.gasRegister];
  if (commodity === 'water') return [k.water, k.waterRegister];
  if (commodity === 'heat') return [k.heat, k.heatRegister];
  const kinds: ChannelKind[] = [k.import, k.importRegister];
  if (features.pv) kinds.push(k.export, k.exportRegister);
  if (features.voltage) kinds.push(k.voltage);
  return kinds;
}
