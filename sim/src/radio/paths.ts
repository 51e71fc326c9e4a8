/**
 * Who hears a telegram and how strong: the strength falls with the logarithm of the distance, walls take some
 * more on each path, and what is near the noise gets through sometimes.
 */
import { chance, Stream } from '../random.ts';
import { distanceM } from '../town.ts';
import type { RadioMeter, Receiver } from './radio-plan.ts';

export interface HeardBy {
  readonly receiver: Receiver;
  readonly rssiDbm: number;
}

/** At ten metres, out of a meter pit; then by tenfold distance. */
const NEAR_DBM = -58;
const FALL_DB = 27;
/** Walls: up to so much either way on a path, and from telegram to telegram. */
const WALLS_DB = 8;
const FADING_DB = 4;
/** Below, nothing is heard; so much above, everything. */
const NOISE_DBM = -107;
const SURE_DB = 6;

/** Receivers that hear the telegram of a turn, the same for the same seed. */
export function heardBy(
  seed: number,
  meter: RadioMeter,
  receivers: readonly Receiver[],
  turn: number,
): HeardBy[] {
  const found: HeardBy[] = [];
  const who = Number(meter.address.id);
  for (const receiver of receivers) {
    const walls = (2 * chance(seed, Stream.radioPlace, who, receiver.index) - 1) * WALLS_DB;
    const draw = chance(seed, Stream.radioPath, who * 64 + receiver.index, turn);
    const fading = (2 * ((draw * 1_000) % 1) - 1) * FADING_DB;
    const decades = Math.log10(Math.max(10, distanceM(meter, receiver)) / 10);
    const rssiDbm = Math.round(NEAR_DBM - FALL_DB * decades + walls + fading);
    if (draw < (rssiDbm - NOISE_DBM) / SURE_DB) found.push({ receiver, rssiDbm });
  }
  return found;
}
