/** What the units of measure of table 12 stand for (C12.19 table 12): OBIS codes and CIM reading types. */
import { formatObis, formatReadingType, Kind, Phase, parseUnit, readingTypeFor } from '@openami/model';
import type { TableRecord } from '../tables/value.ts';

/** How a value of a source is used; it decides the processing where the unit leaves it open. */
export type Use = 'summation' | 'maximum' | 'minimum' | 'present' | 'coincident' | 'interval';

export interface UnitOfMeasure {
  readonly idCode: number;
  readonly timeBase: number;
  /** Power of ten of MULTIPLIER. */
  readonly power: number;
  /** Q1 in bit 0, to Q4 in bit 3. */
  readonly quadrants: number;
  readonly net: boolean;
  readonly segmentation: number;
  readonly harmonic: boolean;
  readonly nonStandard: boolean;
}

/** A quantity as other systems name it. */
export interface Meaning {
  /** OBIS code, `1-0:1.8.0*255`; a CIM reading type where there is no OBIS code. */
  readonly quantity: string;
  readonly unit: string;
}

const powers = [0, 2, 3, 6, 9, -2, -3, -6] as const;

export function unitOfMeasure(entry: TableRecord): UnitOfMeasure {
  const number = (name: string) => Number(entry[name] ?? 0);
  return {
    idCode: number('ID_CODE'),
    timeBase: number('TIME_BASE'),
    power: powers[number('MULTIPLIER')]!,
    quadrants: [1, 2, 3, 4].reduce((all, q) => all + number(`Q${q}_ACCOUNTABILITY`) * 2 ** (q - 1), 0),
    net: entry.NET_FLOW_ACCOUNTABILITY === true,
    segmentation: number('SEGMENTATION'),
    harmonic: entry.HARMONIC === true,
    nonStandard: entry.NFS === true,
  };
}

const BULK = 0;
const INSTANTANEOUS = 1;
const PERIOD = 2;
const NET_BULK = 5;
const EVENT = 7;

const Q1 = 1;
const Q2 = 2;
const Q3 = 4;
const Q4 = 8;
const ALL = 15;

/** Value group C of active, reactive and apparent power, by quadrants. */
const activeGroups: Readonly<Record<number, number>> = { [Q1 + Q4]: 1, [Q2 + Q3]: 2 };
const reactiveGroups: Readonly<Record<number, number>> = {
  [Q1 + Q2]: 3,
  [Q3 + Q4]: 4,
  [Q1]: 5,
  [Q2]: 6,
  [Q3]: 7,
  [Q4]: 8,
};
const apparentGroups: Readonly<Record<number, number>> = { [Q1 + Q4]: 9, [Q2 + Q3]: 10 };

interface Quantity {
  readonly unit: string;
  /** Of its integral over time; null where there is none. */
  readonly energy: string | null;
  readonly kind: number;
  group(uom: UnitOfMeasure): number | undefined;
}

const power = (unit: string, groups: Readonly<Record<number, number>>, all = false): Quantity => ({
  unit,
  energy: `${unit}h`,
  kind: Kind.power,
  group: ({ quadrants, net }) => (all && quadrants === ALL ? (net ? 16 : 15) : groups[quadrants]),
});
const plain = (unit: string, kind: number, group: number): Quantity => ({
  unit,
  energy: null,
  kind,
  group: () => group,
});

/** By ID_CODE; what is not here has no meaning that is known for certain. */
const quantities: Readonly<Record<number, Quantity>> = {
  0: power('W', activeGroups, true),
  1: power('var', reactiveGroups),
  2: power('VA', apparentGroups),
  3: power('VA', apparentGroups),
  8: plain('V', Kind.voltage, 12),
  12: plain('A', Kind.current, 11),
  24: plain('1', Kind.powerFactor, 13),
  25: plain('1', Kind.powerFactor, 13),
  33: plain('Hz', Kind.frequency, 14),
};

/** SEGMENTATION to what is added to group C, and to the CIM phase; null: between phases, without OBIS. */
const segments: readonly (readonly [add: number | null, phase: number])[] = [
  [0, Phase.none],
  [null, 132],
  [null, 66],
  [null, 40],
  [80, 16],
  [20, 128],
  [40, 64],
  [60, 32],
];

/**
 * The meaning of a source in a tariff, or in intervals of `intervalS`; undefined where the standard leaves it
 * to the manufacturer.
 */
export function meaningOf(uom: UnitOfMeasure, use: Use, tier = 0, intervalS = 0): Meaning | undefined {
  const quantity = quantities[uom.idCode];
  if (quantity === undefined || uom.harmonic || uom.nonStandard) return undefined;
  const accumulates = uom.timeBase === BULK || uom.timeBase === NET_BULK;
  if (uom.timeBase === EVENT || uom.timeBase === PERIOD) return undefined;
  if (accumulates && quantity.energy === null) return undefined;
  const unit = accumulates ? quantity.energy! : quantity.unit;
  const d = processing(uom, use);
  const segment = segments[uom.segmentation]!;
  const group = quantity.group(uom);
  const neutralOnly = segment[0] === 80 && uom.idCode !== 12;
  if (group !== undefined && segment[0] !== null && !neutralOnly && d !== undefined) {
    const c = group + segment[0];
    return { quantity: formatObis({ a: 1, b: 0, c, d, e: tier, f: 255 }), unit };
  }
  const readingType = readingTypeFor({
    commodity: 'electricity',
    kind: accumulates ? Kind.energy : use === 'maximum' || use === 'minimum' ? Kind.demand : quantity.kind,
    unit: parseUnit(unit),
    flow: flowOf(uom, quantity.energy !== null),
    phase: segment[1],
    tou: tier,
    measuringPeriodS: accumulates ? intervalS : 0,
    ...(use === 'maximum' ? { aggregate: 8 } : use === 'minimum' ? { aggregate: 9 } : {}),
  });
  return { quantity: formatReadingType(readingType), unit };
}

/** Value group D. */
function processing(uom: UnitOfMeasure, use: Use): number | undefined {
  if (uom.timeBase === BULK || uom.timeBase === NET_BULK) return 8;
  if (use === 'maximum') return 6;
  if (use === 'minimum') return 3;
  if (uom.timeBase === INSTANTANEOUS) return 7;
  // the average of the demand interval: the running one now, the last one in a profile
  return use === 'interval' ? 5 : use === 'present' ? 4 : undefined;
}

/** CIM FlowDirection. */
function flowOf({ quadrants, net, idCode }: UnitOfMeasure, isPower: boolean): number {
  if (!isPower) return 0;
  if (quadrants === ALL) return net ? 4 : 20;
  if (idCode === 1) return quadrants === Q1 + Q2 ? 5 : quadrants === Q3 + Q4 ? 13 : 0;
  if (quadrants === Q1 + Q4) return 1;
  return quadrants === Q2 + Q3 ? 19 : 0;
}
