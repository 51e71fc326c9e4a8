/** What can be told of a quantity from its name and unit: commodity, reading type, a usual name, words. */
import {
  type Commodity,
  commodityOfReadingType,
  describeReadingType,
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

/** Commodity of a series that says none: by its reading type or OBIS code, else by its unit. */
export function commodityOf(unit: string, quantity: string): Commodity {
  if (isReadingType(quantity)) {
    const known = commodityOfReadingType(parseReadingType(quantity));
    if (known) return known;
  }
  const obis = findObis(quantity);
  if (obis && obis.a === 7) return 'gas';
  if (obis && (obis.a === 8 || obis.a === 9)) return 'water';
  if (obis && obis.a === 6) return 'heat';
  const base = findUnit(unit)?.base;
  return base === 'L' || base === 'L/h' ? 'water' : 'electricity';
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
    return formatReadingType(readingTypeFor({ commodity, kind, unit, measuringPeriodS: intervalS }));
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
