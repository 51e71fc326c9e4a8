/** Power outages of transformers: at most one a day in town, from the seed, so any day can be asked alone. */
import { Draw, Stream } from './random.ts';
import type { World } from './world-types.ts';

export interface Outage {
  readonly transformer: number;
  /** Epoch seconds. */
  readonly fromS: number;
  readonly untilS: number;
}

const DAILY_CHANCE = 0.16;

/** Outages of a local day; they begin and end within it. */
export function outagesOn(world: World, day: number): readonly Outage[] {
  const draw = new Draw().at(world.seed, Stream.outage, day);
  if (draw.next() >= DAILY_CHANCE) return [];
  const fromS = world.days.start(day) + Math.floor(draw.between(1, 18) * 3600);
  const untilS = fromS + Math.floor(60 * draw.between(6, 200));
  return [{ transformer: draw.below(world.transformers.length), fromS, untilS }];
}
