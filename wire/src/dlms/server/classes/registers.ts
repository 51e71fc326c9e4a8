/** Data, register, extended and demand register (classes 1, 3, 4, 5): measured values, reset. */
import type { CosemValue, NumberType } from '../../value.ts';
import { type Behaviour, done, type Place } from '../behaviour.ts';
import { longUnsigned, octets } from '../make.ts';
import { localTimeBytes } from './clock.ts';

/** The measured value in the type of the one the model has. */
function measured({ meter, object }: Place, attribute: number): CosemValue | undefined {
  const value = meter.env.value?.(object.classId, object.instance, attribute);
  if (value === undefined) return undefined;
  const type = meter.value(object, attribute)?.type ?? 'double-long-unsigned';
  if (type === 'long64' || type === 'long64-unsigned') return { type, value: BigInt(Math.round(value)) };
  return { type, value } as { type: NumberType; value: number };
}

export const data: Behaviour = {
  read(place, attribute) {
    if (attribute !== 2) return undefined;
    const { meter, object } = place;
    for (const one of meter.model.description.associations) {
      // the counter last received, so that a client that lost its own can go on
      if (one.counter !== object.instance) continue;
      return { type: 'double-long-unsigned', value: Math.max(0, (meter.lowest.get(one.name) ?? 0) - 1) };
    }
    return measured(place, attribute);
  },
};

export const register: Behaviour = {
  read: (place, attribute) => (attribute === 2 ? measured(place, attribute) : undefined),
  invoke(place, method) {
    if (method !== 1) return { result: 'other-reason' };
    clear(place, 2);
    return done;
  },
};

export const extendedRegister: Behaviour = {
  ...register,
  invoke(place, method) {
    if (method !== 1) return { result: 'other-reason' };
    clear(place, 2);
    const { meter, object } = place;
    meter.keep(object, 5, octets(localTimeBytes(meter, Math.floor(meter.nowS))));
    return done;
  },
};

export const demandRegister: Behaviour = {
  read: (place, attribute) => (attribute === 2 || attribute === 3 ? measured(place, attribute) : undefined),
  invoke(place, method) {
    const { meter, object } = place;
    const now = octets(localTimeBytes(meter, Math.floor(meter.nowS)));
    const current = measured(place, 2) ?? meter.value(object, 2);
    if (method === 1) clear(place, 3);
    else if (current !== undefined) meter.keep(object, 3, current);
    clear(place, 2);
    meter.keep(object, 6, now);
    meter.keep(object, 7, now);
    if (meter.value(object, 9) === undefined) meter.keep(object, 9, longUnsigned(1));
    return done;
  },
};

/** Zero, in the type it had. */
function clear({ meter, object }: Place, attribute: number): void {
  const before = meter.value(object, attribute);
  if (before === undefined || !('value' in before)) return;
  if (typeof before.value === 'number') meter.keep(object, attribute, { ...before, value: 0 } as CosemValue);
  else if (typeof before.value === 'bigint')
    meter.keep(object, attribute, { ...before, value: 0n } as CosemValue);
}
