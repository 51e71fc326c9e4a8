/** What is delivered. */
export type Commodity = 'electricity' | 'gas' | 'water' | 'heat';
