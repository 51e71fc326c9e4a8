/** Mean of the same clock position on the four nearest days of the same weekday. */
import { Reason } from '@openami/model';
import type { EstimateMethod } from '../contract.ts';

export const averageLikeDay: EstimateMethod = {
  id: 'average-like-day',
  title: 'Average of like days',
  source: 'California, Ontario (like-day average); AEMO methods 15 and 22',
  reasons: Reason.averageLikeDay,
  cim: '3.8.1003',
  espi: 8,
  aemo: 15,
  aemoAhead: 22,
  fill(view, out, at) {
    out.set(view.sameWeekday.subarray(0, view.slots), at);
  },
};
