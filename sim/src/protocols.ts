/**
 * What the gas, water and heat meters of a town speak, and by which names the air knows them. The names
 * follow from the serial, so that registry, devices and people find the same meter without a list.
 */
import type { Commodity } from '@openami/model';
import type { MbusAddress } from '@openami/wire/mbus';
import { simErrors } from './errors.ts';
import type { SimMeter, World } from './world-types.ts';

/** `push`: OpenAMI's own message. `senml` and `lwm2m` are over CoAP. */
export type SimProtocol = 'push' | 'wmbus' | 'lorawan' | 'senml' | 'lwm2m' | 'sparkplug';

/** Protocol of each of twenty meters of a commodity, again and again. */
const turns: Readonly<Record<Commodity, readonly SimProtocol[]>> = {
  electricity: ['push'],
  water: [
    ...([
      'wmbus',
      'lorawan',
      'wmbus',
      'lwm2m',
      'wmbus',
      'lorawan',
      'wmbus',
      'push',
      'wmbus',
      'push',
    ] as const),
    ...(['wmbus', 'lorawan', 'wmbus', 'push', 'wmbus', 'lorawan', 'wmbus', 'push', 'wmbus', 'push'] as const),
  ],
  gas: ['wmbus', 'senml', 'wmbus', 'push', 'wmbus', 'senml', 'wmbus', 'push', 'wmbus', 'push'],
  heat: ['wmbus', 'sparkplug', 'wmbus', 'push', 'wmbus', 'push', 'wmbus', 'push', 'wmbus', 'push'],
};

/** What may speak a protocol. */
const speakers: Readonly<Record<SimProtocol, readonly Commodity[]>> = {
  push: ['electricity', 'gas', 'water', 'heat'],
  wmbus: ['gas', 'water', 'heat'],
  lorawan: ['water'],
  senml: ['gas', 'water', 'heat'],
  lwm2m: ['water'],
  sparkplug: ['gas', 'water', 'heat'],
};

/** `own`: a mixture of all; one protocol: whatever can speaks it, all else sends OpenAMI's own message. */
export type SimProtocols = 'own' | SimProtocol;

/** Protocol of the n-th meter of a commodity. */
export function protocolOf(protocols: SimProtocols, commodity: Commodity, n: number): SimProtocol {
  if (protocols !== 'own') return speakers[protocols].includes(commodity) ? protocols : 'push';
  const turn = turns[commodity];
  return turn[n % turn.length]!;
}

/** Protocols that carry what a register shows and no intervals. */
export function isRegisterOnly(protocol: SimProtocol): boolean {
  return protocol !== 'push' && protocol !== 'lorawan';
}

/** The first `count` meters of a world that speak one of these, or all; raises SIM_OPTIONS for fewer. */
export function metersSpeaking(
  world: World,
  kinds: readonly SimProtocol[],
  name: string,
  count?: number,
): SimMeter[] {
  const found = world.meters.filter(({ protocol }) => kinds.includes(protocol)).slice(0, count);
  const wanted = count ?? 1;
  if (found.length >= wanted) return found;
  throw simErrors.SIM_OPTIONS(`${wanted} ${name} meters of ${found.length} in the world`);
}

/** Flag id of simulated meters. */
export const MANUFACTURER = 'OAM';
/** A prefix of locally administered EUIs, with the letters of the flag id. */
const EUI_PREFIX = '024f414d';
const deviceTypes: Readonly<Record<Commodity, number>> = { electricity: 2, gas: 3, heat: 4, water: 7 };

/** The last eight digits of a serial. */
export function digitsOf(serial: string): string {
  return serial.replace(/\D/g, '').slice(-8).padStart(8, '0');
}

/** Who a wireless M-Bus meter says it is. */
export function radioAddressOf(serial: string, commodity: Commodity): MbusAddress {
  return { manufacturer: MANUFACTURER, id: digitsOf(serial), version: 1, type: deviceTypes[commodity] };
}

/** As the head-end names it: `OAM-01000813`. */
export function radioNameOf(serial: string): string {
  return `${MANUFACTURER}-${digitsOf(serial)}`;
}

/** DevEUI of a LoRaWAN meter: 16 lower-case hexadecimal digits. */
export function devEuiOf(serial: string): string {
  return `${EUI_PREFIX}${digitsOf(serial)}`;
}

/** Other addresses of a meter for the registry; its serial is one already. */
export function addressesOf({ serial, protocol }: Pick<SimMeter, 'serial' | 'protocol'>): string[] {
  if (protocol === 'wmbus') return [radioNameOf(serial)];
  return protocol === 'lorawan' ? [devEuiOf(serial)] : [];
}
