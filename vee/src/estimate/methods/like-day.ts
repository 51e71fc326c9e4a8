/** The same clock position on the nearest day of the same weekday. */
import { Reason } from '@openami/model';
import type { EstimateMethod } from '../contract.ts';

export const likeDay: EstimateMethod = {
  id: 'like-day',
  title: 'Nearest like day',
  source: 'Handbook order of nearest equivalent days; AEMO methods 14 and 20',
  reasons: Reason.likeDay,
  cim: '3.8.1002',
  espi: 8,
  aemo: 14,
  aemoAhead: 20,
  fill(view, out, at) {
    out.set(view.likeDay.subarray(0, view.slots), at);
  },
};
