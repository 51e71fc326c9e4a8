/** Median of like days with a quarter of either neighbour: for use that comes a little earlier or later. */
import { ofLikeDays } from '../like-days.ts';

export const smoothedDay = ofLikeDays(
  {
    id: 'smoothed-day',
    title: 'Smoothed median of like days',
    source: 'Like days; the median makes the least absolute error',
  },
  (view) => view.smooth,
);
