/** Mean of the same clock position on the four nearest days of the same weekday. */
import { ofLikeDays } from '../like-days.ts';

export const averageLikeDay = ofLikeDays(
  {
    id: 'average-like-day',
    title: 'Average of like days',
    source: 'California, Ontario (like-day average); AEMO methods 15 and 22',
  },
  (view) => view.sameWeekday,
);
