/** The nouns of the simulated utility. Arrays are indexed by the `index` of their elements. */
import type { Commodity } from '@openami/model';
import type { LocalDays } from './calendar.ts';
import type { ChannelKind } from './channels.ts';
import type { SimProtocol, SimProtocols } from './protocols.ts';
import type { Place } from './weather.ts';

export interface WorldOptions {
  readonly seed: number;
  /** Usage points of all commodities; default 1000. */
  readonly usagePoints?: number;
  /** IANA zone; default Europe/Berlin. */
  readonly zone?: string;
  /** Whole local days of history; default 90. */
  readonly historyDays?: number;
  /** First local day of history, `YYYY-MM-DD`; default 2026-01-20, so that summer time begins inside. */
  readonly start?: string;
  /** What gas, water and heat meters speak; default `push`, OpenAMI's own message. */
  readonly protocols?: SimProtocols;
}

export interface World {
  readonly seed: number;
  readonly zone: string;
  readonly days: LocalDays;
  readonly place: Place;
  /** Local days of history: [firstDay, endDay). */
  readonly firstDay: number;
  readonly endDay: number;
  readonly station: { readonly code: string; readonly lon: number; readonly lat: number };
  readonly transformers: readonly Transformer[];
  readonly feeders: readonly Feeder[];
  readonly premises: readonly Premise[];
  readonly usagePoints: readonly UsagePoint[];
  /** Electricity usage points, by `row`. */
  readonly homes: readonly Home[];
  /** Gas, water and heat usage points, by `row`. */
  readonly flows: readonly Flow[];
  readonly meters: readonly SimMeter[];
  readonly channels: readonly SimChannel[];
  /** Devices that report and are in no register: they mirror a meter. */
  readonly strangers: readonly Stranger[];
}

export interface Feeder {
  readonly index: number;
  readonly code: string;
  readonly lon: number;
  readonly lat: number;
}

export interface Transformer {
  readonly index: number;
  readonly code: string;
  readonly feeder: number;
  /** Position along its feeder, 0..1: how much of the feeder's drop it sees. */
  readonly reach: number;
  readonly ratedKva: number;
  readonly lon: number;
  readonly lat: number;
}

export interface Premise {
  readonly index: number;
  readonly code: string;
  readonly street: string;
  readonly house: number;
  readonly lon: number;
  readonly lat: number;
  readonly transformer: number;
}

export interface UsagePoint {
  readonly index: number;
  readonly code: string;
  readonly commodity: Commodity;
  readonly premise: number;
  /** Index into `homes` (electricity) or `flows` (all else). */
  readonly row: number;
}

export type Pattern = 'worker' | 'family' | 'retired' | 'business';

/** What an electricity usage point consists of. Powers in W. */
export interface Home {
  readonly usagePoint: number;
  readonly transformer: number;
  /** 1..3 */
  readonly phase: number;
  /** Low-voltage line from the transformer. */
  readonly lineM: number;
  readonly pattern: Pattern;
  readonly occupants: number;
  readonly standbyW: number;
  readonly fridgeW: number;
  readonly fridgePeriodS: number;
  readonly fridgeDuty: number;
  readonly electronicsW: number;
  readonly lightW: number;
  readonly cookW: number;
  readonly pv: { readonly kwp: number; readonly azimuthRad: number; readonly tiltRad: number } | undefined;
  readonly ev: { readonly chargeW: number; readonly arrivalH: number; readonly perDay: number } | undefined;
  readonly heatPump: { readonly wattsPerK: number } | undefined;
}

/** What a gas, water or heat usage point consists of. */
export interface Flow {
  readonly usagePoint: number;
  readonly commodity: 'gas' | 'water' | 'heat';
  readonly occupants: number;
  /** Gas: m3/h a kelvin below 17 degC; heat: kW a kelvin; water: 0. */
  readonly perKelvin: number;
  readonly irrigates: boolean;
  /** A leak: constant litres an hour from an instant; Infinity: none. */
  readonly leakFromS: number;
  readonly leakLitresPerHour: number;
}

/** What is wrong with a meter. Every `...FromS` is epoch seconds, Infinity when it never happens. */
export interface MeterFaults {
  readonly stuckFromS: number;
  readonly deadFromS: number;
  readonly theftFromS: number;
  /** Recorded share of the true energy while `theftFromS` holds. */
  readonly theftShare: number;
  readonly clockFromS: number;
  /** The meter's clock minus true time. */
  readonly clockOffsetS: number;
}

export interface SimMeter {
  readonly index: number;
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
  readonly commodity: Commodity;
  readonly protocol: SimProtocol;
  readonly usagePoint: number;
  /** Installed [fromS, untilS), epoch seconds; untilS may be Infinity. */
  readonly fromS: number;
  readonly untilS: number;
  /** World channel indices. */
  readonly channels: readonly number[];
  readonly faults: MeterFaults;
}

export interface SimChannel {
  readonly index: number;
  readonly meter: number;
  readonly kind: ChannelKind;
  /** Counts the register showed at the start of history (or when the meter was installed). */
  readonly initialCounts: number;
}

export interface Stranger {
  readonly serial: string;
  /** Meter whose readings it sends. */
  readonly mirrors: number;
}
