/** A bill line in short, plain words; the exact numbers are in its explanation. Pure. */
import type { BillDetail, BillLineItem } from '@openami/server/contract';
import * as format from './format.ts';

/** `Energy, peak`; a tier beyond the first is named. */
export function lineTitle({ name, period, tier }: BillLineItem): string {
  const parts = [name, ...(period ? [period] : []), ...(tier && tier > 1 ? [`step ${tier}`] : [])];
  return parts.join(', ');
}

/** `129 kWh at €0.30`, `19 % of €106.10`, `1 month at €9.90`. */
export function lineWords(line: BillLineItem, currency: string | null): string {
  const { kind, quantity, price, unit, formula } = line;
  if (kind === 'percent' || kind === 'tax')
    return `${format.quantity(Number(quantity) * 100, '')} % of ${format.money(price, currency)}`;
  if (kind === 'energy' || kind === 'demand' || kind === 'rider' || kind === 'fixed') {
    const word = kind === 'fixed' && Number(quantity) !== 1 ? `${unit}s` : unit;
    return `${format.quantity(quantity, word)} at ${format.money(price, currency)}`;
  }
  return formula;
}

/** What is to be known of how the bill was made; empty where everything was measured. */
export function dataNotes({ determinants, estimatedShare }: BillDetail): string[] {
  const missing = determinants.reduce((sum, { expected, present }) => sum + expected - present, 0);
  const percent = Math.max(1, Math.round(estimatedShare * 100));
  return [
    ...(estimatedShare > 0
      ? [`${percent} % of the readings are estimated: your meter did not report them in time.`]
      : []),
    ...(missing > 0
      ? [`${missing} ${missing === 1 ? 'reading is' : 'readings are'} missing and not billed yet.`]
      : []),
  ];
}
