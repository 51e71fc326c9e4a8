/**
 * The units, as data. One row: symbol, dimension, factor to the base unit (exact fraction), CIM/ESPI
 * unit code with its power of ten (ESPI 4.0 UnitSymbolKind; null where it has none), other spellings.
 *
 * Spellings are matched after folding (see `foldUnit`), so only real differences are listed.
 * Sources of the factors: BIPM SI brochure; NIST SP 811 (BTU IT, US therm, foot, gallons, psi, calorie IT).
 */
export type Dimension =
  | 'energy'
  | 'reactiveEnergy'
  | 'apparentEnergy'
  | 'power'
  | 'reactivePower'
  | 'apparentPower'
  | 'voltage'
  | 'current'
  | 'volume'
  | 'flow'
  | 'temperature'
  | 'pressure'
  | 'frequency'
  | 'ratio'
  | 'time'
  | 'count';

/** Base unit of each dimension: what a stored count is thousandths of. */
export const baseUnits: Readonly<Record<Dimension, string>> = {
  energy: 'Wh',
  reactiveEnergy: 'varh',
  apparentEnergy: 'VAh',
  power: 'W',
  reactivePower: 'var',
  apparentPower: 'VA',
  voltage: 'V',
  current: 'A',
  volume: 'L',
  flow: 'L/h',
  temperature: 'degC',
  pressure: 'Pa',
  frequency: 'Hz',
  ratio: '%',
  time: 's',
  count: 'count',
};

export interface UnitRow {
  readonly symbol: string;
  readonly display?: string;
  readonly dimension: Dimension;
  /** base = value × n / d + offset */
  readonly n: bigint;
  readonly d?: bigint;
  /** Zero point in the base unit, as a fraction; temperatures only. */
  readonly offset?: readonly [bigint, bigint];
  /** CIM/ESPI unit code and power of ten. */
  readonly uom: readonly [number, number] | null;
  readonly aliases?: readonly string[];
}

