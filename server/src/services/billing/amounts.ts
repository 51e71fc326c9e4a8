/** Sums of money as exact decimal text. */
import { scaledText } from '@openami/billing';
import { parseDecimal } from '@openami/model';

/** The exact sum of decimal texts, with as many decimals as the one that has most. */
export function sumOf(amounts: readonly string[]): string {
  const digits = Math.max(0, ...amounts.map((amount) => amount.split('.')[1]?.length ?? 0));
  const scale = 10n ** BigInt(digits);
  let sum = 0n;
  for (const amount of amounts) {
    const { n, d } = parseDecimal(amount);
    sum += (n * scale) / d;
  }
  return scaledText(sum, digits);
}

/** The same amount the other way round. */
export const negated = (amount: string): string => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`);
