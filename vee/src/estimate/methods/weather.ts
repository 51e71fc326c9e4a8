/**
 * Median of like days, brought from their weather to that of the day: times (a + b·degrees of the day) over
 * (a + b·degrees of the like days), by the channel's own weather model.
 */
import { Reason } from '@openami/model';
import type { EstimateMethod } from '../contract.ts';

/** Like days of quite other weather say little: the ratio stops here. */
const LEAST_RATIO = 0.2;
const MOST_RATIO = 4;

export const weather: EstimateMethod = {
  id: 'weather',
  title: 'Median of like days at the weather of the day',
  source: 'Degree-day regression; gas must not be interpolated across a change of temperature',
  reasons: Reason.averageLikeDay,
  cim: '3.8.1003',
  espi: 8,
  aemo: 15,
  aemoAhead: 22,
  fill(view, out, at) {
    const { weather: model, table, context } = view.source;
    for (let k = 0; k < view.slots; k++) {
      if (!model) {
        out[at + k] = Number.NaN;
        continue;
      }
      const day = context.clock.day[view.from + k]! - table.firstDay;
      const now = model.a + model.b * model.degrees[day]!;
      const then = model.a + model.b * view.degrees[k]!;
      const ratio = then > 0 ? Math.min(MOST_RATIO, Math.max(LEAST_RATIO, now / then)) : 1;
      out[at + k] = view.median[k]! * (Number.isNaN(ratio) ? 1 : ratio);
    }
  },
};
