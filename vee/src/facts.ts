/**
 * What is known of a channel apart from its readings. The caller fills it from the registry; what is not
 * known is undefined, and rules that need it then do not apply.
 */
import type { Commodity, ZoneTable } from '@openami/model';

/** What the channel measures, as far as the rules care. */
export type QuantityKind =
  /** Energy or volume taken from the network in the interval. */
  | 'delivered'
  /** Energy fed into the network in the interval. */
  | 'received'
  /** Delivered less received: may be negative. */
  | 'net'
  /** Reactive energy in the interval. */
  | 'reactive'
  /** A mean or a sample: V, A, W, °C, flow. Not summed. */
  | 'level';

export type ServiceState = 'connected' | 'disconnected' | 'vacant' | 'planned' | 'closed';

export interface ChannelFacts {
  /** The store's integer. */
  readonly channel: number;
  /** The registry's meter. */
  readonly meter: number;
  readonly commodity: Commodity;
  readonly kind: QuantityKind;
  /** Slot length in seconds; 0 for a register. */
  readonly intervalS: number;
  /** Base unit of the counts, `Wh`, `varh`, `L`, `V` …; the commodity's usual one when not given. */
  readonly baseUnit?: string;
  /** Thousandths of the base unit (Wh, L, …) in one count. */
  readonly resolution: number;
  readonly zone: ZoneTable;
  /** Residential, commercial, …: the key of rule groups and class profiles. */
  readonly serviceClass?: string;
  readonly serviceState?: ServiceState;
  /** Model of the meter, for rule groups. */
  readonly meterType?: string;
  /** Use is known to be irregular: spike and high/low are not judged. */
  readonly irregular?: boolean;
  /** A generator, battery or vehicle that feeds in is on record. */
  readonly hasDer?: boolean;
  /** Most that the service can carry, W (electricity) or L/h (gas, water): of the fuse or of Qmax. */
  readonly capacityPerHour?: number;
  /** Most that the connection agreement allows, as `capacityPerHour`. */
  readonly agreedPerHour?: number;
  /** Largest count an interval can hold before the meter's own counter overflows. */
  readonly maxCounts?: number;
  /** CT·VT ratio or pulse factor on record, and the one the head-end says it used. */
  readonly multiplier?: number;
  readonly reportedMultiplier?: number;
  /** Installed from and until, UTC seconds. */
  readonly installedS?: number;
  readonly removedS?: number;
}

/** Base units (Wh, L, …) in `counts` of a channel. */
export function baseUnits(facts: Pick<ChannelFacts, 'resolution'>, counts: number): number {
  return (counts * facts.resolution) / 1000;
}

/** Counts that make `amount` base units; not rounded. */
export function countsOf(facts: Pick<ChannelFacts, 'resolution'>, amount: number): number {
  return (amount * 1000) / facts.resolution;
}

/** Whether values of the channel may be below zero. */
export function isSigned({ kind }: Pick<ChannelFacts, 'kind'>): boolean {
  return kind === 'net' || kind === 'level';
}
