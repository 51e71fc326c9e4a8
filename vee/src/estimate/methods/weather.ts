/**
 * Median of like days, each brought from its weather to that of the day by the channel's own weather model
 * (weather-model.ts).
 */
import { Reason } from '@openami/model';
import type { EstimateMethod } from '../contract.ts';

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
    out.set(view.weathered.subarray(0, view.slots), at);
  },
};
