/**
 * What logical names mean, in words (Blue Book clauses 6 and 7). Electricity is put together from quantity,
 * processing, phase and rate; all else is a list.
 */
// data table

/** A group is a number, `*` (any, not named) or a letter (any, named in the text). */
const named: readonly (readonly [pattern: string, name: string])[] = [
  // abstract objects
  ['0.b.0.1.0.255', 'billing period counter'],
  ['0.b.0.1.2.255', 'time stamp of the last billing period'],
  ['0.b.0.2.0.255', 'active firmware identifier'],
  ['0.b.0.2.1.255', 'active firmware version'],
  ['0.b.0.2.8.255', 'active firmware signature'],
  ['0.b.0.9.1.255', 'local time'],
  ['0.b.0.9.2.255', 'local date'],
  ['0.b.1.0.0.255', 'clock'],
  ['0.b.1.1.0.255', 'UNIX clock'],
  ['0.b.2.0.0.255', 'modem configuration'],
  ['0.b.2.1.0.255', 'auto connect'],
  ['0.b.2.2.0.255', 'auto answer'],
  ['0.b.10.0.0.255', 'global meter reset script table'],
  ['0.b.10.0.1.255', 'MDI reset script table'],
  ['0.b.10.0.100.255', 'tariffication script table'],
  ['0.b.10.0.101.255', 'activate test mode script table'],
  ['0.b.10.0.102.255', 'activate normal mode script table'],
  ['0.b.10.0.103.255', 'set output signals script table'],
  ['0.b.10.0.105.255', 'power quality script table'],
  ['0.b.10.0.106.255', 'disconnect control script table'],
  ['0.b.10.0.107.255', 'image activation script table'],
  ['0.b.10.0.108.255', 'push script table'],
  ['0.b.10.0.109.255', 'load profile control script table'],
  ['0.b.11.0.0.255', 'special days table'],
  ['0.b.12.0.0.255', 'schedule'],
  ['0.b.13.0.0.255', 'activity calendar'],
  ['0.b.14.0.0.255', 'register activation'],
  ['0.b.15.0.0.255', 'end of billing period schedule'],
  ['0.b.15.0.1.255', 'disconnect control schedule'],
  ['0.b.15.0.2.255', 'image activation schedule'],
  ['0.b.15.0.3.255', 'output control schedule'],
  ['0.b.15.0.4.255', 'push schedule'],
  ['0.b.16.0.e.255', 'register monitor {e}'],
  ['0.b.16.1.e.255', 'alarm monitor {e}'],
  ['0.b.17.0.e.255', 'limiter {e}'],
  ['0.b.19.0.0.255', 'account'],
  ['0.b.19.10.0.255', 'credit'],
  ['0.b.19.20.0.255', 'charge'],
  ['0.b.19.40.0.255', 'token gateway'],
  ['0.b.20.0.0.255', 'optical port setup'],
  ['0.b.20.0.1.255', 'electrical port setup'],
  ['0.b.21.0.e.255', 'general local port readout {e}'],
  ['0.b.22.0.0.255', 'HDLC setup'],
  ['0.b.24.1.0.255', 'M-Bus client'],
  ['0.b.24.2.e.255', 'M-Bus value {e}'],
  ['0.b.24.3.e.255', 'M-Bus profile {e}'],
  ['0.b.24.4.0.255', 'M-Bus disconnect control'],
  ['0.b.24.5.0.255', 'M-Bus control log'],
  ['0.b.24.6.0.255', 'M-Bus master port setup'],
  ['0.b.25.0.0.255', 'TCP-UDP setup'],
  ['0.b.25.1.0.255', 'IPv4 setup'],
  ['0.b.25.2.0.255', 'MAC address setup'],
  ['0.b.25.3.0.255', 'PPP setup'],
  ['0.b.25.4.0.255', 'GPRS modem setup'],
  ['0.b.25.5.0.255', 'SMTP setup'],
  ['0.b.25.6.0.255', 'GSM diagnostic'],
  ['0.b.25.7.0.255', 'IPv6 setup'],
  ['0.b.25.9.0.255', 'push setup'],
  ['0.b.25.10.0.255', 'NTP setup'],
  ['0.b.25.11.0.255', 'LTE monitoring'],
  ['0.0.40.0.0.255', 'current association'],
  ['0.0.40.0.e.255', 'association {e}'],
  ['0.0.41.0.0.255', 'SAP assignment'],
  ['0.0.42.0.0.255', 'logical device name'],
  ['0.0.43.0.e.255', 'security setup {e}'],
  ['0.b.43.1.e.255', 'invocation counter {e}'],
  ['0.b.44.0.e.255', 'image transfer {e}'],
  ['0.b.65.*.*.255', 'standard tables'],
  ['0.b.66.0.e.255', 'compact data {e}'],
  ['0.b.94.*.*.255', 'country-specific object'],
  ['0.b.96.1.e.255', 'device identifier {e}'],
  ['0.b.96.2.0.255', 'number of configuration changes'],
  ['0.b.96.2.1.255', 'date of the last configuration change'],
  ['0.b.96.3.0.255', 'input and output states'],
  ['0.b.96.3.1.255', 'input states'],
  ['0.b.96.3.2.255', 'output states'],
  ['0.b.96.3.10.255', 'disconnect control'],
  ['0.b.96.4.e.255', 'control signal state {e}'],
  ['0.b.96.5.e.255', 'operating status {e}'],
  ['0.b.96.6.0.255', 'battery use time'],
  ['0.b.96.6.1.255', 'battery charge'],
  ['0.b.96.6.3.255', 'battery voltage'],
  ['0.b.96.6.6.255', 'battery remaining time'],
  ['0.b.96.7.0.255', 'number of power failures in all phases'],
  ['0.b.96.7.1.255', 'number of power failures in L1'],
  ['0.b.96.7.2.255', 'number of power failures in L2'],
  ['0.b.96.7.3.255', 'number of power failures in L3'],
  ['0.b.96.7.9.255', 'number of long power failures in any phase'],
  ['0.b.96.7.10.255', 'time of power failure'],
  ['0.b.96.7.19.255', 'duration of the last long power failure'],
  ['0.b.96.7.20.255', 'threshold for a long power failure'],
  ['0.b.96.7.21.255', 'number of power failures in any phase'],
  ['0.b.96.8.0.255', 'operating time'],
  ['0.b.96.9.0.255', 'ambient temperature'],
  ['0.b.96.10.e.255', 'status register {e}'],
  ['0.b.96.11.e.255', 'event code {e}'],
  ['0.b.96.12.5.255', 'GSM field strength'],
  ['0.b.96.13.e.255', 'consumer message {e}'],
  ['0.b.96.14.e.255', 'currently active tariff {e}'],
  ['0.b.96.15.e.255', 'event counter {e}'],
  ['0.b.96.20.e.255', 'meter tamper event {e}'],
  ['0.b.97.97.e.255', 'error register {e}'],
  ['0.b.97.98.e.255', 'alarm register or filter {e}'],
  ['0.b.98.1.e.f', 'billing data {e}'],
  ['0.b.98.2.e.f', 'billing data, scheme 2, {e}'],
  ['0.b.99.1.e.255', 'load profile {e}'],
  ['0.b.99.2.e.255', 'load profile, period 2, {e}'],
  ['0.b.99.97.e.255', 'power failure log {e}'],
  ['0.b.99.98.e.255', 'event log {e}'],
  // electricity that is no quantity
  ['1.b.0.0.e.255', 'electricity identifier {e}'],
  ['1.b.0.1.0.255', 'billing period counter'],
  ['1.b.0.1.2.255', 'time stamp of the last billing period'],
  ['1.b.0.2.0.255', 'configuration program version'],
  ['1.b.0.2.2.255', 'time switch program number'],
  ['1.b.0.3.0.255', 'active energy meter constant'],
  ['1.b.0.3.1.255', 'reactive energy meter constant'],
  ['1.b.0.4.2.255', 'current transformer ratio'],
  ['1.b.0.4.3.255', 'voltage transformer ratio'],
  ['1.b.0.8.0.255', 'measurement period 1'],
  ['1.b.0.8.4.255', 'recording interval 1'],
  ['1.b.0.8.5.255', 'recording interval 2'],
  ['1.b.0.9.1.255', 'time'],
  ['1.b.0.9.2.255', 'date'],
  ['1.b.96.5.e.255', 'operating status {e}'],
  ['1.b.98.1.e.f', 'billing data {e}'],
  ['1.b.99.1.e.255', 'load profile, period 1'],
  ['1.b.99.2.e.255', 'load profile, period 2'],
  ['1.b.99.97.e.255', 'power failure log {e}'],
  ['1.b.99.98.e.255', 'event log {e}'],
  // heat, gas, water
  ['6.b.1.0.e.255', 'heat energy{rate}'],
  ['6.b.2.0.e.255', 'heat volume{rate}'],
  ['6.b.8.0.0.255', 'heat power'],
  ['6.b.9.0.0.255', 'heat flow'],
  ['6.b.10.0.0.255', 'flow temperature'],
  ['6.b.11.0.0.255', 'return temperature'],
  ['7.b.3.0.e.255', 'gas volume{rate}'],
  ['7.b.3.2.e.255', 'gas volume, converted{rate}'],
  ['7.b.41.0.0.255', 'gas temperature'],
  ['7.b.43.0.0.255', 'gas flow'],
  ['7.b.99.99.e.255', 'gas load profile {e}'],
  ['8.b.1.0.e.255', 'cold water volume{rate}'],
  ['8.b.2.0.0.255', 'cold water flow'],
  ['9.b.1.0.e.255', 'hot water volume{rate}'],
  ['9.b.2.0.0.255', 'hot water flow'],
];

