/** The methods that are tried against each other on a channel's own history. */
import type { EstimateMethod } from './contract.ts';
import { averageLikeDay } from './methods/average-like-day.ts';
import { bridged2h, bridged8h, bridged24h } from './methods/bridged.ts';
import { checkMeter } from './methods/check-meter.ts';
import { classProfile } from './methods/class-profile.ts';
import { flat } from './methods/flat.ts';
import { levelDay } from './methods/level-day.ts';
import { likeDay } from './methods/like-day.ts';
import { linear } from './methods/linear.ts';
import { neighbourDays } from './methods/neighbour-days.ts';
import { previousYear } from './methods/previous-year.ts';
import { recentDays } from './methods/recent-days.ts';
import { smoothedDay } from './methods/smoothed-day.ts';
import { typicalDay } from './methods/typical-day.ts';
import { weather } from './methods/weather.ts';
import { zero } from './methods/zero.ts';

/** Mixed by the blend. */
export const blended: readonly EstimateMethod[] = [
  linear,
  averageLikeDay,
  recentDays,
  typicalDay,
  smoothedDay,
  neighbourDays,
  bridged2h,
  bridged8h,
  bridged24h,
  levelDay,
  weather,
];

/** All methods; those not mixed either add nothing to the mix or are taken before or after it. */
export const methods: readonly EstimateMethod[] = [
  checkMeter,
  zero,
  ...blended,
  likeDay,
  previousYear,
  classProfile,
  flat,
];
