/** ESPI ReadingType to unit, scale and CIM reading type (NAESB REQ.21, ReadingType). */
import {
  commodityFromServiceKind,
  commodityTable,
  formatReadingType,
  measuringPeriodCode,
  type ReadingType,
  unitForUom,
} from '@openami/model';
import { exchangeErrors } from './errors.ts';
import { whole } from './espi-xml.ts';

/** What the readings of a ReadingType mean. */
export interface EspiType {
  readonly unit: string;
  /** The value in `unit` is the stated one × 10^power. */
  readonly power: number;
  /** CIM reading type. */
  readonly quantity: string;
  /** `intervalLength`; NaN when not stated. */
  readonly intervalS: number;
  /** Cumulative: a register. */
  readonly register: boolean;
  /** ESPI quality of readings that state none; NaN when not stated. */
  readonly defaultQuality: number;
}

/** ESPI says "the whole service" and "normal" where CIM leaves the field at zero. */
const wholeServicePhase = 769;
const normalQualifier = 12;
const registerKinds = new Set([1, 2, 3]);

/**
 * Reads the fields of a ReadingType; the ServiceCategory of its usage point says the commodity where the
 * type does not. Throws ESPI_TYPE_INVALID.
 */
export function espiType(fields: Readonly<Record<string, string>>, serviceKind = ''): EspiType {
  const field = (name: string): number => {
    const text = fields[name];
    if (text === undefined || text === '') return 0;
    const value = whole(text);
    if (Number.isNaN(value))
      throw exchangeErrors.ESPI_TYPE_INVALID(`${name} "${text.slice(0, 40)}"`, { field: name });
    return value;
  };
  const uom = field('uom');
  const power = field('powerOfTenMultiplier');
  const exact = unitForUom(uom, power);
  const unit = exact ?? unitForUom(uom);
  if (!unit || Math.abs(power) > 12)
    throw exchangeErrors.ESPI_TYPE_INVALID(`uom ${uom} with multiplier ${power} is no unit we know`, {
      uom,
      power,
    });
  const intervalS = fields.intervalLength ? field('intervalLength') : Number.NaN;
  const accumulation = field('accumulationBehaviour');
  const qualifier = field('dataQualifier');
  const phase = field('phase');
  const type: ReadingType = {
    macroPeriod: field('timeAttribute'),
    aggregate: qualifier === normalQualifier ? 0 : qualifier,
    measuringPeriod: field('measuringPeriod') || measuringPeriodCode(intervalS || 0),
    accumulation,
    flow: field('flowDirection'),
    commodity: field('commodity') || commodityOfService(serviceKind),
    kind: field('kind'),
    interharmonicNumerator: 0,
    interharmonicDenominator: 0,
    argumentNumerator: 0,
    argumentDenominator: 0,
    tou: field('tou'),
    cpp: field('cpp'),
    consumptionTier: field('consumptionTier'),
    phase: phase === wholeServicePhase ? 0 : phase,
    multiplier: exact ? power : 0,
    unit: uom,
    currency: 0,
  };
  return {
    unit: unit.symbol,
    power: exact ? 0 : power,
    quantity: formatReadingType(type),
    intervalS,
    register: registerKinds.has(accumulation),
    defaultQuality: fields.defaultQuality ? field('defaultQuality') : Number.NaN,
  };
}

/** CIM code of the commodity of an ESPI ServiceKind; 0 when it is none we know. */
function commodityOfService(kind: string): number {
  const commodity = commodityFromServiceKind(whole(kind));
  return commodity ? commodityTable[commodity].cim : 0;
}

const northAmerica: Readonly<Record<number, string>> = {
  [-12_600]: 'America/St_Johns',
  [-14_400]: 'America/Halifax',
  [-18_000]: 'America/New_York',
  [-21_600]: 'America/Chicago',
  [-25_200]: 'America/Denver',
  [-28_800]: 'America/Los_Angeles',
  [-32_400]: 'America/Anchorage',
};

/** Zone of LocalTimeParameters: the one with the rules of North America, or a fixed offset. */
export function espiZone(fields: Readonly<Record<string, string>>): string | undefined {
  const offsetS = whole(fields.tzOffset ?? '');
  if (Number.isNaN(offsetS) || Math.abs(offsetS) > 50_400 || offsetS % 60 !== 0) return undefined;
  const rules = `${fields.dstStartRule}${fields.dstEndRule}`.toUpperCase();
  if (rules === '360E2000B40E2000') return northAmerica[offsetS];
  if (whole(fields.dstOffset ?? '0') !== 0) return undefined;
  const minutes = Math.abs(offsetS) / 60;
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  return `${offsetS < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
