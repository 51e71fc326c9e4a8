/** What the codes of value information measure (EN 13757-3 tables 10, 12, 13 and 14), as data. */
// data table

/** Primary table, its extensions FB and FD, the second level FD FD, and what is no table. */
export type VifTableName = 'primary' | 'fb' | 'fd' | 'fdfd' | 'text' | 'manufacturer';

/** How the bytes of a record are read where the value information says so. */
export type ValueType =
  /** Signed whole number, or digits. */
  | 'number'
  /** Unsigned whole number. */
  | 'unsigned'
  /** Bits. */
  | 'flags'
  /** Digits that name something: leading zeros count. */
  | 'id'
  /** Three letters in 16 bits. */
  | 'letters'
  | 'time';

/** First code, number of codes, quantity, unit, power of ten of the first code, how it is read. */
export type VifRow = readonly [
  first: number,
  count: number,
  quantity: string,
  unit: string,
  power: number,
  type?: ValueType,
];

const times = (first: number, quantity: string, units: readonly string[]): VifRow[] =>
  units.map((unit, i) => [first + i, 1, quantity, unit, 0]);
const SMHD = ['s', 'min', 'h', 'd'];

export const primaryVifs: readonly VifRow[] = [
  [0x00, 8, 'energy', 'Wh', -3],
  [0x08, 8, 'energy', 'J', 0],
  [0x10, 8, 'volume', 'm3', -6],
  [0x18, 8, 'mass', 'kg', -3],
  ...times(0x20, 'on-time', SMHD),
  ...times(0x24, 'operating-time', SMHD),
  [0x28, 8, 'power', 'W', -3],
  [0x30, 8, 'power', 'J/h', 0],
  [0x38, 8, 'volume-flow', 'm3/h', -6],
  [0x40, 8, 'volume-flow', 'm3/min', -7],
  [0x48, 8, 'volume-flow', 'm3/s', -9],
  [0x50, 8, 'mass-flow', 'kg/h', -3],
  [0x58, 4, 'flow-temperature', 'degC', -3],
  [0x5c, 4, 'return-temperature', 'degC', -3],
  [0x60, 4, 'temperature-difference', 'K', -3],
  [0x64, 4, 'external-temperature', 'degC', -3],
  [0x68, 4, 'pressure', 'bar', -3],
  [0x6c, 1, 'date', '', 0, 'time'],
  [0x6d, 1, 'date-time', '', 0, 'time'],
  [0x6e, 1, 'heat-cost-allocation', 'hca', 0],
  ...times(0x70, 'averaging-duration', SMHD),
  ...times(0x74, 'actuality-duration', SMHD),
  [0x78, 1, 'fabrication-number', '', 0, 'id'],
  [0x79, 1, 'identification', '', 0, 'id'],
  [0x7a, 1, 'bus-address', '', 0, 'unsigned'],
  [0x7e, 1, 'any', '', 0],
  [0x7f, 1, 'manufacturer-specific', '', 0],
];

export const fbVifs: readonly VifRow[] = [
  [0x00, 2, 'energy', 'Wh', 5],
  [0x02, 2, 'reactive-energy', 'varh', 3],
  [0x04, 2, 'apparent-energy', 'VAh', 3],
  [0x08, 2, 'energy', 'J', 8],
  [0x0c, 4, 'energy', 'cal', 5],
  [0x10, 2, 'volume', 'm3', 2],
  [0x14, 4, 'reactive-power', 'var', 0],
  [0x18, 2, 'mass', 'kg', 5],
  [0x1a, 2, 'relative-humidity', '%', -1],
  [0x20, 1, 'volume', 'ft3', 0],
  [0x21, 1, 'volume', 'ft3', -1],
  [0x22, 1, 'volume', 'US gal', -1],
  [0x23, 1, 'volume', 'US gal', 0],
  [0x24, 1, 'volume-flow', 'US gal/min', -3],
  [0x25, 1, 'volume-flow', 'US gal/min', 0],
  [0x26, 1, 'volume-flow', 'US gal/h', 0],
  [0x28, 2, 'power', 'W', 5],
  [0x2a, 1, 'phase-voltage-to-voltage', 'deg', -1],
  [0x2b, 1, 'phase-voltage-to-current', 'deg', -1],
  [0x2c, 4, 'frequency', 'Hz', -3],
  [0x30, 2, 'power', 'J/h', 8],
  [0x34, 4, 'apparent-power', 'VA', 0],
  [0x58, 4, 'flow-temperature', 'degF', -3],
  [0x5c, 4, 'return-temperature', 'degF', -3],
  [0x60, 4, 'temperature-difference', 'degF', -3],
  [0x64, 4, 'external-temperature', 'degF', -3],
  [0x68, 1, 'rating-factor-k', '', 0],
  [0x69, 1, 'rating-factor-kq', '', 0],
  [0x6a, 1, 'rating-factor-kc', '', 0],
  [0x6b, 1, 'rating-factor-kcr', '', 0],
  [0x6c, 1, 'rating-factor-kch', '', 0],
  [0x6d, 1, 'rating-factor-kt', '', 0],
  [0x6e, 1, 'display-scaling-factor', '', 0],
  [0x70, 4, 'temperature-limit', 'degF', -3],
  [0x74, 4, 'temperature-limit', 'degC', -3],
  [0x78, 8, 'cumulative-maximum-power', 'W', -3],
];

