/** Weighted median of like days: what is usual, and not what one unusual day would make of it. */
import { Reason } from '@openami/model';
import type { EstimateMethod } from '../contract.ts';

export const typicalDay: EstimateMethod = {
  id: 'typical-day',
  title: 'Median of like days',
  source: 'Like days; the median makes the least absolute error',
  reasons: Reason.averageLikeDay,
  cim: '3.8.1003',
  espi: 8,
  aemo: 15,
  aemoAhead: 22,
  fill(view, out, at) {
    out.set(view.median.subarray(0, view.slots), at);
  },
};
