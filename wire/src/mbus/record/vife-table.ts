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
  for (const [code, name] of Object.entries(errors)) out[Number(code)] = { name: `error:${name}`, error: true };
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
  0x01: 'too-many-difes',
  0x02: 'storage-not-implemented',
  0x03: 'subunit-not-implemented',
  0x04: 'tariff-not-implemented',
  0x05: 'function-not-implemented',
  0x06: 'data-class-not-implemented',
  0x07: 'data-size-not-implemented',
  0x0b: 'too-many-vifes',
  0x0c: 'illegal-vif-group',
  0x0d: 'illegal-vif-exponent',
  0x0e: 'vif-dif-mismatch',
  0x0f: 'unimplemented-action',
  0x15: 'no-data',
  0x16: 'overflow',
  0x17: 'underflow',
  0x18: 'data-error',
  0x1c: 'premature-end-of-record',
};

const plain: Readonly<Record<number, Vife>> = {
  0x12: { name: 'average' },
  0x13: { name: 'inverse-compact-profile' },
  0x14: { name: 'relative-deviation' },
  0x1d: { name: 'standard-conform' },
  0x1e: { name: 'compact-profile-with-registers' },
  0x1f: { name: 'compact-profile' },
  0x20: { name: 'per-second', per: '/s' },
  0x21: { name: 'per-minute', per: '/min' },
  0x22: { name: 'per-hour', per: '/h' },
  0x23: { name: 'per-day', per: '/d' },
  0x24: { name: 'per-week', per: '/week' },
  0x25: { name: 'per-month', per: '/month' },
  0x26: { name: 'per-year', per: '/year' },
  0x27: { name: 'per-revolution', per: '/rev' },
  0x28: { name: 'per-input-pulse-0', per: '/imp' },
  0x29: { name: 'per-input-pulse-1', per: '/imp' },
  0x2a: { name: 'per-output-pulse-0', per: '/imp' },
  0x2b: { name: 'per-output-pulse-1', per: '/imp' },
  0x2c: { name: 'per-litre', per: '/L' },
  0x2d: { name: 'per-cubic-metre', per: '/m3' },
  0x2e: { name: 'per-kilogram', per: '/kg' },
  0x2f: { name: 'per-kelvin', per: '/K' },
  0x30: { name: 'per-kilowatt-hour', per: '/kWh' },
  0x31: { name: 'per-gigajoule', per: '/GJ' },
  0x32: { name: 'per-kilowatt', per: '/kW' },
  0x33: { name: 'per-kelvin-litre', per: '/(K*L)' },
  0x34: { name: 'per-volt', per: '/V' },
  0x35: { name: 'per-ampere', per: '/A' },
  0x36: { name: 'times-second', per: '*s' },
  0x37: { name: 'times-second-per-volt', per: '*s/V' },
  0x38: { name: 'times-second-per-ampere', per: '*s/A' },
  0x39: { name: 'start', time: true },
  0x3a: { name: 'uncorrected' },
  0x3b: { name: 'positive-only' },
  0x3c: { name: 'negative-only' },
  0x3d: { name: 'non-metric' },
  0x3e: { name: 'base-conditions' },
  0x3f: { name: 'obis' },
  0x44: { name: 'times-flow-temperature', per: '*degC' },
  0x45: { name: 'times-return-temperature', per: '*degC' },
  0x68: { name: 'during-lower-limit-exceed' },
  0x69: { name: 'leakage' },
  0x6c: { name: 'during-upper-limit-exceed' },
  0x6d: { name: 'overflow' },
  0x7d: { name: 'correction:10^3', power: 3 },
  0x7e: { name: 'future' },
};

/** By code, extension bit cleared. 7C and 7F say how to read what follows. */
export const vifes: readonly (Vife | undefined)[] = /* @__PURE__ */ table();

/** Behind FC. */
export const extendedVifes: Readonly<Record<number, Vife>> = {
  0x01: { name: 'phase-l1' },
  0x02: { name: 'phase-l2' },
  0x03: { name: 'phase-l3' },
  0x04: { name: 'neutral' },
  0x05: { name: 'between-l1-and-l2' },
  0x06: { name: 'between-l2-and-l3' },
  0x07: { name: 'between-l3-and-l1' },
  0x08: { name: 'quadrant-1' },
  0x09: { name: 'quadrant-2' },
  0x0a: { name: 'quadrant-3' },
  0x0b: { name: 'quadrant-4' },
  0x0c: { name: 'import-minus-export' },
  0x0d: { name: 'non-metric' },
  0x0e: { name: 'secondary-sensor' },
  0x0f: { name: 'higher-resolution' },
  0x10: { name: 'absolute' },
  0x11: { name: 'type-c', type: 'unsigned' },
  0x12: { name: 'type-d', type: 'flags' },
  0x13: { name: 'end', time: true },
  0x14: { name: 'to-meter' },
  0x15: { name: 'from-meter' },
  0x16: { name: 'liquid-pressure' },
  0x17: { name: 'gas-pressure' },
  0x18: { name: 'outdoors' },
  0x25: { name: 'from-l1-to-l2' },
  0x26: { name: 'from-l2-to-l3' },
  0x27: { name: 'from-l3-to-l1' },
};