export const unitRows: readonly UnitRow[] = [
  { symbol: 'Wh', dimension: 'energy', n: 1n, uom: [72, 0], aliases: ['watthour', 'watthours'] },
  { symbol: 'kWh', dimension: 'energy', n: 1_000n, uom: [72, 3], aliases: ['kilowatthour', 'kilowatthours'] },
  { symbol: 'MWh', dimension: 'energy', n: 1_000_000n, uom: [72, 6], aliases: ['megawatthour'] },
  { symbol: 'GWh', dimension: 'energy', n: 1_000_000_000n, uom: [72, 9], aliases: ['gigawatthour'] },
  { symbol: 'J', dimension: 'energy', n: 1n, d: 3_600n, uom: [31, 0], aliases: ['joule'] },
  { symbol: 'kJ', dimension: 'energy', n: 5n, d: 18n, uom: [31, 3] },
  { symbol: 'MJ', dimension: 'energy', n: 2_500n, d: 9n, uom: [31, 6] },
  { symbol: 'GJ', dimension: 'energy', n: 2_500_000n, d: 9n, uom: [31, 9] },
  { symbol: 'BTU', dimension: 'energy', n: 105_505_585_262n, d: 360_000_000_000n, uom: [132, 0] },
  {
    symbol: 'therm',
    dimension: 'energy',
    n: 105_480_400n,
    d: 3_600n,
    uom: [169, 0],
    aliases: ['therms', 'thm'],
  },
  { symbol: 'kcal', dimension: 'energy', n: 4_186_800n, d: 3_600_000n, uom: null },
  { symbol: 'Mcal', dimension: 'energy', n: 4_186_800n, d: 3_600n, uom: null },
  { symbol: 'Gcal', dimension: 'energy', n: 4_186_800_000n, d: 3_600n, uom: null },
  { symbol: 'varh', dimension: 'reactiveEnergy', n: 1n, uom: [73, 0] },
  { symbol: 'kvarh', dimension: 'reactiveEnergy', n: 1_000n, uom: [73, 3] },
  { symbol: 'Mvarh', dimension: 'reactiveEnergy', n: 1_000_000n, uom: [73, 6] },
  { symbol: 'VAh', dimension: 'apparentEnergy', n: 1n, uom: [71, 0] },
  { symbol: 'kVAh', dimension: 'apparentEnergy', n: 1_000n, uom: [71, 3] },
  { symbol: 'MVAh', dimension: 'apparentEnergy', n: 1_000_000n, uom: [71, 6] },
  { symbol: 'W', dimension: 'power', n: 1n, uom: [38, 0], aliases: ['watt', 'watts'] },
  { symbol: 'kW', dimension: 'power', n: 1_000n, uom: [38, 3], aliases: ['kilowatt'] },
  { symbol: 'MW', dimension: 'power', n: 1_000_000n, uom: [38, 6], aliases: ['megawatt'] },
  { symbol: 'var', dimension: 'reactivePower', n: 1n, uom: [63, 0] },
  { symbol: 'kvar', dimension: 'reactivePower', n: 1_000n, uom: [63, 3] },
  { symbol: 'Mvar', dimension: 'reactivePower', n: 1_000_000n, uom: [63, 6] },
  { symbol: 'VA', dimension: 'apparentPower', n: 1n, uom: [61, 0] },
  { symbol: 'kVA', dimension: 'apparentPower', n: 1_000n, uom: [61, 3] },
  { symbol: 'MVA', dimension: 'apparentPower', n: 1_000_000n, uom: [61, 6] },
  { symbol: 'V', dimension: 'voltage', n: 1n, uom: [29, 0], aliases: ['volt', 'volts'] },
  { symbol: 'mV', dimension: 'voltage', n: 1n, d: 1_000n, uom: [29, -3] },
  { symbol: 'kV', dimension: 'voltage', n: 1_000n, uom: [29, 3] },
  { symbol: 'A', dimension: 'current', n: 1n, uom: [5, 0], aliases: ['amp', 'amps', 'ampere'] },
  { symbol: 'mA', dimension: 'current', n: 1n, d: 1_000n, uom: [5, -3] },
  {
    symbol: 'L',
    dimension: 'volume',
    n: 1n,
    uom: [134, 0],
    aliases: ['litre', 'litres', 'liter', 'liters', 'dm3'],
  },
  { symbol: 'kL', dimension: 'volume', n: 1_000n, uom: [134, 3] },
  {
    symbol: 'm3',
    display: 'm³',
    dimension: 'volume',
    n: 1_000n,
    uom: [42, 0],
    aliases: ['cbm', 'cubicmeter', 'cubicmetre', 'cubicmeters', 'cubicmetres'],
  },
  {
    symbol: 'ft3',
    display: 'ft³',
    dimension: 'volume',
    n: 28_316_846_592n,
    d: 1_000_000_000n,
    uom: [119, 0],
    aliases: ['cf', 'cft', 'cuft', 'cubicfeet', 'cubicfoot'],
  },
  { symbol: 'ccf', dimension: 'volume', n: 28_316_846_592n, d: 10_000_000n, uom: [119, 2], aliases: ['hcf'] },
  { symbol: 'Mcf', dimension: 'volume', n: 28_316_846_592n, d: 1_000_000n, uom: [119, 3], aliases: ['kcf'] },
  {
    symbol: 'US gal',
    dimension: 'volume',
    n: 3_785_411_784n,
    d: 1_000_000_000n,
    uom: [128, 0],
    aliases: ['gal', 'gallon', 'gallons', 'usgallon', 'usgallons'],
  },
  { symbol: 'kgal', dimension: 'volume', n: 3_785_411_784n, d: 1_000_000n, uom: [128, 3] },
  {
    symbol: 'imp gal',
    dimension: 'volume',
    n: 454_609n,
    d: 100_000n,
    uom: [130, 0],
    aliases: ['imperialgal', 'imperialgallon', 'ukgal', 'impgallon'],
  },
  { symbol: 'L/h', dimension: 'flow', n: 1n, uom: [137, 0], aliases: ['lph'] },
  { symbol: 'L/min', dimension: 'flow', n: 60n, uom: null, aliases: ['lpm'] },
  { symbol: 'L/s', dimension: 'flow', n: 3_600n, uom: [82, 0], aliases: ['lps'] },
  { symbol: 'm3/h', display: 'm³/h', dimension: 'flow', n: 1_000n, uom: [125, 0] },
  { symbol: 'm3/s', display: 'm³/s', dimension: 'flow', n: 3_600_000n, uom: [45, 0] },
  { symbol: 'degC', display: '°C', dimension: 'temperature', n: 1n, uom: [23, 0], aliases: ['celsius'] },
  {
    symbol: 'degF',
    display: '°F',
    dimension: 'temperature',
    n: 5n,
    d: 9n,
    offset: [-160n, 9n],
    uom: null,
    aliases: ['fahrenheit'],
  },
  {
    symbol: 'K',
    dimension: 'temperature',
    n: 1n,
    offset: [-27_315n, 100n],
    uom: [6, 0],
    aliases: ['kelvin'],
  },
  { symbol: 'Pa', dimension: 'pressure', n: 1n, uom: [39, 0], aliases: ['pascal'] },
  { symbol: 'hPa', dimension: 'pressure', n: 100n, uom: [39, 2], aliases: ['mbar'] },
  { symbol: 'kPa', dimension: 'pressure', n: 1_000n, uom: [39, 3] },
  { symbol: 'bar', dimension: 'pressure', n: 100_000n, uom: [39, 5] },
  { symbol: 'psi', dimension: 'pressure', n: 44_482_216_152_605n, d: 6_451_600_000n, uom: null },
  { symbol: 'Hz', dimension: 'frequency', n: 1n, uom: [33, 0], aliases: ['hertz'] },
  { symbol: '%', dimension: 'ratio', n: 1n, uom: null, aliases: ['percent', 'pct'] },
  { symbol: '1', dimension: 'ratio', n: 100n, uom: [65, 0], aliases: ['ratio', 'pf', 'cosphi', 'cosφ'] },
  { symbol: 's', dimension: 'time', n: 1n, uom: [27, 0], aliases: ['sec', 'second', 'seconds'] },
  { symbol: 'min', dimension: 'time', n: 60n, uom: [159, 0], aliases: ['minute', 'minutes'] },
  { symbol: 'h', dimension: 'time', n: 3_600n, uom: [160, 0], aliases: ['hour', 'hours', 'hr'] },
  {
    symbol: 'count',
    dimension: 'count',
    n: 1n,
    uom: [111, 0],
    aliases: ['counts', 'pulse', 'pulses', 'imp'],
  },
];
