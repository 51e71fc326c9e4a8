/** Script table (class 9), single action schedule (class 22): what the meter does by itself. */
import { logicalNameText } from '../../apdu/schema.ts';
import { wildcards } from '../../date-time.ts';
import { bytesOf, type CosemValue, elementsOf, numberOf } from '../../value.ts';
import { type Behaviour, done, mismatch } from '../behaviour.ts';
import { nothing } from '../make.ts';
import type { MeterState } from '../meter-state.ts';
import { offsetMinutes } from './clock.ts';

export const scriptTable: Behaviour = {
  invoke({ meter, object }, _method, parameter) {
    const id = numberOf(parameter);
    if (id === undefined) return mismatch;
    return execute(meter, object.instance, id) ? done : { result: 'object-unavailable' };
  },
};

/** Runs the script of a structure (script table, identifier). */
export function runScript(meter: MeterState, reference: CosemValue): boolean {
  const [table, id] = elementsOf(reference) ?? [];
  const name = table && bytesOf(table);
  const number = id && numberOf(id);
  const instance = name && logicalNameText(name);
  return instance !== undefined && number !== undefined && execute(meter, instance, number);
}

/** Actions of a script and of the scripts it runs in turn, which may be itself. */
const MAX_ACTIONS = 100;
/** Of the run that is under way: runs do not overlap, but for those inside it. */
let actionsLeft = 0;
let isRunning = false;

/** Runs a script; whether there is one. Beyond the largest number of actions, nothing more is done. */
function execute(meter: MeterState, instance: string, id: number): boolean {
  if (isRunning) return runActions(meter, instance, id);
  isRunning = true;
  actionsLeft = MAX_ACTIONS;
  try {
    return runActions(meter, instance, id);
  } finally {
    isRunning = false;
  }
}

function runActions(meter: MeterState, instance: string, id: number): boolean {
  const table = meter.model.find(9, instance);
  const scripts = table && meter.value(table, 2);
  for (const script of (scripts && elementsOf(scripts)) ?? []) {
    const [identifier, actions] = elementsOf(script) ?? [];
    if (identifier === undefined || numberOf(identifier) !== id) continue;
    for (const action of (actions && elementsOf(actions)) ?? []) {
      if (actionsLeft-- <= 0) break;
      act(meter, action);
    }
    return true;
  }
  return false;
}

/** One action: writes an attribute (1) or runs a method (2). */
function act(meter: MeterState, action: CosemValue): void {
  const [service, classId, instance, index, parameter = nothing] = elementsOf(action) ?? [];
  const name = instance && bytesOf(instance);
  const object = meter.model.find(
    Number(classId && numberOf(classId)),
    (name && logicalNameText(name)) ?? '',
  );
  const number = index && numberOf(index);
  if (object === undefined || number === undefined || service === undefined) return;
  if (numberOf(service) === 1) meter.write(object, number, parameter);
  else meter.invoke(object, number, parameter);
}

/** Minutes of the past that are looked at after a stop. */
const MAX_MINUTES = 1_440;

export const singleActionSchedule: Behaviour = {
  tick({ meter, object }, beforeS, nowS) {
    const times = meter.value(object, 4);
    const entries = (times && elementsOf(times)) ?? [];
    if (entries.length === 0) return;
    const last = Math.floor(nowS / 60);
    const first = Math.max(Math.floor(beforeS / 60) + 1, last - MAX_MINUTES);
    for (let minute = first; minute <= last; minute++) {
      if (!entries.some((entry) => isDue(entry, minute * 60 + offsetMinutes(meter, minute * 60) * 60)))
        continue;
      const script = meter.value(object, 2);
      if (script !== undefined) runScript(meter, script);
    }
  },
};

/** Whether a structure (time, date) matches the minute that begins at a local time. */
function isDue(entry: CosemValue, localS: number): boolean {
  const [timeValue, dateValue] = elementsOf(entry) ?? [];
  const time = timeValue && bytesOf(timeValue);
  const date = dateValue && bytesOf(dateValue);
  if (time?.length !== 4 || date?.length !== 5) return false;
  const local = new Date(localS * 1000);
  const year = (date[0]! << 8) | date[1]!;
  const matches = (field: number, value: number): boolean => field === 0xff || field === value;
  return (
    matches(time[0]!, local.getUTCHours()) &&
    matches(time[1]!, local.getUTCMinutes()) &&
    (year === wildcards.year || year === local.getUTCFullYear()) &&
    matches(date[2]!, local.getUTCMonth() + 1) &&
    matches(date[3]!, local.getUTCDate()) &&
    matches(date[4]!, local.getUTCDay() || 7)
  );
}
