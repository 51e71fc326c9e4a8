/** Median of like days with a quarter of either neighbour: for use that comes a little earlier or later. */
import { Reason } from '@openami/model';
import type { EstimateMethod } from '../contract.ts';

export const smoothedDay: EstimateMethod = {
  id: 'smoothed-day',
  title: 'Smoothed median of like days',
  source: 'Like days; the median makes the least absolute error',
  reasons: Reason.averageLikeDay,
  cim: '3.8.1003',
  espi: 8,
  aemo: 15,
  aemoAhead: 22,
  fill(view, out, at) {
    out.set(view.smooth.subarray(0, view.slots), at);
  },
};
