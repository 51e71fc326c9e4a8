/** Code tables of CIM reading types as data (ESPI 4.0; IEC 61968-9 annex C) and vendors' variants. */

/** TimeAttribute codes that are plain interval lengths. */
export const measuringPeriods: readonly {
  readonly code: number;
  readonly seconds: number;
  readonly words: string;
}[] = [
  { code: 3, seconds: 60, words: '1-minute' },
  { code: 10, seconds: 120, words: '2-minute' },
  { code: 14, seconds: 180, words: '3-minute' },
  { code: 6, seconds: 300, words: '5-minute' },
  { code: 1, seconds: 600, words: '10-minute' },
  { code: 2, seconds: 900, words: '15-minute' },
  { code: 31, seconds: 1_200, words: '20-minute' },
  { code: 5, seconds: 1_800, words: '30-minute' },
  { code: 7, seconds: 3_600, words: '60-minute' },
  { code: 4, seconds: 86_400, words: '24-hour' },
];

/** MeasurementKind codes of what meters measure. */
export const kindWords: Readonly<Record<number, string>> = {
  0: 'reading',
  4: 'current',
  5: 'current angle',
  8: 'demand',
  12: 'energy',
  15: 'frequency',
  31: 'line losses',
  37: 'power',
  38: 'power factor',
  46: 'temperature',
  47: 'total harmonic distortion',
  54: 'voltage',
  55: 'voltage angle',
  57: 'voltage imbalance',
  58: 'volume',
  94: 'battery voltage',
  115: 'signal strength',
  155: 'flow',
};

/** PhaseCode. */
export const phaseWords: Readonly<Record<number, string>> = {
  0: '',
  16: 'neutral',
  32: 'phase C',
  33: 'phase C to neutral',
  64: 'phase B',
  65: 'phase B to neutral',
  66: 'phase B to C',
  96: 'phase C to A',
  128: 'phase A',
  129: 'phase A to neutral',
  132: 'phase A to B',
  224: 'all phases',
  225: 'all phases to neutral',
  769: 'split phase',
};

/**
 * How vendors write the same quantity differently. `when` lists the values that trigger a row (all
 * fields must match), `use` what they mean. Rows apply in order.
 */
export const readingTypeAliases: readonly {
  readonly title: string;
  readonly when: Readonly<Record<string, readonly number[]>>;
  readonly use: Readonly<Record<string, number>>;
}[] = [
  {
    title: 'summation written for the register of energy or volume: bulk quantity',
    when: { measuringPeriod: [0], accumulation: [9], kind: [12, 58] },
    use: { accumulation: 1 },
  },
  {
    title: 'summation written for the delta of an interval',
    when: { measuringPeriod: [1, 2, 3, 4, 5, 6, 7, 10, 14, 31], accumulation: [9], kind: [12, 58] },
    use: { accumulation: 4 },
  },
  {
    title: 'the data qualifier "normal" (ESPI) qualifies nothing',
    when: { aggregate: [12] },
    use: { aggregate: 0 },
  },
  {
    title: 'whole-service phase codes of one- and three-phase meters: no phase',
    when: { phase: [224, 225, 769], kind: [8, 12, 37] },
    use: { phase: 0 },
  },
  {
    title: 'a phase to neutral is the phase',
    when: { phase: [129], kind: [4, 54] },
    use: { phase: 128 },
  },
  { title: 'a phase to neutral is the phase', when: { phase: [65], kind: [4, 54] }, use: { phase: 64 } },
  { title: 'a phase to neutral is the phase', when: { phase: [33], kind: [4, 54] }, use: { phase: 32 } },
  {
    title: 'primary-metered and transmission electricity is electricity',
    when: { commodity: [2, 26] },
    use: { commodity: 1 },
  },
  {
    title: 'compensated volume in its own unit code where the commodity is water: plain volume',
    when: { commodity: [9], unit: [157, 156] },
    use: { unit: 134 },
  },
  {
    title: 'power kind with an energy unit is energy',
    when: { kind: [37], unit: [71, 72, 73] },
    use: { kind: 12 },
  },
];
