/** The kinds of commands as data. */
import { param, paramProblemsOf } from '@openami/model';
import {
  calendarByName,
  calendarProblems,
  calendarSpec,
  specialDayProblems,
  specialDaysByDate,
  specialDaysSpec,
} from './calendar.ts';
import {
  acting,
  type CommandKind,
  type Difference,
  differencesOf,
  kind,
  type Observation,
} from './kind-shape.ts';
import { otherKinds } from './other-kinds.ts';

const { list, text, whole, word } = param;

const nothing = { type: 'record', fields: {} } as const;
const obis = text(24, '\\d{1,3}(\\.\\d{1,3}){5}');
const attribute = { classId: whole(1, 65535), obis, attribute: whole(1, 127) } as const;
const epochS = whole(0, 4294967295);

const relayKinds = {
  disconnect: kind({
    ...{ ...acting, title: 'Disconnect the supply', interrupts: true },
    params: nothing,
    observe: 'relay',
    differences: (_params, _before, { outputOn }) => differencesOf(false, outputOn, 'outputOn'),
  }),
  connect: kind({
    ...{ ...acting, title: 'Connect the supply' },
    params: nothing,
    observe: 'relay',
    differences: (_params, _before, { outputOn }) => differencesOf(true, outputOn, 'outputOn'),
  }),
  arm: kind({
    ...{ ...acting, title: 'Let the customer connect by hand' },
    params: nothing,
    observe: 'relay',
    // Already closed by hand is what it was for.
    differences: (_params, _before, { outputOn, control }) =>
      outputOn ? [] : differencesOf('armed', control, 'control'),
  }),
  'control-mode': kind({
    ...{ ...acting, title: 'Set the mode of the disconnect control' },
    params: { type: 'record', fields: { mode: whole(0, 6) } },
    observe: 'relay',
    differences: ({ mode }, _before, after) => differencesOf(mode, after.mode, 'mode'),
  }),
  // A threshold below what a home draws opens the relay: treated like a disconnect.
  'load-limit': kind({
    ...{ ...acting, title: 'Limit the load', interrupts: true },
    params: {
      type: 'record',
      fields: { thresholdW: whole(0, 100_000_000), minOverS: whole(0, 86_400), minUnderS: whole(0, 86_400) },
    },
    observe: 'limiter',
    differences: (params, _before, after) => differencesOf(params, after),
  }),
} as const;

const shiftToleranceMs = 5_000;

const clockKinds = {
  'clock-set': kind({
    ...{ ...acting, title: 'Set the clock' },
    params: { type: 'record', fields: { toleranceS: whole(1, 3600) } },
    observe: 'clock',
    differences: ({ toleranceS }, _before, { driftMs }) =>
      Math.abs(driftMs) <= toleranceS * 1000 ? [] : [{ path: 'driftMs', meter: driftMs, wanted: 0 }],
  }),
  'clock-shift': kind({
    ...{ ...acting, title: 'Shift the clock', repeat: 'never', relative: true },
    // Class 8, shift_time: -900 to 900 s.
    params: { type: 'record', fields: { shiftS: whole(-900, 900) } },
    observe: 'clock',
    differences: ({ shiftS }, before, { driftMs }) => {
      const wanted = (before?.driftMs ?? Number.NaN) + shiftS * 1000;
      if (Math.abs(driftMs - wanted) <= shiftToleranceMs) return [];
      return [{ path: 'driftMs', meter: driftMs, wanted }];
    },
    problems: ({ shiftS }) =>
      Math.abs(shiftS) * 1000 > shiftToleranceMs * 2
        ? []
        : ['shiftS must be more than 10 s: less cannot be told from the way of the message'],
  }),
} as const;

const tariffKinds = {
  'activity-calendar': kind({
    ...{ ...acting, title: 'Load an activity calendar' },
    params: {
      type: 'record',
      fields: { calendar: calendarSpec, activateAtS: epochS },
      optional: ['activateAtS'],
    },
    observe: 'calendar',
    differences: ({ calendar, activateAtS }, _before, after) => {
      const wanted = calendarByName(calendar);
      // What was to be activated at a time may be active by now.
      const active = differencesOf(wanted, calendarByName(after.active), 'active');
      if (activateAtS === undefined || active.length === 0) return active;
      const passive = after.passive === null ? null : calendarByName(after.passive);
      return [
        ...differencesOf(wanted, passive, 'passive'),
        ...differencesOf(activateAtS, after.activateAtS, 'activateAtS'),
      ];
    },
    // The passive calendar is a place to put it: what matters to a person is what is in force.
    changes: ({ calendar }, { active }) =>
      differencesOf(calendarByName(calendar), calendarByName(active), 'active'),
    problems: ({ calendar }) => calendarProblems(calendar),
  }),
  'special-days': kind({
    ...{ ...acting, title: 'Load special days' },
    params: { type: 'record', fields: { days: specialDaysSpec } },
    observe: 'special-days',
    differences: ({ days }, _before, after) =>
      differencesOf(specialDaysByDate(days), specialDaysByDate(after.days), 'days'),
    problems: ({ days }) => specialDayProblems(days),
  }),
  'billing-reset': kind({
    ...{ ...acting, title: 'End the billing period', repeat: 'never', relative: true },
    params: nothing,
    observe: 'billing',
    differences: (_params, before, { resets }) =>
      before !== null && resets !== before.resets
        ? []
        : [{ path: 'resets', meter: resets, wanted: 'one more than before' }],
  }),
} as const;

