/** Orthogonal VIFEs: what may be combined with any value information (EN 13757-3 tables 15, 16 and 17). */
// data table

/** What a VIFE does to a record besides giving it a name. */
export interface Vife {
  readonly name: string;
  /** Added to the power of ten. */
  readonly power?: number;
  /** Put behind the unit, e.g. `/h`. */
  readonly per?: string;
  /** In place of the unit: the record tells a duration or a number of times. */
  readonly unit?: string;
  /** The record tells a time. */
  readonly time?: true;
  /** The meter reports an error in place of the value. */
  readonly error?: true;
  /** The bytes are unsigned (type C) or bits (type D). */
  readonly type?: 'unsigned' | 'flags';
}

const UNITS = ['s', 'min', 'h', 'd'] as const;

function table(): (Vife | undefined)[] {
  const out: (Vife | undefined)[] = new Array(128).fill(undefined);
  for (const [code, name] of Object.entries(errors))
    out[Number(code)] = { name: `error:${name}`, error: true };
  for (const [code, vife] of Object.entries(plain)) out[Number(code)] = vife;
  for (const [upper, limit] of ['lower', 'upper'].entries()) limits(out, 0x40 | (upper << 3), limit);
  for (const [last, which] of ['first', 'last'].entries()) {
    for (const [i, unit] of UNITS.entries()) {
      out[0x60 | (last << 2) | i] = { name: `duration-of-${which}`, unit };
    }
    out[0x6a | (last << 2)] = { name: `begin-of-${which}`, time: true };
    out[0x6b | (last << 2)] = { name: `end-of-${which}`, time: true };
  }
  for (let n = 0; n < 8; n++) out[0x70 | n] = { name: `correction:10^${n - 6}`, power: n - 6 };
  for (let n = 0; n < 4; n++) out[0x78 | n] = { name: `additive-correction:10^${n - 3}` };
  return out;
}

/** Of one limit: its value, how often, since when and how long it was passed. */
function limits(out: (Vife | undefined)[], base: number, limit: string): void {
  out[base] = { name: `${limit}-limit` };
  out[base | 1] = { name: `exceeds-of-${limit}-limit`, unit: '' };
  for (const [last, which] of ['first', 'last'].entries()) {
    const passing = `${which}-${limit}-limit-exceed`;
    // 44 and 45 are products with a temperature
    out[base | (last << 2) | 2] = { name: `begin-of-${passing}`, time: true };
    out[base | (last << 2) | 3] = { name: `end-of-${passing}`, time: true };
    for (const [i, unit] of UNITS.entries()) {
      out[base | 0x10 | (last << 2) | i] = { name: `duration-of-${passing}`, unit };
    }
  }
}

const errors: Readonly<Record<number, string>> = {
  1: 'too-many-difes',
  2: 'storage-not-implemented',
  3: 'subunit-not-implemented',
  4: 'tariff-not-implemented',
  5: 'function-not-implemented',
  6: 'data-class-not-implemented',
  7: 'data-size-not-implemented',
  11: 'too-many-vifes',
  12: 'illegal-vif-group',
  13: 'illegal-vif-exponent',
  14: 'vif-dif-mismatch',
  15: 'unimplemented-action',
  21: 'no-data',
  22: 'overflow',
  23: 'underflow',
  24: 'data-error',
  28: 'premature-end-of-record',
};

const plain: Readonly<Record<number, Vife>> = {
  18: { name: 'average' },
  19: { name: 'inverse-compact-profile' },
  20: { name: 'relative-deviation' },
  29: { name: 'standard-conform' },
  30: { name: 'compact-profile-with-registers' },
  31: { name: 'compact-profile' },
  32: { name: 'per-second', per: '/s' },
  33: { name: 'per-minute', per: '/min' },
  34: { name: 'per-hour', per: '/h' },
  35: { name: 'per-day', per: '/d' },
  36: { name: 'per-week', per: '/week' },
  37: { name: 'per-month', per: '/month' },
  38: { name: 'per-year', per: '/year' },
  39: { name: 'per-revolution', per: '/rev' },
  40: { name: 'per-input-pulse-0', per: '/imp' },
  41: { name: 'per-input-pulse-1', per: '/imp' },
  42: { name: 'per-output-pulse-0', per: '/imp' },
  43: { name: 'per-output-pulse-1', per: '/imp' },
  44: { name: 'per-litre', per: '/L' },
  45: { name: 'per-cubic-metre', per: '/m3' },
  46: { name: 'per-kilogram', per: '/kg' },
  47: { name: 'per-kelvin', per: '/K' },
  48: { name: 'per-kilowatt-hour', per: '/kWh' },
  49: { name: 'per-gigajoule', per: '/GJ' },
  50: { name: 'per-kilowatt', per: '/kW' },
  51: { name: 'per-kelvin-litre', per: '/(K*L)' },
  52: { name: 'per-volt', per: '/V' },
  53: { name: 'per-ampere', per: '/A' },
  54: { name: 'times-second', per: '*s' },
  55: { name: 'times-second-per-volt', per: '*s/V' },
  56: { name: 'times-second-per-ampere', per: '*s/A' },
  57: { name: 'start', time: true },
  58: { name: 'uncorrected' },
  59: { name: 'positive-only' },
  60: { name: 'negative-only' },
  61: { name: 'non-metric' },
  62: { name: 'base-conditions' },
  63: { name: 'obis' },
  68: { name: 'times-flow-temperature', per: '*degC' },
  69: { name: 'times-return-temperature', per: '*degC' },
  104: { name: 'during-lower-limit-exceed' },
  105: { name: 'leakage' },
  108: { name: 'during-upper-limit-exceed' },
  109: { name: 'overflow' },
  125: { name: 'correction:10^3', power: 3 },
  126: { name: 'future' },
};

/** By code, extension bit cleared. 7C and 7F say how to read what follows. */
export const vifes: readonly (Vife | undefined)[] = /* @__PURE__ */ table();

/** Behind FC. */
export const extendedVifes: Readonly<Record<number, Vife>> = {
  1: { name: 'phase-l1' },
  2: { name: 'phase-l2' },
  3: { name: 'phase-l3' },
  4: { name: 'neutral' },
  5: { name: 'between-l1-and-l2' },
  6: { name: 'between-l2-and-l3' },
  7: { name: 'between-l3-and-l1' },
  8: { name: 'quadrant-1' },
  9: { name: 'quadrant-2' },
  10: { name: 'quadrant-3' },
  11: { name: 'quadrant-4' },
  12: { name: 'import-minus-export' },
  13: { name: 'non-metric' },
  14: { name: 'secondary-sensor' },
  15: { name: 'higher-resolution' },
  16: { name: 'absolute' },
  17: { name: 'type-c', type: 'unsigned' },
  18: { name: 'type-d', type: 'flags' },
  19: { name: 'end', time: true },
  20: { name: 'to-meter' },
  21: { name: 'from-meter' },
  22: { name: 'liquid-pressure' },
  23: { name: 'gas-pressure' },
  24: { name: 'outdoors' },
  37: { name: 'from-l1-to-l2' },
  38: { name: 'from-l2-to-l3' },
  39: { name: 'from-l3-to-l1' },
};
