/** Decimal numbers as meters send them: a whole number and a power of ten, so that nothing is rounded. */
import { multiplyRational, parseDecimal, type Rational, rational } from '@openami/model';

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
/** Of a number that is read. */
const MAX_DIGITS = 80;
const [PLUS, COMMA, MINUS, POINT, ZERO] = [0x2b, 0x2c, 0x2d, 0x2e, 0x30] as const;

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
  const first = text.charCodeAt(0);
  const start = first === MINUS || first === PLUS ? 1 : 0;
  let raw = 0;
  let digits = 0;
  let point = -1;
  for (let at = start; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit >= 0 && digit <= 9) {
      raw = raw * 10 + digit;
      digits++;
    } else if (point < 0 && (digit === POINT - ZERO || digit === COMMA - ZERO)) point = at;
    else return undefined;
  }
  if (digits === 0 || digits > MAX_DIGITS) return undefined;
  const power = point < 0 ? 0 : point + 1 - text.length;
  if (raw > Number.MAX_SAFE_INTEGER) return longDecimal(text, power);
  return { raw: first === MINUS && raw !== 0 ? -raw : raw, power: power === 0 ? 0 : power };
}

function longDecimal(text: string, power: number): Decimal {
  const size = BigInt(text.replace(/[^0-9]/g, ''));
  return { raw: wholeOf(text.startsWith('-') ? -size : size), power };
}

/** A number where it is exact. */
export function wholeOf(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const NUMBER = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;

/** A number that may have an exponent, as JSON writes it; undefined for anything else or too many digits. */
export function decimalOfNumberText(text: string): Decimal | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`;
  const size = digits.length < 16 ? Number(digits) : wholeOf(BigInt(digits));
  return { raw: sign === '-' && size !== 0 ? -size : size, power: Number(exponent) - fraction.length };
}

/** The decimal that a finite number prints as: whole numbers stay whole. */
export function decimalOfNumber(value: number): Decimal {
  if (Number.isSafeInteger(value)) return { raw: value || 0, power: 0 };
  return decimalOfNumberText(String(value))!;
}

/**
 * What a finite single-precision number stands for: itself where it has few digits (3899108.75), which an
 * encoder may have shortened from double precision, else the shortest decimal that is nearest to it (230.1,
 * not 230.10000610351562).
 */
export function decimalOfFloat32(value: number): Decimal {
  if (Number.isInteger(value) || Number(value.toPrecision(FEW_DIGITS)) === value)
    return decimalOfNumber(value);
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return decimalOfNumber(shorter);
  }
  return decimalOfNumber(Number(value.toPrecision(9)));
}

/** More than single precision holds, and few enough that a number with noise behind it does not end there. */
const FEW_DIGITS = 12;

/** The sum, exactly; undefined where the powers lie so far apart that it would have no end of digits. */
export function addDecimals(a: Decimal, b: Decimal): Decimal | undefined {
  if (Number(a.raw) === 0) return b;
  if (Number(b.raw) === 0) return a;
  const power = Math.min(a.power, b.power);
  if (Math.max(a.power, b.power) - power > MAX_SPREAD) return undefined;
  return { raw: wholeOf(shifted(a, power) + shifted(b, power)), power };
}

/** More than the range of double precision. */
const MAX_SPREAD = 700;

/** More than doubles have: what lies beyond is nothing, or endless, in any unit. */
const MAX_RATIONAL_POWER = 400;

/**
 * The number as a fraction, exactly up to 10^±400. What is not finite has none and is 0: whoever may meet it
 * asks before.
 */
export function rationalOfDecimal({ raw, power }: Decimal): Rational {
  const whole = typeof raw === 'bigint' ? { n: raw, d: 1n } : parseDecimal(Number.isFinite(raw) ? raw : 0);
  const exponent = Math.max(-MAX_RATIONAL_POWER, Math.min(MAX_RATIONAL_POWER, power));
  const scale = 10n ** BigInt(Math.abs(exponent));
  return multiplyRational(whole, exponent < 0 ? rational(1n, scale) : { n: scale, d: 1n });
}

function shifted({ raw, power }: Decimal, to: number): bigint {
  return BigInt(raw) * 10n ** BigInt(power - to);
}
