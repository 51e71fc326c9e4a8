/** What commands learn of the supply of a usage point: the meter says so, and not the order. */
import type { CommandChange } from '@openami/model';
import type { Observations } from './kind-shape.ts';
import { type CommandKindName, kindOf } from './kinds.ts';
import type { CommandEvent } from './life-cycle.ts';

/** Whether the output of the meter's own disconnect control is on (IEC 62056-6-2, class 70, attribute 2). */
const output = { classId: 70, obis: '0.0.96.3.10.255', attribute: 2 };

/** Supply by what was read; undefined when the relay was not. */
export function supplyOf(
  kind: CommandKindName,
  params: unknown,
  event: CommandEvent,
): CommandChange['supply'] {
  if (event.type !== 'observed-before' && event.type !== 'observed-after') return undefined;
  const { observation } = event;
  if (kindOf(kind).observe === 'relay') return supplyOfRelay(observation as Observations['relay']);
  const at = itemsOf(kind, params).findIndex(
    ({ classId, obis, attribute }) =>
      classId === output.classId && obis === output.obis && attribute === output.attribute,
  );
  const outputOn = at < 0 ? undefined : (observation as Observations['values']).values[at];
  if (outputOn === 'true') return 'connected';
  return outputOn === 'false' ? 'disconnected' : undefined;
}

/** That a device got what was sent does not say how its supply is. */
function supplyOfRelay({ outputOn, saidBy }: Observations['relay']): CommandChange['supply'] {
  if (outputOn === null || saidBy !== undefined) return undefined;
  return outputOn ? 'connected' : 'disconnected';
}

/** Attributes that kinds with values read, in the order of the values. */
function itemsOf(kind: CommandKindName, params: unknown): readonly (typeof output)[] {
  if (kind === 'read') return (params as { items: readonly (typeof output)[] }).items;
  return kind === 'script' ? [(params as { expect: typeof output }).expect] : [];
}
