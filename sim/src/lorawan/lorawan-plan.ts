/** Which meters of a world send over LoRaWAN, and which gateways hear them. */
import { HOUR_S } from '../calendar.ts';
import { hourlyRegisterOf, hourlyValuesOf } from '../day-books.ts';
import { type Turns, turnsOf } from '../delivery.ts';
import { devEuiOf, metersSpeaking } from '../protocols.ts';
import { chance, Stream } from '../random.ts';
import { distanceM } from '../town.ts';
import type { SimChannel, SimMeter, World } from '../world-types.ts';

export interface LorawanDevice extends Turns {
  readonly meter: SimMeter;
  readonly register: SimChannel;
  readonly values: SimChannel;
  /** 16 lower-case hexadecimal digits. */
  readonly devEui: string;
  readonly joinEui: string;
  /** What the network server calls it. */
  readonly name: string;
  /** Gateways that hear it, the strongest first. */
  readonly heardBy: readonly LorawanPath[];
}

export interface LorawanPath {
  readonly gatewayEui: string;
  readonly rssiDbm: number;
  readonly snrDb: number;
}

export interface LorawanShape {
  /** At most so many; default all. */
  readonly meters?: number;
  /** Seconds from one uplink to the next; default 3600. */
  readonly everyS?: number;
}

const JOIN_EUI = '024f414d00000001';
const GATEWAY_EUIS = ['024f414dffff0001', '024f414dffff0002'] as const;
/** At ten metres from within a pit, by tenfold distance, and where nothing is heard any more. */
const [NEAR_DBM, FALL_DB, FLOOR_DBM] = [-52, 29, -128];
const NOISE_DBM = -118;

/** Raises SIM_OPTIONS for a world with fewer. */
export function planLorawan(world: World, shape: LorawanShape = {}): LorawanDevice[] {
  const { everyS = HOUR_S } = shape;
  return metersSpeaking(world, ['lorawan'], 'LoRaWAN', shape.meters).map((meter) => ({
    ...{ meter, devEui: devEuiOf(meter.serial), joinEui: JOIN_EUI },
    ...turnsOf(world, meter.index, everyS),
    register: hourlyRegisterOf(world, meter)!,
    values: hourlyValuesOf(world, meter)!,
    name: `water-${meter.serial.toLowerCase()}`,
    heardBy: pathsOf(world, meter),
  }));
}

/** Gateways at the station and in the middle of the town. */
function pathsOf(world: World, { index, usagePoint }: SimMeter): LorawanPath[] {
  const premise = world.premises[world.usagePoints[usagePoint]!.premise]!;
  return [world.station, world.place]
    .map((place, i) => {
      const walls = 12 * chance(world.seed, Stream.radioPlace, index, 1_000 + i);
      const decades = Math.log10(Math.max(10, distanceM(premise, place)) / 10);
      const rssiDbm = Math.round(NEAR_DBM - FALL_DB * decades - walls);
      const snrDb = Math.round(Math.min(12, (rssiDbm - NOISE_DBM) / 2) * 4) / 4;
      return { gatewayEui: GATEWAY_EUIS[i]!, rssiDbm: Math.max(FLOOR_DBM, rssiDbm), snrDb };
    })
    .sort((a, b) => b.rssiDbm - a.rssiDbm)
    .filter(({ rssiDbm }, i) => i === 0 || rssiDbm > FLOOR_DBM);
}
