/** Mean of days of the same kind, the nearest days counting by far the most. */
import { ofLikeDays } from '../like-days.ts';

export const recentDays = ofLikeDays(
  {
    id: 'recent-days',
    title: 'Average of recent days of the same kind',
    source: 'Like-day average with weights that fade with distance',
  },
  (view) => view.recent,
);
