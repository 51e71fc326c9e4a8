/** Disconnect control (class 70) and limiter (class 71): the relay, by its modes, and what trips it. */
import { elementsOf, numberOf } from '../../value.ts';
import { type Behaviour, denied, done, type Place } from '../behaviour.ts';
import { bool, enumerated } from '../make.ts';
import type { MeterState } from '../meter-state.ts';
import { runScript } from './scripts.ts';

export const controlStates = { disconnected: 0, connected: 1, 'ready-for-reconnection': 2 } as const;
type ControlState = keyof typeof controlStates;

export type RelayCommand =
  | 'remote-disconnect'
  | 'remote-reconnect'
  | 'manual-disconnect'
  | 'manual-reconnect'
  | 'local-disconnect'
  | 'local-reconnect';

/** What each control mode lets happen (Blue Book, class 70); remote reconnection may need a hand. */
const modes: Readonly<
  Record<number, { readonly direct: boolean; readonly manual: boolean; readonly local: boolean }>
> = {
  1: { direct: false, manual: true, local: false },
  2: { direct: true, manual: true, local: false },
  3: { direct: false, manual: false, local: false },
  4: { direct: true, manual: false, local: false },
  5: { direct: false, manual: true, local: true },
  6: { direct: false, manual: false, local: true },
};

export const disconnectControl: Behaviour = {
  write({ meter, object }, attribute, value) {
    if (attribute !== 4) return undefined;
    if (value.type !== 'enum' || value.value > 6) return 'type-unmatched';
    meter.keep(object, 4, value);
    return 'success';
  },
  invoke({ meter, object }, method) {
    const command = method === 1 ? 'remote-disconnect' : 'remote-reconnect';
    return operateRelay(meter, object.instance, command) ? done : denied;
  },
};

/** Moves the relay if its mode lets the command; whether it did, or was there already. */
export function operateRelay(meter: MeterState, instance: string, command: RelayCommand): boolean {
  const object = meter.model.find(70, instance);
  const mode = object && modes[meter.numberAt(object, 4) ?? 0];
  if (object === undefined || mode === undefined) return false;
  const before = meter.numberAt(object, 3) ?? controlStates.connected;
  const state = nextState(before, command, mode);
  if (state === undefined) return false;
  if (controlStates[state] === before || meter.env.movesRelay?.(instance) === false) return true;
  meter.keep(object, 3, enumerated(controlStates[state]));
  meter.keep(object, 2, bool(state === 'connected'));
  meter.happened(
    state === 'connected'
      ? 'relay-connected'
      : state === 'disconnected'
        ? 'relay-disconnected'
        : 'relay-ready',
  );
  return true;
}

function nextState(
  before: number,
  command: RelayCommand,
  mode: (typeof modes)[number],
): ControlState | undefined {
  switch (command) {
    case 'remote-disconnect':
      return 'disconnected';
    case 'remote-reconnect':
      if (before === controlStates.connected) return 'connected';
      return mode.direct ? 'connected' : 'ready-for-reconnection';
    case 'manual-disconnect':
      if (!mode.manual) return undefined;
      return before === controlStates.connected ? 'ready-for-reconnection' : stateOf(before);
    case 'manual-reconnect':
      return before === controlStates.disconnected ? undefined : 'connected';
    case 'local-disconnect':
      return before === controlStates.connected ? 'ready-for-reconnection' : stateOf(before);
    case 'local-reconnect':
      return mode.local && before !== controlStates.disconnected ? 'connected' : undefined;
  }
}

function stateOf(code: number): ControlState {
  return code === controlStates.disconnected ? 'disconnected' : 'ready-for-reconnection';
}

interface Watch {
  /** Since when the value is over or under the threshold. */
  sinceS: number;
  isOver: boolean;
  hasActed: boolean;
}

export const limiter: Behaviour = {
  write({ meter, object }, attribute, value) {
    // the threshold in force follows the normal one while no emergency is on
    if (attribute !== 4) return undefined;
    const before = meter.value(object, 4);
    if (before !== undefined && before.type !== value.type) return 'type-unmatched';
    meter.keep(object, 4, value);
    meter.keep(object, 3, value);
    return 'success';
  },

  tick(place, _beforeS, nowS) {
    const { meter, object } = place;
    const threshold = meter.numberAt(object, 3);
    const value = monitored(place);
    if (threshold === undefined || threshold === 0 || value === undefined) return;
    const isOver = value > threshold;
    let watch = meter.kept.get(object) as Watch | undefined;
    if (watch === undefined || watch.isOver !== isOver) {
      watch = { sinceS: nowS, isOver, hasActed: watch === undefined && !isOver };
      meter.kept.set(object, watch);
    }
    const durationS = meter.numberAt(object, isOver ? 6 : 7) ?? 0;
    if (watch.hasActed || nowS - watch.sinceS < durationS) return;
    watch.hasActed = true;
    const actions = meter.value(object, 11);
    const action = actions && elementsOf(actions)?.[isOver ? 0 : 1];
    meter.happened(isOver ? 'limit-exceeded' : 'limit-restored');
    if (action !== undefined) runScript(meter, action);
  },
};

function monitored({ meter, object }: Place): number | undefined {
  const definition = meter.value(object, 2);
  const [classId, instance, attribute] = (definition && elementsOf(definition)) ?? [];
  const id = classId && numberOf(classId);
  const index = attribute && numberOf(attribute);
  if (id === undefined || index === undefined || instance?.type !== 'octet-string') return undefined;
  const name = instance.value.join('.');
  return meter.env.value?.(id, name, index) ?? numberIn(meter, id, name, index);
}

function numberIn(
  meter: MeterState,
  classId: number,
  instance: string,
  attribute: number,
): number | undefined {
  const object = meter.model.find(classId, instance);
  return object && meter.numberAt(object, attribute);
}
