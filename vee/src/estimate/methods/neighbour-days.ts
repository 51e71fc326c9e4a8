/** Mean of the nearest day of the same kind before the gap and the nearest after it. */
import { ofLikeDays } from '../like-days.ts';

export const neighbourDays = ofLikeDays(
  {
    id: 'neighbour-days',
    title: 'Days before and after',
    source: 'Like-day average of the two nearest days',
  },
  (view) => view.around,
);
