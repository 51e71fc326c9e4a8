/** Objects that are much the same in every meter, for descriptions of meters. */
import type { ObjectDescription } from '../description.ts';

type Captures = NonNullable<ObjectDescription['captures']>;

/** Register (class 3). */
export function registerObject(
  instance: string,
  type: string,
  scaler: number,
  unit: number,
): ObjectDescription {
  return { class: 3, instance, values: { 2: { [type]: 0 }, 3: { 'scaler-unit': [scaler, unit] } } };
}

/** Profile (class 7) by rising time, the clock in its first column. */
export function profileObject(
  instance: string,
  periodS: number,
  entries: number,
  captures: Captures,
): ObjectDescription {
  return {
    class: 7,
    version: 1,
    instance,
    captures: [[8, '0.0.1.0.0.255', 2, 0], ...captures],
    values: {
      4: { 'double-long-unsigned': periodS },
      5: { enum: 1 },
      6: { capture: [8, '0.0.1.0.0.255', 2, 0] },
      8: { 'double-long-unsigned': entries },
    },
  };
}

/** Push setup (class 40) without a destination yet. */
export function pushSetupObject(instance: string, pushed: Captures): ObjectDescription {
  return {
    class: 40,
    instance,
    values: {
      2: { array: pushed.map((capture) => ({ capture })) },
      3: { structure: [{ enum: 0 }, { 'octet-string': '' }, { enum: 0 }] },
      4: { array: [] },
      5: { 'long-unsigned': 0 },
      6: { unsigned: 3 },
      7: { 'long-unsigned': 60 },
    },
  };
}

type Script = readonly [id: number, classId: number, instance: string, method: number];

/** Script table (class 9): each script invokes one method. */
export function scriptTable(instance: string, ...scripts: readonly Script[]): ObjectDescription {
  const script = ([id, classId, name, method]: Script) => {
    const called = [{ 'long-unsigned': classId }, { 'logical-name': name }, { integer: method }];
    const action = { structure: [{ enum: 2 }, ...called, { integer: 0 }] };
    return { structure: [{ 'long-unsigned': id }, { array: [action] }] };
  };
  return { class: 9, instance, values: { 2: { array: scripts.map(script) } } };
}
