/**
 * The model of the simulated household meter: the residential meter of `wire` with the load profile, the
 * daily profile and the pushes of the world's meters. Plain JSON, as `openami sim dlms --profile` takes it.
 */
import {
  type AssociationDescription,
  type MeterDescription,
  type ObjectDescription,
  residentialMeter,
} from '@openami/wire/dlms';

export const loadProfile = '1.0.99.1.0.255';
export const dailyProfile = '1.0.99.2.0.255';
export const dataPush = '0.0.25.9.0.255';
export const alarmPush = '0.4.25.9.0.255';
export const fraudPush = '0.5.25.9.0.255';
/** Holds the last event of the log. */
export const fraudObject = '0.0.96.11.1.255';
export const fraudLog = '0.0.99.98.1.255';
/** Alarm register 2 of IDIS meters. */
export const alarmRegister = '0.0.97.98.1.255';
export const relayInstance = '0.0.96.3.10.255';
/** What the firmware that runs calls itself. */
export const firmwareVersion = '1.0.0.2.0.255';
/** Bit of the alarm register for a loss of power, and for its return. */
export const powerLost = 1;
export const powerBack = 2;

const MANAGEMENT = 1;

/** Values that the world does not measure, and what is described below. */
const left = new Set([
  '1.0.1.8.1.255',
  '1.0.1.8.2.255',
  '1.0.1.6.0.255',
  '1.0.1.4.0.255',
  loadProfile,
  dailyProfile,
  dataPush,
]);

const wattHours = (instance: string): ObjectDescription => register(instance, 'double-long-unsigned', 0, 30);

function register(instance: string, type: string, scaler: number, unit: number): ObjectDescription {
  return { class: 3, instance, values: { 2: { [type]: 0 }, 3: { 'scaler-unit': [scaler, unit] } } };
}

function profile(instance: string, periodS: number, entries: number, values: string[]): ObjectDescription {
  return {
    class: 7,
    version: 1,
    instance,
    captures: [[8, '0.0.1.0.0.255', 2, 0], [1, '0.0.96.10.1.255', 2, 0], ...values.map(captureOf)],
    values: {
      4: { 'double-long-unsigned': periodS },
      5: { enum: 1 },
      6: { capture: [8, '0.0.1.0.0.255', 2, 0] },
      8: { 'double-long-unsigned': entries },
    },
  };
}

function captureOf(instance: string): readonly [number, string, number, number] {
  return [3, instance, 2, 0];
}

type Pushed = readonly [classId: number, instance: string, attribute: number];

/** Its own object list first, so that who gets the push knows what is in it. */
function push(instance: string, pushed: readonly Pushed[]): ObjectDescription {
  const list = [[40, instance, 2] as const, ...pushed];
  return {
    class: 40,
    instance,
    values: {
      2: { array: list.map(([classId, name, attribute]) => ({ capture: [classId, name, attribute, 0] })) },
      3: { structure: [{ enum: 0 }, { 'octet-string': '' }, { enum: 0 }] },
      4: { array: [] },
      5: { 'long-unsigned': 0 },
      6: { unsigned: 3 },
      7: { 'long-unsigned': 60 },
    },
  };
}

const whoAndWhen: readonly Pushed[] = [
  [1, '0.0.96.1.0.255', 2],
  [8, '0.0.1.0.0.255', 2],
];

const own: readonly ObjectDescription[] = [
  wattHours('1.0.1.29.0.255'),
  wattHours('1.0.2.29.0.255'),
  register('1.0.32.5.0.255', 'long-unsigned', -1, 35),
  profile(loadProfile, 900, 5_760, ['1.0.1.29.0.255', '1.0.2.29.0.255', '1.0.32.5.0.255']),
  profile(dailyProfile, 86_400, 400, ['1.0.1.8.0.255', '1.0.2.8.0.255']),
  push(dataPush, [...whoAndWhen, [3, '1.0.1.8.0.255', 2], [3, '1.0.1.8.0.255', 3]]),
  push(alarmPush, [...whoAndWhen, [1, alarmRegister, 2]]),
  push(fraudPush, [...whoAndWhen, [1, fraudObject, 2]]),
  {
    class: 1,
    instance: alarmRegister,
    values: { 2: { 'double-long-unsigned': 0 } },
  },
];

/**
 * The model with the mechanism that the management client proves itself by. Client 16 is public, client 2
 * reads with a password.
 */
export function householdMeter(mechanism: AssociationDescription['mechanism']): MeterDescription {
  return {
    ...residentialMeter,
    name: 'household, single phase, relay (simulated)',
    associations: residentialMeter.associations.map((one) =>
      one.clientSap === MANAGEMENT ? { ...one, mechanism } : one,
    ),
    objects: [...residentialMeter.objects.filter(({ instance }) => !left.has(instance)), ...own],
  };
}
