/**
 * The model of the simulated household meter: the residential meter of `wire` with the load profile, the
 * daily profile and the pushes of the world's meters. Plain JSON, as `openami sim dlms --profile` takes it.
 */
import {
  type AssociationDescription,
  type MeterDescription,
  type ObjectDescription,
  profileObject,
  pushSetupObject,
  registerObject,
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

const wattHours = (instance: string): ObjectDescription =>
  registerObject(instance, 'double-long-unsigned', 0, 30);

function profile(instance: string, periodS: number, entries: number, values: string[]): ObjectDescription {
  const measured = values.map((value) => [3, value, 2, 0] as const);
  return profileObject(instance, periodS, entries, [[1, '0.0.96.10.1.255', 2, 0], ...measured]);
}

type Pushed = readonly [classId: number, instance: string, attribute: number];

/** Its own object list first, so that who gets the push knows what is in it. */
function push(instance: string, pushed: readonly Pushed[]): ObjectDescription {
  const list = [[40, instance, 2] as const, ...pushed];
  return pushSetupObject(
    instance,
    list.map((one) => [...one, 0] as const),
  );
}

const whoAndWhen: readonly Pushed[] = [
  [1, '0.0.96.1.0.255', 2],
  [8, '0.0.1.0.0.255', 2],
];

const own: readonly ObjectDescription[] = [
  wattHours('1.0.1.29.0.255'),
  wattHours('1.0.2.29.0.255'),
  registerObject('1.0.32.5.0.255', 'long-unsigned', -1, 35),
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
