/** Exact values as JSON for people: decimals as text, bytes as hex. */
import { hexOf } from '../bytes.ts';
import { decimalText } from '../decimal.ts';
import type { Plain } from '../decode-line.ts';
import { ExactMap, type ExactValue, isDecimal, isList } from './value.ts';

export function plainOfExact(value: ExactValue): Plain {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return String(value);
  if (value instanceof Uint8Array) return hexOf(value);
  if (isDecimal(value)) return decimalText(value);
  if (isList(value)) return value.map(plainOfExact);
  if (!(value instanceof ExactMap)) return null;
  return value.entries.map(([key, inner]) => ({ key: plainOfExact(key), value: plainOfExact(inner) }));
}
