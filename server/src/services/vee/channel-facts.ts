/** What the registry knows of a channel, in the words of the rules. */
import {
  Accumulation,
  type Commodity,
  Flow,
  findUnit,
  isReadingType,
  Kind,
  parseReadingType,
  zoneTable,
} from '@openami/model';
import type { ChannelAround, InstalledAt } from '@openami/store';
import type { ChannelFacts, QuantityKind, ServiceState } from '@openami/vee';

/** The time at a usage point that holds an instant; else the nearest one. */
export function installedAt({ installations }: ChannelAround, utcS: number): InstalledAt | undefined {
  return (
    installations.find(({ fromS, untilS }) => utcS >= fromS && (untilS === null || utcS < untilS)) ??
    installations.findLast(({ fromS }) => fromS <= utcS) ??
    installations[0]
  );
}

/** Facts of a channel as of an instant; `zone` is for meters that are nowhere. */
export function factsOf(around: ChannelAround, utcS: number, zone: string): ChannelFacts {
  const at = installedAt(around, utcS);
  const { attributes } = around;
  const capacity = numberIn(attributes, 'capacityPerHour');
  const agreed = numberIn(attributes, 'agreedPerHour');
  const baseUnit = findUnit(around.unit)?.base;
  return {
    channel: around.channelId,
    meter: around.meterId,
    commodity: around.commodity,
    kind: kindOf(around),
    intervalS: around.intervalS,
    resolution: around.resolution,
    zone: zoneTable(at?.zone || zone),
    multiplier: Number(around.multiplier),
    ...(baseUnit === undefined ? {} : { baseUnit }),
    ...(around.model === '' ? {} : { meterType: around.model }),
    ...(at?.serviceClass ? { serviceClass: at.serviceClass } : {}),
    ...(at ? { serviceState: stateOf(at) } : {}),
    ...(attributes.irregular === true ? { irregular: true } : {}),
    ...(attributes.hasDer === undefined ? {} : { hasDer: attributes.hasDer === true }),
    ...(capacity === undefined ? {} : { capacityPerHour: capacity }),
    ...(agreed === undefined ? {} : { agreedPerHour: agreed }),
    ...(around.installations.length === 0 ? {} : { installedS: around.installations[0]!.fromS }),
    ...removedOf(around),
  };
}

function removedOf({ installations }: ChannelAround): { removedS?: number } {
  const until = installations.at(-1)?.untilS;
  return typeof until === 'number' ? { removedS: until } : {};
}

function stateOf({ state }: InstalledAt): ServiceState {
  return state === 'disconnected' || state === 'planned' || state === 'closed' ? state : 'connected';
}

function numberIn(attributes: ChannelAround['attributes'], name: string): number | undefined {
  const value = attributes[name];
  return typeof value === 'number' && value > 0 ? value : undefined;
}

const amounts: ReadonlySet<number> = new Set([Kind.energy, Kind.volume]);
const accumulated: ReadonlySet<number> = new Set([
  Accumulation.deltaData,
  Accumulation.bulkQuantity,
  Accumulation.summation,
]);
const kindOfFlow: Readonly<Record<number, QuantityKind>> = {
  [Flow.delivered]: 'delivered',
  [Flow.received]: 'received',
  [Flow.net]: 'net',
};

/**
 * What a channel measures. Electricity of no stated direction may be net: below zero is no fault of it.
 * What is no amount of energy or volume is a level.
 */
export function kindOf(channel: {
  readonly readingType: string;
  readonly unit: string;
  readonly commodity: Commodity;
}): QuantityKind {
  const base = findUnit(channel.unit)?.base;
  if (base === 'varh') return 'reactive';
  const usual = channel.commodity === 'electricity' ? 'net' : 'delivered';
  if (!isReadingType(channel.readingType)) return base === 'Wh' || base === 'L' ? usual : 'level';
  const { accumulation, kind, flow } = parseReadingType(channel.readingType);
  if (!amounts.has(kind) || !accumulated.has(accumulation)) return 'level';
  return kindOfFlow[flow] ?? usual;
}
