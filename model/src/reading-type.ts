/**
 * CIM reading type: 18 whole numbers that say what was measured (IEC 61968-9 annex C; the code tables
 * are those of NAESB REQ.21 ESPI 4.0).
 *
 *   0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0   15-minute energy delivered, kWh
 */
import { type Commodity, commodityFromCim, commodityTable } from './commodity.ts';
import { modelErrors } from './model-errors.ts';
import { kindWords, measuringPeriods, phaseWords, readingTypeAliases } from './reading-type-table.ts';
import { parseUnit, type Unit, unitForUom } from './unit.ts';

/** The 18 fields in their order. */
export const readingTypeFields = [
  'macroPeriod',
  'aggregate',
  'measuringPeriod',
  'accumulation',
  'flow',
  'commodity',
  'kind',
  'interharmonicNumerator',
  'interharmonicDenominator',
  'argumentNumerator',
  'argumentDenominator',
  'tou',
  'cpp',
  'consumptionTier',
  'phase',
  'multiplier',
  'unit',
  'currency',
] as const;

export type ReadingTypeField = (typeof readingTypeFields)[number];
export type ReadingType = Readonly<Record<ReadingTypeField, number>>;

/** Codes the program itself writes; the names are CIM's. */
export const Accumulation = {
  none: 0,
  bulkQuantity: 1,
  deltaData: 4,
  indicating: 6,
  summation: 9,
  instantaneous: 12,
} as const;

export const Flow = {
  none: 0,
  /** Grid to customer. */
  delivered: 1,
  net: 4,
  lagging: 5,
  leading: 13,
  quadrant1: 15,
  quadrant2: 16,
  quadrant3: 17,
  quadrant4: 18,
  /** Customer to grid. */
  received: 19,
  total: 20,
} as const;

export const Kind = {
  current: 4,
  demand: 8,
  energy: 12,
  frequency: 15,
  power: 37,
  powerFactor: 38,
  temperature: 46,
  voltage: 54,
  volume: 58,
  volumetricFlow: 155,
} as const;

export const Phase = { none: 0, c: 32, b: 64, a: 128, neutral: 16 } as const;

/** Reading types met most often, in canonical text. */
export const readingTypes = {
  delivered15Min: '0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0',
  delivered30Min: '0.0.5.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0',
  delivered60Min: '0.0.7.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0',
  received15Min: '0.0.2.4.19.1.12.0.0.0.0.0.0.0.0.3.72.0',
  received30Min: '0.0.5.4.19.1.12.0.0.0.0.0.0.0.0.3.72.0',
  received60Min: '0.0.7.4.19.1.12.0.0.0.0.0.0.0.0.3.72.0',
  deliveredRegister: '0.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0',
  receivedRegister: '0.0.0.1.19.1.12.0.0.0.0.0.0.0.0.3.72.0',
  deliveredDailyRegister: '11.0.0.1.1.1.12.0.0.0.0.0.0.0.0.3.72.0',
  reactiveLagging15Min: '0.0.2.4.5.1.12.0.0.0.0.0.0.0.0.3.73.0',
  maximumDemand: '8.8.0.6.1.1.8.0.0.0.0.0.0.0.0.3.38.0',
  voltagePhaseA: '0.0.0.12.0.1.54.0.0.0.0.0.0.0.128.0.29.0',
  gas60Min: '0.0.7.4.1.7.58.0.0.0.0.0.0.0.0.0.42.0',
  gasRegister: '0.0.0.1.1.7.58.0.0.0.0.0.0.0.0.0.42.0',
  water60Min: '0.0.7.4.1.9.58.0.0.0.0.0.0.0.0.0.134.0',
  waterRegister: '0.0.0.1.1.9.58.0.0.0.0.0.0.0.0.0.134.0',
  heat60Min: '0.0.7.4.1.12.12.0.0.0.0.0.0.0.0.3.72.0',
  heatRegister: '0.0.0.1.1.12.12.0.0.0.0.0.0.0.0.3.72.0',
} as const;

const MAX_FIELD = 65_535;
const FIELD = /^-?\d{1,5}$/;

