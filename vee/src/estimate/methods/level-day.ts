/** Median of like days times the level (measured over median) of the 24 hours before and after the gap. */
import { Reason } from '@openami/model';
import type { EstimateMethod } from '../contract.ts';

export const levelDay: EstimateMethod = {
  id: 'level-day',
  title: 'Median of like days at the level of the days around',
  source: 'Like days with level adjustment to the days next to the gap',
  reasons: Reason.averageLikeDay,
  cim: '3.8.1003',
  espi: 8,
  aemo: 15,
  aemoAhead: 22,
  fill(view, out, at) {
    const n = view.slots;
    for (let k = 0; k < n; k++) {
      const weight = (n - k) / (n + 1);
      out[at + k] = view.median[k]! * (view.levelBefore * weight + view.levelAfter * (1 - weight));
    }
  },
};
