/**
 * End-device events (IEC 61968-9): `deviceType.domain.subDomain.eventOrAction`, in words and by weight.
 *
 *     3.36.114.40  =  electric meter . clock . time . out of range   ->   "Clock time out of range"
 *
 * Editions of the standard and vendors differ in a few numbers; a code that is not known is shown as it is.
 */
// data table

/** Second field: what part of the device. */
const domains: Readonly<Record<number, string>> = {
  1: 'communication',
  2: 'battery',
  3: 'cartridge',
  4: 'gas supply',
  5: 'water supply',
  6: 'installation',
  7: 'configuration',
  8: 'demand',
  9: 'module firmware',
  10: 'pairing',
  11: 'firmware',
  12: 'security',
  15: 'load control',
  16: 'load profile',
  17: 'logs',
  18: 'memory',
  19: 'modem',
  20: 'billing',
  21: 'metrology',
  23: 'network',
  26: 'power',
  29: 'pressure',
  31: 'service switch',
  35: 'temperature',
  36: 'clock',
  39: 'associated device',
};

/** Third field: which aspect of it. */
const subDomains: Readonly<Record<number, string>> = {
  1: 'access',
  6: 'current',
  8: 'credit',
  17: 'status',
  19: 'test mode',
  24: 'password',
  25: 'phase',
  27: 'power factor',
  28: 'power quality',
  29: 'cover',
  32: 'security key',
  38: 'voltage',
  48: 'flow',
  56: 'daylight saving time',
  59: 'interval',
  66: 'magnetic switch',
  67: 'measurement',
  76: 'parent device',
  78: 'phase sequence',
  79: 'phase voltage',
  83: 'program',
  89: 'register',
  91: 'relay',
  93: 'rotation',
  112: 'text message',
  114: 'time',
  116: 'time sync',
  121: 'TOU',
  123: 'usage',
  124: 'version',
  126: 'phase A voltage potential',
  131: 'phase A voltage',
  132: 'phase B voltage',
  133: 'phase C voltage',
  137: 'neutral current',
  139: 'supply capacity limit',
  140: 'tariff',
};

/** Fourth field: what happened to it. */
const actions: Readonly<Record<number, string>> = {
  3: 'acknowledged',
  4: 'activated',
  5: 'arm for closure',
  6: 'arm for open',
  8: 'cancel',
  10: 'cancelled',
  13: 'change',
  18: 'connect',
  22: 'disable',
  23: 'disconnect',
  24: 'changed',
  25: 'downloaded',
  26: 'enable',
  28: 'cleared',
  34: 'in progress',
  37: 'normal',
  38: 'not authorized',
  39: 'opened',
  40: 'out of range',
  42: 'connected',
  43: 'corrupted',
  46: 'read',
  47: 'loss detected',
  52: 'replaced',
  54: 'start',
  55: 'stop',
  58: 'succeeded',
  67: 'connect failed',
  68: 'disconnected',
  79: 'error',
  80: 'opted in',
  81: 'opted out',
  84: 'disconnect failed',
  85: 'failed',
  93: 'max limit reached',
  98: 'imbalanced',
  100: 'inactive',
  139: 'exceeded',
  150: 'min limit reached',
  159: 'mismatched',
  212: 'removed',
  214: 'reset',
  215: 'reset occurred',
  216: 'restored',
  219: 'reversed',
  223: 'sag started',
  224: 'sag stopped',
  225: 'scheduled',
  242: 'started',
  243: 'stopped',
  248: 'swell started',
  249: 'swell stopped',
  257: 'tamper detected',
  263: 'tilted',
};

/** Codes whose parts do not read well one after another. */
const composed: Readonly<Record<string, string>> = {
  '3.26.0.85': 'Power failed (last gasp)',
  '3.26.0.185': 'Power failed (last gasp)',
  '3.26.25.47': 'Phase lost',
  '3.26.131.47': 'Voltage missing on phase A',
  '3.26.132.47': 'Voltage missing on phase B',
  '3.26.133.47': 'Voltage missing on phase C',
  '3.11.0.4': 'Firmware activated',
  '3.11.0.25': 'Firmware ready for activation',
  '3.11.124.85': 'Firmware verification failed',
  '3.12.24.38': 'Authentication failed',
  '3.12.29.37': 'Cover closed',
  '3.12.32.79': 'Decryption failed',
  '3.12.32.257': 'Replay of a message detected',
  '3.12.66.37': 'Magnetic field gone',
  '3.15.139.139': 'Supply limit exceeded',
  '3.15.139.37': 'Supply limit kept again',
  '3.31.0.5': 'Service switch armed',
  '3.39.0.79': 'Associated device out of reach',
  '3.12.0.257': 'Tampering detected',
  '3.12.0.263': 'Meter tilted',
  '3.12.29.39': 'Cover opened',
  '3.12.29.212': 'Cover removed',
  '3.12.66.257': 'Magnetic tampering detected',
  '3.21.93.219': 'Reverse rotation',
  '3.36.114.24': 'Clock changed',
  '3.36.116.58': 'Clock synchronised',
  '3.2.0.150': 'Battery low',
  '3.31.0.42': 'Service connected',
  '3.31.0.68': 'Service disconnected',
  '3.31.0.67': 'Connecting failed',
  '3.31.0.84': 'Disconnecting failed',
};

/** Codes under which meters say that their supply is gone, with the last of their energy. */
const lastGasps: ReadonlySet<string> = new Set(['3.26.0.85', '3.26.0.185', '5.26.0.85', '26.26.0.85']);

/** Whether an event is a last gasp: never held back, whatever else arrives. */
export function isLastGasp(code: string): boolean {
  return lastGasps.has(code);
}

/** The head-end's own event: the clock of a device is off. */
export const clockDriftEvent = '3.36.114.40';

/** The event in words; the code itself where a part of it is not known. */
export function eventName(code: string): string {
  if (Object.hasOwn(composed, code)) return composed[code]!;
  const [, domain, subDomain, action] = code.split('.').map(Number);
  const words = [
    domains[domain ?? -1],
    subDomain === 0 ? '' : subDomains[subDomain ?? -1],
    actions[action ?? -1],
  ];
  if (words.some((word) => word === undefined)) return code;
  const text = words.filter((word) => word !== '').join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export type EventSeverity = 'info' | 'warning' | 'critical';

/** Fourth fields that end a trouble: good news, whatever the domain. */
const ends: ReadonlySet<number> = new Set([28, 37, 58, 216, 224, 249]);
/** Fourth fields that tell of trouble. */
const worrying: ReadonlySet<number> = new Set([
  ...[38, 40, 43, 47, 67, 79, 84, 85, 98, 139, 150, 159, 185, 219, 257, 263],
]);
/** Short of an outage, and still what somebody is woken for. */
const grave: ReadonlySet<string> = new Set(['12.32.257', '18.83.79', '21.0.79']);

/** Power failures are critical; anything about security, tampering or failing is a warning; the rest is information. */
export function eventSeverity(code: string): EventSeverity {
  const [, domain, subDomain, action] = code.split('.').map(Number);
  if (domain === 26 && (action === 85 || action === 185 || action === 47)) return 'critical';
  if (grave.has(`${domain}.${subDomain}.${action}`)) return 'critical';
  if (ends.has(action ?? 0)) return 'info';
  return domain === 12 || worrying.has(action ?? 0) ? 'warning' : 'info';
}
