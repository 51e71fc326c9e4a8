/** Mean of the nearest day of the same kind before the gap and the nearest after it. */
import { Reason } from '@openami/model';
import type { EstimateMethod } from '../contract.ts';

export const neighbourDays: EstimateMethod = {
  id: 'neighbour-days',
  title: 'Days before and after',
  source: 'Like-day average of the two nearest days',
  reasons: Reason.averageLikeDay,
  cim: '3.8.1003',
  espi: 8,
  aemo: 15,
  aemoAhead: 22,
  fill(view, out, at) {
    out.set(view.around.subarray(0, view.slots), at);
  },
};
