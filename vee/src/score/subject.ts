/** A channel to score: what is not measured beyond doubt is not used as truth. */
import type { ChannelFacts } from '../facts.ts';
import type { Series } from '../series.ts';

export interface ScoreSubject {
  /** Name that seeds its draws. */
  readonly name: string;
  readonly facts: ChannelFacts;
  readonly series: Series;
  readonly holidays?: ReadonlySet<number>;
  /** Outside temperature of each slot in °C. */
  readonly temperatureC?: Float64Array;
}