const quantities: Readonly<Record<number, string>> = {
  1: 'active power import',
  2: 'active power export',
  3: 'reactive power import',
  4: 'reactive power export',
  5: 'reactive power QI',
  6: 'reactive power QII',
  7: 'reactive power QIII',
  8: 'reactive power QIV',
  9: 'apparent power import',
  10: 'apparent power export',
  11: 'current',
  12: 'voltage',
  13: 'power factor',
  14: 'supply frequency',
  15: 'absolute active power',
  16: 'net active power',
};

/** Value group D; the integrals turn power into energy. */
const processings: Readonly<Record<number, string>> = {
  2: 'cumulative maximum',
  3: 'minimum',
  4: 'current average',
  5: 'last average',
  6: 'maximum',
  7: '',
  8: 'energy',
  9: 'energy of the billing period',
  24: 'average',
  27: 'average of the interval',
  29: 'energy of the interval',
  31: 'threshold for low',
  32: 'number of lows of',
  33: 'duration of low',
  34: 'lowest of low',
  35: 'threshold for high',
  36: 'number of highs of',
  37: 'duration of high',
  38: 'highest of high',
  39: 'threshold for missing',
};

interface Pattern {
  /** A number each, undefined for any. */
  readonly groups: readonly (number | undefined)[];
  readonly name: string;
}
const patterns: readonly Pattern[] = named.map(([pattern, name]) => ({
  groups: pattern.split('.').map((group) => (/^\d+$/.test(group) ? Number(group) : undefined)),
  name,
}));