/** True when the text looks like a reading type: 18 numbers joined by dots. */
export function isReadingType(text: string): boolean {
  return parseFields(text) !== undefined;
}

/** Reads a reading type. Raises READING_TYPE_MALFORMED. */
export function parseReadingType(text: string): ReadingType {
  const fields = parseFields(text);
  if (fields) return fields;
  throw modelErrors.READING_TYPE_MALFORMED(`'${text.slice(0, 80)}' is not a CIM reading type`);
}

function parseFields(text: string): ReadingType | undefined {
  if (text.length > 120) return undefined;
  const parts = text.trim().split('.');
  if (parts.length !== readingTypeFields.length) return undefined;
  const entries: [string, number][] = [];
  for (const [i, part] of parts.entries()) {
    const name = readingTypeFields[i]!;
    const value = FIELD.test(part) ? Number(part) : Number.NaN;
    const lowest = name === 'multiplier' ? -30 : 0;
    if (!(value >= lowest && value <= MAX_FIELD)) return undefined;
    entries.push([name, value + 0]);
  }
  return Object.fromEntries(entries) as ReadingType;
}

/** The canonical text of a reading type. */
export function formatReadingType(type: ReadingType): string {
  return readingTypeFields.map((name) => type[name]).join('.');
}

/** What is unusual in a reading type: fields whose code is not in the tables. Empty when all are. */
export function readingTypeProblems(type: ReadingType): string[] {
  const problems: string[] = [];
  if (type.measuringPeriod !== 0 && !measuringPeriods.some((row) => row.code === type.measuringPeriod)) {
    problems.push(`measuringPeriod ${type.measuringPeriod} is not a known length`);
  }
  if (type.commodity !== 0 && !commodityFromCim(type.commodity)) {
    problems.push(`commodity ${type.commodity} is not metered here`);
  }
  if (!Object.hasOwn(kindWords, type.kind)) problems.push(`measurementKind ${type.kind} is not known`);
  if (!Object.hasOwn(phaseWords, type.phase)) problems.push(`phase ${type.phase} is not known`);
  if (!unitForUom(type.unit, type.multiplier)) {
    problems.push(`unit ${type.unit} with multiplier ${type.multiplier} is not known`);
  }
  return problems;
}

/** What to build a reading type from. */
export interface ReadingTypeSpec {
  readonly commodity: Commodity;
  readonly kind: number;
  /** Unit of the values; one with a CIM code. */
  readonly unit: Unit | string;
  /** Default: delivered for energy, volume and demand, none for the rest. */
  readonly flow?: number;
  /** Seconds of an interval; 0 or absent for a register or a momentary value. */
  readonly measuringPeriodS?: number;
  /** Default: delta for an interval of energy or volume, bulk for a register of one, else momentary. */
  readonly accumulation?: number;
  readonly phase?: number;
  readonly tou?: number;
  readonly macroPeriod?: number;
  readonly aggregate?: number;
}

const accumulated: ReadonlySet<number> = new Set([Kind.energy, Kind.volume]);
const directed: ReadonlySet<number> = new Set([Kind.energy, Kind.volume, Kind.demand, Kind.power]);

/**
 * Builds a reading type. An interval length CIM has no code for is left out of it (the channel holds
 * the seconds). Raises UNIT_UNKNOWN, and READING_TYPE_MALFORMED for a unit without a CIM code.
 */
export function readingTypeFor(spec: ReadingTypeSpec): ReadingType {
  const unit = typeof spec.unit === 'string' ? parseUnit(spec.unit) : spec.unit;
  if (unit.uom === null) throw modelErrors.READING_TYPE_MALFORMED(`${unit.symbol} has no CIM unit code`);
  const periodS = spec.measuringPeriodS ?? 0;
  const usual = accumulated.has(spec.kind)
    ? periodS > 0
      ? Accumulation.deltaData
      : Accumulation.bulkQuantity
    : Accumulation.instantaneous;
  return {
    ...emptyReadingType,
    macroPeriod: spec.macroPeriod ?? 0,
    aggregate: spec.aggregate ?? 0,
    measuringPeriod: measuringPeriodCode(periodS),
    accumulation: spec.accumulation ?? usual,
    flow: spec.flow ?? (directed.has(spec.kind) ? Flow.delivered : Flow.none),
    commodity: commodityTable[spec.commodity].cim,
    kind: spec.kind,
    tou: spec.tou ?? 0,
    phase: spec.phase ?? Phase.none,
    multiplier: unit.multiplier,
    unit: unit.uom,
  };
}