const deviceKinds = {
  read: kind({
    ...{ ...acting, title: 'Read now', acts: false },
    readBy: ['items'],
    params: { type: 'record', fields: { items: list({ type: 'record', fields: attribute }, 1, 32) } },
    observe: 'values',
    differences: ({ items }, _before, { values }) => differencesOf(items.length, values.length, 'values'),
  }),
  // What a script does is not known here: it may switch, and it may not be harmless twice.
  script: kind({
    ...{ ...acting, title: 'Run a script', interrupts: true, repeat: 'never', relative: true },
    readBy: ['expect'],
    params: {
      type: 'record',
      fields: {
        obis,
        script: whole(0, 65535),
        // What must be read back afterwards.
        expect: { type: 'record', fields: { ...attribute, value: text(200) } },
      },
    },
    observe: 'values',
    differences: ({ expect }, _before, { values }) => differencesOf([expect.value], values, 'values'),
  }),
  'push-setup': kind({
    ...{ ...acting, title: 'Set up what the meter pushes, and where to' },
    readBy: ['obis'],
    params: {
      type: 'record',
      fields: {
        obis,
        destination: text(128, '[!-~]+:\\d{1,5}'),
        transport: word('tcp', 'udp', 'sms', 'hdlc'),
        objects: list(text(44, '\\d+/\\d{1,3}(\\.\\d{1,3}){5}/\\d+(/\\d+)?'), 1, 64),
      },
    },
    observe: 'push',
    differences: ({ destination, transport, objects }, _before, after) =>
      differencesOf({ destination, transport, objects }, after),
  }),
  // The image is in the meter and verified (a campaign brings it there); this starts it.
  'firmware-activate': kind({
    ...{ ...acting, title: 'Activate a firmware image', repeat: 'never', settleS: 1800 },
    params: {
      type: 'record',
      fields: { identifier: text(64, '([0-9a-fA-F]{2})+'), version: text(64) },
    },
    observe: 'firmware',
    differences: ({ version }, _before, after) => differencesOf(version, after.version, 'version'),
  }),
} as const;

export const commandKinds = {
  ...{ ...relayKinds, ...clockKinds, ...tariffKinds, ...deviceKinds, ...otherKinds },
} as const;
/** Kinds of one protocol, which is not DLMS. */
export type OtherKindName = keyof typeof otherKinds;
export type CommandKindName = keyof typeof commandKinds;
export const commandKindNames = Object.keys(commandKinds) as readonly CommandKindName[];

export function isCommandKind(name: string): name is CommandKindName {
  return Object.hasOwn(commandKinds, name);
}

export function kindOf(name: CommandKindName): CommandKind {
  return commandKinds[name] as CommandKind;
}

/** What may leave a customer without supply, by whatever way. */
export const interruptingKinds = commandKindNames.filter((name) => kindOf(name).interrupts);

/** What is wrong with the parameters of a kind; empty when they are right. */
export function paramProblems(name: CommandKindName, params: unknown): string[] {
  const of = kindOf(name);
  const problems = paramProblemsOf(of.params, params);
  return problems.length > 0 ? problems : (of.problems?.(params as never) ?? []);
}

/** What a meter has otherwise than the command wants; empty when it is done. */
export function differencesFrom(
  name: CommandKindName,
  params: unknown,
  before: Observation | null,
  after: Observation,
): Difference[] {
  return kindOf(name).differences(params as never, before as never, after as never);
}

/** What is wrong with the parameters that say what of a meter is read; the others do not matter. */
export function readProblems(name: CommandKindName, params: unknown): string[] {
  const { readBy = [], params: spec } = kindOf(name);
  const fields = Object.fromEntries(readBy.map((field) => [field, spec.fields[field]!]));
  const given = Object.entries((params ?? {}) as object).filter(([field]) => readBy.includes(field));
  return paramProblemsOf({ type: 'record', fields }, Object.fromEntries(given));
}

/** What would change in a meter that has this now. */
export function changesFrom(name: CommandKindName, params: unknown, now: Observation): Difference[] {
  const kind = kindOf(name);
  return kind.changes?.(params as never, now as never) ?? differencesFrom(name, params, null, now);
}
