/** Shapes that the contracts of billing share. */
import { Type } from 'typebox';

export const Count = Type.Integer({ minimum: 0 });
export const Money = Type.String({ description: 'Exact decimal, in the currency' });
export const Quantity = Type.String({ description: 'Exact decimal' });
export const Currency = Type.String({ pattern: '^[A-Z]{3}$' });
/** Characters that nobody sees: spaces, and those without a width. */
const unseen = '\\s\\u00ad\\u115f\\u1160\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff';

/** Pattern of a text with so many characters in a row that can be seen. */
export function seen(count: number): string {
  return Array.from({ length: count }, () => `[^${unseen}]`).join(`[${unseen}]*`);
}

export const Words = Type.String({ maxLength: 500 });
export const Reason = Type.String({
  ...{ maxLength: 500, pattern: seen(3) },
  description: 'Why, in three letters at least: it is kept',
});
export const TariffCode = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });
/** A tariff as it is written: the schema is that of billing, and faults come with their place. */
export const TariffDocument = Type.Unsafe<Record<string, unknown>>({ type: 'object' });
export const holdCodes = [
  'NOT_READY',
  'NO_TARIFF',
  'NO_CHANNEL',
  'OUTLIER',
  'ESTIMATED',
  'NOT_RATED',
] as const;
/** Of these a bill has no total, so that it cannot be let through. */
export const holdsWithoutTotal: ReadonlySet<string> = new Set(['NO_TARIFF', 'NO_CHANNEL', 'NOT_RATED']);
