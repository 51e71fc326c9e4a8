/**
 * What the numbers in DLMS event logs mean, as the Dutch (DSMR) and IDIS companion profiles give them; both
 * agree on the numbers below. `code`: IEC 61968-9, without its first field (the kind of device). `words`: where
 * the code says less than the log does. A meter model with numbers of its own brings a table of the same shape.
 */
// data table

export interface EventRow {
  readonly code: string;
  readonly words?: string;
}
export type EventTable = Readonly<Record<number, EventRow>>;

const cleared: EventRow = { code: '17.0.28' };

/** 0-0:99.98.0 (event object 0-0:96.11.0). */
const standardLog: EventTable = {
  1: { code: '26.0.85', words: 'power down' },
  2: { code: '26.0.216', words: 'power up' },
  3: { code: '36.56.24', words: 'daylight saving time on or off' },
  4: { code: '36.114.24', words: 'clock adjusted, old time' },
  5: { code: '36.114.24', words: 'clock adjusted, new time' },
  6: { code: '36.114.79', words: 'clock invalid' },
  7: { code: '2.0.52', words: 'battery is to be replaced' },
  8: { code: '2.0.150', words: 'battery voltage low' },
  9: { code: '20.121.4', words: 'TOU activated' },
  10: { code: '17.17.28', words: 'error register cleared' },
  11: { code: '17.17.28', words: 'alarm register cleared' },
  12: { code: '18.83.79', words: 'program memory error' },
  13: { code: '18.0.79', words: 'RAM error' },
  14: { code: '18.0.43', words: 'non-volatile memory error' },
  15: { code: '11.0.215', words: 'watchdog error' },
  16: { code: '21.67.79', words: 'measurement system error' },
  17: { code: '11.0.25', words: 'firmware ready for activation' },
  18: { code: '11.0.4', words: 'firmware activated' },
  19: { code: '20.121.24', words: 'passive TOU programmed' },
  20: { code: '12.17.79', words: 'external alert' },
  47: { code: '7.83.24', words: 'parameters changed' },
  48: { code: '12.32.24', words: 'global keys changed' },
  51: { code: '11.124.85', words: 'firmware verification failed' },
  52: { code: '20.123.24', words: 'unexpected consumption' },
  88: { code: '26.78.159', words: 'phase sequence reversed' },
  89: { code: '26.137.47', words: 'neutral missing' },
  97: { code: '1.1.242', words: 'local communication attempt' },
  108: { code: '39.0.212', words: 'M-Bus device removed' },
  230: { code: '21.0.79', words: 'fatal error' },
  254: { code: '16.0.28', words: 'load profile cleared' },
  255: cleared,
};

/** 0-0:99.98.1 (event object 0-0:96.11.1). */
const fraudLog: EventTable = {
  40: { code: '12.29.212', words: 'terminal cover removed' },
  41: { code: '12.29.37', words: 'terminal cover closed' },
  42: { code: '12.66.257', words: 'strong DC field' },
  43: { code: '12.66.37', words: 'no strong DC field any more' },
  44: { code: '12.29.39', words: 'meter cover opened' },
  45: { code: '12.29.37', words: 'meter cover closed' },
  46: { code: '12.24.38', words: 'authentication failed several times' },
  49: { code: '12.32.79', words: 'decryption or authentication failed' },
  50: { code: '12.32.257', words: 'replay attack' },
  91: { code: '21.93.219', words: 'current reversed' },
  255: cleared,
};

