/** Exact decimals as people read them. Amounts stay text: nothing here goes through a float but pictures. */
import { unitText } from './format.ts';

const none = '–';
const formats = new Map<string, Intl.NumberFormat>();

function formatOf(key: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat('en-GB', options);
    formats.set(key, format);
  }
  return format;
}

/** Digits after the point. */
function digitsOf(decimal: string): number {
  return decimal.split('.')[1]?.length ?? 0;
}

function minorDigits(currency: string): number {
  return formatOf(`minor ${currency}`, { style: 'currency', currency }).resolvedOptions()
    .maximumFractionDigits!;
}

/** `€1,234.50`: every digit there is, at least those of the minor unit; a dash where there is no amount. */
export function formatMoney(
  amount: string | null | undefined,
  currency: string | null | undefined,
  signed = false,
): string {
  if (amount === null || amount === undefined) return none;
  if (!currency) return formatDecimal(amount);
  const digits = Math.min(20, Math.max(minorDigits(currency), digitsOf(amount)));
  const format = formatOf(`${currency} ${digits} ${signed}`, {
    ...{ style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits },
    signDisplay: signed ? 'exceptZero' : 'negative',
  });
  return format.format(amount as Intl.StringNumericLiteral);
}

/** `€191,209` from 100 on, where no line is added up; below it all digits. */
export function formatRoundMoney(amount: string, currency: string, signed = false): string {
  if (Math.abs(Number(amount)) < 100) return formatMoney(amount, currency, signed);
  const format = formatOf(`${currency} whole ${signed}`, {
    ...{ style: 'currency', currency, maximumFractionDigits: 0 },
    signDisplay: signed ? 'exceptZero' : 'negative',
  });
  return format.format(amount as Intl.StringNumericLiteral);
}

/** Digits after the point that hold every one of them: those of a column. */
export function digitsOfAll(decimals: Iterable<string>): number {
  return Math.max(0, ...[...decimals].map(digitsOf));
}

/** `1,234.567`, as exact as it came, or with more digits; with its unit where one is given. */
export function formatDecimal(value: string | null | undefined, unit = '', leastDigits = 0): string {
  if (value === null || value === undefined) return none;
  const digits = Math.min(20, Math.max(leastDigits, digitsOf(value)));
  const format = formatOf(`decimal ${digits}`, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const text = format.format(value as Intl.StringNumericLiteral);
  return unit ? `${text} ${unitText(unit)}` : text;
}

/** `a - b`, exactly. */
export function subtractDecimal(a: string, b: string): string {
  const digits = Math.max(digitsOf(a), digitsOf(b));
  return scaledText(scaled(a, digits) - scaled(b, digits), digits);
}

/** The sum, exactly; `0` of nothing. */
export function sumDecimals(values: Iterable<string>): string {
  const list = [...values];
  const digits = digitsOfAll(list);
  return scaledText(
    list.reduce((sum, value) => sum + scaled(value, digits), 0n),
    digits,
  );
}

function scaled(decimal: string, digits: number): bigint {
  const negative = decimal.startsWith('-');
  const [whole = '0', part = ''] = (negative ? decimal.slice(1) : decimal).split('.');
  const size = BigInt(whole + part.padEnd(digits, '0'));
  return negative ? -size : size;
}

function scaledText(value: bigint, digits: number): string {
  const size = (value < 0n ? -value : value).toString().padStart(digits + 1, '0');
  const text = digits === 0 ? size : `${size.slice(0, -digits)}.${size.slice(-digits)}`;
  return value < 0n ? `-${text}` : text;
}

/** The change as a share of what it was; undefined where that was nothing. */
export function changeShare(before: string | null, after: string | null): number | undefined {
  if (before === null || after === null || Number(before) === 0) return undefined;
  return Number(subtractDecimal(after, before)) / Math.abs(Number(before));
}

/** `+12.3 %`. */
export function formatChangeShare(share: number | undefined): string {
  if (share === undefined || !Number.isFinite(share)) return none;
  const percent = Math.round(share * 1_000) / 10;
  return `${percent > 0 ? '+' : ''}${percent.toLocaleString('en-GB', { maximumFractionDigits: 1 })} %`;
}
