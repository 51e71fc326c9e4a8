/** Association LN (class 15): what the current association, or one of them, is and may do. */
import { applicationContexts, mechanisms } from '../../apdu/acse.ts';
import { conformanceBits } from '../../apdu/initiate.ts';
import { bytesOf, type CosemValue } from '../../value.ts';
import { type Behaviour, denied, done, mismatch, type Place } from '../behaviour.ts';
import type { AssociationDescription } from '../description.ts';
import {
  array,
  enumerated,
  instanceName,
  integer,
  longUnsigned,
  nothing,
  octets,
  structure,
  unsigned,
} from '../make.ts';
import { CURRENT_ASSOCIATION } from '../model.ts';

export const association: Behaviour = {
  read(place, attribute) {
    const one = describedBy(place);
    if (one === undefined) return nothing;
    switch (attribute) {
      case 2:
        return place.meter.model.objectList(one);
      case 3:
        return structure(integer(one.clientSap), longUnsigned(1));
      case 4:
        return objectName(1, applicationContexts[place.session?.contextName ?? one.referencing]);
      case 5:
        return contextInfo(place);
      case 6:
        return objectName(2, mechanisms[one.mechanism]);
      case 8:
        return enumerated(place.session?.stateCode ?? 0);
      case 9:
        return one.securitySetup === undefined ? octets(new Uint8Array(0)) : instanceName(one.securitySetup);
      case 10:
        return array([]);
      case 11:
        return structure(unsigned(0), { type: 'visible-string', value: new Uint8Array(0) });
      default:
        return undefined;
    }
  },

  write(place, attribute, value) {
    const one = describedBy(place);
    const bytes = bytesOf(value);
    if (attribute !== 7 || one === undefined) return 'read-write-denied';
    if (bytes === undefined) return 'type-unmatched';
    place.meter.setPassword(one.name, bytes);
    return 'success';
  },

  invoke(place, method, parameter) {
    const bytes = bytesOf(parameter);
    const one = describedBy(place);
    if (bytes === undefined || one === undefined) return mismatch;
    if (method === 1) {
      const answer = place.session?.answerChallenge(bytes);
      return answer === undefined ? denied : { result: 'success', returned: octets(answer) };
    }
    if (method !== 2) return { result: 'other-reason' };
    place.meter.setPassword(one.name, bytes);
    return done;
  },
};

function describedBy({ meter, object, session }: Place): AssociationDescription | undefined {
  if (object.instance === CURRENT_ASSOCIATION) return session?.association;
  return meter.model.description.associations.find(({ instance }) => instance === object.instance);
}

/** Object identifier 2.16.756.5.8.`arc`.`last` in the structure the standard gives it. */
function objectName(arc: number, last: number): CosemValue {
  return structure(
    unsigned(2),
    unsigned(16),
    longUnsigned(756),
    unsigned(5),
    unsigned(8),
    unsigned(arc),
    unsigned(last),
  );
}

function contextInfo({ session, meter }: Place): CosemValue {
  const agreed = session?.conformance;
  const bits = new Uint8Array(3);
  for (const [i, name] of conformanceBits.entries()) if (agreed?.has(name)) bits[i >> 3]! |= 0x80 >> (i & 7);
  return structure(
    { type: 'bit-string', bits: 24, value: bits },
    longUnsigned(meter.model.description.maxPduBytes),
    longUnsigned(session?.clientMaxPduBytes ?? 0),
    unsigned(6),
    integer(0),
    octets(new Uint8Array(0)),
  );
}
