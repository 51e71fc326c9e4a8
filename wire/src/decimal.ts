/** Decimal numbers as meters send them: a whole number and a power of ten, so that nothing is rounded. */

/** value = raw × 10^power */
export interface Decimal {
  /** A bigint only beyond 2^53. */
  readonly raw: number | bigint;
  readonly power: number;
}

/** More digits or zeros than any meter has; keeps text short whatever power comes. */
const MAX_POWER = 40;
/** Powers of ten that a number holds exactly. */
const exactPowers = Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
const DECIMAL = /^([+-]?)(\d{0,40})(?:[.,](\d{0,40}))?$/;

/** The nearest number; exact inputs are rounded once. */
export function decimalNumber({ raw, power }: Decimal): number {
  if (typeof raw === 'number' && power > -exactPowers.length && power < exactPowers.length) {
    if (power <= 0) return power === 0 ? raw : raw / exactPowers[-power]!;
    const product = raw * exactPowers[power]!;
    if (Number.isSafeInteger(product)) return product;
  }
  return Number(`${raw}e${power}`);
}

/** Plain text with all digits, `-310.64`; with an exponent where the power is beyond reason. */
export function decimalText({ raw, power }: Decimal): string {
  const sign = raw < 0 ? '-' : '';
  const digits = String(raw).replace('-', '');
  if (Math.abs(power) > MAX_POWER) return `${sign}${digits}e${power}`;
  if (power >= 0) return digits === '0' ? '0' : sign + digits + '0'.repeat(power);
  const padded = digits.padStart(1 - power, '0');
  return `${sign}${padded.slice(0, power)}.${padded.slice(power)}`;
}

/** A decimal number as text, leading zeros allowed; undefined for anything else. */
export function decimalOf(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole, fraction = ''] = match;
  const digits = `${whole}${fraction}`;
  if (digits === '') return undefined;
  const size = digits.length < 16 ? Number(digits) : wholeOf(BigInt(digits));
  return { raw: sign === '-' && size !== 0 ? -size : size, power: fraction === '' ? 0 : -fraction.length };
}

/** A number where it is exact. */
export function wholeOf(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