/** Names asked for before: a meter has some dozens, and every reading asks. */
const known = new Map<string, string | undefined>();
const MAX_KNOWN = 4_096;

/** The name of a logical name such as `1.0.1.8.0.255`; undefined where none is known. */
export function nameOfLogicalName(logicalName: string): string | undefined {
  const before = known.get(logicalName);
  if (before !== undefined || known.has(logicalName)) return before;
  const name = lookUp(logicalName);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(logicalName, name);
  return name;
}

function lookUp(logicalName: string): string | undefined {
  const groups = logicalName.split('.').map(Number);
  if (groups.length !== 6) return undefined;
  const found = patterns.find((pattern) => matches(pattern, groups));
  const name = found ? filled(found.name, groups) : electricName(groups);
  if (name === undefined) return undefined;
  const channel = groups[0] !== 1 && groups[1] !== 0 ? `, channel ${groups[1]}` : '';
  return name + channel;
}

function matches({ groups }: Pattern, code: readonly number[]): boolean {
  return groups.every((group, i) => group === undefined || group === code[i]);
}

function filled(name: string, [, , , , e]: readonly number[]): string {
  return name.replace(' {e}', e === 0 ? '' : ` ${e}`).replace('{rate}', e === 0 ? '' : `, rate ${e}`);
}

function electricName([a, , c, d, e, f]: readonly number[]): string | undefined {
  if (a !== 1 || f !== 255) return undefined;
  if (c === 91 && d === 7) return 'current of the neutral';
  const phase = c! > 20 && c! < 77 ? Math.floor((c! - 1) / 20) : 0;
  const quantity = quantities[c! - phase * 20];
  const processing = processings[d!];
  if (quantity === undefined || processing === undefined) return undefined;
  const energy = processing.startsWith('energy');
  if (energy && !quantity.includes('power')) return undefined;
  const base = energy
    ? quantity.replace('power', 'energy') + processing.slice('energy'.length)
    : `${processing} ${quantity}`.trim();
  return `${base}${phase > 0 ? ` L${phase}` : ''}${e === 0 ? '' : `, rate ${e}`}`;
}