/** 0-0:99.98.2 (event object 0-0:96.11.2). */
const disconnectorLog: EventTable = {
  59: { code: '31.0.5', words: 'ready for connecting by hand' },
  60: { code: '31.0.68', words: 'disconnected by hand' },
  61: { code: '31.0.42', words: 'connected by hand' },
  62: { code: '31.0.68', words: 'disconnected remotely' },
  63: { code: '31.0.42', words: 'connected remotely' },
  64: { code: '31.0.68', words: 'disconnected by the meter' },
  65: { code: '15.139.139', words: 'limiter threshold exceeded' },
  66: { code: '15.139.37', words: 'limiter threshold kept again' },
  67: { code: '15.139.24', words: 'limiter threshold changed' },
  68: { code: '31.0.84', words: 'disconnecting or connecting failed' },
  69: { code: '31.0.42', words: 'connected by the meter' },
  70: { code: '15.6.139', words: 'supervision monitor 1 exceeded' },
  71: { code: '15.6.37', words: 'supervision monitor 1 kept again' },
  72: { code: '15.6.139', words: 'supervision monitor 2 exceeded' },
  73: { code: '15.6.37', words: 'supervision monitor 2 kept again' },
  74: { code: '15.6.139', words: 'supervision monitor 3 exceeded' },
  75: { code: '15.6.37', words: 'supervision monitor 3 kept again' },
  255: cleared,
};

/** 0-0:99.98.4 (event object 0-0:96.11.4). */
const powerQualityLog: EventTable = {
  76: { code: '26.131.223', words: 'undervoltage L1' },
  77: { code: '26.132.223', words: 'undervoltage L2' },
  78: { code: '26.133.223', words: 'undervoltage L3' },
  79: { code: '26.131.248', words: 'overvoltage L1' },
  80: { code: '26.132.248', words: 'overvoltage L2' },
  81: { code: '26.133.248', words: 'overvoltage L3' },
  82: { code: '26.131.47', words: 'voltage missing L1' },
  83: { code: '26.132.47', words: 'voltage missing L2' },
  84: { code: '26.133.47', words: 'voltage missing L3' },
  85: { code: '26.131.37', words: 'voltage normal L1' },
  86: { code: '26.132.37', words: 'voltage normal L2' },
  87: { code: '26.133.37', words: 'voltage normal L3' },
  90: { code: '26.25.98', words: 'phase asymmetry' },
  92: { code: '26.28.139', words: 'bad voltage quality L1' },
  93: { code: '26.28.139', words: 'bad voltage quality L2' },
  94: { code: '26.28.139', words: 'bad voltage quality L3' },
  255: cleared,
};

/** 0-0:99.98.3: M-Bus devices; channel n is at 100 + 10(n - 1), its valve at 160 + 10(n - 1). */
const mbusDevice: EventTable = {
  0: { code: '39.0.79', words: 'communication error' },
  1: { code: '39.0.37', words: 'communication well again' },
  2: { code: '2.0.52', words: 'battery is to be replaced' },
  3: { code: '12.0.257', words: 'fraud attempt' },
  4: { code: '36.114.24', words: 'clock adjusted' },
  5: { code: '39.0.58', words: 'new device installed' },
  6: { code: '39.17.79', words: 'permanent error' },
};
const mbusValve: EventTable = {
  0: { code: '31.0.68', words: 'closed by hand' },
  1: { code: '31.0.42', words: 'opened by hand' },
  2: { code: '31.0.68', words: 'closed remotely' },
  3: { code: '31.0.42', words: 'opened remotely' },
  4: { code: '31.0.79', words: 'valve alarm' },
};

const mbusLog: Record<number, EventRow> = { 255: cleared };
for (let channel = 1; channel <= 4; channel++) {
  const at = 10 * (channel - 1);
  for (const [first, table] of [
    [100, mbusDevice],
    [160, mbusValve],
  ] as const) {
    for (const [number, { code, words }] of Object.entries(table))
      mbusLog[first + at + Number(number)] = { code, words: `M-Bus channel ${channel}: ${words}` };
  }
}

/** By log, as a push or a reading names it. */
export const dlmsEventLogs = {
  standard: standardLog,
  fraud: fraudLog,
  disconnector: disconnectorLog,
  mbus: mbusLog as EventTable,
  'power-quality': powerQualityLog,
} as const satisfies Record<string, EventTable>;
export type DlmsEventLog = keyof typeof dlmsEventLogs;

/** Logical name of the log and of the object with its last event: value group E. */
export const dlmsLogNumbers: Readonly<Record<number, DlmsEventLog>> = {
  0: 'standard',
  1: 'fraud',
  2: 'disconnector',
  3: 'mbus',
  4: 'power-quality',
};
