/** Commands that load tables into a DLMS meter: activity calendar, special days, what it pushes. */
import type { CosemValue } from '@openami/wire/dlms';
import { associationErrors } from '@openami/wire/dlms';
import { type ActivityCalendar, calendarByName, type SpecialDays } from '../commands/calendar.ts';
import { differencesOf } from '../commands/kind-shape.ts';
import { type ActionContext, action, type DlmsAction } from './action.ts';
import {
  activationAt,
  activationOf,
  type CalendarValues,
  decodeCalendar,
  decodeDestination,
  decodePushObjects,
  decodeSpecialDays,
  encodeCalendar,
  encodeDestination,
  encodePushObjects,
  encodeSpecialDays,
  neverActivated,
} from './tariff-values.ts';

const calendarObject = { classId: 20, instance: '0.0.13.0.0.255' } as const;
const specialDaysTable = { classId: 11, instance: '0.0.11.0.0.255', attribute: 2 } as const;
const ACTIVE = 2;
const PASSIVE = 6;
const ACTIVATE_AT = 10;

async function calendarAt({ client, signal }: ActionContext, first: number): Promise<ActivityCalendar> {
  const values: CosemValue[] = [];
  for (let attribute = first; attribute < first + 4; attribute++) {
    values.push(await client.get({ ...calendarObject, attribute }, undefined, signal));
  }
  return decodeCalendar(values as unknown as CalendarValues);
}

interface CalendarParams {
  readonly calendar: ActivityCalendar;
  readonly activateAtS?: number;
}

/**
 * What was to be activated is called off first, so that no half of the new calendar ever comes into force;
 * the whole is read back before it is activated.
 */
async function loadCalendar(context: ActionContext, { calendar, activateAtS }: CalendarParams) {
  const { client, signal } = context;
  const { deviation, localOffsetMinutes } = client.session.profile;
  const activation = { ...calendarObject, attribute: ACTIVATE_AT };
  await client.set(activation, neverActivated, signal);
  for (const [at, value] of encodeCalendar(calendar).entries()) {
    await client.set({ ...calendarObject, attribute: PASSIVE + at }, value, signal);
  }
  const kept = calendarByName(await calendarAt(context, PASSIVE));
  const [other] = differencesOf(calendarByName(calendar), kept);
  if (other !== undefined) {
    throw associationErrors.DLMS_SERVICE_REFUSED(`the passive calendar is otherwise in ${other.path}`);
  }
  if (activateAtS === undefined) {
    await client.invoke({ ...calendarObject, method: 1 }, { type: 'integer', value: 0 }, signal);
  } else {
    await client.set(activation, activationAt(activateAtS, deviation, localOffsetMinutes), signal);
  }
}

const activityCalendar = action<CalendarParams>({
  act: loadCalendar,
  async observe(context) {
    const { client, signal } = context;
    const { deviation, localOffsetMinutes } = client.session.profile;
    const active = await calendarAt(context, ACTIVE);
    const passive = await calendarAt(context, PASSIVE);
    const at = await client.get({ ...calendarObject, attribute: ACTIVATE_AT }, undefined, signal);
    return {
      active,
      passive: passive.seasons.length + passive.weeks.length + passive.days.length === 0 ? null : passive,
      activateAtS: activationOf(at, deviation, localOffsetMinutes),
    };
  },
});

const specialDays = action<{ readonly days: SpecialDays }>({
  act: ({ client, signal }, { days }) => client.set(specialDaysTable, encodeSpecialDays(days), signal),
  observe: async ({ client, signal }) => ({
    days: decodeSpecialDays(await client.get(specialDaysTable, undefined, signal)),
  }),
});

interface PushParams {
  readonly obis: string;
  readonly destination: string;
  readonly transport: string;
  readonly objects: readonly string[];
}

const pushSetup = action<PushParams>({
  async act({ client, signal }, { obis, destination, transport, objects }) {
    const at = (attribute: number) => ({ classId: 40, instance: obis, attribute });
    const before = await client.get(at(3), undefined, signal);
    await client.set(at(2), encodePushObjects(objects), signal);
    await client.set(at(3), encodeDestination(destination, transport, before), signal);
  },
  async observe({ client, signal }, { obis }) {
    const at = (attribute: number) =>
      client.get({ classId: 40, instance: obis, attribute }, undefined, signal);
    return { objects: decodePushObjects(await at(2)), ...decodeDestination(await at(3)) };
  },
});

export const tariffActions = {
  'activity-calendar': activityCalendar,
  'special-days': specialDays,
  'push-setup': pushSetup,
} as const satisfies Readonly<Record<string, DlmsAction>>;