const emptyReadingType = Object.fromEntries(readingTypeFields.map((name) => [name, 0])) as ReadingType;

/** CIM measuringPeriod of a length in seconds; 0 where it has none. */
export function measuringPeriodCode(seconds: number): number {
  return measuringPeriods.find((row) => row.seconds === seconds)?.code ?? 0;
}

/** Seconds of the measuring period of a reading type; 0 for a register or a momentary value. */
export function measuringPeriodS(type: ReadingType): number {
  return measuringPeriods.find((row) => row.code === type.measuringPeriod)?.seconds ?? 0;
}

/** The unit of a reading type (field unit with its multiplier), or undefined. */
export function unitOfReadingType(type: ReadingType): Unit | undefined {
  return unitForUom(type.unit, type.multiplier);
}

/** The commodity of a reading type, or undefined. */
export function commodityOfReadingType(type: ReadingType): Commodity | undefined {
  return commodityFromCim(type.commodity);
}

/** The canonical form of a vendor's variant; anything else is returned as it is. */
export function canonicalReadingType(type: ReadingType): ReadingType {
  let canonical = type;
  for (const { when, use } of readingTypeAliases) {
    const matches = Object.entries(when).every(
      ([name, values]) => values?.includes(canonical[name as ReadingTypeField]) ?? true,
    );
    if (matches) canonical = { ...canonical, ...use };
  }
  return canonical;
}

const flowWords: Readonly<Record<number, string>> = {
  1: 'delivered',
  4: 'net',
  5: 'lagging',
  13: 'leading',
  15: 'quadrant 1',
  16: 'quadrant 2',
  17: 'quadrant 3',
  18: 'quadrant 4',
  19: 'received',
  20: 'total',
};

/** Words for kinds that depend on the unit: reactive and apparent energy and power. */
const unitWords: Readonly<Record<string, string>> = {
  reactiveEnergy: 'reactive energy',
  apparentEnergy: 'apparent energy',
  reactivePower: 'reactive power',
  apparentPower: 'apparent power',
};

/** A reading type in words, e.g. `15-minute energy delivered, kWh`, `voltage phase A, V`. */
export function describeReadingType(type: ReadingType): string {
  const unit = unitOfReadingType(type);
  const words: string[] = [];
  const commodity = commodityOfReadingType(type);
  const period = measuringPeriods.find((row) => row.code === type.measuringPeriod);
  if (period) words.push(period.words);
  if (type.macroPeriod === 8 || type.macroPeriod === 13) words.push('monthly');
  if (type.macroPeriod === 11) words.push('daily');
  if (type.aggregate === 2) words.push('average');
  if (type.aggregate === 8) words.push('maximum');
  if (type.aggregate === 9) words.push('minimum');
  if (commodity && commodity !== 'electricity') words.push(commodity);
  const kind = kindWords[type.kind] ?? `kind ${type.kind}`;
  const precise = unit && unitWords[unit.dimension];
  words.push(type.kind === Kind.demand && precise ? `${precise} demand` : (precise ?? kind));
  // Gas, water and heat flow one way; saying so is noise.
  const oneWay = commodity !== 'electricity' && type.flow === Flow.delivered;
  const flow = oneWay ? undefined : flowWords[type.flow];
  if (flow) words.push(flow);
  if (type.accumulation === Accumulation.bulkQuantity) words.push('register');
  if (type.tou > 0) words.push(`rate ${type.tou}`);
  const phase = phaseWords[type.phase];
  if (phase) words.push(phase);
  return unit ? `${words.join(' ')}, ${unit.display}` : words.join(' ');
}
