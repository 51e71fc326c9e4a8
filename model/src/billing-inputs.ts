/** What bills need besides readings, by name. */

/** What a series of values over time is of. */
export const seriesQuantities = ['price', 'calorific-value', 'evapotranspiration'] as const;
export type SeriesQuantity = (typeof seriesQuantities)[number];

/** What may be stated of a usage point from a date on. */
export const attributeNames = [
  'volumeCorrection',
  'calorificSeries',
  'persons',
  'irrigatedAreaM2',
  'weatherSeries',
  'winterAverageLPerDay',
] as const;
export type AttributeName = (typeof attributeNames)[number];
