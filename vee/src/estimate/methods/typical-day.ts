/** Weighted median of like days: what is usual, and not what one unusual day would make of it. */
import { ofLikeDays } from '../like-days.ts';

export const typicalDay = ofLikeDays(
  {
    id: 'typical-day',
    title: 'Median of like days',
    source: 'Like days; the median makes the least absolute error',
  },
  (view) => view.median,
);
