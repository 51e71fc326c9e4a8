/**
 * Median of like days, each brought from its weather to that of the day by the channel's own weather model
 * (weather-model.ts).
 */
import { ofLikeDays } from '../like-days.ts';

export const weather = ofLikeDays(
  {
    id: 'weather',
    title: 'Median of like days at the weather of the day',
    source: 'Degree-day regression; gas must not be interpolated across a change of temperature',
  },
  (view) => view.weathered,
);
