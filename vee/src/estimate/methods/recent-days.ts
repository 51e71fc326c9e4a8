/** Mean of days of the same kind, the nearest days counting by far the most. */
import { Reason } from '@openami/model';
import type { EstimateMethod } from '../contract.ts';

export const recentDays: EstimateMethod = {
  id: 'recent-days',
  title: 'Average of recent days of the same kind',
  source: 'Like-day average with weights that fade with distance',
  reasons: Reason.averageLikeDay,
  cim: '3.8.1003',
  espi: 8,
  aemo: 15,
  aemoAhead: 22,
  fill(view, out, at) {
    out.set(view.recent.subarray(0, view.slots), at);
  },
};
