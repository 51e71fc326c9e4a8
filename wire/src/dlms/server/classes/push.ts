/** Push setup (class 40): a notification of the values its list names. */
import { encodeApdu } from '../../apdu/apdu.ts';
import { longInvoke } from '../../apdu/common.ts';
import { decodeCaptureObjects, isCaptureObjects } from '../../cosem/objects.ts';
import { decodeData } from '../../data.ts';
import type { CosemValue } from '../../value.ts';
import { elementsOf } from '../../value.ts';
import { type Behaviour, done } from '../behaviour.ts';
import { nothing, structure } from '../make.ts';
import type { MeterState } from '../meter-state.ts';
import type { ModelObject } from '../model.ts';
import { localTimeBytes } from './clock.ts';

export const pushSetup: Behaviour = {
  write: (_place, attribute, value) =>
    attribute === 2 && !isCaptureObjects(value) ? 'type-unmatched' : undefined,

  invoke({ meter, object }, method) {
    if (method !== 1) return { result: 'other-reason' };
    const apdu = pushApdu(meter, object);
    const destination = meter.value(object, 3) ?? nothing;
    meter.env.onEvent?.({ type: 'push', instance: object.instance, destination, apdu });
    return done;
  },
};

/** The plain data notification of a push setup. */
export function pushApdu(meter: MeterState, object: ModelObject): Uint8Array {
  const list = meter.value(object, 2);
  const objects = list === undefined ? [] : decodeCaptureObjects(list);
  const id = ((meter.kept.get(object) as number | undefined) ?? 0) + 1;
  meter.kept.set(object, id);
  const values = objects.map(({ classId, instance, attribute, dataIndex }): CosemValue => {
    const pushed = meter.model.find(classId, instance);
    const read = pushed && meter.read(pushed, attribute);
    if (!(read instanceof Uint8Array)) return nothing;
    const value = decodeData(read);
    return dataIndex === 0 ? value : (elementsOf(value)?.[dataIndex - 1] ?? nothing);
  });
  return encodeApdu({
    service: 'data-notification',
    invoke: longInvoke(id),
    dateTime: localTimeBytes(meter, Math.floor(meter.nowS)),
    body: structure(...values),
  });
}
