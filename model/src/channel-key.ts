/**
 * One key for a measured quantity, however its sender names it.
 *
 *   1-0:1.8.0   1.8.0   0100010800FF   1-0:1.29.0   0.0.2.4.1.1.12...3.72.0   import
 *                              all become   1-0:1.8.0*255
 *
 * The key names the quantity and not the interval: a register and the interval data of the same
 * energy share it, and the interval length beside it tells them apart.
 */
import { findObis, formatObis, obisOfReadingType } from './obis.ts';
import { canonicalReadingType, formatReadingType, isReadingType, parseReadingType } from './reading-type.ts';

/** Names people give quantities, and the key they stand for. */
export const quantityAliases: Readonly<Record<string, string>> = {
  import: '1-0:1.8.0*255',
  imported: '1-0:1.8.0*255',
  delivered: '1-0:1.8.0*255',
  export: '1-0:2.8.0*255',
  exported: '1-0:2.8.0*255',
  received: '1-0:2.8.0*255',
  'import-reactive': '1-0:3.8.0*255',
  'export-reactive': '1-0:4.8.0*255',
  power: '1-0:16.7.0*255',
  'import-power': '1-0:1.7.0*255',
  'export-power': '1-0:2.7.0*255',
  'power-factor': '1-0:13.7.0*255',
  frequency: '1-0:14.7.0*255',
  voltage: '1-0:12.7.0*255',
  'voltage-l1': '1-0:32.7.0*255',
  'voltage-l2': '1-0:52.7.0*255',
  'voltage-l3': '1-0:72.7.0*255',
  current: '1-0:11.7.0*255',
  'current-l1': '1-0:31.7.0*255',
  'current-l2': '1-0:51.7.0*255',
  'current-l3': '1-0:71.7.0*255',
};

/** Distinct names remembered; a fleet uses a few dozen, so a full cache means garbage was sent. */
const MAX_CACHED = 4_096;
const MAX_CACHED_LENGTH = 128;
const cache = new Map<string, string>();

/**
 * The key of a quantity. Text that is neither OBIS, CIM nor a known alias is its own key, trimmed and
 * in lower case, so every name gives a key; never raises.
 */
export function quantityKey(text: string): string {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const key = keyOf(text.trim());
  if (text.length <= MAX_CACHED_LENGTH) {
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(text, key);
  }
  return key;
}

function keyOf(text: string): string {
  const obis = findObis(text);
  if (obis) {
    // Load profiles name interval energy by D = 29; it is the energy of D = 8.
    const energy = obis.a === 1 && obis.d === 29 ? { ...obis, d: 8 } : obis;
    return formatObis(energy);
  }
  if (isReadingType(text)) {
    const type = canonicalReadingType(parseReadingType(text));
    const code = obisOfReadingType(type);
    return code ? formatObis(code) : formatReadingType({ ...type, measuringPeriod: 0, multiplier: 0 });
  }
  const name = text.toLowerCase().replaceAll(/[\s_]+/g, '-');
  return Object.hasOwn(quantityAliases, name) ? quantityAliases[name]! : name;
}
