/** What can be told of a quantity from its name and unit: commodity, reading type, a usual name, words. */
import {
  type Commodity,
  commodities,
  commodityOfReadingType,
  commodityTable,
  describeReadingType,
  Flow,
  findObis,
  findUnit,
  formatReadingType,
  isReadingType,
  Kind,
  parseReadingType,
  quantityAliases,
  quantityKey,
  readingTypeFor,
  readingTypeOfObis,
} from '@openami/model';

/** Commodity that a reading type or OBIS code states; a plain name states none. */
export function statedCommodity(quantity: string): Commodity | undefined {
  if (isReadingType(quantity)) return commodityOfReadingType(parseReadingType(quantity));
  const medium = findObis(quantity)?.a;
  return medium === undefined ? undefined : commodityByMedium[medium];
}

/** OBIS value group A. */
const commodityByMedium: Readonly<Record<number, Commodity>> = {
  ...{ 1: 'electricity', 6: 'heat', 7: 'gas', 8: 'water', 9: 'water' },
};

/** Commodity of a series that may state none: by its reading type or OBIS code, else by its unit. */
export function commodityOf(unit: string, quantity: string): Commodity {
  const stated = statedCommodity(quantity);
  if (stated) return stated;
  const base = findUnit(unit)?.base;
  return base === 'L' || base === 'L/h' ? 'water' : 'electricity';
}

/** Amounts by the base unit of their rate. */
const amountOf: Readonly<Record<string, string>> = { W: 'Wh', var: 'varh', VA: 'VAh', 'L/h': 'L' };

/** Whether a meter of a commodity can measure in a unit: no electricity meter counts litres. */
export function measures(commodity: Commodity, unit: string): boolean {
  const base = findUnit(unit)?.base ?? '';
  const amount = amountOf[base] ?? base;
  const metered = commodities.some((one) => commodityTable[one].baseUnits.includes(amount));
  return !metered || commodityTable[commodity].baseUnits.includes(amount);
}

/** Name of the main quantity of a series that names none. */
export function defaultQuantity(unit: string, commodity: Commodity | undefined): string {
  const what = commodity ?? commodityOf(unit, '');
  const base = findUnit(unit)?.base ?? '';
  if (base === 'L') return 'volume';
  if (what === 'electricity' && (base === 'Wh' || base === '')) return 'import';
  return base === 'Wh' || base === '' ? 'energy' : (quantityByBase[base] ?? 'value');
}

const quantityByBase: Readonly<Record<string, string>> = {
  W: 'power',
  V: 'voltage',
  A: 'current',
  varh: 'import-reactive',
  VAh: 'apparent-energy',
  Hz: 'frequency',
};

/** CIM reading type of a quantity, as far as it can be told; empty when it cannot. */
export function readingTypeOf(
  commodity: Commodity,
  quantity: string,
  unit: string,
  intervalS: number,
): string {
  if (isReadingType(quantity)) return quantity;
  try {
    const key = quantityKey(quantity);
    const obis = findObis(key);
    const known = obis && readingTypeOfObis(obis, intervalS, unit);
    if (known) return formatReadingType(known);
    const base = findUnit(unit)?.base;
    if (base !== 'Wh' && base !== 'L') return '';
    const kind = base === 'L' ? Kind.volume : Kind.energy;
    // an electricity quantity of a name that says no direction may be a net one: below zero is no fault
    const flow = commodity === 'electricity' ? Flow.none : Flow.delivered;
    return formatReadingType(readingTypeFor({ commodity, kind, unit, flow, measuringPeriodS: intervalS }));
  } catch {
    return ''; // a unit without a CIM code
  }
}

/** OBIS code of a quantity, or empty. */
export function obisOf(quantity: string): string {
  const key = quantityKey(quantity);
  return findObis(key) ? key : '';
}

/** A channel in words, e.g. `15-minute energy delivered, kWh`. */
export function describeChannel(channel: { readingType: string; alias: string; unit: string }): string {
  if (isReadingType(channel.readingType)) return describeReadingType(parseReadingType(channel.readingType));
  const alias = Object.keys(quantityAliases).find(
    (name) => quantityAliases[name] === quantityKey(channel.alias),
  );
  return `${alias ?? channel.alias}, ${channel.unit}`;
}
