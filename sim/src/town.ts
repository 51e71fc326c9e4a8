/**
 * The town's ground plan: a grid of blocks, one transformer in each, houses along the streets.
 *
 *   station ── feeder (one for ten blocks) ── transformer ── line ── houses of the block
 */
import { Draw, Stream } from './random.ts';
import type { Place } from './weather.ts';
import type { Feeder, Premise, Transformer } from './world-types.ts';

const ORIGIN = { lon: 11, lat: 53 };
const BLOCK_LON = 0.0042;
const BLOCK_LAT = 0.0026;
const HOMES_PER_TRANSFORMER = 15.5;
const TRANSFORMERS_PER_FEEDER = 10;
const RATINGS_KVA = [63, 100, 160];

const TREES = ['Linden', 'Maple', 'Birch', 'Oak', 'Ash', 'Willow', 'Cedar', 'Hazel', 'Elm', 'Rowan'];
const WAYS = ['Street', 'Lane', 'Road', 'Way', 'Row', 'Close'];

export const STATION = { code: 'ST-01', lon: ORIGIN.lon - 0.006, lat: ORIGIN.lat + 0.006 };
export const CENTRE = { lon: ORIGIN.lon + 4 * BLOCK_LON, lat: ORIGIN.lat + 2.5 * BLOCK_LAT };

const METRES_A_DEGREE = 111_320;

/** Metres between two places of the town. */
export function distanceM(a: Place, b: Place): number {
  const x = (a.lon - b.lon) * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(x, a.lat - b.lat) * METRES_A_DEGREE;
}

export interface Town {
  readonly transformers: Transformer[];
  readonly feeders: Feeder[];
  readonly premises: Premise[];
}

/** Lays out a town of so many houses. */
export function layTown(seed: number, houses: number): Town {
  const count = Math.max(1, Math.ceil(houses / HOMES_PER_TRANSFORMER));
  const columns = Math.max(1, Math.round(Math.sqrt(count * 1.6)));
  const draw = new Draw();
  const transformers = Array.from({ length: count }, (_, i) =>
    transformer(i, columns, draw.at(seed, Stream.premise, -1 - i)),
  );
  const feeders: Feeder[] = [];
  for (let i = 0; i < Math.ceil(count / TRANSFORMERS_PER_FEEDER); i++) {
    const first = transformers[i * TRANSFORMERS_PER_FEEDER]!;
    feeders.push({
      index: i,
      code: `FD-${two(i + 1)}`,
      lon: first.lon - BLOCK_LON / 2,
      lat: first.lat - BLOCK_LAT / 4,
    });
  }
  const premises = Array.from({ length: houses }, (_, i) => {
    const block = Math.min(count - 1, Math.floor((i * count) / houses));
    const firstOfBlock = Math.ceil((block * houses) / count);
    return house(i, i - firstOfBlock, transformers[block]!, columns, draw.at(seed, Stream.premise, i));
  });
  return { transformers, feeders, premises };
}

function transformer(index: number, columns: number, draw: Draw): Transformer {
  const column = index % columns;
  const row = Math.floor(index / columns);
  return {
    index,
    code: `TR-${two(index + 1)}`,
    feeder: Math.floor(index / TRANSFORMERS_PER_FEEDER),
    reach: ((index % TRANSFORMERS_PER_FEEDER) + 1) / TRANSFORMERS_PER_FEEDER,
    ratedKva: RATINGS_KVA[draw.below(RATINGS_KVA.length)]!,
    lon: round6(ORIGIN.lon + (column + 0.45) * BLOCK_LON),
    lat: round6(ORIGIN.lat + (row + 0.25) * BLOCK_LAT),
  };
}

function house(index: number, inBlock: number, at: Transformer, columns: number, draw: Draw): Premise {
  const column = at.index % columns;
  const row = Math.floor(at.index / columns);
  const side = inBlock % 2;
  const place = Math.floor(inBlock / 2);
  const street = row * 2 + side;
  const name = `${TREES[street % TREES.length]} ${WAYS[Math.floor(street / TREES.length) % WAYS.length]}`;
  return {
    index,
    code: `PR-${String(index + 1).padStart(5, '0')}`,
    street: name,
    house: column * 20 + place * 2 + 1 + side,
    lon: round6(ORIGIN.lon + column * BLOCK_LON + (place + 0.5) * 0.0004 + draw.between(-5e-5, 5e-5)),
    lat: round6(ORIGIN.lat + row * BLOCK_LAT + side * 0.0013 + draw.between(-6e-5, 6e-5)),
    transformer: at.index,
  };
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}

function round6(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}
