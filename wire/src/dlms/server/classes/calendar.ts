/** Activity calendar (class 20) and special days table (class 11). */
import { bytesOf, elementsOf, numberOf } from '../../value.ts';
import { type Behaviour, done, mismatch, type Place } from '../behaviour.ts';
import { array } from '../make.ts';
import { utcOf } from './clock.ts';

/** Passive attributes lie four above the active ones. */
const PASSIVE = 4;

export const activityCalendar: Behaviour = {
  invoke(place) {
    activate(place);
    return done;
  },
  tick(place, beforeS, nowS) {
    const { meter, object } = place;
    const when = meter.value(object, 10);
    const bytes = when && bytesOf(when);
    if (bytes?.length !== 12) return;
    const atS = utcOf(meter, bytes);
    if (atS !== undefined && atS > beforeS && atS <= nowS) activate(place);
  },
};

function activate({ meter, object }: Place): void {
  for (let attribute = 2; attribute <= 5; attribute++) {
    const passive = meter.value(object, attribute + PASSIVE);
    if (passive !== undefined) meter.keep(object, attribute, passive);
  }
  meter.happened('calendar-activated');
}

export const specialDays: Behaviour = {
  invoke({ meter, object }, method, parameter) {
    const table = meter.value(object, 2);
    const entries = (table && elementsOf(table)) ?? [];
    const [index] = method === 1 ? (elementsOf(parameter) ?? []) : [parameter];
    const number = index && numberOf(index);
    if (number === undefined) return mismatch;
    const others = entries.filter((entry) => {
      const [own] = elementsOf(entry) ?? [];
      return own === undefined || numberOf(own) !== number;
    });
    if (method === 2 && others.length === entries.length) return { result: 'object-unavailable' };
    meter.keep(object, 2, array(method === 1 ? [...others, parameter] : others));
    return done;
  },
};
