/** CIM end-device event codes in words: `deviceType.domain.subDomain.action`. */

/** Codes that meters send most. */
const names: Readonly<Record<string, string>> = {
  '3.26.0.85': 'Power failed',
  '3.26.0.216': 'Power restored',
  '3.26.38.47': 'Power quality: voltage high',
  '3.26.38.93': 'Voltage too high',
  '3.26.38.223': 'Voltage too low',
  '3.12.29.39': 'Terminal cover opened',
  '3.12.29.16': 'Terminal cover closed',
  '3.12.0.257': 'Tampering detected',
  '3.36.114.24': 'Clock changed',
  '3.36.116.24': 'Clock date changed',
  '3.31.0.42': 'Disconnected',
  '3.31.0.18': 'Connected',
  '3.2.22.150': 'Battery low',
  '3.18.72.79': 'Memory error',
  '3.11.83.31': 'Firmware updated',
};

const domains: Readonly<Record<number, string>> = {
  0: 'Device',
  1: 'Access',
  2: 'Battery',
  3: 'Billing',
  4: 'Capability',
  11: 'Firmware',
  12: 'Security',
  18: 'Memory',
  19: 'Module',
  21: 'Metrology',
  23: 'Mobile security',
  24: 'Module',
  26: 'Power',
  31: 'Remote switch',
  35: 'Temperature',
  36: 'Time',
  38: 'Voltage',
};
const actions: Readonly<Record<number, string>> = {
  11: 'cancelled',
  18: 'connected',
  24: 'changed',
  38: 'at high distortion',
  39: 'opened',
  42: 'disconnected',
  79: 'error',
  85: 'failed',
  93: 'high',
  150: 'low',
  216: 'restored',
  223: 'below minimum',
  257: 'tampered with',
};

/** The event in words; the code itself where no word is known. */
export function eventName(code: string): string {
  const known = names[code];
  if (known) return known;
  const [, domain, , action] = code.split('.').map(Number);
  const what = domains[domain ?? -1];
  const did = actions[action ?? -1];
  return what && did ? `${what} ${did}` : code;
}
