/** What the residential meter writes to which log when something happens. */
import type { MeterDescription } from '../description.ts';

export const residentialEvents = {
  'power-down': { log: '0.0.99.98.0.255', code: 1 },
  'power-up': { log: '0.0.99.98.0.255', code: 2 },
  'clock-set': { log: '0.0.99.98.0.255', code: 5 },
  'calendar-activated': { log: '0.0.99.98.0.255', code: 9 },
  'image-verified': { log: '0.0.99.98.0.255', code: 17 },
  'image-activated': { log: '0.0.99.98.0.255', code: 18 },
  'image-refused': { log: '0.0.99.98.0.255', code: 51 },
  'policy-changed': { log: '0.0.99.98.0.255', code: 47 },
  'keys-changed': { log: '0.0.99.98.0.255', code: 48 },
  'terminal-cover-opened': { log: '0.0.99.98.1.255', code: 40 },
  'terminal-cover-closed': { log: '0.0.99.98.1.255', code: 41 },
  'meter-cover-opened': { log: '0.0.99.98.1.255', code: 44 },
  'authentication-failed': { log: '0.0.99.98.1.255', code: 46 },
  'relay-disconnected': { log: '0.0.99.98.2.255', code: 62 },
  'relay-connected': { log: '0.0.99.98.2.255', code: 63 },
  'relay-ready': { log: '0.0.99.98.2.255', code: 59 },
  'limit-exceeded': { log: '0.0.99.98.2.255', code: 65 },
  'limit-restored': { log: '0.0.99.98.2.255', code: 66 },
} as const satisfies MeterDescription['events'];
