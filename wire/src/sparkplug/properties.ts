/** Properties of a metric that readings need: its unit and how good it is (clause 6.4.7). */
import { decimalNumber } from '../decimal.ts';
import { type SparkplugMetric, type SparkplugProperty, sparkplugValue } from './payload.ts';

export interface SparkplugProperties {
  readonly unit?: string;
  /** 192 is good, 0 bad, 500 stale. */
  readonly quality?: number;
}

/** Names that edge nodes give the engineering unit, folded. */
const unitNames: ReadonlySet<string> = new Set([
  'engunit',
  'engunits',
  'engineeringunits',
  'unit',
  'units',
  'uom',
]);
const MAX_UNIT_CHARS = 40;
const NONE: SparkplugProperties = {};

export function propertiesOf({ properties }: SparkplugMetric): SparkplugProperties {
  if (properties === undefined) return NONE;
  const { keys = [], values = [] } = properties;
  let found = NONE;
  for (const [index, key] of keys.entries()) {
    const property = values[index];
    if (property === undefined) break;
    const name = key.toLowerCase().replace(/[\s_-]/g, '');
    if (name === 'quality') found = { ...found, ...qualityOf(property) };
    else if (unitNames.has(name) && isUnit(property.stringValue))
      found = { ...found, unit: property.stringValue };
  }
  return found;
}

function isUnit(text: string | undefined): text is string {
  return text !== undefined && text !== '' && text.length <= MAX_UNIT_CHARS;
}

function qualityOf(property: SparkplugProperty): SparkplugProperties {
  try {
    const value = sparkplugValue(property, property.type ?? 0);
    return value?.type === 'number' ? { quality: decimalNumber(value.number) } : NONE;
  } catch {
    // a quality of another type is none that the specification knows
    return NONE;
  }
}
