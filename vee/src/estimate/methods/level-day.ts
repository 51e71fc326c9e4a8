/** Median of like days times the level (measured over median) of the 24 hours before and after the gap. */
import type { EstimateMethod } from '../contract.ts';
import { likeDayCodes } from '../like-days.ts';

export const levelDay: EstimateMethod = {
  id: 'level-day',
  title: 'Median of like days at the level of the days around',
  source: 'Like days with level adjustment to the days next to the gap',
  ...likeDayCodes,
  fill(view, out, at) {
    const n = view.slots;
    for (let k = 0; k < n; k++) {
      const weight = (n - k) / (n + 1);
      out[at + k] = view.median[k]! * (view.levelBefore * weight + view.levelAfter * (1 - weight));
    }
  },
};
