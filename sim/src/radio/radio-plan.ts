/**
 * Which meters of a world send wireless M-Bus, and which receivers stand in the town.
 *
 *   water   mode 5 and mode 7 in turn        gas   mode 5
 *   heat    mode 5, most frames compact      strangers: neighbours' meters that nobody registered
 */
import type { MbusAddress } from '@openami/wire/mbus';
import { hourlyRegisterOf } from '../day-books.ts';
import type { Turns } from '../delivery.ts';
import { demoRadioKey } from '../dlms/demo-keys.ts';
import { metersSpeaking, radioAddressOf, radioNameOf } from '../protocols.ts';
import { chance, Stream } from '../random.ts';
import { distanceM } from '../town.ts';
import type { SimChannel, SimMeter, World } from '../world-types.ts';

/** `compact`: mode 5; the heads of most frames are left out. */
export type RadioSecurity = 'mode-5' | 'mode-7' | 'compact';

export interface RadioMeter extends Turns {
  /** What it measured; a stranger repeats that of another meter. */
  readonly meter: SimMeter;
  readonly channel: SimChannel;
  readonly serial: string;
  /** As the head-end names it. */
  readonly name: string;
  readonly address: MbusAddress;
  /** 16 bytes. */
  readonly key: Uint8Array;
  readonly security: RadioSecurity;
  readonly lon: number;
  readonly lat: number;
}

/** A receiver on a roof; its name is its MQTT user name. */
export interface Receiver {
  readonly index: number;
  readonly name: string;
  readonly lon: number;
  readonly lat: number;
  /** It leaves the CRCs of the link on. */
  readonly keepsCrcs: boolean;
}

export interface RadioShape {
  /** Default 6. */
  readonly receivers?: number;
  /** Seconds from one telegram of a meter to the next; default 900. */
  readonly everyS?: number;
  /** At most so many registered meters; default all. */
  readonly meters?: number;
  /** Default 4. */
  readonly strangers?: number;
  /** Of all meters; default by what they measure. */
  readonly security?: RadioSecurity;
  /** Names of receivers begin with this; default `receiver`. */
  readonly prefix?: string;
}

export interface RadioPlan {
  readonly meters: readonly RadioMeter[];
  readonly strangers: readonly RadioMeter[];
  readonly receivers: readonly Receiver[];
}

const SELDOM = 4;
/** Serials of neighbours' meters follow this number. */
const FIRST_STRANGER = 8_000_000;

/** The stranger that the registry holds with a key of another meter: what it sends cannot be opened. */
export const wrongKeyStranger = 4;

/** Serial of the n-th stranger that is heard, from 1. */
export function radioStrangerSerial(n: number): string {
  return `OA${FIRST_STRANGER + n}`;
}

/** Raises SIM_OPTIONS for a world whose meters send none. */
export function planRadio(world: World, shape: RadioShape = {}): RadioPlan {
  const { receivers = 6, everyS = 900, strangers = 4, prefix = 'receiver' } = shape;
  const make = (meter: SimMeter, serial: string, i: number): RadioMeter => {
    const premise = world.premises[world.usagePoints[meter.usagePoint]!.premise]!;
    const address = radioAddressOf(serial, meter.commodity);
    return {
      ...{ meter, serial, name: radioNameOf(serial), address, everyS },
      channel: hourlyRegisterOf(world, meter)!,
      key: demoRadioKey(world.seed, serial),
      security: shape.security ?? usualSecurity(meter, i),
      phaseS: Math.floor(everyS * chance(world.seed, Stream.airTurn, Number(address.id))),
      ...{ lon: premise.lon, lat: premise.lat },
    };
  };
  const meters = metersSpeaking(world, ['wmbus'], 'wireless M-Bus', shape.meters).map((meter, i) =>
    make(meter, meter.serial, i),
  );
  const laid = layReceivers(world, receivers, prefix);
  const nearby = nextTo(
    laid,
    meters.filter(({ meter }) => meter.commodity === 'water'),
  );
  return {
    ...{ meters, receivers: laid },
    strangers: Array.from({ length: nearby.length === 0 ? 0 : strangers }, (_, i) => {
      const stranger = make(nearby[(2 * i) % nearby.length]!.meter, radioStrangerSerial(i + 1), i);
      // each of its telegrams is kept as refused
      return i + 1 === wrongKeyStranger ? { ...stranger, everyS: SELDOM * everyS } : stranger;
    }),
  };
}

/** Those that are heard best come first: a neighbour who is shown must be heard. */
function nextTo(receivers: readonly Receiver[], meters: readonly RadioMeter[]): RadioMeter[] {
  const nearestM = (meter: RadioMeter): number => {
    return Math.min(...receivers.map((receiver) => distanceM(meter, receiver)));
  };
  return [...meters].sort((a, b) => nearestM(a) - nearestM(b) || a.meter.index - b.meter.index);
}

function usualSecurity({ commodity }: SimMeter, i: number): RadioSecurity {
  if (commodity === 'heat') return 'compact';
  return commodity === 'water' && i % 2 === 1 ? 'mode-7' : 'mode-5';
}

/** In rows over the town, each in the middle of its part of it. */
function layReceivers({ premises }: World, count: number, prefix: string): Receiver[] {
  const span = (of: (one: { lon: number; lat: number }) => number): readonly [number, number] => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const premise of premises) {
      low = Math.min(low, of(premise));
      high = Math.max(high, of(premise));
    }
    return [low, high];
  };
  const [west, east] = span(({ lon }) => lon);
  const [south, north] = span(({ lat }) => lat);
  const rows = Math.max(1, Math.round(Math.sqrt(count / 1.5)));
  const columns = Math.ceil(count / rows);
  return Array.from({ length: count }, (_, index) => ({
    index,
    name: `${prefix}-${String(index + 1).padStart(2, '0')}`,
    lon: west + ((east - west) * ((index % columns) + 0.5)) / columns,
    lat: south + ((north - south) * (Math.floor(index / columns) + 0.5)) / rows,
    keepsCrcs: index % 3 === 1,
  }));
}