export const fdVifs: readonly VifRow[] = [
  [0x00, 4, 'credit', 'currency', -3],
  [0x04, 4, 'debit', 'currency', -3],
  [0x08, 1, 'access-number', '', 0, 'unsigned'],
  [0x09, 1, 'device-type', '', 0, 'unsigned'],
  [0x0a, 1, 'manufacturer', '', 0, 'letters'],
  [0x0b, 1, 'parameter-set', '', 0, 'id'],
  [0x0c, 1, 'model-version', '', 0, 'id'],
  [0x0d, 1, 'hardware-version', '', 0, 'id'],
  [0x0e, 1, 'firmware-version', '', 0, 'id'],
  [0x0f, 1, 'software-version', '', 0, 'id'],
  [0x10, 1, 'customer-location', '', 0, 'id'],
  [0x11, 1, 'customer', '', 0, 'id'],
  [0x12, 1, 'access-code-user', '', 0, 'id'],
  [0x13, 1, 'access-code-operator', '', 0, 'id'],
  [0x14, 1, 'access-code-system-operator', '', 0, 'id'],
  [0x15, 1, 'access-code-developer', '', 0, 'id'],
  [0x16, 1, 'password', '', 0, 'id'],
  [0x17, 1, 'error-flags', '', 0, 'flags'],
  [0x18, 1, 'error-mask', '', 0, 'flags'],
  [0x19, 1, 'security-key', '', 0, 'id'],
  [0x1a, 1, 'digital-output', '', 0, 'flags'],
  [0x1b, 1, 'digital-input', '', 0, 'flags'],
  [0x1c, 1, 'baud-rate', 'Bd', 0, 'unsigned'],
  [0x1d, 1, 'response-delay', 'bit', 0, 'unsigned'],
  [0x1e, 1, 'retries', '', 0, 'unsigned'],
  [0x1f, 1, 'remote-control', '', 0, 'flags'],
  [0x20, 1, 'first-cyclic-storage', '', 0, 'unsigned'],
  [0x21, 1, 'last-cyclic-storage', '', 0, 'unsigned'],
  [0x22, 1, 'storage-block-size', '', 0, 'unsigned'],
  [0x23, 1, 'tariff-and-subunit-descriptor', '', 0, 'unsigned'],
  ...times(0x24, 'storage-interval', [...SMHD, 'month', 'year']),
  [0x2a, 1, 'operator-data', '', 0, 'id'],
  [0x2b, 1, 'time-point-second', 's', 0, 'unsigned'],
  ...times(0x2c, 'duration-since-readout', SMHD),
  [0x30, 1, 'tariff-start', '', 0, 'time'],
  ...times(0x31, 'tariff-duration', ['min', 'h', 'd']),
  ...times(0x34, 'tariff-period', [...SMHD, 'month', 'year']),
  [0x3a, 1, 'dimensionless', '', 0],
  [0x3b, 1, 'wireless-container', '', 0],
  ...times(0x3c, 'transmission-period', SMHD),
  [0x40, 16, 'voltage', 'V', -9],
  [0x50, 16, 'current', 'A', -12],
  [0x60, 1, 'reset-counter', '', 0, 'unsigned'],
  [0x61, 1, 'cumulation-counter', '', 0, 'unsigned'],
  [0x62, 1, 'control-signal', '', 0, 'unsigned'],
  [0x63, 1, 'day-of-week', '', 0, 'unsigned'],
  [0x64, 1, 'week-number', '', 0, 'unsigned'],
  [0x65, 1, 'day-change', '', 0, 'time'],
  [0x66, 1, 'parameter-activation', '', 0, 'unsigned'],
  [0x67, 1, 'supplier-information', '', 0, 'unsigned'],
  ...times(0x68, 'duration-since-cumulation', ['h', 'd', 'month', 'year']),
  ...times(0x6c, 'battery-operating-time', ['h', 'd', 'month', 'year']),
  [0x70, 1, 'battery-change', '', 0, 'time'],
  [0x71, 1, 'rf-level', 'dBm', 0],
  [0x72, 1, 'daylight-saving', '', 0],
  [0x73, 1, 'listening-window', '', 0],
  [0x74, 1, 'battery-remaining-time', 'd', 0, 'unsigned'],
  [0x75, 1, 'stop-counter', '', 0, 'unsigned'],
  [0x76, 1, 'manufacturer-container', '', 0],
];

export const fdfdVifs: readonly VifRow[] = [
  [0x00, 1, 'selected-application', '', 0, 'unsigned'],
  [0x02, 1, 'battery-remaining-time', 'month', 0, 'unsigned'],
  [0x03, 1, 'battery-remaining-time', 'year', 0, 'unsigned'],
];
